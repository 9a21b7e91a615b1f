//! What a person wants of the lines of the printers, and of what is too old to print unasked.

use api::{JobId, PrinterId, TicketChanged};

use super::PrintQueue;
use crate::{error::QueueError, job::TooOld};

impl PrintQueue {
    /// Prints a ticket before the others in its line.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn urgent(&self, job: JobId) -> Result<(), QueueError> {
        let ledger = &self.inner.tools.ledger;
        ledger.write(move |page| Box::pin(page.urgent(job))).await
    }

    /// Takes a ticket out of its line until it is released. One whose bytes are at the printer is not held.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn hold(&self, job: JobId) -> Result<(), QueueError> {
        let ledger = &self.inner.tools.ledger;
        ledger.write(move |page| Box::pin(page.hold(job))).await
    }

    /// Puts a held ticket back into the line of its printer, whatever it was held for, in its order of arrival.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn release(&self, job: JobId) -> Result<(), QueueError> {
        let ledger = &self.inner.tools.ledger;
        ledger.write(move |page| Box::pin(page.release(job))).await
    }

    /// Stops the line of a printer until it is resumed, also over a restart. What is being printed comes out.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn pause(&self, printer: PrinterId) -> Result<(), QueueError> {
        let ledger = &self.inner.tools.ledger;
        ledger
            .write(move |page| Box::pin(page.pause(printer)))
            .await
    }

    /// Lets the line of a printer go on.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn resume(&self, printer: PrinterId) -> Result<(), QueueError> {
        let ledger = &self.inner.tools.ledger;
        ledger
            .write(move |page| Box::pin(page.resume(printer)))
            .await
    }

    /// The tickets that are held for their age, oldest first.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn too_old(&self) -> Result<Vec<TicketChanged>, QueueError> {
        self.read()?.too_old().await
    }

    /// Decides about the tickets that are held for their age, in one transaction. Says which jobs print because of it.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn decide_too_old(&self, choice: TooOld) -> Result<Vec<JobId>, QueueError> {
        let ledger = &self.inner.tools.ledger;
        ledger
            .write(move |page| Box::pin(page.decide_too_old(choice)))
            .await
    }
}
