//! The worker of one printer: prints the first job of its line; while there is none, polls the printer's status.

mod confirmation;
mod crash;
mod debounce;
mod encode;
mod failover;
mod follow;
mod line;
mod print;
mod reach;
pub(crate) mod status;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use api::{
    JobId, JobState, Outcome, Printer, PrinterId,
    job::{Doubt, NotPrinted, WaitCause},
    printer::{Health, Learned},
};
use jiff::Timestamp;
use printers::{DeviceLocks, Pace};
use templates::Supplies;
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    error::QueueError,
    options::{Ages, Clock, ServerClock, Stage, Timings},
    retry::{Next, Tries, after, backoff},
    store::{Head, Interrupted, Reader, Wake, WriteOperation, WriterHandle},
};
use encode::Encoded;
use status::StatusPublisher;

/// So many times longer an idle printer is left alone that serves another program.
const OTHERS: u32 = 4;

/// What every worker commands with.
#[derive(Debug, Clone)]
pub(crate) struct WorkerContext {
    pub writer: WriterHandle,
    pub reader: Reader,
    pub supplies: Supplies,
    pub timings: Timings,
    pub learned: broadcast::Sender<(PrinterId, Learned)>,
    pub devices: DeviceLocks,
    pub clock: Clock,
    pub server_clock: ServerClock,
    /// How old a ticket may be.
    pub ages: Ages,
    /// How many jobs wait for each printer or are on their way to it.
    pub open: watch::Receiver<BTreeMap<PrinterId, u32>>,
    /// Printers whose lines a person stopped for a while.
    pub paused: watch::Receiver<BTreeSet<PrinterId>>,
    /// The whole queue ends.
    pub closing: CancellationToken,
    /// See [`crate::Options`].
    pub at_stage: Option<fn(Stage, &str)>,
}

impl WorkerContext {
    pub fn stage(&self, stage: Stage, head: &Head) {
        if let Some(at_stage) = self.at_stage {
            at_stage(stage, &head.markup);
        }
    }
}

/// A printer's worker.
#[derive(Debug)]
pub(crate) struct Worker {
    context: WorkerContext,
    settings: watch::Receiver<Printer>,
    printer: Printer,
    wake: Arc<Wake>,
    /// This worker ends; the printer is not ours any more, or the queue ends.
    stop: CancellationToken,
    status: StatusPublisher,
    /// What the whole line waits for. [`WaitCause::Unreachable`] stands here only after a job has spent its tries.
    block: Option<WaitCause>,
    /// Since when the printer cannot print.
    trouble: Option<Instant>,
    /// Looks in a row that did not reach the printer.
    misses: u32,
    /// Looks in a row that reached it and were not answered, although it can answer.
    silences: u32,
    /// Tickets in a row that it took and was to confirm and did not.
    unconfirmed: u32,
    /// How fast it is, as its tickets have shown.
    pace: Option<Pace>,
    /// Since it was last out of reach, it has said that it is still the same printer.
    recognised: bool,
    /// The try that is waited for: of which job, when it is due by the clock on the wall, and when it is due.
    due: Option<(JobId, Timestamp, Instant)>,
    /// When to look at it again without a reason.
    next_look: Instant,
    /// The settings changed: the next try does not wait for its time.
    hurry: bool,
    /// The first job of the line, as bytes.
    encoded: Option<Encoded>,
}

/// When the worker takes its next turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextTurn {
    /// At once: there may be more to do.
    Now,
    /// Not before this.
    At(Instant),
    /// When the worker is woken.
    OnWake,
}

impl Worker {
    /// For this printer, which may change its settings, but not its identity.
    pub fn new(
        context: WorkerContext,
        settings: watch::Receiver<Printer>,
        wake: Arc<Wake>,
        stop: CancellationToken,
        status: StatusPublisher,
    ) -> Self {
        let printer = settings.borrow().clone();
        Worker {
            context,
            settings,
            printer,
            wake,
            stop,
            status,
            block: None,
            trouble: None,
            misses: 0,
            silences: 0,
            unconfirmed: 0,
            pace: None,
            recognised: false,
            due: None,
            next_look: Instant::now(),
            hurry: false,
            encoded: None,
        }
    }

    /// Works until it is stopped. `interrupted` are jobs that were at this printer when the program last ended.
    /// `again` says that an earlier run of it ended in a panic.
    pub async fn run(mut self, interrupted: Vec<Interrupted>, again: bool) {
        if again {
            self.abandon().await;
        }
        while let Err(error) = self.take_up(&interrupted).await {
            self.cannot_store(&error);
            if self.waits_in_vain().await {
                break;
            }
        }
        while !self.stop.is_cancelled() {
            // Between two tickets as well: a line that is never empty must not outlive a switch that was turned.
            if self.settings.has_changed().unwrap_or(false) {
                self.take_settings();
            }
            let rest = match self.turn().await {
                Ok(rest) => rest,
                Err(error) => self.cannot_store(&error),
            };
            self.rest(rest).await;
        }
        if !self.context.closing.is_cancelled() {
            let id = self.printer.id;
            self.persist(|| {
                Box::new(move |tx| Box::pin(async move { tx.settle(id).await.map(drop) }))
            })
            .await;
        }
        self.status.remove();
    }

    /// Where the last run of the program stopped.
    async fn take_up(&mut self, interrupted: &[Interrupted]) -> Result<(), QueueError> {
        let last_printed = self.context.reader.last_printed(self.printer.id).await?;
        self.status
            .update(|status| status.last_printed = last_printed);
        for &Interrupted {
            job,
            marked,
            remote,
            ..
        } in interrupted
        {
            if let Some(remote) = remote {
                self.ask_after_restart(job, marked, remote).await;
                continue;
            }
            let tries = Tries {
                spent: 0,
                marked,
                waited: Duration::ZERO,
                backup: None,
                jitter: 0.0,
            };
            let outcome = Outcome::Uncertain(Doubt::ProgramEnded);
            if after(
                &outcome,
                tries,
                &self.printer.policy,
                self.context.clock.now(),
            ) == Next::AgainMarked
            {
                let writer = &self.context.writer;
                writer
                    .write(move |tx| Box::pin(tx.again_marked(job)))
                    .await?;
            }
        }
        // What the line waited for may be over; the first look will show.
        let head = self.context.reader.head(self.printer.id).await?;
        if let Some(JobState::Waiting { cause, since, .. }) = head.map(|head| head.job.state)
            && !matches!(cause, WaitCause::Retry | WaitCause::Paused)
        {
            self.block = Some(cause);
            let waited = self.context.clock.now().duration_since(since);
            let waited = Duration::try_from(waited).unwrap_or(Duration::ZERO);
            self.trouble = Some(Instant::now()).and_then(|now| now.checked_sub(waited));
        }
        Ok(())
    }

    async fn turn(&mut self) -> Result<NextTurn, QueueError> {
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

    fn count(&mut self) {
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

    async fn rest(&mut self, rest: NextTurn) {
        let until = match rest {
            // Others may have something to do, too.
            NextTurn::Now => return tokio::task::yield_now().await,
            NextTurn::At(until) => Some(until),
            NextTurn::OnWake => None,
        };
        let time = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = time => {}
            () = async { loop { self.status.publish_when_due().await } } => {}
            // A new ticket is a reason to look at once.
            () = self.wake.notified() => self.next_look = Instant::now(),
            changed = self.settings.changed() => match changed {
                Ok(()) => self.take_settings(),
                // Nobody can change them any more; the token will tell.
                Err(_) => self.stop.cancelled().await,
            },
        }
    }

    fn take_settings(&mut self) {
        let now = self.settings.borrow_and_update().clone();
        let before = std::mem::replace(&mut self.printer, now);
        let moved = before.address != self.printer.address;
        if moved || before.enabled != self.printer.enabled {
            self.trouble = None;
        }
        if moved {
            (self.unconfirmed, self.pace) = (0, None);
        }
        self.recognised &= !moved && before.learned.serial == self.printer.learned.serial;
        self.encoded = None;
        self.hurry = true;
        self.misses = 0;
        self.next_look = Instant::now();
        if matches!(self.status.health(), Health::Disabled | Health::NoAddress) {
            self.status.update(|status| status.health = Health::Unknown);
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

    /// This PC cannot store: shown in the status, tried again.
    fn cannot_store(&mut self, error: &QueueError) -> NextTurn {
        tracing::error!(printer = %self.printer.id, %error, "the print queue cannot store");
        self.status
            .update(|status| status.detail = Some(error.to_string()));
        NextTurn::At(Instant::now() + self.context.timings.storage_retry)
    }

    /// Does what must not be left undone, as often as it takes; only the end of the queue ends it.
    async fn persist(&mut self, operation: impl Fn() -> WriteOperation) {
        loop {
            let Err(error) = self.context.writer.write(operation()).await else {
                return;
            };
            self.cannot_store(&error);
            if self.waits_in_vain().await {
                return;
            }
        }
    }

    /// Waits before the next try to store; `true` when the queue ends instead.
    async fn waits_in_vain(&self) -> bool {
        tokio::select! {
            () = self.context.closing.cancelled() => true,
            () = tokio::time::sleep(self.context.timings.storage_retry) => false,
        }
    }
}
