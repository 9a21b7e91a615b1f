//! Printers change hands: the queue gives away what it has not begun, gets the printers that came, and this counter makes
//! what the others were to make on them and have not.

use std::{collections::BTreeMap, time::Duration};

use api::{
    CounterId, JobState, OrderId, Owners, PrinterId, printer::ReprintUncertain,
    report::ReportedTicket,
};
use jiff::Timestamp;
use printer_queue::{EarlierTicket, Elsewhere, Taken, TakenJob};
use tokio::time::Instant;

use crate::{
    orders::{
        decision::EarlierRevisions,
        entry::ReceivedOrder,
        feed::{Feed, FeedError, earlier, routed_before},
        paper,
    },
    routing::{Earlier, leads},
    settings::SettingsNow,
    takeover::{Decision, Handover, decide},
};

/// What is older is over: nobody prints it unasked.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Between two looks at what others report.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Orders whose tickets are taken over in one transaction.
const AT_ONCE: usize = 50;

/// Printers that change hands, as one counter sees it.
#[derive(Debug, Clone)]
pub struct HandsChanged {
    /// What this counter gives away, and to whom.
    pub left: BTreeMap<PrinterId, CounterId>,
    /// What comes to it.
    pub came: Came,
}

/// What came to this counter.
#[derive(Debug, Clone)]
pub struct Came {
    /// With who had them before.
    printers: BTreeMap<PrinterId, Option<CounterId>>,
    /// It leads now; with who led before.
    lead: Option<Option<CounterId>>,
    at: Timestamp,
}

impl HandsChanged {
    /// Between two settings that differ in owners alone.
    pub fn of(
        (before, was): (&Owners, &SettingsNow),
        (after, is): (&Owners, &SettingsNow),
        counter: CounterId,
        at: Timestamp,
    ) -> HandsChanged {
        let ours = |owners: &Owners, id: &PrinterId| owners.get(id) == Some(&counter);
        let led = leads(&was.printers, counter);
        HandsChanged {
            left: after
                .iter()
                .filter(|(id, owner)| **owner != counter && ours(before, id))
                .map(|(id, owner)| (*id, *owner))
                .collect(),
            came: Came {
                printers: after
                    .keys()
                    .filter(|id| ours(after, id) && !ours(before, id))
                    .map(|id| (*id, before.get(id).copied()))
                    .collect(),
                lead: (!led && leads(&is.printers, counter)).then(|| {
                    let owned = was.printers.iter();
                    let owned = owned.filter_map(|printer| Some((printer.id, printer.owner?)));
                    owned.min().map(|(_, owner)| owner)
                }),
                at,
            },
        }
    }
}

impl Came {
    /// One printer, from whoever has it.
    pub(super) fn of(printer: PrinterId, from: Option<CounterId>, at: Timestamp) -> Came {
        Came {
            printers: BTreeMap::from([(printer, from)]),
            lead: None,
            at,
        }
    }

    /// What was left with others though its printer is this counter's.
    pub fn left(rows: &[&Elsewhere], at: Timestamp) -> Came {
        let printers = rows.iter().filter_map(|row| row.destination);
        let leads = rows.iter().any(|row| row.destination.is_none());
        Came {
            printers: printers.map(|printer| (printer, None)).collect(),
            lead: leads.then_some(None),
            at,
        }
    }

    /// Nothing came.
    pub fn is_nothing(&self) -> bool {
        self.printers.is_empty() && self.lead.is_none()
    }

    /// From whom a ticket comes; `None` when its place did not change hands.
    pub fn from(&self, row: &Elsewhere) -> Option<Option<CounterId>> {
        match row.destination {
            Some(printer) => self.printers.get(&printer).copied(),
            None => self.lead,
        }
    }

    /// Whether a printer came.
    pub fn has(&self, printer: PrinterId) -> bool {
        self.printers.contains_key(&printer)
    }

    /// Whether any other counter printed on what came.
    fn had_owners(&self) -> bool {
        self.printers.values().any(Option::is_some)
    }

    /// How the place of a ticket came here.
    pub fn handover(&self, row: &Elsewhere, settings: &SettingsNow) -> Handover {
        let printer = row.destination.and_then(|id| settings.printer(id));
        Handover {
            from: self.from(row).flatten(),
            at: self.at,
            reprint_uncertain: printer.map_or(ReprintUncertain::Ask, |printer| {
                printer.policy.reprint_uncertain
            }),
        }
    }
}

impl Feed {
    /// Brings the queue from the owners before to those after. When it fails it can be done again. Where nothing is known of
    /// what was before, nothing is given away or taken over.
    pub(super) async fn change_owners(
        &self,
        before: Option<&Owners>,
        after: &Owners,
        at: Timestamp,
    ) -> Result<(), FeedError> {
        let Some(before) = before else {
            self.store.set_owners_in_force(after).await?;
            self.owners.set(after.clone()).await;
            return Ok(());
        };
        let (was, is) = (self.settings_at(before), self.settings_at(after));
        let HandsChanged { left, came } =
            HandsChanged::of((before, &was), (after, &is), self.counter, at);
        if !left.is_empty() {
            let released = self.queue.release_printers(left).await?;
            tracing::info!(released, "printers went to another counter");
            self.hold_lost().await?;
        }
        // Before the place, which moves at the end of its page: what is taken over until then is in line after a crash, too.
        self.store.set_owners_in_force(after).await?;
        self.owners.set(after.clone()).await;
        if came.is_nothing() {
            return Ok(());
        }
        self.reports.touched.all();
        // What is in force now may know printers that it did not know before.
        let is = self.settings_at(after);
        self.take_over(&came, &is).await
    }

    /// Since when tickets of other counters are still to be made by somebody.
    pub fn look_back(&self) -> Timestamp {
        self.before(DAY)
    }

    /// So long ago by the server's clock.
    pub fn before(&self, time: Duration) -> Timestamp {
        earlier(self.clock.now().unwrap_or_else(Timestamp::now), time)
    }

    /// Makes what others were to make on printers that are this counter's now.
    pub(super) async fn take_over(
        &self,
        came: &Came,
        settings: &SettingsNow,
    ) -> Result<(), FeedError> {
        let rows = self.queue.elsewhere(self.look_back()).await?;
        let orders = by_order(rows.into_iter().filter(|row| came.from(row).is_some()));
        if orders.is_empty() && !came.had_owners() {
            return Ok(());
        }
        let reported = self.reported(&orders, came, settings).await?;
        let mut taken = 0_u32;
        for some in orders.chunks(AT_ONCE) {
            let (mut jobs, mut done) = (Vec::new(), Vec::new());
            for (order, rows) in some {
                let reported = reported.get(order).map(Vec::as_slice).unwrap_or_default();
                jobs.extend(self.taken(*order, rows, reported, came, settings).await?);
                done.extend(rows.iter().cloned());
            }
            taken = taken.saturating_add(self.queue.take_over(jobs, done).await?);
        }
        taken = taken.saturating_add(self.take_strays(&orders, came, settings).await?);
        tracing::info!(
            orders = orders.len(),
            taken,
            "took over from another counter"
        );
        Ok(())
    }

    /// The tickets of an order that this counter makes in the place of others.
    pub(super) async fn taken(
        &self,
        order: OrderId,
        rows: &[Elsewhere],
        reported: &[ReportedTicket],
        came: &Came,
        settings: &SettingsNow,
    ) -> Result<Vec<TakenJob>, FeedError> {
        let by = |row: &Elsewhere, copy| decide(row, copy, reported, came.handover(row, settings));
        self.taken_by(order, rows, reported, settings, by).await
    }

    /// The same, as somebody decides.
    pub(super) async fn taken_by(
        &self,
        order: OrderId,
        rows: &[Elsewhere],
        reported: &[ReportedTicket],
        settings: &SettingsNow,
        decide: impl Fn(&Elsewhere, u32) -> Decision,
    ) -> Result<Vec<TakenJob>, FeedError> {
        let kept = self.store.revisions(order, u32::MAX).await?;
        let Some(newest) = kept.first() else {
            return Ok(Vec::new());
        };
        let entry = ReceivedOrder::kept(order, newest.revision, &newest.body);
        let mut tickets = self.queue.earlier_tickets(order).await?;
        tickets.extend(reported.iter().map(on_paper));
        let orders = match routed_before(&kept, newest.revision) {
            EarlierRevisions::Routed { orders, .. } => orders,
            EarlierRevisions::Nothing | EarlierRevisions::Shown => Vec::new(),
        };
        let earlier = Earlier {
            orders: &orders,
            tickets: &tickets,
        };
        let mut jobs = Vec::new();
        for row in rows {
            for (job, lines) in paper::taken_jobs(&entry, row, &earlier, settings, self.counter) {
                let how = match decide(row, job.copy) {
                    Decision::Drop => continue,
                    Decision::TakeUnmarked => Taken::Unmarked,
                    Decision::TakeMarked => Taken::Marked,
                    Decision::Hold => Taken::Held,
                    Decision::Ask => Taken::Asked,
                };
                jobs.push(TakenJob { job, lines, how });
            }
        }
        Ok(jobs)
    }

    /// What other counters said about the tickets of these orders until now. Without that nothing is taken over: a ticket
    /// that is on paper would come out twice. A counter that runs says within a moment what it has printed and what it gave
    /// away; that is waited for.
    async fn reported(
        &self,
        orders: &[(OrderId, Vec<Elsewhere>)],
        came: &Came,
        settings: &SettingsNow,
    ) -> Result<BTreeMap<OrderId, Vec<ReportedTicket>>, FeedError> {
        let deadline = Instant::now() + self.take_over_patience;
        loop {
            self.reports.fetch().await.map_err(FeedError::Server)?;
            let mut known = BTreeMap::new();
            let mut open = false;
            for (order, rows) in orders {
                let said = self.store.reported_tickets(*order).await?;
                open |= rows.iter().any(|row| {
                    match decide(row, 0, &said, came.handover(row, settings)) {
                        Decision::TakeMarked | Decision::Ask => true,
                        Decision::TakeUnmarked | Decision::Hold | Decision::Drop => false,
                    }
                });
                known.insert(*order, said);
            }
            open |= !self.strays(orders, came).await?.is_empty();
            if !open || Instant::now() >= deadline {
                return Ok(known);
            }
            tokio::time::sleep(LOOK_AGAIN.min(self.take_over_patience)).await;
        }
    }
}

/// Tickets by their orders, in the order in which those came.
pub(super) fn by_order(rows: impl Iterator<Item = Elsewhere>) -> Vec<(OrderId, Vec<Elsewhere>)> {
    let mut orders: Vec<(OrderId, Vec<Elsewhere>)> = Vec::new();
    for row in rows {
        let mut known = orders.iter_mut();
        match known.find(|(order, _)| *order == row.order) {
            Some((_, rows)) => rows.push(row),
            None => orders.push((row.order, vec![row])),
        }
    }
    orders
}

/// What a ticket of another counter has on paper, for whoever tells its place what changed.
pub fn on_paper(said: &ReportedTicket) -> EarlierTicket {
    let report = &said.report;
    let there = match &report.state {
        JobState::Printed | JobState::Sent | JobState::Printing | JobState::Unconfirmed { .. } => {
            true
        }
        JobState::Waiting { bytes_left, .. } => *bytes_left,
        JobState::Queued
        | JobState::Failed { .. }
        | JobState::Held { .. }
        | JobState::Cancelled
        | JobState::Expired => false,
    };
    let printer = report.printer.or(report.destination).filter(|_| there);
    EarlierTicket {
        job: report.job,
        revision: report.revision,
        revised_at: report.revised_at,
        ticket: report.ticket.clone(),
        destination: report.destination,
        lines: None,
        drawer: false,
        state: report.state.clone(),
        printers: printer.into_iter().collect(),
        doubtful: false,
        submitted_at: report.at,
        at: report.at,
    }
}
