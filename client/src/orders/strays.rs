//! Tickets on printers that came of which this counter kept nothing: those that a person moved or had reprinted at the
//! counter that had the printer, and those of orders that are older than this counter.

use std::collections::BTreeMap;

use api::{JobState, OrderId, report::ReportedTicket};
use printer_queue::{Elsewhere, Taken, TakenJob, place_name};

use crate::{
    orders::{
        feed::{Feed, FeedError},
        ownership::Came,
    },
    settings::SettingsNow,
    takeover::stray,
};

/// The rows of the orders that are taken over.
type Rows = [(OrderId, Vec<Elsewhere>)];

impl Feed {
    /// Which there are, by what was reported until now. What this counter made of the same place meanwhile is none.
    pub(super) async fn strays(
        &self,
        rows: &Rows,
        came: &Came,
    ) -> Result<BTreeMap<OrderId, Vec<Elsewhere>>, FeedError> {
        let reported = self.store.reported_since(self.look_back()).await?;
        let mut strays: BTreeMap<OrderId, Vec<Elsewhere>> = BTreeMap::new();
        for said in &reported {
            let of_order = rows.iter().find(|(order, _)| *order == said.report.order);
            let known = of_order
                .map(|(_, rows)| rows.as_slice())
                .unwrap_or_default();
            let Some(row) = stray(said, |printer| came.has(printer), known) else {
                continue;
            };
            if !self.is_made_here(said).await? {
                strays.entry(row.order).or_default().push(row);
            }
        }
        Ok(strays)
    }

    async fn is_made_here(&self, said: &ReportedTicket) -> Result<bool, FeedError> {
        let report = &said.report;
        let own = self.queue.earlier_tickets(report.order).await?;
        Ok(own.iter().any(|own| {
            own.state != JobState::Cancelled
                && own.revision_key().covers(report.revision_key())
                && own.destination == report.destination
                && place_name(&own.ticket) == place_name(&report.ticket)
        }))
    }

    /// What was just given away to this counter prints. Everything else is held, marked, since the order was not routed
    /// here: a person sees it and says what becomes of it.
    pub(super) async fn take_strays(
        &self,
        rows: &Rows,
        came: &Came,
        settings: &SettingsNow,
    ) -> Result<u32, FeedError> {
        let mut jobs: Vec<TakenJob> = Vec::new();
        for (order, strays) in self.strays(rows, came).await? {
            let reported = self.store.reported_tickets(order).await?;
            for row in strays {
                let copy = row.copies.saturating_sub(1);
                let made = self.taken(order, &[row], &reported, came, settings).await?;
                if made.is_empty() {
                    tracing::warn!(%order, copy, "a ticket of another counter is not made here: its order is not known, or it is out");
                }
                let its = made.into_iter().filter(|made| made.job.copy == copy);
                jobs.extend(its.map(|made| TakenJob {
                    how: match made.how {
                        Taken::Unmarked => Taken::Unmarked,
                        Taken::Marked | Taken::Asked | Taken::Held => Taken::Held,
                    },
                    ..made
                }));
            }
        }
        if jobs.is_empty() {
            return Ok(0);
        }
        Ok(self.queue.take_over(jobs, Vec::new()).await?)
    }
}
