//! Decides how a revision that was not handled yet is printed or shown. Pure.

use api::Order;
use jiff::Timestamp;

use crate::{orders::entry::ReceivedOrder, view::Handling};

/// How a revision is handled.
#[derive(Debug, Clone, PartialEq)]
pub enum RevisionDecision {
    /// It is routed, and its tickets print.
    Print,
    /// What changed since these revisions, oldest first, is routed, and prints.
    Change(Vec<Order>),
    /// No ticket is made; it is shown so.
    Show(Handling),
    /// No ticket is made, and somebody is asked whether it prints.
    Ask,
}

/// What this counter knows besides the revision itself.
#[derive(Debug, Clone)]
pub struct RevisionContext {
    /// What became of its earlier revisions here.
    pub earlier: EarlierRevisions,
    /// It came before this counter took up the feed.
    pub before_us: bool,
    /// When this counter took up the feed.
    pub born: Option<Timestamp>,
}

/// What became of the earlier revisions of an order here.
#[derive(Debug, Clone, PartialEq)]
pub enum EarlierRevisions {
    /// None was handled.
    Nothing,
    /// None printed: somebody else may have printed them, and only a person can know what the kitchen was told. Also where
    /// a later revision was handled before this one.
    Shown,
    /// The tickets of these went to the queue; oldest first, without those that cannot be read.
    Routed {
        /// What they say.
        orders: Vec<Order>,
        /// The newest of them can be read.
        readable: bool,
    },
}

/// Decides how a revision is handled.
pub fn decide_revision(entry: &ReceivedOrder, known: RevisionContext) -> RevisionDecision {
    match known.earlier {
        EarlierRevisions::Nothing => {}
        EarlierRevisions::Shown => return RevisionDecision::Show(Handling::ChangeShown),
        // A difference to what cannot be read is none; a cook can still compare two whole tickets. What is taken back is
        // taken back wherever something of it came out.
        EarlierRevisions::Routed { orders, readable }
            if entry.order.is_ok() && (readable || entry.cancelled()) =>
        {
            return RevisionDecision::Change(orders);
        }
        EarlierRevisions::Routed { .. } => return RevisionDecision::Print,
    }
    if known.before_us {
        return if entry.cancelled() {
            RevisionDecision::Show(Handling::ShownOnly)
        } else {
            RevisionDecision::Ask
        };
    }
    if entry.cancelled() {
        return RevisionDecision::Show(Handling::Routed);
    }
    // Nothing of it was printed by this counter. If it was placed before this counter was there, somebody else may have
    // printed it, and now it was changed or went on.
    let placed = entry.order.as_ref().ok().map(|order| order.placed_at);
    match (placed, known.born) {
        (Some(placed), Some(born)) if placed < born => RevisionDecision::Ask,
        _ => RevisionDecision::Print,
    }
}
