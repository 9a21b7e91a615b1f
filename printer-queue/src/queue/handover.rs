//! Printers that go from one counter to another.

use std::collections::BTreeMap;

use api::{CounterId, OrderId, PrinterId};
use jiff::Timestamp;

use super::PrintQueue;
use crate::{
    error::QueueError,
    handover::{Elsewhere, TakenJob},
};

impl PrintQueue {
    /// Gives away the tickets in the lines of printers on which other counters print from now on. Each of which no byte
    /// left is cancelled, and remembered as released; one that stands in place of a printer that stays goes back to it;
    /// what is held stays with this counter's people, and so does what those moved or had reprinted, which no other counter
    /// knows of. Says how many tickets were given away, went back or are held.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn release_printers(
        &self,
        to: BTreeMap<PrinterId, CounterId>,
    ) -> Result<u32, QueueError> {
        let mut released = 0_u32;
        for printer in to.keys().copied() {
            let writer = &self.inner.context.writer;
            let count = writer
                .in_steps(|| {
                    let to = to.clone();
                    Box::new(move |tx| Box::pin(async move { tx.release_line(printer, &to).await }))
                })
                .await?;
            released = released.saturating_add(count);
        }
        Ok(released)
    }

    /// What other counters were to make of an order.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn elsewhere_of(&self, order: OrderId) -> Result<Vec<Elsewhere>, QueueError> {
        self.read()?.elsewhere_of(order).await
    }

    /// What other counters were to make of orders that were handled since then, in the order in which they came.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn elsewhere(&self, since: Timestamp) -> Result<Vec<Elsewhere>, QueueError> {
        self.read()?.elsewhere(since).await
    }

    /// Makes tickets in the place of other counters, and forgets that those were to make them, in one transaction. A
    /// ticket that is there already is left alone, unless this counter gave it away: then it is the same one again. Says
    /// how many were made.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn take_over(
        &self,
        jobs: Vec<TakenJob>,
        done: Vec<Elsewhere>,
    ) -> Result<u32, QueueError> {
        let writer = &self.inner.context.writer;
        writer
            .write(move |tx| Box::pin(tx.take_over(jobs, done)))
            .await
    }
}
