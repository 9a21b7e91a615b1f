//! Papers of another counter of which this one hears late: an order may be taken back, or lose the dishes of a place, before
//! anybody here knows that there is something to take back. Whenever others report, and whenever printers or revisions come,
//! each place of ours that has an earlier revision on paper is told what became of it, once.

use std::time::Duration;

use api::{
    CounterId, JobState, Order, OrderId, Owners, PrinterId, RevisionKey, TicketKind, TicketName,
    report::ReportedTicket,
};
use jiff::Timestamp;
use printer_queue::{EarlierTicket, Elsewhere, Taken, TakenJob, place_name};
use tokio_util::sync::CancellationToken;

use crate::{
    orders::{
        decision::EarlierRevisions,
        entry::ReceivedOrder,
        feed::{Feed, FeedError, earlier, routed_before},
        ownership::on_paper,
        paper,
    },
    reports::Orders,
    routing::{Earlier, lines_of_part},
    settings::SettingsNow,
    view::Handling,
};

/// What is older is over.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The places of this counter that have a revision on paper which is not the newest, printed by another counter, and those
/// of which another counter gave away what they are to be told, where nothing was made since. `own` are this counter's
/// tickets of the order, `known` its earlier revisions.
pub fn untold(
    newest: &Order,
    known: &[Order],
    own: &[EarlierTicket],
    reported: &[ReportedTicket],
    settings: &SettingsNow,
    counter: CounterId,
) -> Vec<Elsewhere> {
    let mut rows: Vec<Elsewhere> = Vec::new();
    for said in reported {
        let Some((place, printer)) = open_place(said, newest, known) else {
            continue;
        };
        let known_printer = settings.printer(printer);
        let ours = known_printer.is_some_and(|known| known.owner == Some(counter));
        let is_same = |ticket: &TicketName| {
            let void = place.kind == TicketKind::Void && ticket.kind == TicketKind::Void;
            void || place_name(ticket) == place
        };
        // What was given away was not told by its own revision.
        let paper = said.report.revision_key();
        let is_since = |other: RevisionKey| {
            other.covers(paper) && (said.report.released || !other.is_same(paper))
        };
        let told = own.iter().any(|other| {
            let here = other.destination == Some(printer) || other.printers.contains(&printer);
            is_since(other.revision_key()) && is_same(&other.ticket) && here
        }) || reported.iter().any(|other| {
            let report = &other.report;
            let here = report.destination == Some(printer) || report.printer == Some(printer);
            is_since(report.revision_key())
                && report.state != JobState::Cancelled
                && is_same(&report.ticket)
                && here
        });
        let asked = rows.iter().any(|row| {
            let void = place.kind == TicketKind::Void;
            row.destination == Some(printer) && (row.ticket == place || void)
        });
        if ours && !told && !asked {
            rows.push(Elsewhere {
                order: newest.id,
                revision: newest.revision,
                revised_at: Some(newest.revised_at),
                ticket: place,
                destination: Some(printer),
                copies: 1,
                owner: said.counter,
                at: said.report.at,
            });
        }
    }
    rows
}

/// The place and the printer of a ticket of another counter that leaves something to be told there.
fn open_place(
    said: &ReportedTicket,
    newest: &Order,
    known: &[Order],
) -> Option<(TicketName, PrinterId)> {
    let report = &said.report;
    let place = place_of(&report.ticket, newest);
    if report.released {
        let is_kitchen = report.ticket.kind == TicketKind::Kitchen;
        let nothing = place
            .as_ref()
            .is_some_and(|place| is_nothing_left(place, newest));
        // A first ticket of which no byte left is not missed where its dishes are gone.
        let (revision, newest) = (report.revision_key(), RevisionKey::of(newest));
        let is_later = revision.covers(newest) && !revision.is_same(newest);
        if is_later || is_kitchen && nothing && !report.marked {
            return None;
        }
        return Some((place?, report.destination?));
    }
    let printer = on_paper(said).printers.first().copied();
    let paper = report.revision_key();
    let is_earlier = !paper.covers(RevisionKey::of(newest));
    // What came back after it was told to whoever knew of its end.
    let is_read = known.iter().any(|one| RevisionKey::of(one).is_same(paper));
    let is_over = report.ticket.kind == TicketKind::Void
        && (is_read
            || place
                .as_ref()
                .is_none_or(|place| is_nothing_left(place, newest)));
    Some((place.filter(|_| is_earlier && !is_over)?, printer?))
}

/// The place that is told; receipts stay as they are unless the order is taken back.
fn place_of(paper: &TicketName, newest: &Order) -> Option<TicketName> {
    match paper.kind {
        TicketKind::Kitchen | TicketKind::Change | TicketKind::Void => Some(place_name(paper)),
        TicketKind::Receipt | TicketKind::Delivery | TicketKind::Plain => {
            let void = TicketName::whole(TicketKind::Void);
            newest.cancelled.then_some(void)
        }
        TicketKind::Summary | TicketKind::Test => None,
    }
}

fn is_nothing_left(place: &TicketName, newest: &Order) -> bool {
    newest.cancelled
        || place.kind == TicketKind::Kitchen && lines_of_part(newest, &place.part).is_empty()
}

impl Feed {
    /// Looks at what others report, as it comes, until it is stopped.
    pub async fn hear_reports(self, stop: CancellationToken) {
        let mut touched = self.reports.touched.watch();
        loop {
            tokio::select! {
                changed = touched.changed() => if changed.is_err() { return },
                () = stop.cancelled() => return,
            }
            if let Err(error) = self.look_at_reports().await {
                tracing::warn!(%error, "what other counters report could not be looked at; tried again");
                let pause = self.reports.backoff.1;
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => return,
                }
            }
        }
    }

    async fn look_at_reports(&self) -> Result<(), FeedError> {
        let _one_at_a_time = self.following.lock().await;
        match self.store.place().await? {
            Some(place) => self.tell_late(&place.owners).await,
            None => Ok(()),
        }
    }

    /// Tells places of ours what became of papers of which this counter has heard since the last look.
    pub(super) async fn tell_late(&self, owners: &Owners) -> Result<(), FeedError> {
        let told = self.tell_touched(owners).await;
        if told.is_err() {
            self.reports.touched.all();
        }
        told
    }

    async fn tell_touched(&self, owners: &Owners) -> Result<(), FeedError> {
        let orders = match self.reports.touched.take() {
            Orders::These(orders) => orders,
            Orders::All => {
                let now = self.clock.now().unwrap_or_else(Timestamp::now);
                let since = earlier(now, DAY);
                self.store.orders_on_paper_elsewhere(since).await?
            }
        };
        if orders.is_empty() {
            return Ok(());
        }
        let settings = self.settings_at(owners);
        for order in orders {
            self.tell(order, &settings).await?;
        }
        Ok(())
    }

    async fn tell(&self, order: OrderId, settings: &SettingsNow) -> Result<(), FeedError> {
        let reported = self.store.reported_tickets(order).await?;
        if reported.is_empty() {
            return Ok(());
        }
        let kept = self.store.revisions(order, u32::MAX).await?;
        let Some(newest) = kept.first().filter(|newest| match newest.handling {
            Handling::Routed | Handling::ChangeShown => true,
            // Somebody else printed it, and says what becomes of it.
            Handling::ShownOnly => false,
        }) else {
            return Ok(());
        };
        let entry = ReceivedOrder::kept(order, newest.revision, &newest.body);
        let Ok(order) = &entry.order else {
            return Ok(());
        };
        let mut tickets = self.queue.earlier_tickets(order.id).await?;
        let known = match routed_before(&kept, newest.revision) {
            EarlierRevisions::Routed { orders, .. } => orders,
            EarlierRevisions::Nothing | EarlierRevisions::Shown => Vec::new(),
        };
        let rows = untold(order, &known, &tickets, &reported, settings, self.counter);
        if rows.is_empty() {
            return Ok(());
        }
        tickets.extend(reported.iter().map(on_paper));
        let earlier = Earlier {
            orders: &known,
            tickets: &tickets,
        };
        let jobs = rows.iter().flat_map(|row| {
            let made = paper::taken_jobs(&entry, row, &earlier, settings, self.counter);
            made.into_iter().map(|(job, lines)| TakenJob {
                job,
                lines,
                how: Taken::Marked,
            })
        });
        let taken = self.queue.take_over(jobs.collect(), Vec::new()).await?;
        tracing::info!(order = %entry.id, taken, "heard late of papers of another counter");
        Ok(())
    }
}
