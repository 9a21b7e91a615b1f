//! What the lease of this counter says about the next ticket.

use api::{JobId, Outcome, job::NotPrinted};
use tokio::time::Instant;

use super::{NextTurn, Worker};
use crate::{
    error::QueueError,
    lease::{Leave, leave},
    retry::Next,
    store::{Head, StartedAttempt},
};

impl Worker {
    /// As the lease stands now.
    pub(super) fn leave(&self, head: &Head) -> Leave {
        let is_headed = head.job.heading.warns();
        leave(self.context.lease.state(), is_headed, head.job.ticket.kind)
    }

    /// Before anything is done for a ticket: `Some` when it has no turn now. One of which another counter may have printed
    /// by now is marked, and has its turn again.
    pub(super) async fn without_leave(
        &mut self,
        head: &Head,
    ) -> Result<Option<NextTurn>, QueueError> {
        if self.leave(head) == Leave::Unmarked {
            tokio::select! {
                () = self.context.lease.renewed() => {}
                () = self.stop.cancelled() => return Ok(Some(NextTurn::Now)),
            }
        }
        match self.leave(head) {
            Leave::Granted => Ok(None),
            Leave::Unmarked => {
                let job = head.job.id;
                let writer = &self.context.writer;
                writer.write(move |tx| Box::pin(tx.mark(job))).await?;
                Ok(Some(NextTurn::Now))
            }
            Leave::Refused => Ok(Some(NextTurn::At(
                Instant::now() + self.context.timings.recheck,
            ))),
        }
    }

    /// Ends an attempt of which no byte left; the ticket has its turn again, with the mark that it needs by now.
    pub(super) async fn take_back(&mut self, job: JobId, began: StartedAttempt) {
        let why = NotPrinted::Refused {
            detail: "the lease of this counter ran out before a byte left".into(),
        };
        let at = self.context.clock.now();
        let outcome = Outcome::NotPrinted(why);
        self.end(job, Some(began), outcome, Next::Again { at })
            .await;
    }
}
