//! Tickets of other counters that nobody knows to be on paper, where this one cannot stand in: a person has to see to them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use api::{
    CounterId, JobState, PrinterId, Problem, counter::LEASE_MS, order::OrderStatus,
    report::ReportedTicket,
};
use printer_queue::Elsewhere;

use crate::{
    events::ClientEvent,
    orders::readable,
    refusal,
    renewal::LeaseKeeper,
    takeover::{covers, is_at},
    view::Notice,
};

/// What of a counter is unknown.
#[derive(Debug, Default)]
struct Unknown {
    printers: BTreeSet<PrinterId>,
    /// The numbers of the orders.
    orders: BTreeSet<u32>,
}

impl LeaseKeeper {
    /// Says which open orders have tickets at other counters of which nobody knows whether they came out, and says so no
    /// more once that is over. `told` is what was said last of each counter.
    pub(super) async fn tell_of_unknown(
        &self,
        silent: &[CounterId],
        told: &mut BTreeMap<CounterId, Notice>,
    ) {
        let unknown = match self.unknown_tickets(silent).await {
            Ok(unknown) => unknown,
            Err(problem) => {
                tracing::warn!(%problem, "the tickets of other counters could not be looked through");
                return;
            }
        };
        let mut now = BTreeMap::new();
        for (counter, unknown) in unknown {
            let notice = Notice::TicketsUnknown {
                counter: self.name_of(counter).await,
                printers: self.names_of(&unknown.printers),
                orders: unknown.orders.into_iter().collect(),
            };
            now.insert(counter, notice);
        }
        for (counter, notice) in told.iter() {
            if now.get(counter) != Some(notice) {
                let over = ClientEvent::NoticeOver(notice.clone());
                self.events.send(over).await;
            }
        }
        for (counter, notice) in &now {
            if told.get(counter) != Some(notice) {
                tracing::error!(?notice, "nobody knows what became of these tickets");
                self.events.send(ClientEvent::Notice(notice.clone())).await;
            }
        }
        *told = now;
    }

    async fn unknown_tickets(
        &self,
        silent: &[CounterId],
    ) -> Result<BTreeMap<CounterId, Unknown>, Problem> {
        let mut all: BTreeMap<CounterId, Unknown> = BTreeMap::new();
        let rows = self.queue.elsewhere(self.feed.look_back()).await;
        let rows = rows.map_err(|error| refusal::queue(&error))?;
        let patience = self.feed.before(Duration::from_millis(LEASE_MS));
        for row in rows {
            let is_silent = silent.contains(&row.owner);
            if !is_silent && row.at > patience {
                continue;
            }
            let reported = self.store.reported_tickets(row.order).await;
            let reported = reported.map_err(|error| refusal::storage(&error))?;
            if !is_unknown(&row, &reported, is_silent) {
                continue;
            }
            if let Some(number) = self.open_number(&row).await? {
                let unknown = all.entry(row.owner).or_default();
                unknown.orders.insert(number);
                unknown.printers.extend(row.destination);
            }
        }
        Ok(all)
    }

    /// The number of an order that still is to be made; one that cannot be read has none to be called by.
    async fn open_number(&self, row: &Elsewhere) -> Result<Option<u32>, Problem> {
        let revisions = self.store.revisions(row.order, 1).await;
        let revisions = revisions.map_err(|error| refusal::storage(&error))?;
        let newest = revisions.first();
        let order = newest.and_then(|kept| readable(row.order, kept.revision, &kept.body).ok());
        Ok(order.and_then(|order| match order.status {
            OrderStatus::Open => Some(order.number),
            OrderStatus::Done | OrderStatus::Cancelled => None,
        }))
    }

    fn names_of(&self, printers: &BTreeSet<PrinterId>) -> Vec<String> {
        let now = self.printers.now();
        let known = printers.iter().filter_map(|&id| now.printer(id));
        known.map(|printer| printer.name.clone()).collect()
    }
}

/// Whether nobody knows that the ticket came out, or that it is over. Of a counter that is heard this is so when it has
/// not said anything at all of the place: it sees to what it has begun.
fn is_unknown(row: &Elsewhere, reported: &[ReportedTicket], is_silent: bool) -> bool {
    let mut of_place = reported.iter().filter(|said| is_at(said, row));
    let ended = |said: &ReportedTicket| match said.report.state {
        JobState::Printed | JobState::Sent | JobState::Failed { .. } | JobState::Expired => true,
        JobState::Cancelled => !said.report.released,
        JobState::Queued
        | JobState::Held { .. }
        | JobState::Printing
        | JobState::Waiting { .. }
        | JobState::Unconfirmed { .. } => false,
    };
    match is_silent {
        true => !of_place.any(|said| covers(said, row) && ended(said)),
        false => of_place.next().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use api::{JobId, OrderId, TicketKind, TicketName, report::PrintReport};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    const KITCHEN: PrinterId = PrinterId(Uuid::from_u128(5));
    const THERE: CounterId = CounterId(Uuid::from_u128(1));

    fn row() -> Elsewhere {
        Elsewhere {
            order: OrderId(Uuid::nil()),
            revision: 2,
            revised_at: None,
            ticket: TicketName::whole(TicketKind::Kitchen),
            destination: Some(KITCHEN),
            copies: 1,
            owner: THERE,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn said(state: JobState) -> ReportedTicket {
        ReportedTicket {
            counter: THERE,
            report: PrintReport {
                n: 1,
                job: JobId(Uuid::nil()),
                order: OrderId(Uuid::nil()),
                revision: 2,
                revised_at: None,
                ticket: TicketName::whole(TicketKind::Kitchen),
                destination: Some(KITCHEN),
                copy: 0,
                printer: Some(KITCHEN),
                state,
                marked: false,
                released: false,
                at: Timestamp::UNIX_EPOCH,
            },
        }
    }

    #[test]
    fn a_ticket_of_a_silent_counter_is_unknown_until_its_end_was_reported() {
        let is_unknown = |reported: &[ReportedTicket]| is_unknown(&row(), reported, true);
        assert!(is_unknown(&[]));
        for open in [JobState::Queued, JobState::Printing] {
            assert!(is_unknown(&[said(open.clone())]), "{open:?}");
        }
        for over in [JobState::Printed, JobState::Sent, JobState::Cancelled] {
            let both = [said(JobState::Queued), said(over.clone())];
            assert!(!is_unknown(&both), "{over:?}");
        }
        let mut other = said(JobState::Printed);
        other.report.revision = 1;
        assert!(is_unknown(&[other.clone()]), "of an earlier revision");
        other.report.revision = 3;
        other.report.destination = None;
        assert!(is_unknown(&[other]), "of another printer");
        let mut given = said(JobState::Cancelled);
        given.report.released = true;
        assert!(is_unknown(&[given]), "nobody has it yet");
    }

    #[test]
    fn a_counter_that_is_heard_sees_to_what_it_has_begun() {
        assert!(is_unknown(&row(), &[], false));
        let mut earlier = said(JobState::Queued);
        assert!(!is_unknown(&row(), &[earlier.clone()], false));
        earlier.report.revision = 1;
        assert!(
            !is_unknown(&row(), &[earlier], false),
            "it may make nothing of a change"
        );
    }
}
