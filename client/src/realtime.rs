//! The socket under the [`Connection`] state machine: dials, reads, writes, fetches tokens and waits as it says.
//! Events are wake-ups and nothing else: what happened is asked for by REST, also after every reconnect.
//!
//! Cancelling `run` closes the socket; nothing outlives it.

mod driver;

use std::{future::Future, time::Duration};

use api::{Event, session::RealtimeToken};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::connection::{Connection, Status};
pub use crate::connection::{Settings, TokenFault};
use driver::Driver;

/// Where tokens come from: `POST /api/v1/realtime/token`.
pub trait TokenSource: Send + Sync {
    /// A token for a channel, or for the connection as a whole; then with its `url`. It is asked for again later when
    /// it could not be had, so it does not have to try twice, but it has to end.
    fn token(
        &self,
        channel: Option<String>,
    ) -> impl Future<Output = Result<RealtimeToken, TokenFault>> + Send;
}

/// Something is new: ask the server what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// The channel is open, for the first time or without a position: anything may have happened before.
    Connected,
    /// The channel is open again.
    Recovered {
        /// Events were missed that will not come; otherwise they follow.
        gap: bool,
    },
    /// An event, once and in order.
    Event(Event),
}

/// How the connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealtimeState {
    /// For the first time.
    Connecting,
    /// Events arrive at once.
    Live,
    /// They do not. It is tried again by itself.
    Down {
        /// Since when, by the clock of this PC.
        since: Timestamp,
        /// The technical text, for copying.
        detail: String,
        /// The server says that trying again is of no use: somebody should look. Tries are slow.
        is_final: bool,
    },
}

impl RealtimeState {
    /// What the machine says, with the time at which it began to be so.
    fn of(status: &Status, before: &RealtimeState, now: Timestamp) -> RealtimeState {
        match status {
            Status::Connecting => RealtimeState::Connecting,
            Status::Live => RealtimeState::Live,
            Status::Down { detail, is_final } => RealtimeState::Down {
                since: match before {
                    RealtimeState::Down { since, .. } => *since,
                    RealtimeState::Connecting | RealtimeState::Live => now,
                },
                detail: detail.clone(),
                is_final: *is_final,
            },
        }
    }
}

/// How long a write may take before the socket counts as dead.
const WRITE: Duration = Duration::from_secs(5);

/// Keeps one channel open until it is cancelled or the receiver of `wake` is dropped. A full `wake` never holds up the
/// socket: what does not fit becomes one [`Wake::Recovered`] with a gap.
pub async fn run(
    settings: Settings,
    tokens: impl TokenSource,
    wake: mpsc::Sender<Wake>,
    status: watch::Sender<RealtimeState>,
    cancel: CancellationToken,
) {
    let now = tokio::time::Instant::now().into_std();
    let channel = settings.channel.clone();
    let machine = Connection::new(settings, None, rand::random(), now);
    let driver = Driver::new(machine, channel, tokens, wake, status);
    tokio::select! {
        () = driver.run() => {}
        () = cancel.cancelled() => {}
    }
}

#[cfg(test)]
mod tests;
