//! What becomes of a revision that was not handled yet. Pure.

use api::Order;
use jiff::Timestamp;

use crate::{orders::heard::Heard, view::Handling};

/// What becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fate {
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
pub(super) struct Known {
    /// What became of its earlier revisions here.
    pub earlier: Earlier,
    /// It came before this counter took up the feed.
    pub before_us: bool,
    /// When this counter took up the feed.
    pub born: Option<Timestamp>,
}

/// What became of the earlier revisions of an order here.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Earlier {
    /// None was handled.
    Nothing,
    /// None printed: somebody else may have printed them, and only a person can know what the kitchen was told. Also where
    /// a later revision was handled before this one.
    Shown,
    /// The newest whose tickets went to the queue: what the kitchen knows.
    Told(Box<Order>),
    /// The same, but nobody can read it.
    Unreadable,
}

/// Decides.
pub(super) fn fate(heard: &Heard, known: Known) -> Fate {
    match known.earlier {
        Earlier::Nothing => {}
        Earlier::Shown => return Fate::Show(Handling::ChangeShown),
        Earlier::Told(before) if heard.order.is_ok() => return Fate::Change(before),
        // A difference to what cannot be read is none; a cook can still compare two whole tickets.
        Earlier::Told(_) | Earlier::Unreadable => return Fate::Print,
    }
    if known.before_us {
        return if heard.cancelled() {
            Fate::Show(Handling::ShownOnly)
        } else {
            Fate::Ask
        };
    }
    if heard.cancelled() {
        return Fate::Show(Handling::Routed);
    }
    // Nothing of it was printed by this counter. If it was placed before this counter was there, somebody else may have
    // printed it, and now it was changed or went on.
    let placed = heard.order.as_ref().ok().map(|order| order.placed_at);
    match (placed, known.born) {
        (Some(placed), Some(born)) if placed < born => Fate::Ask,
        _ => Fate::Print,
    }
}
