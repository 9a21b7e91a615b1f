//! Who prints on which printer. Printers are taken at the server, all of them at once or none, so that two counters never
//! share them by chance; the entry of the feed says when this counter begins to print on them.

use api::{
    Code, PrinterId, Problem,
    feed::{Claim, ClaimFrom},
};

use crate::printers::here::Printers;

impl Printers {
    /// Takes the printers that nobody prints on. Where another counter was faster, it has them. Says whether any were
    /// taken.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn claim(&self) -> Result<bool, Problem> {
        match self.take(ClaimFrom::Nobody, |owner| owner.is_none()).await {
            Ok(taken) => Ok(taken),
            Err(problem) if problem.code == Code::Conflict => {
                tracing::info!("another counter was faster");
                Ok(false)
            }
            Err(problem) if problem.code == Code::Forbidden => {
                tracing::warn!(%problem, "this login may not take a printer");
                Ok(false)
            }
            Err(problem) => Err(problem),
        }
    }

    /// Takes all printers over, whoever prints on them. Says whether any were taken.
    ///
    /// # Errors
    /// When the server cannot be reached or does not allow it.
    pub async fn take_over(&self) -> Result<bool, Problem> {
        let us = Some(self.counter);
        self.take(ClaimFrom::Anybody, |owner| owner != us).await
    }

    async fn take(
        &self,
        from: ClaimFrom,
        wanted: impl Fn(Option<api::CounterId>) -> bool,
    ) -> Result<bool, Problem> {
        let now = self.settings.now();
        let here = self.owners.now().added;
        let printers: Vec<PrinterId> = now
            .printers
            .iter()
            // The server does not know those yet.
            .filter(|printer| wanted(printer.owner) && !here.contains(&printer.id))
            .map(|printer| printer.id)
            .collect();
        if printers.is_empty() {
            return Ok(false);
        }
        let claim = Claim {
            counter: self.counter,
            printers,
            from,
        };
        let claimed = self.settings.claim(&claim).await?;
        tracing::info!(printers = ?claimed.printers, "this counter prints on them from now on");
        Ok(!claimed.printers.is_empty())
    }
}
