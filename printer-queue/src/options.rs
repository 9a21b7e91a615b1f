//! Options and time limits of a queue. All times are here, so that tests can shorten them.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use api::TicketKind;
use jiff::Timestamp;
use supervision::Tasks;
use templates::Supplies;

use crate::lease::Lease;

/// How a queue is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// `jobs.sqlite`; its folder is made when it is missing.
    pub path: PathBuf,
    /// For what a printer cannot say in its own letters.
    pub supplies: Supplies,
    /// How long things may take.
    pub timings: Timings,
    /// How much is kept.
    pub history: History,
    /// How old a ticket may be and still print unasked.
    pub ages: Ages,
    /// The time of this PC, which people set: what is shown, and when a try is due.
    pub clock: Clock,
    /// The server's time: ages and the history's limit count on it.
    pub server_clock: ServerClock,
    /// Whether other counters may print on this one's printers by now.
    pub lease: Lease,
    /// Whose tasks the queue's belong to; `None` for a set of its own.
    pub tasks: Option<Tasks>,
    /// Called at each stage of a ticket with its markup: where a test makes it panic.
    #[doc(hidden)]
    pub at_stage: Option<fn(Stage, &str)>,
}

/// Where a ticket is on its way to paper.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its worker has found it.
    Found,
    /// Its turn has come.
    Turn,
    /// Its bytes are being made.
    Encoding,
    /// Its printer was reached.
    Reached,
    /// Its attempt is stored.
    Begun,
    /// It was sent.
    Sent,
}

impl Options {
    /// The product's values for this file.
    pub fn new(path: impl Into<PathBuf>, supplies: Supplies) -> Self {
        Options {
            path: path.into(),
            supplies,
            timings: Timings::default(),
            history: History::default(),
            ages: Ages::default(),
            clock: Clock::default(),
            server_clock: ServerClock::default(),
            lease: Lease::default(),
            tasks: None,
            at_stage: None,
        }
    }
}

/// What time it is. The default is what this PC says.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Asks this each time.
    pub fn of(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now))
    }

    /// The time, in whole milliseconds, as the file keeps it.
    pub fn now(&self) -> Timestamp {
        let now = (self.0)();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::of(Timestamp::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// What time it is at the server, by a clock that counts on while this PC sleeps; `None` as long as nobody knows, and
/// then nothing is too old. The default never knows.
#[derive(Clone)]
pub struct ServerClock(Arc<dyn Fn() -> Option<Timestamp> + Send + Sync>);

impl ServerClock {
    /// Asks this each time.
    pub fn of(now: impl Fn() -> Option<Timestamp> + Send + Sync + 'static) -> Self {
        ServerClock(Arc::new(now))
    }

    /// The time, in whole milliseconds, as the file keeps it.
    pub fn now(&self) -> Option<Timestamp> {
        let now = (self.0)()?;
        Some(Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now))
    }
}

impl Default for ServerClock {
    fn default() -> Self {
        ServerClock::of(|| None)
    }
}

impl fmt::Debug for ServerClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServerClock").field(&self.now()).finish()
    }
}

/// How old a ticket may be and still print unasked; after that it is held, and a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ages {
    /// What a station makes or a driver brings: kitchen, change, void, delivery and plain tickets. 2 h.
    pub stations: Option<Duration>,
    /// Everything else: a receipt is right whenever it comes. Never.
    pub others: Option<Duration>,
}

impl Ages {
    /// How old a ticket of this kind may be; `None` is as old as it likes.
    pub fn limit(&self, kind: TicketKind) -> Option<Duration> {
        match kind {
            TicketKind::Kitchen
            | TicketKind::Change
            | TicketKind::Void
            | TicketKind::Delivery
            | TicketKind::Plain => self.stations,
            TicketKind::Receipt | TicketKind::Summary | TicketKind::Test => self.others,
        }
    }
}

impl Default for Ages {
    fn default() -> Self {
        Ages {
            stations: Some(Duration::from_secs(2 * 3_600)),
            others: None,
        }
    }
}

/// How long things may take. How often and how far apart a printer is tried is its own policy
/// ([`api::printer::PrintPolicy`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timings {
    /// What a device may take.
    pub device: printers::Timings,
    /// Between two looks at a printer that has tickets and says that it cannot print. 2 s.
    pub recheck: Duration,
    /// Between two looks at an idle printer; `None` never asks it. 30 s.
    pub idle_probe: Option<Duration>,
    /// How long a shutdown waits for the ticket that is being printed. 5 s.
    pub grace: Duration,
    /// Between two tries to write when this PC cannot store. 1 s.
    pub storage_retry: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Timings {
            device: printers::Timings::default(),
            recheck: seconds(2),
            idle_probe: Some(seconds(30)),
            grace: seconds(5),
            storage_retry: seconds(1),
        }
    }
}

/// How much of what is over is kept. What was handled is remembered for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Tickets older than this are forgotten. 90.
    pub days: u32,
    /// At most so many are kept. 100 000.
    pub jobs: u32,
    /// Time between two rounds of forgetting. 1 h.
    pub every: Duration,
}

impl Default for History {
    fn default() -> Self {
        History {
            days: 90,
            jobs: 100_000,
            every: Duration::from_secs(3_600),
        }
    }
}
