//! One realtime connection with one channel on it, as a machine: frames, tokens and the passing of time go in, actions
//! come out. It speaks the Centrifugo v6 client protocol in JSON; its model is centrifuge-js 5.7.
//!
//! Pure: no socket, no clock, no await. Whoever drives it does what the actions say, in their order, and calls
//! [`Connection::on_timeout`] at [`Connection::next_timeout`].

pub mod backoff;
pub mod codes;
mod replies;
mod steps;
mod subscription;

use std::time::{Duration, Instant};

use api::{
    centrifugo::{Publication, StreamPosition},
    session::RealtimeToken,
};

use self::backoff::Jitter;

/// How the connection behaves. The default is the product.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Such as `business:{id}`.
    pub channel: String,
    /// The shortest and the longest wait before another try.
    pub backoff: (Duration, Duration),
    /// The same after the server has said that trying again is of no use: a counter may not stay dead.
    pub slow_retry: (Duration, Duration),
    /// How long a handshake or an answer may take.
    pub answer: Duration,
    /// How late a ping may be.
    pub ping_slack: Duration,
    /// How long before its end a token is renewed; less for one that lives very shortly.
    pub renew_early: Duration,
    /// Before a connection token is asked for again that could not be had.
    pub renew_again: (Duration, Duration),
}

impl Settings {
    /// The product's values.
    pub fn new(channel: impl Into<String>) -> Settings {
        let seconds = Duration::from_secs;
        Settings {
            channel: channel.into(),
            backoff: (Duration::from_millis(500), seconds(20)),
            slow_retry: (seconds(30), seconds(60)),
            answer: seconds(5),
            ping_slack: seconds(10),
            renew_early: seconds(10),
            renew_again: (seconds(5), seconds(10)),
        }
    }
}

/// What the driver has to do.
#[derive(Debug)]
pub enum Action {
    /// Open a socket, then call [`Connection::on_open`] or [`Connection::on_closed`].
    Dial {
        /// Where.
        url: String,
    },
    /// Drop the socket, or the attempt to open one. Nothing of it is told to the machine any more.
    Close,
    /// Write one message.
    Send(String),
    /// Get a token for the connection, then call [`Connection::on_token`].
    FetchConnectionToken {
        /// To be given back with the token.
        attempt: u64,
    },
    /// Get a token for the channel, then call [`Connection::on_token`].
    FetchSubscriptionToken {
        /// To be given back with the token.
        attempt: u64,
    },
    /// Hand on a publication: each once, in order.
    Deliver(Publication),
    /// The channel is open; recovered publications follow as [`Action::Deliver`].
    Subscribed(Recovered),
}

/// Whether something was missed before the channel opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// There was no position to begin at.
    Fresh,
    /// Nothing is missing.
    All,
    /// Something may be missing: everything has to be read anew.
    Gap,
}

/// Which token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFor {
    /// The connection.
    Connection,
    /// The channel.
    Subscription,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenFault {
    /// It will not be given: the login ended, or this channel is not ours.
    Refused(String),
    /// It could not be had this time.
    Failed(String),
}

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// For the first time.
    Connecting,
    /// Publications arrive.
    Live,
    /// They do not.
    Down {
        /// For a log, and for copying.
        detail: String,
        /// The server said that trying again is of no use; it is tried slowly all the same.
        is_final: bool,
    },
}

/// The machine.
#[derive(Debug)]
pub struct Connection {
    settings: Settings,
    jitter: Jitter,
    phase: Phase,
    subscription: Subscription,
    status: Status,
    /// Counts tries; what was asked for in an earlier one is of no interest any more.
    attempt: u64,
    /// Tries since the last connection that proved usable.
    failures: u32,
    /// The same for the channel.
    subscribe_failures: u32,
    last_id: u32,
    connection_token: Option<Held>,
    subscription_token: Option<Held>,
    /// Of the last publication that was handed on.
    position: Option<StreamPosition>,
    actions: Vec<Action>,
}

#[derive(Debug)]
enum Phase {
    /// Until the next try.
    Waiting { until: Instant },
    /// For a connection token.
    Fetching,
    /// For the socket.
    Dialling { due: Instant },
    /// For the answer to `connect`.
    Connecting { id: u32, due: Instant },
    /// The server knows us.
    Online(Session),
}

#[derive(Debug)]
struct Session {
    ping: Option<Duration>,
    pong: bool,
    /// When silence means that the connection is dead.
    silent_at: Option<Instant>,
    renewal: Renewal,
}

#[derive(Debug)]
enum Subscription {
    /// Not asked for.
    Out,
    /// Until the next try.
    Waiting { until: Instant },
    /// For a subscription token.
    Fetching,
    /// For the answer to `subscribe`.
    Asked {
        id: u32,
        due: Instant,
        recovering: bool,
    },
    /// Publications arrive.
    In { renewal: Renewal },
}

/// The renewal of a token.
#[derive(Debug)]
enum Renewal {
    /// It does not end.
    Never,
    /// At this time.
    At(Instant),
    /// For a new token.
    Fetching,
    /// For the answer to `refresh` or `sub_refresh`.
    Asked { id: u32, due: Instant },
}

/// A token that may be used again while it lives.
#[derive(Debug)]
struct Held {
    token: RealtimeToken,
    until: Instant,
}

impl Connection {
    /// A machine that begins to connect at its first [`Connection::on_timeout`].
    pub fn new(
        settings: Settings,
        position: Option<StreamPosition>,
        seed: u64,
        now: Instant,
    ) -> Connection {
        Connection {
            settings,
            jitter: Jitter::new(seed),
            phase: Phase::Waiting { until: now },
            subscription: Subscription::Out,
            status: Status::Connecting,
            attempt: 0,
            failures: 0,
            subscribe_failures: 0,
            last_id: 0,
            connection_token: None,
            subscription_token: None,
            position,
            actions: Vec::new(),
        }
    }

    /// How things stand.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Where the channel stands: of the last publication that was handed on.
    pub fn position(&self) -> Option<&StreamPosition> {
        self.position.as_ref()
    }

    /// When [`Connection::on_timeout`] has something to do; `None` while it waits for a token.
    pub fn next_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Waiting { until } => Some(*until),
            Phase::Fetching => None,
            Phase::Dialling { due, .. } | Phase::Connecting { due, .. } => Some(*due),
            Phase::Online(session) => {
                let subscription = match &self.subscription {
                    Subscription::Out | Subscription::Fetching => None,
                    Subscription::Waiting { until } => Some(*until),
                    Subscription::Asked { due, .. } => Some(*due),
                    Subscription::In { renewal } => renewal.due(),
                };
                [session.silent_at, session.renewal.due(), subscription]
                    .into_iter()
                    .flatten()
                    .min()
            }
        }
    }

    /// Time has passed.
    pub fn on_timeout(&mut self, now: Instant) -> Vec<Action> {
        self.tick(now);
        std::mem::take(&mut self.actions)
    }

    /// The socket is open.
    pub fn on_open(&mut self, now: Instant) -> Vec<Action> {
        self.opened(now);
        std::mem::take(&mut self.actions)
    }

    /// A message has arrived.
    pub fn on_frame(&mut self, text: &str, now: Instant) -> Vec<Action> {
        self.heard(text, now);
        std::mem::take(&mut self.actions)
    }

    /// The socket has closed, or could not be opened (code 1006).
    pub fn on_closed(&mut self, code: u16, reason: &str, now: Instant) -> Vec<Action> {
        self.closed(code, reason, now);
        std::mem::take(&mut self.actions)
    }

    /// A token has come, or has not.
    pub fn on_token(
        &mut self,
        which: TokenFor,
        attempt: u64,
        result: Result<RealtimeToken, TokenFault>,
        now: Instant,
    ) -> Vec<Action> {
        if attempt == self.attempt {
            match which {
                TokenFor::Connection => self.connection_token_came(result, now),
                TokenFor::Subscription => self.subscription_token_came(result, now),
            }
        }
        std::mem::take(&mut self.actions)
    }
}

impl Renewal {
    fn due(&self) -> Option<Instant> {
        match self {
            Renewal::Never | Renewal::Fetching => None,
            Renewal::At(at) | Renewal::Asked { due: at, .. } => Some(*at),
        }
    }
}

#[cfg(test)]
mod tests;
