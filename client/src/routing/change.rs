//! What a later revision of an order prints: to each place that has something of it on paper the difference, and to the
//! places that the rules name now what is new. Pure.

mod places;

use std::collections::BTreeSet;

use api::{
    CounterId, JobId, JobState, Order, Printer, PrinterId, TicketKind, TicketName, order::Line,
    settings::Rule,
};
use printer_queue::EarlierTicket;
use templates::difference::{difference, lines};

use super::{RoutedTicket, route};
pub(super) use places::is_of_part;
use places::{Place, is_kitchen, is_of};

/// What this counter made of the earlier revisions of an order.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// Those whose tickets were routed and that can be read, oldest first.
    pub orders: &'a [Order],
    /// Their tickets, oldest first, with what came out of each.
    pub tickets: &'a [EarlierTicket],
}

/// A ticket of a later revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeTicket {
    /// What comes out, and where. A void ticket has no lines.
    pub ticket: RoutedTicket,
    /// What its place has on paper: the earlier order, with the lines of the place alone. `None` for a ticket that stands
    /// for itself.
    pub before: Option<Order>,
}

/// What a later revision prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rerouted {
    /// Its tickets.
    pub tickets: Vec<ChangeTicket>,
    /// Held tickets of earlier revisions that these replace.
    pub replaced: Vec<JobId>,
}

/// The tickets that `counter` makes of `after`.
///
/// A kitchen place that has dishes on paper gets a change ticket where they changed, and a void ticket when none is left,
/// wherever the rules send them now. A place that the rules name now gets what no other place keeps, as a kitchen ticket
/// where it has nothing of the order on paper. Receipts and delivery slips are printed anew where anything on them changed.
/// An order that is taken back prints void tickets wherever something of it is on paper.
pub fn reroute(
    earlier: &Earlier<'_>,
    after: &Order,
    rules: &[Rule],
    printers: &[Printer],
    counter: CounterId,
) -> Rerouted {
    let newest = earlier.orders.last();
    let was_cancelled = newest.is_some_and(|newest| newest.cancelled);
    if was_cancelled && after.cancelled {
        return Rerouted::default();
    }
    // What was routed by today's rules and printed by another counter that had these printers then.
    let by_others: Vec<RoutedTicket> = newest
        .filter(|newest| !newest.cancelled)
        .map(|newest| route(newest, rules, printers, counter))
        .unwrap_or_default()
        .into_iter()
        .filter(|ticket| ticket.destination.is_some() && !is_ours(earlier, newest, ticket))
        .collect();
    let mut places = places::on_paper(earlier);
    places.extend(newest.into_iter().flat_map(|newest| {
        let kitchens = by_others.iter().filter(|ticket| is_kitchen(&ticket.name));
        kitchens.filter_map(|ticket| Place::told(newest, ticket))
    }));
    places.retain(|place| {
        !place.before.lines.is_empty()
            && !is_told_by_another(place, newest, rules, printers, counter)
    });
    let mut made = if after.cancelled {
        taken_back(earlier, &places, &by_others)
    } else {
        let now = route(after, rules, printers, counter);
        let mut made = whole_tickets(earlier, after, &now);
        made.extend(kitchen_tickets(earlier, after, &places, &now));
        made
    };
    // Where nothing is left to make, a place that may have it on paper hears it all the same.
    for place in places::doubtful(earlier) {
        let ends = after.cancelled || !after.lines.iter().any(|line| is_of_part(line, &place.part));
        let mut told = made.iter().map(|made| &made.ticket);
        let is_told = told.any(|told| place.is_named_by(told));
        if ends && !is_told && !is_told_by_another(&place, newest, rules, printers, counter) {
            made.push(place.void());
        }
    }
    let replaced = earlier.tickets.iter().filter(|held| {
        // What another counter printed there is taken back by this one alone.
        let is_void = held.ticket.kind == TicketKind::Void;
        matches!(held.state, JobState::Held { .. })
            && held.printers.is_empty()
            && (!is_void && (after.cancelled || is_left_out(after, &held.ticket))
                || made.iter().any(|made| stands_for(made, held))
                || places.iter().any(|place| place.is_told_anew(held)))
    });
    Rerouted {
        replaced: replaced.map(|held| held.job).collect(),
        tickets: made,
    }
}

/// Receipts and delivery slips, which stand for themselves.
fn whole_tickets(earlier: &Earlier<'_>, after: &Order, now: &[RoutedTicket]) -> Vec<ChangeTicket> {
    let changed = earlier.orders.last().is_none_or(|newest| {
        let changed = difference(newest, after);
        changed.brought_back
            || changed.details.any()
            || newest.totals != after.totals
            || changed.lines.iter().any(|line| line.concerns_receipt())
    });
    let whole = now.iter().filter(|ticket| !is_kitchen(&ticket.name));
    whole
        .filter(|ticket| changed || has_failed(earlier, &ticket.name))
        .map(|ticket| ChangeTicket {
            ticket: ticket.clone(),
            before: None,
        })
        .collect()
}

fn kitchen_tickets(
    earlier: &Earlier<'_>,
    after: &Order,
    places: &[Place],
    now: &[RoutedTicket],
) -> Vec<ChangeTicket> {
    let kitchens: Vec<&RoutedTicket> = now.iter().filter(|one| is_kitchen(&one.name)).collect();
    let (named, left): (Vec<&Place>, Vec<&Place>) = places.iter().partition(|place| {
        let mut kitchens = kitchens.iter();
        kitchens.any(|ticket| place.is_named_by(ticket))
    });
    // Dishes that are made where the rules do not send them any more are finished there.
    let staying: BTreeSet<u32> = left.iter().flat_map(|place| place.kept(after)).collect();
    let mut made = Vec::new();
    for ticket in &kitchens {
        let place = named.iter().find(|place| place.is_named_by(ticket));
        let here = place.map(|place| place.kept(after)).unwrap_or_default();
        let wanted: Vec<u32> = ticket.lines.iter().flatten().copied().collect();
        let lines: Vec<u32> = wanted
            .into_iter()
            .filter(|line| here.contains(line) || !staying.contains(line))
            .collect();
        match place {
            Some(place) => made.extend(place.change(after, lines, ticket.copies)),
            None if lines.is_empty() => {}
            None => {
                if is_news(earlier, after, ticket, &lines) {
                    made.push(ChangeTicket {
                        ticket: RoutedTicket {
                            lines: Some(lines),
                            ..(*ticket).clone()
                        },
                        before: None,
                    });
                }
            }
        }
    }
    made.extend(left.iter().filter_map(|place| {
        let lines = place.kept(after).into_iter().collect();
        place.change(after, lines, place.copies)
    }));
    made
}

/// Whether a place that has nothing on paper is concerned by this revision. One whose ticket failed always is.
fn is_news(earlier: &Earlier<'_>, after: &Order, ticket: &RoutedTicket, now: &[u32]) -> bool {
    let (Some(newest), false) = (earlier.orders.last(), has_failed(earlier, &ticket.name)) else {
        return true;
    };
    if newest.cancelled {
        return true;
    }
    let last = earlier
        .tickets
        .iter()
        .rfind(|known| is_kitchen(&known.ticket) && known.ticket.part == ticket.name.part);
    let base = last
        .and_then(|last| {
            let mut orders = earlier.orders.iter();
            orders.find(|order| is_of(last, order))
        })
        .unwrap_or(newest);
    let before = base.lines.iter().filter(|line| {
        let kept = last.and_then(|last| last.lines.as_ref());
        is_of_part(line, &ticket.name.part) && kept.is_none_or(|kept| kept.contains(&line.id))
    });
    let now = after.lines.iter().filter(|line| now.contains(&line.id));
    let changes = lines(&before.collect::<Vec<_>>(), &now.collect::<Vec<_>>());
    changes.iter().any(|change| change.concerns_kitchen())
        || difference(base, after).details.concerns_kitchen()
}

/// One void ticket for each kitchen place, and one for each other printer that has something of the order.
fn taken_back(
    earlier: &Earlier<'_>,
    places: &[Place],
    by_others: &[RoutedTicket],
) -> Vec<ChangeTicket> {
    let mut made: Vec<ChangeTicket> = places.iter().map(Place::void).collect();
    let mut reached: BTreeSet<PrinterId> = places.iter().map(|place| place.printer).collect();
    let printed = earlier
        .tickets
        .iter()
        .filter(|ticket| is_whole(ticket.ticket.kind))
        .flat_map(|ticket| {
            let doubtful = ticket.destination.filter(|_| ticket.doubtful);
            ticket.printers.iter().copied().chain(doubtful)
        });
    let others = by_others.iter().filter(|one| !is_kitchen(&one.name));
    for printer in printed.chain(others.filter_map(|ticket| ticket.destination)) {
        if reached.insert(printer) {
            made.push(ChangeTicket {
                ticket: RoutedTicket {
                    name: TicketName::whole(TicketKind::Void),
                    lines: Some(Vec::new()),
                    destination: Some(printer),
                    copies: 1,
                },
                before: earlier.orders.last().cloned(),
            });
        }
    }
    made
}

fn is_whole(kind: TicketKind) -> bool {
    match kind {
        TicketKind::Receipt | TicketKind::Delivery | TicketKind::Plain => true,
        TicketKind::Kitchen
        | TicketKind::Change
        | TicketKind::Void
        | TicketKind::Summary
        | TicketKind::Test => false,
    }
}

/// Whether this counter made a ticket for what `ticket` has, whatever became of it.
fn is_ours(earlier: &Earlier<'_>, newest: Option<&Order>, ticket: &RoutedTicket) -> bool {
    if !is_kitchen(&ticket.name) {
        let mut tickets = earlier.tickets.iter();
        return tickets.any(|known| known.ticket.kind == ticket.name.kind);
    }
    let lines = newest.into_iter().flat_map(|newest| &newest.lines);
    let wanted = ticket.lines.as_deref().unwrap_or_default();
    let mut lines = lines.filter(|line| wanted.contains(&line.id));
    lines.any(|line| {
        let mut tickets = earlier.tickets.iter();
        tickets.any(|known| {
            known.ticket.kind == TicketKind::Plain
                || is_kitchen(&known.ticket) && is_of_part(line, &known.ticket.part)
        })
    })
}

/// The printer went to another counter, which sees from the rules that this place has to be told.
fn is_told_by_another(
    place: &Place,
    newest: Option<&Order>,
    rules: &[Rule],
    printers: &[Printer],
    counter: CounterId,
) -> bool {
    let known = printers.iter().find(|known| known.id == place.printer);
    let owner = known.and_then(|known| known.owner);
    let (Some(owner), Some(newest)) = (owner.filter(|owner| *owner != counter), newest) else {
        return false;
    };
    let tells = route(newest, rules, printers, owner);
    tells.iter().any(|ticket| place.is_named_by(ticket))
}

/// A ticket that failed and of which nothing is on paper; none of its kind came out after it.
fn has_failed(earlier: &Earlier<'_>, name: &TicketName) -> bool {
    let mut alike = earlier.tickets.iter().filter(|known| {
        let kind = known.ticket.kind == name.kind;
        (kind || is_kitchen(&known.ticket) && is_kitchen(name)) && known.ticket.part == name.part
    });
    let lost = |known: &EarlierTicket| {
        known.printers.is_empty() && matches!(known.state, JobState::Failed { .. })
    };
    alike.next_back().is_some_and(lost)
}

/// Whether the stations of a kitchen ticket have nothing to make any more.
fn is_left_out(after: &Order, ticket: &TicketName) -> bool {
    let mut lines = after.lines.iter();
    is_kitchen(ticket) && !lines.any(|line| is_of_part(line, &ticket.part))
}

/// Whether `made` says all that a held ticket says.
fn stands_for(made: &ChangeTicket, held: &EarlierTicket) -> bool {
    let kitchens = is_kitchen(&made.ticket.name) && is_kitchen(&held.ticket);
    made.ticket.name.part == held.ticket.part
        && (kitchens || made.ticket.name.kind == held.ticket.kind)
        && (made.ticket.destination == held.destination || made.before.is_none())
}

/// The lines of an order with these numbers.
fn numbered<'o>(order: &'o Order, wanted: &[u32]) -> Vec<&'o Line> {
    let lines = order.lines.iter();
    lines.filter(|line| wanted.contains(&line.id)).collect()
}

#[cfg(test)]
mod tests;
