//! What the lease of this counter says about the next ticket.

use api::{JobId, Outcome, job::NotPrinted, printer::Address};
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
        let needs_none = is_headed || self.is_ours_alone(head);
        leave(self.context.lease.state(), needs_none, head.job.ticket.kind)
    }

    /// No counter stands in at a printer on a cable of this PC. A ticket that was to come out elsewhere may have.
    fn is_ours_alone(&self, head: &Head) -> bool {
        let on_cable = self.printer.address.as_ref();
        on_cable.is_some_and(Address::is_of_this_pc)
            && head.job.destination == Some(self.printer.id)
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
