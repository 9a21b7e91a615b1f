//! Requests of a person about single tickets.

use api::{JobId, PrinterId};

use super::PrintQueue;
use crate::error::QueueError;

impl PrintQueue {
    /// Prints a test page. What it shows of the printer comes by [`PrintQueue::learned`].
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn print_test(
        &self,
        printer: PrinterId,
        markup: String,
        locale: String,
    ) -> Result<JobId, QueueError> {
        let writer = &self.inner.context.writer;
        writer
            .write(move |tx| Box::pin(tx.add_test(printer, markup, locale)))
            .await
    }

    /// Prints one more of a ticket that is over, headed "REPRINT".
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn reprint(&self, job: JobId) -> Result<JobId, QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.reprint(job))).await
    }

    /// A person saw an unconfirmed ticket on paper.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn it_printed(&self, job: JobId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.it_printed(job))).await
    }

    /// Prints an unconfirmed or failed ticket again: headed as a possible duplicate, unless it is known that none of its
    /// bytes ever reached paper.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn print_again(&self, job: JobId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.print_again(job))).await
    }

    /// Ends a ticket without paper. One whose bytes are at the printer is not cancelled.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn cancel(&self, job: JobId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.cancel(job))).await
    }

    /// Gives a ticket that is held or stands in a line to this printer. One whose bytes are at a printer stays there.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn choose_printer(&self, job: JobId, printer: PrinterId) -> Result<(), QueueError> {
        let writer = &self.inner.context.writer;
        writer
            .write(move |tx| Box::pin(tx.choose_printer(job, printer)))
            .await
    }

    /// Holds what stands in a printer's line, until a person chooses another printer. Says how many.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn hold_jobs_of(&self, printer: PrinterId) -> Result<u32, QueueError> {
        let writer = &self.inner.context.writer;
        writer
            .in_steps(|| Box::new(move |tx| Box::pin(tx.hold_jobs_of(printer))))
            .await
    }

    /// Cancels what stands in a printer's line. Says how many.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn cancel_jobs_of(&self, printer: PrinterId) -> Result<u32, QueueError> {
        let writer = &self.inner.context.writer;
        writer
            .in_steps(|| Box::new(move |tx| Box::pin(tx.cancel_jobs_of(printer))))
            .await
    }

    /// Gives what stands in a printer's line to another printer. Says how many.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn move_jobs_of(&self, from: PrinterId, to: PrinterId) -> Result<u32, QueueError> {
        let writer = &self.inner.context.writer;
        writer
            .in_steps(|| Box::new(move |tx| Box::pin(tx.move_jobs_of(from, to))))
            .await
    }
}
