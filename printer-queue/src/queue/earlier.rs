//! What the tickets of an order have on paper, for whoever makes the tickets of its next revision.

use api::OrderId;

use super::PrintQueue;
use crate::{
    error::QueueError,
    job::{EarlierTicket, RevisionJobs, Submitted},
};

impl PrintQueue {
    /// The tickets of an order, oldest first, each with where it came out or will.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn earlier_tickets(&self, order: OrderId) -> Result<Vec<EarlierTicket>, QueueError> {
        self.read()?.earlier_tickets(order).await
    }

    /// Takes a later revision like [`PrintQueue::submit`], keeps the lines of its tickets, and cancels the held tickets
    /// that it replaces; all in one transaction.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn submit_later(
        &self,
        order: OrderId,
        revision: u32,
        jobs: RevisionJobs,
    ) -> Result<Submitted, QueueError> {
        let writer = &self.inner.context.writer;
        writer
            .write(move |tx| Box::pin(tx.submit_later(order, revision, jobs)))
            .await
    }
}
