//! What became of tickets, between this counter and the others: ours are sent to the server, theirs are read from it, and so
//! are orders that nobody printed. Tasks that nothing on the way to paper waits for.

mod fetch;
mod send;
mod touched;
mod unprinted;

use std::{sync::Arc, time::Duration};

use api::{BusinessId, CounterId, Event, Problem};
use printer_queue::PrintQueue;
use supervision::{Policy, Tasks};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use crate::reports::touched::{Orders, Touched};
use crate::{
    clock::ServerClock,
    events::EventSender,
    lease::Lease,
    realtime::Wake,
    session::{Session, SessionState},
    store::Store,
};

/// What tickets of this counter are reported with, and those of others read. Clones share their wake-ups.
#[derive(Debug, Clone)]
pub struct Reports {
    /// The restaurant's file.
    pub store: Store,
    /// Its queue.
    pub queue: PrintQueue,
    /// Who is signed in.
    pub session: Session,
    /// For which restaurant.
    pub business: BusinessId,
    /// Who we are.
    pub counter: CounterId,
    /// What people call this PC.
    pub counter_name: String,
    /// The server's time.
    pub clock: ServerClock,
    /// Reports changes to the view builder.
    pub events: EventSender,
    /// How long tickets of others are kept.
    pub history: Duration,
    /// How long changes are collected before they are sent.
    pub debounce: Duration,
    /// How often the server is asked for tickets of others when nothing wakes us.
    pub poll: Duration,
    /// Between tries.
    pub backoff: (Duration, Duration),
    /// Wakes the tasks.
    pub wakes: Wakes,
    /// Orders of which something was said that the feed has not looked at.
    pub touched: Touched,
    /// Whether we are who we are.
    pub lease: Lease,
}

/// Wake-ups of the tasks.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// The server is to be asked what it has of our reports.
    check: Arc<Notify>,
    /// Tickets of others changed.
    news: Arc<Notify>,
    /// Orders that nobody printed did.
    unprinted: Arc<Notify>,
}

impl Reports {
    /// Spawns the tasks.
    pub fn start(&self, tasks: &Tasks) {
        let (reports, stop) = (self.clone(), tasks.stop().clone());
        tasks.spawn("print reports", Policy::Restart, move || {
            reports.clone().send(stop.clone())
        });
        let (reports, stop) = (self.clone(), tasks.stop().clone());
        tasks.spawn("tickets of others", Policy::Restart, move || {
            reports.clone().follow(stop.clone())
        });
        let (reports, stop) = (self.clone(), tasks.stop().clone());
        tasks.spawn("orders that nobody printed", Policy::Restart, move || {
            reports.clone().watch_unprinted(stop.clone())
        });
    }

    /// Notes what the realtime connection says. A server that was away may come back as an older copy of itself.
    pub fn hear(&self, wake: &Wake) {
        match wake {
            Wake::Connected | Wake::Recovered { .. } => {
                self.wakes.check.notify_one();
                self.wakes.news.notify_one();
                self.wakes.unprinted.notify_one();
            }
            Wake::Event(Event::UnprintedChanged { .. }) => self.wakes.unprinted.notify_one(),
            Wake::Event(Event::TicketsReported { counter, .. }) => {
                if *counter != self.counter {
                    self.wakes.news.notify_one();
                }
            }
            Wake::Event(
                Event::OrderCreated { .. }
                | Event::OrderUpdated { .. }
                | Event::SettingsUpdated { .. }
                | Event::OwnershipChanged { .. }
                | Event::Unknown,
            ) => {}
        }
    }

    /// Waits until the server knows this program: a copy of another one says nothing in its name. `false` when it is over.
    async fn is_known(&self, stop: &CancellationToken) -> bool {
        tokio::select! {
            () = self.lease.heard() => true,
            () = stop.cancelled() => false,
        }
    }

    /// Waits until somebody is signed in here; `false` when it is over.
    async fn signed_in(&self, stop: &CancellationToken) -> bool {
        let mut session = self.session.state();
        let here = |state: &SessionState| state.business() == Some(self.business);
        tokio::select! {
            signed_in = session.wait_for(here) => signed_in.is_ok(),
            () = stop.cancelled() => false,
        }
    }
}

/// What a person has to know of it when a request failed is said by the sync loop, which asks the same server.
fn failed(what: &str, problem: &Problem) {
    tracing::warn!(%problem, "{what}; tried again");
}

#[cfg(test)]
mod tests;
