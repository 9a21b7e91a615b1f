//! What the window shows. Types only: the client fills them, the screens read them.

mod notice;
mod others;
mod printers;

use api::{
    Business, CounterId, JobState, Order, OrderId, PrinterId, Problem, Quantity, TicketChanged,
    session::Role, settings::Rule,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use notice::Notice;
pub use others::{OtherTicket, PrintedTwice, TicketPaper};
pub use printers::{
    FindView, FoundPrinter, FoundWay, OpenTickets, PrinterForm, PrinterView, Probe, ProfileView,
};

/// Everything, once; after it come [`Update`]s without a gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Snapshot {
    /// The counter as a whole.
    pub counter: CounterView,
    /// Newest first.
    pub orders: Vec<OrderView>,
    /// In the order of their names.
    pub printers: Vec<PrinterView>,
    /// What goes where.
    pub rules: RulesView,
}

/// One thing that changed, whole.
#[expect(
    clippy::large_enum_variant,
    reason = "few are on their way at a time, and each is written as JSON at once"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "what", content = "value", rename_all = "snake_case")]
pub enum Update {
    /// Session, connection, banners.
    Counter(CounterView),
    /// An order is new or changed, or one of its tickets is.
    Order(Box<OrderView>),
    /// Orders were pruned from the list.
    OrdersGone(Vec<OrderId>),
    /// All printers.
    Printers(Vec<PrinterView>),
    /// All rules.
    Rules(RulesView),
    /// What a search for printers has found so far. It is in no snapshot: whoever wants to know looks again.
    Found(FindView),
    /// Another restaurant, or nobody: ask for a new snapshot.
    Reset,
}

/// The counter as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct CounterView {
    /// This installation.
    pub id: CounterId,
    /// What people call this PC.
    pub name: String,
    /// Who is signed in.
    pub session: SessionView,
    /// Whether orders come in.
    pub link: LinkView,
    /// The restaurant, once known.
    pub business: Option<Business>,
    /// Orders that came before this counter started and were not printed.
    pub backlog: Option<Backlog>,
    /// Tickets that are held because they are too old to print unasked.
    pub too_old: Option<OldTickets>,
    /// Set when this counter prints on no printer.
    pub print_here: Option<PrintHere>,
    /// Other things somebody has to know, newest first; banners.
    pub notices: Vec<Notice>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "session", rename_all = "snake_case")]
pub enum SessionView {
    /// The login screen; tickets that are already here still print.
    SignedOut {
        /// Of the last login, to fill in the form.
        server: Option<String>,
        /// Of the last login, to fill in the form.
        email: Option<String>,
        /// The login ended by itself: a full-width alarm says why.
        ended: Option<Problem>,
    },
    /// Orders come in, or will when the server can be reached.
    SignedIn {
        /// Where.
        server: String,
        /// Of the person.
        name: String,
        /// What they may do.
        role: Role,
        /// The keyring refused: after a restart somebody has to sign in again.
        forgotten_at_exit: bool,
    },
}

/// Whether orders come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum LinkView {
    /// Nobody is signed in.
    Off,
    /// For the first time, or again.
    Connecting,
    /// They come at once.
    Live,
    /// The realtime connection is gone, the server still answers: they come within a minute.
    Slow {
        /// Since when.
        #[cfg_attr(feature = "bindings", specta(type = String))]
        since: Timestamp,
    },
    /// The server cannot be reached: none come in.
    Offline {
        /// Since when.
        #[cfg_attr(feature = "bindings", specta(type = String))]
        since: Timestamp,
        /// The technical text, for copying.
        detail: String,
    },
}

/// Orders that came before this counter started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Backlog {
    /// Oldest first.
    pub orders: Vec<OrderId>,
}

/// What to do with the backlog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "print", content = "orders", rename_all = "snake_case")]
pub enum BacklogChoice {
    /// Print every order of it.
    All,
    /// Print these; the others are done with.
    These(Vec<OrderId>),
    /// Print none.
    None,
}

/// Tickets that are held because they are too old to print unasked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct OldTickets {
    /// How many.
    pub tickets: u32,
    /// When the oldest of them came.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    pub since: Timestamp,
}

/// What to do with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum OldChoice {
    /// Print every one.
    All,
    /// Print those of orders that are still open; the others are done with.
    Open,
    /// Print one list of them instead.
    List,
}

/// One thing that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct TicketStep {
    /// When.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    pub at: Timestamp,
    /// What it became.
    pub state: JobState,
    /// The printer that it was for then.
    pub printer: Option<PrinterId>,
    /// What made it so; technical text.
    pub cause: String,
}

/// Who prints instead of this counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct PrintHere {
    /// The counter that owns the printers; `None` when there are no printers at all.
    pub owner: Option<String>,
    /// When the backend last heard of it.
    #[cfg_attr(feature = "bindings", specta(type = Option<String>))]
    pub last_heard: Option<Timestamp>,
}

/// An order with everything that became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct OrderView {
    /// Which.
    pub id: OrderId,
    /// Its newest revision; `None` when this version cannot read it.
    pub order: Option<Order>,
    /// The raw fields of an order that cannot be read.
    pub raw: Option<String>,
    /// How the newest revision differs from the one before; empty for the first.
    pub changes: Vec<Change>,
    /// What was decided about the newest revision.
    pub handling: Handling,
    /// Its tickets, oldest first.
    pub tickets: Vec<TicketChanged>,
    /// Its tickets at other counters, as those reported them, oldest first.
    pub elsewhere: Vec<OtherTicket>,
    /// Tickets that two counters printed, neither of them marked.
    pub printed_twice: Vec<PrintedTwice>,
}

/// What was decided about a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Its tickets went to the queue (or other counters print them).
    Routed,
    /// It came before this counter started: shown, not printed.
    ShownOnly,
    /// A later revision: its differences are shown, nothing printed by itself.
    ChangeShown,
}

/// One difference between two revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A dish came.
    Added {
        /// How many.
        #[cfg_attr(feature = "bindings", specta(type = i32))]
        quantity: Quantity,
        /// Counted in what; pieces without it.
        unit: Option<String>,
        /// Of what.
        name: String,
    },
    /// A dish went.
    Removed {
        /// How many.
        #[cfg_attr(feature = "bindings", specta(type = i32))]
        quantity: Quantity,
        /// Counted in what; pieces without it.
        unit: Option<String>,
        /// Of what.
        name: String,
    },
    /// More or fewer of a dish.
    Quantity {
        /// Of what.
        name: String,
        /// Before.
        #[cfg_attr(feature = "bindings", specta(type = i32))]
        before: Quantity,
        /// Now.
        #[cfg_attr(feature = "bindings", specta(type = i32))]
        after: Quantity,
    },
    /// Other options or another note.
    Line {
        /// Of what.
        name: String,
    },
    /// The order was taken back.
    Cancelled,
    /// Customer, time, table, payment or note.
    Details,
}

/// What goes where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RulesView {
    /// In the order of the list.
    pub rules: Vec<Rule>,
    /// Keys and names of the stations that orders have named so far.
    pub stations: Vec<String>,
    /// Whether the backend has them.
    pub sync: SyncView,
}

/// Whether the backend has a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "sync", rename_all = "snake_case")]
pub enum SyncView {
    /// It has.
    Synced,
    /// Saved here, sent at this time.
    Saved {
        /// When.
        #[cfg_attr(feature = "bindings", specta(type = String))]
        due: Timestamp,
    },
    /// It should be there by now, and the server cannot be reached.
    Waiting {
        /// When it is tried again.
        #[cfg_attr(feature = "bindings", specta(type = String))]
        next: Timestamp,
        /// The technical text, for copying.
        detail: String,
    },
    /// The server does not take it, or somebody else changed it first (`conflict`). It stays in force here.
    Failed {
        /// Why.
        problem: Problem,
    },
}
