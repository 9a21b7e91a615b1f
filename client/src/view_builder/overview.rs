//! Reads from an open restaurant what is shown of it.

use std::collections::BTreeSet;

use api::{Business, CounterId, OrderId, Problem, TicketChanged};

use crate::{
    difference::difference,
    orders::readable,
    printers::{print_here, views},
    refusal,
    restaurant::Restaurant,
    store::StoreError,
    view::{Backlog, LinkView, OldTickets, OrderView, PrintHere, PrinterView},
    view_builder::others::others,
};

/// So many of the newest orders are in a snapshot.
const SHOWN: u32 = 300;

/// Everything that is no order.
#[derive(Debug, Clone)]
pub(super) struct Overview {
    pub(super) link: LinkView,
    pub(super) business: Option<Business>,
    pub(super) backlog: Option<Backlog>,
    pub(super) too_old: Option<OldTickets>,
    pub(super) print_here: Option<PrintHere>,
    pub(super) printers: Vec<PrinterView>,
    pub(super) stations: Vec<String>,
}

impl Default for Overview {
    fn default() -> Self {
        Overview {
            link: LinkView::Off,
            business: None,
            backlog: None,
            too_old: None,
            print_here: None,
            printers: Vec::new(),
            stations: Vec::new(),
        }
    }
}

/// Reads the overview. What this PC cannot read is left out and logged.
pub(super) async fn overview(open: &Restaurant, counter: CounterId) -> Overview {
    let now = open.printers.now();
    let counters = read(open.store.counters().await);
    let backlog = read(open.store.backlog().await);
    let bindings = read(open.store.bindings().await);
    let statuses = open.queue.statuses().borrow().clone();
    let link = open.link.borrow().clone();
    Overview {
        link,
        business: now.business.clone(),
        backlog: (!backlog.is_empty()).then_some(Backlog { orders: backlog }),
        too_old: old_tickets(open).await,
        print_here: now
            .known
            .then(|| print_here(&now, &counters, counter))
            .flatten(),
        printers: views(
            &now,
            &bindings,
            &statuses,
            &counters,
            counter,
            open.printers.search.interfaces,
        ),
        stations: read(open.store.stations().await),
    }
}

async fn old_tickets(open: &Restaurant) -> Option<OldTickets> {
    let held = open.queue.too_old().await.unwrap_or_else(|error| {
        tracing::error!(%error, "this PC cannot read what it kept");
        Vec::new()
    });
    Some(OldTickets {
        tickets: u32::try_from(held.len()).unwrap_or(u32::MAX),
        since: held.first()?.submitted_at,
    })
}

/// The newest orders, newest first, and behind them older ones that are not over.
pub(super) async fn orders(open: &Restaurant) -> Result<Vec<OrderView>, Problem> {
    let newest = open.store.newest_orders(SHOWN).await;
    let newest = newest.map_err(|error| refusal::storage(&error))?;
    let tickets = open.queue.open_and_recent(0).await;
    let tickets = tickets.map_err(|error| refusal::queue(&error))?;
    let mut views = Vec::new();
    for order in listed(newest, &tickets) {
        views.extend(order_view(open, order).await?);
    }
    Ok(views)
}

/// However many orders came since: one whose ticket still waits, is held or asks stays on the screen.
fn listed(newest: Vec<OrderId>, open: &[TicketChanged]) -> Vec<OrderId> {
    let mut known: BTreeSet<OrderId> = newest.iter().copied().collect();
    let older = open.iter().rev().filter_map(|ticket| ticket.order);
    let older: Vec<OrderId> = older.filter(|order| known.insert(*order)).collect();
    [newest, older].concat()
}

/// An order with everything that became of it; `None` when it is not kept (any more).
pub(super) async fn order_view(
    open: &Restaurant,
    id: OrderId,
) -> Result<Option<OrderView>, Problem> {
    let revisions = open.store.revisions(id, 2).await;
    let revisions = revisions.map_err(|error| refusal::storage(&error))?;
    let Some(newest) = revisions.first() else {
        return Ok(None);
    };
    let order = readable(id, newest.revision, &newest.body);
    let before = revisions
        .get(1)
        .and_then(|before| readable(id, before.revision, &before.body).ok());
    let changes = match (&order, &before) {
        (Ok(order), Some(before)) => difference(before, order),
        (Ok(_) | Err(_), _) => Vec::new(),
    };
    let tickets = open.queue.jobs_of(id).await;
    let tickets = tickets.map_err(|error| refusal::queue(&error))?;
    let (elsewhere, printed_twice) = others(open, id, &tickets).await?;
    let (order, raw) = match order {
        Ok(order) => (Some(order), None),
        Err(raw) => (None, Some(raw)),
    };
    Ok(Some(OrderView {
        id,
        order,
        raw,
        changes,
        handling: newest.handling,
        tickets,
        elsewhere,
        printed_twice,
    }))
}

fn read<T: Default>(read: Result<T, StoreError>) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "this PC cannot read what it kept");
        T::default()
    })
}

#[cfg(test)]
mod tests {
    use api::{JobId, JobState, TicketKind, TicketName, job::HeldCause};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_order_that_is_not_over_stays_on_the_screen_however_many_came_after_it() {
        let order = |number| OrderId(Uuid::from_u128(number));
        let held = |number| TicketChanged {
            job: JobId(Uuid::now_v7()),
            order: Some(order(number)),
            revision: 1,
            ticket: TicketName::whole(TicketKind::Kitchen),
            destination: None,
            printed_by: None,
            backup_for: None,
            urgent: false,
            copy: 0,
            state: JobState::Held {
                cause: HeldCause::NoPrinter,
            },
            attempts: 0,
            submitted_at: Timestamp::UNIX_EPOCH,
            at: Timestamp::UNIX_EPOCH,
            next_try: None,
            note: None,
        };
        let shown = listed(
            vec![order(9), order(8)],
            &[held(1), held(1), held(2), held(8)],
        );
        assert_eq!(shown, [order(9), order(8), order(2), order(1)]);
    }
}
