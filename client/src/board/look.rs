//! Looks at an open restaurant, for the board.

use api::{Business, CounterId, OrderId, Problem};

use crate::{
    difference::difference,
    orders::readable,
    printers::{print_here, views},
    refusal,
    restaurant::Restaurant,
    store::StoreError,
    view::{Backlog, LinkView, OrderView, PrintHere, PrinterView},
};

/// So many of the newest orders are in a snapshot.
const SHOWN: u32 = 300;

/// Everything that is no order.
#[derive(Debug, Clone)]
pub(super) struct Around {
    pub(super) link: LinkView,
    pub(super) business: Option<Business>,
    pub(super) backlog: Option<Backlog>,
    pub(super) print_here: Option<PrintHere>,
    pub(super) printers: Vec<PrinterView>,
    pub(super) stations: Vec<String>,
}

impl Default for Around {
    fn default() -> Self {
        Around {
            link: LinkView::Off,
            business: None,
            backlog: None,
            print_here: None,
            printers: Vec::new(),
            stations: Vec::new(),
        }
    }
}

/// Looks around. What this PC cannot read is left out and logged.
pub(super) async fn around(open: &Restaurant, counter: CounterId) -> Around {
    let now = open.settings.now();
    let counters = read(open.store.counters().await);
    let backlog = read(open.store.backlog().await);
    let statuses = open.queue.statuses().borrow().clone();
    let link = open.link.borrow().clone();
    Around {
        link,
        business: now.business.clone(),
        backlog: (!backlog.is_empty()).then_some(Backlog { orders: backlog }),
        print_here: now
            .known
            .then(|| print_here(&now, &counters, counter))
            .flatten(),
        printers: views(&now, &statuses, &counters, counter),
        stations: read(open.store.stations().await),
    }
}

/// The newest orders, newest first.
pub(super) async fn orders(open: &Restaurant) -> Result<Vec<OrderView>, Problem> {
    let newest = open.store.newest_orders(SHOWN).await;
    let mut views = Vec::new();
    for order in newest.map_err(|error| refusal::storage(&error))? {
        views.extend(order_view(open, order).await?);
    }
    Ok(views)
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
        tickets: tickets.map_err(|error| refusal::queue(&error))?,
    }))
}

fn read<T: Default>(read: Result<T, StoreError>) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "this PC cannot read what it kept");
        T::default()
    })
}
