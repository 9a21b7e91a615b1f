//! Requests of a person about the lines of printers and about tickets that are too old to print unasked.

use std::sync::PoisonError;

use api::{
    JobId, PrinterId, TicketChanged,
    printer::{Learned, PrinterStatus},
};

use super::PrintQueue;
use crate::{error::QueueError, job::TooOld};

impl PrintQueue {
    /// Prints a ticket before the others in its line.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn urgent(&self, job: JobId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.urgent(job))).await
    }

    /// Takes a ticket out of its line until it is released. One whose bytes are at the printer is not held.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn hold(&self, job: JobId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.hold(job))).await
    }

    /// Puts a held ticket back into the line of its printer, whatever it was held for, in its order of arrival.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn release(&self, job: JobId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.release(job))).await
    }

    /// Stops the line of a printer until it is resumed, also over a restart. What is being printed comes out.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn pause(&self, printer: PrinterId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.pause(printer))).await
    }

    /// Lets the line of a printer go on.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn resume(&self, printer: PrinterId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.resume(printer))).await
    }

    /// Believes a printer that shows another certificate or serial number than before
    /// ([`api::printer::Health::Stranger`]), because a person who saw it said that it is the right one.
    ///
    /// # Errors
    /// [`QueueError::NotNow`] when it shows none, or another one than the person saw.
    pub fn trust(&self, printer: PrinterId, seen: &str) -> Result<(), QueueError> {
        let inner = &self.inner;
        let shown = inner
            .statuses
            .borrow()
            .get(&printer)
            .and_then(|status| shown_as(status, seen));
        let shown = shown.ok_or(QueueError::NotNow(
            "the printer shows something else by now; compare it and trust it again",
        ))?;
        let learned = inner
            .workers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .trust(printer, shown);
        let learned = learned.ok_or(QueueError::UnknownPrinter(printer))?;
        // Whoever keeps the settings may not be listening yet; the worker knows it all the same.
        let _ = inner.context.learned.send((printer, learned));
        Ok(())
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
        let writer = &self.inner.context.writer;
        writer
            .write(move |tx| Box::pin(tx.decide_too_old(choice)))
            .await
    }
}

/// What a printer shows of itself, if that is still what a person saw.
fn shown_as(status: &PrinterStatus, seen: &str) -> Option<Learned> {
    if status.certificate.as_deref() == Some(seen) {
        return Some(Learned {
            certificate: status.certificate.clone(),
            ..Learned::default()
        });
    }
    let device = status.device.as_ref();
    device
        .filter(|device| device.serial.as_deref() == Some(seen))
        .cloned()
}
