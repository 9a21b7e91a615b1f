//! What follows when a job had its turn and no byte of it left.

use api::{
    Outcome,
    job::{FailCause, NotPrinted, WaitCause},
};
use printers::Driver;
use tokio::time::Instant;

use super::{NextTurn, Worker, encode::NotEncoded};
use crate::{
    error::QueueError,
    job::{Job, stopped_by},
    retry::{Next, backoff, spends},
};

impl Worker {
    /// There is nothing to send.
    pub(super) async fn not_encoded(
        &mut self,
        job: &Job,
        driver: Option<Driver>,
        why: NotEncoded,
    ) -> Result<NextTurn, QueueError> {
        if let Some(driver) = driver {
            self.let_go(driver).await;
        }
        match why {
            NotEncoded::Impossible(detail) => {
                self.not_sent(job, NotPrinted::Impossible { detail }).await
            }
            NotEncoded::Crashed(panic) => Ok(self.crashed(job.id, &panic).await),
        }
    }

    /// No byte of it left.
    pub(super) async fn not_sent(
        &mut self,
        job: &Job,
        why: NotPrinted,
    ) -> Result<NextTurn, QueueError> {
        let gone = matches!(
            why,
            NotPrinted::Unreached { .. } | NotPrinted::Refused { .. }
        );
        if gone && self.block == Some(WaitCause::Unreachable) {
            return self.go_on_waiting(WaitCause::Unreachable).await;
        }
        let mut spent = job.attempts;
        if self.block.is_some() && !matches!(why, NotPrinted::NotReady { .. }) {
            // What the line waited for is over; this is a new trouble, with new tries.
            self.unblock_line().await?;
            spent = 0;
        }
        let outcome = Outcome::NotPrinted(why);
        if spends(&outcome) {
            spent += 1;
        }
        let next = self.after(&outcome, spent, job);
        let stop = match &next {
            Next::WaitForPrinter(cause) => Some(*cause),
            Next::FailOver(_) => Some(stopped_by(&outcome)),
            Next::GiveUp {
                cause: FailCause::Unreachable | FailCause::Refused,
                ..
            } => Some(WaitCause::Unreachable),
            Next::GiveUp { .. }
            | Next::Printed
            | Next::Sent
            | Next::Again { .. }
            | Next::AgainMarked
            | Next::AskPerson(_) => None,
        };
        self.end(job.id, None, outcome, next).await;
        match stop {
            Some(cause) => self.go_on_waiting(cause).await,
            None => Ok(NextTurn::Now),
        }
    }

    /// The line waits for this, and the printer is looked at again after a while.
    async fn go_on_waiting(&mut self, cause: WaitCause) -> Result<NextTurn, QueueError> {
        let policy = &self.printer.policy;
        let wait = match cause {
            WaitCause::Unreachable => {
                backoff(self.misses.max(policy.attempts), policy, rand::random())
            }
            WaitCause::Retry
            | WaitCause::Offline
            | WaitCause::PaperOut
            | WaitCause::CoverOpen
            | WaitCause::CutterError
            | WaitCause::Fault
            | WaitCause::Disabled
            | WaitCause::NoAddress
            | WaitCause::Paused
            | WaitCause::Stranger => self.context.timings.recheck,
        };
        self.next_look = Instant::now() + wait;
        self.wait_in_line(cause, "its printer is waited for", Some(self.next_look))
            .await
    }
}
