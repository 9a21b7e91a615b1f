//! One turn of a worker: what it does for the first job of its line, or for an idle printer.

use std::time::Duration;

use api::{
    JobId,
    job::{NotPrinted, WaitCause},
    printer::Health,
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{NextTurn, Worker};
use crate::{error::QueueError, options::Stage, retry::backoff};

/// So many times longer an idle printer is left alone that serves another program.
const OTHERS: u32 = 4;

impl Worker {
    /// What is to be done next for the first job of the line, or for the printer where there is none.
    pub(super) async fn turn(&mut self) -> Result<NextTurn, QueueError> {
        let at_hand = self.wake.take();
        self.count();
        let paused = self.context.paused.borrow().contains(&self.printer.id);
        self.status.update(|status| status.paused = paused);
        let closed = match (self.printer.enabled, &self.printer.address) {
            (false, _) => Some((
                WaitCause::Disabled,
                Health::Disabled,
                "its printer is switched off here",
            )),
            (true, None) => Some((
                WaitCause::NoAddress,
                Health::NoAddress,
                "its printer has no address on this PC",
            )),
            (true, Some(_)) => None,
        };
        if let Some((cause, health, why)) = closed {
            self.status.update(|status| {
                status.health = health;
                status.detail = None;
            });
            self.trouble.get_or_insert_with(Instant::now);
            return self.wait_in_line(cause, why, None).await;
        }
        if paused {
            let (cause, why) = (WaitCause::Paused, "a person paused its printer");
            self.wait_in_line(cause, why, None).await?;
            return Ok(self.look_when_due().await);
        }
        let head = match at_hand {
            Some(head) => Some(head),
            None => self.context.reader.head(self.printer.id).await?,
        };
        let Some(head) = head else {
            return Ok(self.look_when_due().await);
        };
        self.context.stage(Stage::Found, &head);
        if self.is_too_old(&head) {
            self.hold_old().await?;
            return Ok(NextTurn::Now);
        }
        if head.job.ages_from.is_none() && self.context.server_clock.now().is_some() {
            self.date_line().await?;
        }
        if let Some(due) = head.job.next_try
            && !std::mem::take(&mut self.hurry)
        {
            let due = self.moment_of(head.job.id, due);
            if Instant::now() < due {
                return Ok(NextTurn::At(due));
            }
        }
        if let Some(cause) = self.block
            && Instant::now() < self.next_look
        {
            let until = Some(self.next_look);
            return self
                .wait_in_line(cause, "its printer is waited for", until)
                .await;
        }
        let job = head.job.id;
        match supervision::catch(self.print(head)).await {
            Ok(next) => next,
            Err(panic) => Ok(self.crashed(job, &panic).await),
        }
    }

    /// Shows how many tickets wait.
    pub(super) fn count(&mut self) {
        let open = self.context.open.borrow().get(&self.printer.id).copied();
        self.status
            .update(|status| status.open_jobs = open.unwrap_or_default());
    }

    /// When this try of this job is due, by a clock that nobody turns: never later than the printer's patience allows.
    fn moment_of(&mut self, job: JobId, due: Timestamp) -> Instant {
        match self.due {
            Some((known, written, moment)) if (known, written) == (job, due) => moment,
            Some(_) | None => {
                let ceiling = Duration::from_millis(self.printer.policy.ceiling_ms.into());
                let wait = Duration::try_from(due.duration_since(self.context.clock.now()))
                    .unwrap_or(Duration::ZERO)
                    .min(ceiling);
                let moment = Instant::now() + wait;
                self.due = Some((job, due, moment));
                moment
            }
        }
    }

    /// An idle printer is looked at now and then.
    async fn look_when_due(&mut self) -> NextTurn {
        let Some(interval) = self.context.timings.idle_probe else {
            return NextTurn::OnWake;
        };
        if Instant::now() < self.next_look {
            return NextTurn::At(self.next_look);
        }
        self.next_look = Instant::now() + interval;
        let Some(reached) = self.reach(false).await else {
            return NextTurn::Now;
        };
        match reached {
            Ok((driver, _)) => {
                self.block = None;
                self.let_go(driver).await;
            }
            // Whoever is not answered, or let in, most likely stands behind another program; that one is left alone.
            Err(NotPrinted::Refused { .. }) => self.next_look = Instant::now() + interval * OTHERS,
            Err(_) if self.misses > 0 => {
                let wait = backoff(self.misses, &self.printer.policy, rand::random());
                self.next_look = Instant::now() + wait;
            }
            Err(_) if self.silences > 0 => self.next_look = Instant::now() + interval * OTHERS,
            Err(_) => {}
        }
        NextTurn::At(self.next_look)
    }
}
