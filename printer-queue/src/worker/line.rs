//! What happens to a whole line at once.

use api::job::WaitCause;

use super::Worker;
use crate::error::QueueError;

impl Worker {
    /// Everything in the line waits for this, and says so.
    pub(super) async fn block_line(
        &mut self,
        cause: WaitCause,
        why: &'static str,
    ) -> Result<(), QueueError> {
        self.block = Some(cause);
        let id = self.printer.id;
        let ledger = self.tools.ledger.clone();
        let mut behind = Some(0);
        while let Some(seq) = behind {
            behind = ledger
                .write(move |page| Box::pin(page.line_waits(id, seq, cause, why)))
                .await?;
        }
        Ok(())
    }

    /// What is too old for its kind waits for a person.
    pub(super) async fn hold_old(&mut self) -> Result<(), QueueError> {
        loop {
            let (id, ages) = (self.printer.id, self.tools.ages.clone());
            let deed = self
                .tools
                .ledger
                .write(move |page| Box::pin(async move { page.hold_old(id, &ages).await }));
            if !deed.await? {
                return Ok(());
            }
        }
    }

    /// The line has its turn again.
    pub(super) async fn unblock_line(&mut self) -> Result<(), QueueError> {
        let id = self.printer.id;
        let ledger = self.tools.ledger.clone();
        let (mut behind, why) = (Some(0), "its printer can be used again");
        while let Some(seq) = behind {
            behind = ledger
                .write(move |page| Box::pin(page.line_goes_on(id, seq, why)))
                .await?;
        }
        self.block = None;
        Ok(())
    }
}
