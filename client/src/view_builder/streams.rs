//! The event streams of an open restaurant.

use std::{collections::BTreeMap, sync::Arc};

use api::{PrinterId, TicketChanged, printer::PrinterStatus};
use tokio::sync::{broadcast, broadcast::error::RecvError, watch};

use crate::{
    owners::OwnersNow,
    restaurant::Restaurant,
    settings::SettingsNow,
    view::{FindView, LinkView},
};

/// An event of the restaurant that is open.
pub(super) enum StreamEvent {
    /// A ticket is in another state.
    Ticket(Box<TicketChanged>),
    /// More tickets changed than were kept for us.
    Missed,
    /// Printers, settings or the connection.
    Overview,
    /// A search for printers.
    Found(FindView),
}

/// The streams of the restaurant that is open; silent when none is.
pub(super) struct Streams(Option<Open>);

struct Open {
    restaurant: Restaurant,
    tickets: broadcast::Receiver<TicketChanged>,
    statuses: watch::Receiver<BTreeMap<PrinterId, PrinterStatus>>,
    settings: watch::Receiver<Arc<SettingsNow>>,
    owners: watch::Receiver<OwnersNow>,
    link: watch::Receiver<LinkView>,
    finds: watch::Receiver<FindView>,
}

impl Streams {
    pub(super) fn of(restaurant: Option<Restaurant>) -> Self {
        Streams(restaurant.map(|restaurant| Open {
            tickets: restaurant.queue.changes(),
            statuses: restaurant.queue.statuses(),
            settings: restaurant.settings.watch(),
            owners: restaurant.printers.owners.watch(),
            link: restaurant.link.clone(),
            finds: restaurant.printers.finds(),
            restaurant,
        }))
    }

    pub(super) fn open(&self) -> Option<&Restaurant> {
        self.0.as_ref().map(|open| &open.restaurant)
    }

    /// The next thing; never, when nothing is open (any more).
    pub(super) async fn next(&mut self) -> StreamEvent {
        let Some(open) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            Some(event) = ticket(&mut open.tickets) => event,
            Ok(()) = open.statuses.changed() => StreamEvent::Overview,
            Ok(()) = open.settings.changed() => StreamEvent::Overview,
            Ok(()) = open.owners.changed() => StreamEvent::Overview,
            Ok(()) = open.link.changed() => StreamEvent::Overview,
            Ok(()) = open.finds.changed() => StreamEvent::Found(open.finds.borrow_and_update().clone()),
            else => std::future::pending().await,
        }
    }
}

async fn ticket(tickets: &mut broadcast::Receiver<TicketChanged>) -> Option<StreamEvent> {
    match tickets.recv().await {
        Ok(ticket) => Some(StreamEvent::Ticket(Box::new(ticket))),
        Err(RecvError::Lagged(_)) => Some(StreamEvent::Missed),
        Err(RecvError::Closed) => None,
    }
}
