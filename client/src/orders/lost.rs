//! What nobody else can know any more after the server was restored, or after the program ended between two commits.

use std::collections::BTreeMap;

use api::{OrderId, Owners};
use jiff::Timestamp;
use printer_queue::Elsewhere;

use crate::{
    orders::{
        entry::ReceivedOrder,
        feed::{Feed, FeedError},
        ownership::Came,
    },
    routing::leads,
    takeover::{Decision, Handover, decide},
};

/// What becomes of a ticket of another counter whose order the server has lost: that counter may never hear of it, and may
/// have printed it, so a person sees to it.
pub fn decide_lost(
    row: &Elsewhere,
    copy: u32,
    reported: &[api::report::ReportedTicket],
) -> Decision {
    let handover = Handover {
        from: None,
        at: row.at,
        reprint_uncertain: api::printer::ReprintUncertain::Ask,
    };
    match decide(row, copy, reported, handover) {
        Decision::Drop => Decision::Drop,
        Decision::TakeUnmarked | Decision::TakeMarked | Decision::Ask | Decision::Hold => {
            Decision::Hold
        }
    }
}

impl Feed {
    /// Keeps of which orders the server has lost the newest revisions: of those that were revised since then all that are
    /// not among these, with the revision that is there.
    pub(super) async fn note_lost(
        &self,
        met: &BTreeMap<OrderId, u32>,
        since: Timestamp,
    ) -> Result<(), FeedError> {
        let mut lost = BTreeMap::new();
        for order in self.store.orders_heard_since(since).await? {
            let there = met.get(&order).copied().unwrap_or(0);
            let newest = self.store.revisions(order, 1).await?;
            let Some(newest) = newest.first().filter(|newest| newest.revision > there) else {
                continue;
            };
            let entry = ReceivedOrder::kept(order, newest.revision, &newest.body);
            // What is older was not asked for.
            if entry.order.is_ok_and(|known| known.revised_at >= since) {
                lost.insert(order, there);
            }
        }
        Ok(self.store.set_lost(&lost).await?)
    }

    /// Holds what others were to make of revisions that the server has lost: they may never hear of them.
    pub(super) async fn hold_lost(&self) -> Result<(), FeedError> {
        let lost = self.store.lost().await?;
        if lost.is_empty() {
            return Ok(());
        }
        let owners = self.owners.now().owners.unwrap_or_default();
        let rows = self.queue.elsewhere(self.look_back()).await?;
        for (order, there) in lost {
            let rows = rows.iter();
            let rows = rows.filter(|row| row.order == order && row.revision > there);
            let rows: Vec<Elsewhere> = rows.cloned().collect();
            if rows.is_empty() {
                continue;
            }
            // Nobody else tells these places.
            let mut owners = owners.clone();
            let places = rows.iter().filter_map(|row| row.destination);
            owners.extend(places.map(|printer| (printer, self.counter)));
            let settings = self.settings_at(&owners);
            let said = self.store.reported_tickets(order).await?;
            let by = |row: &Elsewhere, copy| decide_lost(row, copy, &said);
            let jobs = self.taken_by(order, &rows, &said, &settings, by).await?;
            let held = self.queue.take_over(jobs, rows).await?;
            tracing::warn!(%order, held, "the server has lost an order that another counter was to print");
        }
        Ok(())
    }

    /// Takes back what was given away with printers that are this counter's all the same: the entry by which they went was
    /// lost before the place behind it was kept. What was given away of lost orders is held.
    pub(super) async fn settle(&self, owners: &Owners) -> Result<(), FeedError> {
        self.hold_lost().await?;
        let now = self.clock.now().unwrap_or_else(Timestamp::now);
        let settings = self.settings_at(owners);
        let rows = self.queue.elsewhere(self.look_back()).await?;
        let ours = rows.iter().filter(|row| match row.destination {
            Some(printer) => owners.get(&printer) == Some(&self.counter),
            None => leads(&settings.printers, self.counter),
        });
        let ours: Vec<&Elsewhere> = ours.collect();
        if ours.is_empty() {
            return Ok(());
        }
        self.take_over(&Came::left(&ours, now), &settings).await
    }
}
