//! What becomes of a revision that was not handled yet. Pure.

use jiff::Timestamp;

use crate::{orders::heard::Heard, view::Handling};

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is routed, and its tickets print.
    Print,
    /// No ticket is made; it is shown so.
    Show(Handling),
    /// No ticket is made, and somebody is asked whether it prints.
    Ask,
}

/// What this counter knows besides the revision itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// An earlier revision of it was handled here.
    pub earlier: bool,
    /// It came before this counter took up the feed.
    pub before_us: bool,
    /// When this counter took up the feed.
    pub born: Option<Timestamp>,
}

/// Decides.
pub(super) fn fate(heard: &Heard, known: Known) -> Fate {
    if known.earlier {
        return Fate::Show(Handling::ChangeShown);
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
