//! What goes from one counter to another with a printer.

use api::{CounterId, OrderId, PrinterId, RevisionKey, TicketKind, TicketName};
use jiff::Timestamp;

use crate::job::NewJob;

/// The tickets of a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tickets {
    /// Those that this counter makes.
    pub jobs: Vec<NewJob>,
    /// Those that other counters make.
    pub elsewhere: Vec<Elsewhere>,
}

impl From<Vec<NewJob>> for Tickets {
    fn from(jobs: Vec<NewJob>) -> Self {
        Tickets {
            jobs,
            elsewhere: Vec::new(),
        }
    }
}

/// A ticket that another counter makes of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Of which order.
    pub order: OrderId,
    /// The newest revision that concerns its place.
    pub revision: u32,
    /// When that was taken, as it says itself.
    pub revised_at: Option<Timestamp>,
    /// Which ticket of it; a kitchen's under its kind `kitchen`, also when it is changed or taken back.
    pub ticket: TicketName,
    /// The printer that routing chose; `None` is held by the counter that leads.
    pub destination: Option<PrinterId>,
    /// How many come out.
    pub copies: u32,
    /// Who makes it.
    pub owner: CounterId,
    /// When it was handled here. The queue sets it.
    pub at: Timestamp,
}

impl Elsewhere {
    /// Of which revision.
    pub fn revision_key(&self) -> RevisionKey {
        RevisionKey {
            number: self.revision,
            revised_at: self.revised_at,
        }
    }
}

/// A ticket that this counter makes in the place of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenJob {
    /// The ticket.
    pub job: NewJob,
    /// The ids of its lines; `None` is what its name says.
    pub lines: Option<Vec<u32>>,
    /// How it is taken.
    pub how: Taken,
}

/// How a ticket of another counter is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It prints as an original: the other counter gave it away before a byte of it left.
    Unmarked,
    /// It prints, headed as a possible duplicate.
    Marked,
    /// A person says whether it came out.
    Asked,
    /// It is held, as it was there; headed as a possible duplicate, since it can be printed there as well.
    Held,
}

/// The name under which a place keeps its ticket: what a kitchen is told stands under the kind `kitchen`, whether it is
/// the order, a change of it or its end.
pub fn place_name(ticket: &TicketName) -> TicketName {
    let kind = match ticket.kind {
        TicketKind::Kitchen | TicketKind::Change => TicketKind::Kitchen,
        // Without a part it tells a place that has the whole order.
        TicketKind::Void if !ticket.part.is_empty() => TicketKind::Kitchen,
        TicketKind::Void
        | TicketKind::Receipt
        | TicketKind::Delivery
        | TicketKind::Summary
        | TicketKind::Test
        | TicketKind::Plain => ticket.kind,
    };
    TicketName {
        kind,
        part: ticket.part.clone(),
    }
}
