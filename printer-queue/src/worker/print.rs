//! Prints one job, from its turn to its outcome.

use api::{
    JobId, Outcome, TicketKind,
    job::{Doubt, NotPrinted},
    printer::{Health, Learned},
};
use printers::{
    DocumentInfo, Driver, Proof, RemoteJob, Sending, Size, StatusCheck, Wanted, describe, job_name,
    number,
};
use templates::Profile;
use tokio::time::Instant;

use super::{
    NextTurn, Worker,
    encode::{Encoded, Encoder, NotEncoded},
    failover::may_leave,
    follow::Followed,
};
use crate::{
    error::QueueError,
    job::{Heading, Job},
    lease::Leave,
    options::Stage,
    retry::{Next, Tries, after, spends},
    store::{EncodedJob, FinishedAttempt, Head, StartedAttempt},
};

impl Worker {
    /// Gives the first job of the line its turn.
    pub(super) async fn print(&mut self, mut head: Head) -> Result<NextTurn, QueueError> {
        self.context.stage(Stage::Turn, &head);
        if let Some(later) = self.without_leave(&head).await? {
            return Ok(later);
        }
        let is_test = head.job.ticket.kind == TicketKind::Test;
        let kept = self.encoded.take().filter(|kept| kept.is_of(&head));
        let (printer, encoder) = (self.printer.clone(), self.encoder());
        let (id, order) = (head.job.id, head.job.order.map(tracing::field::display));
        tracing::trace!(target: "panbot::stage", stage = "queue.turn", job = %id, order, ticket = %head.job.ticket);
        // Both at once: the ticket is most often made before the printer has answered.
        let (early, reached) = tokio::join!(
            async {
                let early = encoder.encode_early(&head, kept, &printer).await;
                tracing::trace!(target: "panbot::stage", stage = "queue.encoded", job = %id);
                early
            },
            async {
                let reached = self.reach(is_test).await;
                tracing::trace!(target: "panbot::stage", stage = "queue.reached", job = %id);
                reached
            }
        );
        let Some(reached) = reached else {
            return Ok(NextTurn::Now);
        };
        let early = match early {
            Ok(early) => early,
            Err(why) => {
                let driver = reached.ok().map(|(driver, _)| driver);
                return self.not_encoded(&head.job, driver, why).await;
            }
        };
        let (driver, look) = match reached {
            Ok(reached) => reached,
            Err(why) => {
                // It will be wanted again, as soon as the printer can.
                self.encoded = early;
                return self.not_sent(&head.job, why).await;
            }
        };
        self.context.stage(Stage::Reached, &head);
        let encoded = match early {
            Some(encoded) => encoded,
            None => match self
                .encode_for(&head, driver.wanted(&Profile::of(&self.printer)))
                .await
            {
                Ok(encoded) => encoded,
                Err(why) => return self.not_encoded(&head.job, Some(driver), why).await,
            },
        };
        if self.block.is_some() {
            self.unblock_line().await?;
            // What the waiting cost is over with it; in the file it is already.
            head.job.attempts = 0;
        }
        if self.is_too_old(&head) || self.leave(&head) != Leave::Granted {
            // This PC slept while the printer was being reached.
            self.let_go(driver).await;
            return Ok(NextTurn::Now);
        }
        let as_encoded = EncodedJob::of(&head, self.printer.id, encoded.note.clone());
        let began = self
            .context
            .writer
            .write(move |tx| Box::pin(tx.begin(as_encoded)))
            .await;
        match began {
            Ok(Some(began)) => {
                self.context.stage(Stage::Begun, &head);
                tracing::trace!(target: "panbot::stage", stage = "queue.intent_committed", job = %id);
                if self.leave(&head) == Leave::Granted {
                    self.send(&head.job, &encoded, began, driver, look).await;
                } else {
                    // It slept, or stood still, before the first byte.
                    self.take_back(id, began).await;
                    self.let_go(driver).await;
                }
                self.context.stage(Stage::Sent, &head);
                Ok(NextTurn::Now)
            }
            Ok(None) => {
                self.let_go(driver).await;
                Ok(NextTurn::Now)
            }
            Err(error) => {
                self.let_go(driver).await;
                Err(error)
            }
        }
    }

    /// In the form that the printer has just said that it takes.
    async fn encode_for(
        &self,
        head: &Head,
        wanted: Option<Result<Wanted, String>>,
    ) -> Result<Encoded, NotEncoded> {
        let wanted = wanted.transpose().map_err(NotEncoded::Impossible)?;
        let encoder = self.encoder();
        encoder.encode(head, &self.printer, wanted).await
    }

    fn encoder(&self) -> Encoder {
        Encoder {
            supplies: self.context.supplies.clone(),
            missing: self.context.missing.clone(),
            missing_parts: self.context.missing_parts.clone(),
            at_stage: self.context.at_stage,
        }
    }

    async fn send(
        &mut self,
        job: &Job,
        encoded: &Encoded,
        began: StartedAttempt,
        mut driver: Driver,
        look: StatusCheck,
    ) {
        let echo = number(began.number);
        let mut learned = self.printer.learned.clone();
        let proof = if encoded.is_test {
            learned = driver.identity().await.after(&learned);
            learned.status = Some(look.answers);
            // A connector with nothing plugged in says what an open drawer says.
            if look.report.drawer_high() == Some(false) {
                learned.drawer = Some(true);
            }
            Proof::TryEcho(echo)
        } else {
            self.proof(look, echo)
        };
        let size = Size::of(&encoded.bytes, encoded.lines);
        let timings = &self.context.timings.device;
        let sending = Sending {
            bytes: &encoded.bytes,
            proof,
            limit: if self.is_silent() && !encoded.is_test {
                timings.ask_again
            } else {
                timings.confirm_for(size, self.pace)
            },
        };
        let sent_at = Instant::now();
        let name = job_name(job.id, began.number);
        let announced = match &encoded.made {
            Some(made) => self.announce(&name, made, began, &mut driver).await,
            None => Ok(None),
        };
        let left = match &announced {
            Ok(_) => self.follow(job.id, &mut driver, sending).await,
            Err(why) => Followed::Ended(Outcome::NotPrinted(why.clone())),
        };
        tracing::trace!(target: "panbot::stage", stage = "queue.proven", job = %job.id);
        let mut outcome = match left {
            Followed::Ended(outcome) => outcome,
            // At the next start it is found open, and a person is asked.
            Followed::Interrupted if self.context.closing.is_cancelled() => return,
            Followed::Interrupted => Outcome::Uncertain(Doubt::ConnectionLost),
        };
        let mut connection = Some(driver);
        if let (Proof::Echo(number), Outcome::Uncertain(doubt)) = (proof, &outcome)
            && *doubt != Doubt::PrinterRestarted
            && !self.stop.is_cancelled()
        {
            if let Some(driver) = connection.take() {
                self.let_go(driver).await;
            }
            outcome = self.ask_again(number).await.unwrap_or(outcome);
        }
        if let (Some(_), Ok(at), Outcome::Uncertain(doubt)) = (&encoded.made, announced, &outcome)
            && *doubt != Doubt::PrinterRestarted
            && !self.stop.is_cancelled()
        {
            // It holds the lock of the device, which the question needs as well.
            if let Some(driver) = connection.take() {
                self.let_go(driver).await;
            }
            outcome = match self.ask_about(job.id, &name, at).await {
                Some(Followed::Ended(outcome)) => outcome,
                Some(Followed::Interrupted) | None => outcome,
            };
        }
        let next = self.after(&outcome, job.attempts + u32::from(spends(&outcome)), job);
        self.note_confirmation(proof, &outcome, size, sent_at);
        self.show_outcome(&outcome);
        if self.block.is_some() {
            // Those behind it waited with it; the next look shows whether they still have to.
            self.next_look = Instant::now();
        }
        if let Next::WaitForPrinter(cause) = next {
            // It was ready when it was looked at and takes nothing: it is asked again after a while, not at once.
            self.block = Some(cause);
            self.next_look = Instant::now() + self.context.timings.recheck;
        }
        self.end(job.id, Some(began), outcome.clone(), next).await;
        tracing::trace!(target: "panbot::stage", stage = "queue.outcome_committed", job = %job.id);
        if encoded.is_test {
            self.learn(learned, &outcome);
        }
        if let Some(driver) = connection {
            self.let_go(driver).await;
        }
    }

    pub(super) fn after(&self, outcome: &Outcome, spent: u32, job: &Job) -> Next {
        let tries = Tries {
            spent,
            marked: job.heading == Heading::MaybeDuplicate,
            waited: self.waited(),
            backup: self.backup().filter(|_| may_leave(job)),
            jitter: rand::random(),
        };
        after(
            outcome,
            tries,
            &self.printer.policy,
            self.context.clock.now(),
        )
    }

    /// Tells the printer of the ticket, and keeps the number that it gave it before a byte of the ticket leaves.
    async fn announce(
        &mut self,
        name: &str,
        made: &DocumentInfo,
        began: StartedAttempt,
        driver: &mut Driver,
    ) -> Result<Option<RemoteJob>, NotPrinted> {
        let at = driver.announce(name, made).await?;
        if let Some(at) = at {
            self.persist(|| Box::new(move |tx| Box::pin(tx.announced(began, at))))
                .await;
        }
        Ok(at)
    }

    /// Must be written down, whatever the disk says.
    pub(super) async fn end(
        &mut self,
        job: JobId,
        began: Option<StartedAttempt>,
        outcome: Outcome,
        next: Next,
    ) {
        let ended = FinishedAttempt {
            job,
            printer: self.printer.id,
            began,
            outcome,
            next,
        };
        self.persist(|| {
            let ended = ended.clone();
            Box::new(move |tx| Box::pin(tx.finish(ended)))
        })
        .await;
    }

    fn show_outcome(&mut self, outcome: &Outcome) {
        if let Some(interval) = self.context.timings.idle_probe {
            self.next_look = Instant::now() + interval;
        }
        let (now, note) = (self.context.clock.now(), self.note());
        self.status.update(|status| match outcome {
            Outcome::Confirmed | Outcome::Sent => {
                status.health = Health::Ready;
                status.last_printed = Some(now);
                status.detail = note;
            }
            Outcome::NotPrinted(why) => status.detail = Some(describe(why)),
            Outcome::Uncertain(_) => status.detail = note.or(status.detail.take()),
        });
    }

    /// A test page shows what the printer can do.
    fn learn(&mut self, mut learned: Learned, outcome: &Outcome) {
        if self.settings.borrow().address != self.printer.address {
            // By now the printer is another device, of which this page says nothing.
            return;
        }
        learned.confirm = match outcome {
            Outcome::Confirmed => Some(true),
            Outcome::Sent => Some(false),
            Outcome::NotPrinted(_) | Outcome::Uncertain(_) => learned.confirm,
        };
        self.printer.learned = learned.clone();
        // Whoever keeps the settings may not be listening yet; this worker knows it all the same.
        let _ = self.context.learned.send((self.printer.id, learned));
    }
}
