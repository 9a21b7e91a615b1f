//! The worker of one printer: prints the first job of its line; while there is none, polls the printer's status.

mod confirmation;
mod crash;
mod debounce;
mod encode;
mod failover;
mod follow;
mod lease;
mod line;
mod not_sent;
mod paper_note;
mod print;
mod reach;
pub(crate) mod status;
mod turn;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use api::{
    JobId, JobState, Outcome, Printer, PrinterId,
    job::{Doubt, WaitCause},
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
    lease::Lease,
    options::{Ages, Clock, ServerClock, Stage, Timings},
    retry::{Next, Tries, after},
    store::{Head, Interrupted, Reader, Wake, WriteOperation, WriterHandle},
};
use encode::Encoded;
use status::StatusPublisher;

/// What every worker commands with.
#[derive(Debug, Clone)]
pub(crate) struct WorkerContext {
    pub writer: WriterHandle,
    pub reader: Reader,
    pub supplies: Supplies,
    pub timings: Timings,
    pub learned: broadcast::Sender<(PrinterId, Learned)>,
    /// Letters that came out as their numbers, since no font here has them.
    pub missing: watch::Sender<BTreeSet<char>>,
    /// Codes and pictures that were not printed.
    pub missing_parts: watch::Sender<BTreeSet<String>>,
    pub devices: DeviceLocks,
    pub clock: Clock,
    pub server_clock: ServerClock,
    pub lease: Lease,
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
