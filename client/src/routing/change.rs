//! What a later revision of an order prints: to each place the difference to what it was told, by the rules as they are
//! now. Pure.

use std::collections::BTreeSet;

use api::{
    CounterId, Order, Printer, PrinterId, TicketKind, TicketName, order::Line, settings::Rule,
};
use templates::difference::{difference, lines};

use super::{RoutedTicket, route};

/// A ticket of a later revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeTicket {
    /// What comes out, and where. A void ticket has no lines.
    pub ticket: RoutedTicket,
    /// The ids of the lines of the earlier revision that its place was told; `None` for a ticket that stands for itself.
    pub told: Option<Vec<u32>>,
}

/// The tickets that `counter` makes of `after`, when `before` is what was printed last.
///
/// A kitchen place whose dishes changed gets a change ticket, one that has none left a void ticket, a new one its kitchen
/// ticket, and one for which nothing changed none. Receipts and delivery slips are printed anew where anything on them
/// changed. An order that is taken back prints void tickets wherever something of it was printed, one that is brought back
/// prints in full.
pub fn reroute(
    before: &Order,
    after: &Order,
    rules: &[Rule],
    printers: &[Printer],
    counter: CounterId,
) -> Vec<ChangeTicket> {
    let in_full = || route(after, rules, printers, counter);
    if before.cancelled && after.cancelled {
        return Vec::new();
    }
    if before.cancelled {
        return in_full().into_iter().map(alone).collect();
    }
    let told = route(before, rules, printers, counter);
    if after.cancelled {
        return taken_back(told, before);
    }
    let changed = difference(before, after);
    let on_receipts = changed.details.any()
        || before.totals != after.totals
        || changed.lines.iter().any(|line| line.concerns_receipt());
    let mut made = Vec::new();
    let now = in_full();
    for ticket in &now {
        if ticket.name.kind != TicketKind::Kitchen {
            made.extend(on_receipts.then(|| alone(ticket.clone())));
            continue;
        }
        let Some(known) = told.iter().find(|known| is_same_place(known, ticket)) else {
            made.push(alone(ticket.clone()));
            continue;
        };
        let differs = lines(&lines_of(before, known), &lines_of(after, ticket))
            .iter()
            .any(|line| line.concerns_kitchen());
        if differs || changed.details.concerns_kitchen() {
            made.push(to(known, TicketKind::Change, ticket.lines.clone(), before));
        }
    }
    let kitchens = told
        .iter()
        .filter(|known| known.name.kind == TicketKind::Kitchen);
    let emptied = kitchens.filter(|known| !now.iter().any(|ticket| is_same_place(known, ticket)));
    made.extend(emptied.map(|known| to(known, TicketKind::Void, Some(Vec::new()), before)));
    made
}

/// One void ticket for each kitchen ticket, and one for each other printer that had something of the order.
fn taken_back(told: Vec<RoutedTicket>, before: &Order) -> Vec<ChangeTicket> {
    let (kitchens, others): (Vec<_>, Vec<_>) = told
        .into_iter()
        .partition(|known| known.name.kind == TicketKind::Kitchen);
    let void = |known: &RoutedTicket| to(known, TicketKind::Void, Some(Vec::new()), before);
    let mut made: Vec<ChangeTicket> = kitchens.iter().map(void).collect();
    let mut reached: BTreeSet<Option<PrinterId>> =
        kitchens.iter().map(|known| known.destination).collect();
    for other in others {
        if reached.insert(other.destination) {
            made.push(ChangeTicket {
                ticket: RoutedTicket {
                    name: TicketName::whole(TicketKind::Void),
                    lines: Some(Vec::new()),
                    copies: 1,
                    ..other
                },
                told: Some(ids(before.lines.iter())),
            });
        }
    }
    made
}

/// A ticket of another kind for the place of one that was printed.
fn to(
    known: &RoutedTicket,
    kind: TicketKind,
    lines: Option<Vec<u32>>,
    before: &Order,
) -> ChangeTicket {
    let name = TicketName {
        kind,
        part: known.name.part.clone(),
    };
    ChangeTicket {
        ticket: RoutedTicket {
            name,
            lines,
            ..known.clone()
        },
        told: Some(ids(lines_of(before, known).into_iter())),
    }
}

fn alone(ticket: RoutedTicket) -> ChangeTicket {
    ChangeTicket { ticket, told: None }
}

fn is_same_place(one: &RoutedTicket, other: &RoutedTicket) -> bool {
    one.name == other.name && one.destination == other.destination
}

fn lines_of<'o>(order: &'o Order, ticket: &RoutedTicket) -> Vec<&'o Line> {
    let wanted = |line: &&Line| {
        let lines = ticket.lines.as_ref();
        lines.is_none_or(|lines| lines.contains(&line.id))
    };
    order.lines.iter().filter(wanted).collect()
}

fn ids<'o>(lines: impl Iterator<Item = &'o Line>) -> Vec<u32> {
    lines.map(|line| line.id).collect()
}

#[cfg(test)]
mod tests;
