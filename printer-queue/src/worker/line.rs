//! Changes to a whole line.

use api::job::WaitCause;

use super::Worker;
use crate::{
    error::QueueError,
    store::{Head, is_too_old},
};

impl Worker {
    /// Everything in the line waits for this, and says so.
    pub(super) async fn block_line(
        &mut self,
        cause: WaitCause,
        why: &'static str,
    ) -> Result<(), QueueError> {
        self.block = Some(cause);
        self.whole_line(Some(cause), why).await
    }

    /// The line has its turn again.
    pub(super) async fn unblock_line(&mut self) -> Result<(), QueueError> {
        self.whole_line(None, "its printer can be used again")
            .await?;
        self.block = None;
        Ok(())
    }

    async fn whole_line(
        &self,
        cause: Option<WaitCause>,
        why: &'static str,
    ) -> Result<(), QueueError> {
        let (id, writer) = (self.printer.id, &self.context.writer);
        let mut behind = Some(0);
        while let Some(seq) = behind {
            behind = writer
                .write(move |tx| Box::pin(tx.line_waits(id, seq, cause, why)))
                .await?;
        }
        Ok(())
    }

    /// What is too old for its kind waits for a person.
    pub(super) async fn hold_old(&mut self) -> Result<(), QueueError> {
        loop {
            let (id, ages) = (self.printer.id, self.context.ages.clone());
            let operation = self
                .context
                .writer
                .write(move |tx| Box::pin(async move { tx.hold_old(id, &ages).await }));
            if !operation.await? {
                return Ok(());
            }
        }
    }

    /// Whether a ticket is too old to print unasked.
    pub(super) fn is_too_old(&self, head: &Head) -> bool {
        is_too_old(
            &head.job,
            &self.context.ages,
            self.context.server_clock.now(),
        )
    }

    /// The server's time is known now: tickets that came before age from here on.
    pub(super) async fn date_line(&mut self) -> Result<(), QueueError> {
        let id = self.printer.id;
        let writer = &self.context.writer;
        writer.write(move |tx| Box::pin(tx.date_line(id))).await
    }
}
