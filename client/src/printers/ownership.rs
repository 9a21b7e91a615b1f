//! Who prints on which printer. Printers are taken at the server, all of them at once or none, so that two counters never
//! share them by chance; the entry of the feed says when this counter begins to print on them.

use std::collections::BTreeSet;

use api::{
    Code, Printer, PrinterId, Problem,
    feed::{Claim, ClaimFrom},
};
use jiff::Timestamp;

use crate::{printers::here::Printers, refusal, takeover::is_settled};

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

    /// Nobody would make what another counter has for a printer that is gone.
    ///
    /// # Errors
    /// [`Code::Conflict`] when there is any that was not reported to be out or over.
    pub(super) async fn must_be_settled(&self, printer: &Printer) -> Result<(), Problem> {
        let rows = self.queue.elsewhere(Timestamp::UNIX_EPOCH).await;
        let mut rows = rows.map_err(|error| refusal::queue(&error))?;
        rows.retain(|row| row.destination == Some(printer.id));
        let mut open = BTreeSet::new();
        for row in rows {
            let reported = self.store.reported_tickets(row.order).await;
            let reported = reported.map_err(|error| refusal::storage(&error))?;
            if !is_settled(&row, &reported) {
                open.insert(row.order);
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let open = open.len();
        Err(Problem::new(
            Code::Conflict,
            format!(
                "{} prints from another PC, and the tickets of {open} orders are not known to be out. Say whether they print elsewhere, wait here, or end.",
                printer.name
            ),
        ))
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
