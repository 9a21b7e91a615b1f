//! Decides how a revision that was not handled yet is printed or shown. Pure.

use api::Order;
use jiff::Timestamp;

use crate::{orders::entry::FeedEntry, view::Handling};

/// How a revision is handled.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RevisionDecision {
    /// It is routed, and its tickets print.
    Print,
    /// What changed since what its places were told is routed, and prints.
    Change(Box<Order>),
    /// No ticket is made; it is shown so.
    Show(Handling),
    /// No ticket is made, and somebody is asked whether it prints.
    Ask,
}

/// What this counter knows besides the revision itself.
#[derive(Debug, Clone)]
pub(super) struct RevisionContext {
    /// What became of its earlier revisions here.
    pub earlier: EarlierRevisions,
    /// It came before this counter took up the feed.
    pub before_us: bool,
    /// When this counter took up the feed.
    pub born: Option<Timestamp>,
}

/// What became of the earlier revisions of an order here.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum EarlierRevisions {
    /// None was handled.
    Nothing,
    /// None printed: somebody else may have printed them, and only a person can know what the kitchen was told. Also where
    /// a later revision was handled before this one.
    Shown,
    /// The newest whose tickets went to the queue: what the kitchen knows.
    Routed(Box<Order>),
    /// The same, but nobody can read it.
    Unreadable,
}

/// Decides how a revision is handled.
pub(super) fn decide_revision(entry: &FeedEntry, known: RevisionContext) -> RevisionDecision {
    match known.earlier {
        EarlierRevisions::Nothing => {}
        EarlierRevisions::Shown => return RevisionDecision::Show(Handling::ChangeShown),
        EarlierRevisions::Routed(before) if entry.order.is_ok() => {
            return RevisionDecision::Change(before);
        }
        // A difference to what cannot be read is none; a cook can still compare two whole tickets.
        EarlierRevisions::Routed(_) | EarlierRevisions::Unreadable => {
            return RevisionDecision::Print;
        }
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
