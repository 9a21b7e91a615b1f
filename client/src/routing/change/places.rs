//! The kitchen places of an order: what each has on paper, as its tickets came out. Pure.

use std::collections::BTreeSet;

use api::{Order, PrinterId, RevisionKey, TicketKind, TicketName, order::Line};
use printer_queue::EarlierTicket;
use templates::difference::{LineChange, difference, lines};

use super::{ChangeTicket, Earlier, numbered};
use crate::routing::RoutedTicket;

/// The stations of a ticket at a printer where it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Which printer.
    pub printer: PrinterId,
    /// The stations, as in the names of its tickets.
    pub part: String,
    /// How many copies are there.
    pub copies: u32,
    /// The order as it was told last, with the lines that are on paper alone.
    pub before: Order,
}

/// What the places have on paper: the union of the tickets that came out, or still will.
pub(super) fn on_paper(earlier: &Earlier<'_>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for order in earlier.orders {
        let tickets = earlier.tickets.iter();
        for ticket in tickets.filter(|one| is_of(one, order) && is_kitchen(&one.ticket)) {
            for printer in &ticket.printers {
                let part = &ticket.ticket.part;
                let mut known = places.iter_mut();
                let known = known.find(|one| one.printer == *printer && one.part == *part);
                let lines = lines_after(earlier, ticket, order, known.as_deref());
                let before = Order {
                    lines,
                    ..order.clone()
                };
                let alike = earlier.tickets.iter().filter(|one| {
                    is_of(one, order)
                        && one.ticket == ticket.ticket
                        && one.printers.contains(printer)
                });
                let copies = u32::try_from(alike.count()).unwrap_or(u32::MAX);
                match known {
                    Some(known) => {
                        known.before = before;
                        known.copies = copies;
                    }
                    None => places.push(Place {
                        printer: *printer,
                        part: part.clone(),
                        copies,
                        before,
                    }),
                }
            }
        }
    }
    places
}

/// The places that may have a ticket on paper which another counter printed, each as its newest such ticket says, unless
/// something came out there since.
pub(super) fn doubtful(earlier: &Earlier<'_>) -> Vec<Place> {
    let kitchens = earlier.tickets.iter().filter(|one| is_kitchen(&one.ticket));
    let mut places: Vec<Place> = Vec::new();
    for ticket in kitchens.clone().filter(|one| one.doubtful) {
        let Some(printer) = ticket.destination else {
            continue;
        };
        let part = &ticket.ticket.part;
        let mut later = kitchens
            .clone()
            .filter(|one| one.revision > ticket.revision);
        let is_told = later.any(|one| one.ticket.part == *part && one.printers.contains(&printer));
        let mut orders = earlier.orders.iter();
        let order = orders.find(|order| is_of(ticket, order));
        let Some(order) = order.or(earlier.orders.last()).filter(|_| !is_told) else {
            continue;
        };
        let before = Order {
            lines: lines_after(earlier, ticket, order, None),
            ..order.clone()
        };
        places.retain(|known| (known.printer, &known.part) != (printer, part));
        if !before.lines.is_empty() {
            places.push(Place {
                printer,
                part: part.clone(),
                copies: 1,
                before,
            });
        }
    }
    places
}

/// What a place has on paper once this ticket came out there.
fn lines_after(
    earlier: &Earlier<'_>,
    ticket: &EarlierTicket,
    order: &Order,
    known: Option<&Place>,
) -> Vec<Line> {
    if ticket.ticket.kind == TicketKind::Void {
        return Vec::new();
    }
    let all = order.lines.iter().filter(|line| match &ticket.lines {
        Some(lines) => lines.contains(&line.id),
        None => is_of_part(line, &ticket.ticket.part),
    });
    let all: Vec<&Line> = all.collect();
    let lost = (ticket.ticket.kind == TicketKind::Change)
        .then(|| lost_base(earlier, ticket, known))
        .flatten();
    let Some(lost) = lost else {
        return all.into_iter().cloned().collect();
    };
    // It tells the difference to a ticket that did not come out after all: the rest is not on paper.
    let mut told: Vec<Line> = known
        .map(|known| known.before.lines.clone())
        .unwrap_or_default();
    for change in lines(&lost.iter().collect::<Vec<_>>(), &all) {
        match change {
            LineChange::Added(line) => told.push(line.clone()),
            LineChange::Changed { before, after } => {
                told.retain(|line| line.id != before.id);
                told.push(after.clone());
            }
            LineChange::Removed(line) => told.retain(|known| known.id != line.id),
        }
    }
    told
}

/// The lines of the ticket that a change ticket was made against, where it was lost after that.
fn lost_base(
    earlier: &Earlier<'_>,
    change: &EarlierTicket,
    known: Option<&Place>,
) -> Option<Vec<Line>> {
    let since = known.map_or(0, |known| known.before.revision);
    let base = earlier.tickets.iter().rfind(|one| {
        is_kitchen(&one.ticket)
            && one.ticket.part == change.ticket.part
            && one.revision < change.revision
            && one.revision > since
    })?;
    if !base.printers.is_empty() || base.at <= change.submitted_at {
        return None;
    }
    let mut orders = earlier.orders.iter();
    let order = orders.find(|order| is_of(base, order))?;
    let lines = order.lines.iter().filter(|line| match &base.lines {
        Some(lines) => lines.contains(&line.id),
        None => is_of_part(line, &base.ticket.part),
    });
    Some(lines.cloned().collect())
}

impl Place {
    /// A place that was told by another counter.
    pub(super) fn told(order: &Order, ticket: &RoutedTicket) -> Option<Place> {
        let wanted = ticket.lines.as_deref().unwrap_or_default();
        Some(Place {
            printer: ticket.destination?,
            part: ticket.name.part.clone(),
            copies: ticket.copies,
            before: Order {
                lines: numbered(order, wanted).into_iter().cloned().collect(),
                ..order.clone()
            },
        })
    }

    pub(super) fn is_named_by(&self, ticket: &RoutedTicket) -> bool {
        is_kitchen(&ticket.name)
            && ticket.name.part == self.part
            && ticket.destination == Some(self.printer)
    }

    /// Whether a held ticket tells this place of a revision in between: what is on paper is compared with what comes now.
    pub(super) fn is_told_anew(&self, held: &EarlierTicket) -> bool {
        is_kitchen(&held.ticket)
            && held.ticket.kind != TicketKind::Kitchen
            && held.ticket.part == self.part
            && held.destination == Some(self.printer)
    }

    /// The lines of a later revision that were dishes of this place, at the same stations.
    pub(super) fn kept(&self, after: &Order) -> BTreeSet<u32> {
        let known: Vec<&Line> = self.before.lines.iter().collect();
        let stations: BTreeSet<_> = known.iter().map(|line| &line.station).collect();
        let later = after.lines.iter();
        let later: Vec<&Line> = later
            .filter(|line| stations.contains(&line.station))
            .collect();
        let new: BTreeSet<u32> = lines(&known, &later)
            .iter()
            .filter_map(|change| match change {
                LineChange::Added(line) => Some(line.id),
                LineChange::Changed { .. } | LineChange::Removed(_) => None,
            })
            .collect();
        let kept = later.iter().filter(|line| !new.contains(&line.id));
        kept.map(|line| line.id).collect()
    }

    /// What the place is told when `now` are its lines.
    pub(super) fn change(&self, after: &Order, now: Vec<u32>, copies: u32) -> Option<ChangeTicket> {
        if now.is_empty() {
            return Some(self.void());
        }
        let known: Vec<&Line> = self.before.lines.iter().collect();
        let changes = lines(&known, &numbered(after, &now));
        let differs = changes.iter().any(|change| change.concerns_kitchen());
        let concerned = differs || difference(&self.before, after).details.concerns_kitchen();
        concerned.then(|| self.ticket(TicketKind::Change, now, copies))
    }

    pub(super) fn void(&self) -> ChangeTicket {
        self.ticket(TicketKind::Void, Vec::new(), self.copies)
    }

    fn ticket(&self, kind: TicketKind, lines: Vec<u32>, copies: u32) -> ChangeTicket {
        ChangeTicket {
            ticket: RoutedTicket {
                name: TicketName {
                    kind,
                    part: self.part.clone(),
                },
                lines: Some(lines),
                destination: Some(self.printer),
                copies,
            },
            before: Some(self.before.clone()),
        }
    }
}

/// Whether a ticket is of this revision.
pub(super) fn is_of(ticket: &EarlierTicket, order: &Order) -> bool {
    RevisionKey::of(order).is_same(ticket.revision_key())
}

/// Tickets for those who make dishes.
pub(super) fn is_kitchen(name: &TicketName) -> bool {
    match name.kind {
        TicketKind::Kitchen | TicketKind::Change | TicketKind::Void => true,
        TicketKind::Receipt
        | TicketKind::Delivery
        | TicketKind::Summary
        | TicketKind::Test
        | TicketKind::Plain => false,
    }
}

/// Whether a ticket of these stations has the line; no stations are all.
pub(in crate::routing) fn is_of_part(line: &Line, part: &str) -> bool {
    line.station
        .as_ref()
        .is_some_and(|station| part.is_empty() || part.split(',').any(|one| one == station))
}
