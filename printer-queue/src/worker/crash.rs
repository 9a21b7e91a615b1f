//! Panics of a worker: the ticket that caused one is shown and the next one goes on.

use api::JobId;
use supervision::Panic;

use super::{NextTurn, Worker};

impl Worker {
    /// The program failed over this ticket: it is not tried again, and the line goes on.
    pub(super) async fn crashed(&mut self, job: JobId, panic: &Panic) -> NextTurn {
        tracing::error!(printer = %self.printer.id, %job, %panic, "the program failed over a ticket");
        self.encoded = None;
        let detail = panic.to_string();
        self.persist(|| {
            let detail = detail.clone();
            Box::new(move |tx| Box::pin(async move { tx.crashed(job, detail).await }))
        })
        .await;
        NextTurn::Now
    }

    /// An earlier run of this worker ended in a panic: what it had at the printer may have come out.
    pub(super) async fn abandon(&mut self) {
        let id = self.printer.id;
        self.persist(|| Box::new(move |tx| Box::pin(tx.abandoned(id))))
            .await;
    }
}
