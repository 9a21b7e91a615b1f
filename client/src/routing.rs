//! What is printed where: an order and the rules in, tickets out. Nothing falls through: what no rule takes, or what a
//! rule sends to a printer that is gone, becomes a ticket without a printer, which is shown and waits for a person.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    CounterId, Order, Printer, PrinterId, TicketKind, TicketName,
    order::{Line, OrderKind},
    settings::Rule,
};

/// A ticket that this counter makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutedTicket {
    /// Which ticket of the order.
    pub name: TicketName,
    /// The ids of its lines, rising; `None` is the whole order.
    pub lines: Option<Vec<u32>>,
    /// Where it comes out. `None` is held: a person chooses a printer.
    pub destination: Option<PrinterId>,
    /// How many come out; at least 1.
    pub copies: u32,
}

/// The tickets that `counter` makes of an order. All counters together make each ticket once: a counter prints on its
/// own printers, and the [`leads`] one also holds what has no printer.
///
/// Whether the order is to be printed at all (an earlier revision was, it was taken back) is for the caller to know.
pub fn route(
    order: &Order,
    rules: &[Rule],
    printers: &[Printer],
    counter: CounterId,
) -> Vec<RoutedTicket> {
    let mut routing = Routing::new(printers, counter);
    let rules: Vec<&Rule> = rules.iter().filter(|rule| takes(rule, order)).collect();
    let mut receipt = false;
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    for rule in &rules {
        match rule.ticket {
            TicketKind::Receipt => {
                receipt = true;
                routing.add(TicketName::whole(TicketKind::Receipt), None, rule);
            }
            TicketKind::Kitchen => {
                let lines: BTreeSet<u32> = order
                    .lines
                    .iter()
                    .filter(|line| cooks(rule, line))
                    .map(|line| line.id)
                    .collect();
                taken.extend(lines.iter().copied());
                if !lines.is_empty() {
                    routing.add(kitchen(&rule.stations), Some(lines), rule);
                }
            }
            TicketKind::Delivery => {
                if order.kind == OrderKind::Delivery {
                    routing.add(TicketName::whole(TicketKind::Delivery), None, rule);
                }
            }
            // No rule asks for them: they follow from what was printed before, or belong to no order that can be read.
            TicketKind::Change
            | TicketKind::Void
            | TicketKind::Summary
            | TicketKind::Test
            | TicketKind::Plain => {}
        }
    }
    let left: Vec<&Line> = order
        .lines
        .iter()
        .filter(|line| line.station.is_some() && !taken.contains(&line.id))
        .collect();
    if !left.is_empty() {
        let stations: Vec<String> = left
            .iter()
            .filter_map(|line| line.station.clone())
            .collect();
        let lines = left.iter().map(|line| line.id).collect();
        routing.hold(kitchen(&stations), Some(lines), 1);
    }
    let nobody_makes = order.lines.iter().any(|line| line.station.is_none());
    if !receipt && (nobody_makes || order.lines.is_empty()) {
        routing.hold(TicketName::whole(TicketKind::Receipt), None, 1);
    }
    routing.done()
}

/// The tickets that `counter` makes of an order that cannot be read: since nobody knows its lines, the plain ticket comes
/// out at each printer that a rule names, and is held where there is none.
pub fn route_unreadable(
    rules: &[Rule],
    printers: &[Printer],
    counter: CounterId,
) -> Vec<RoutedTicket> {
    let mut routing = Routing::new(printers, counter);
    let name = TicketName::whole(TicketKind::Plain);
    let wanted: BTreeSet<PrinterId> = rules
        .iter()
        .filter_map(|rule| rule.printer)
        .filter(|wanted| {
            printers
                .iter()
                .any(|known| known.id == *wanted && known.owner.is_some())
        })
        .collect();
    if wanted.is_empty() {
        routing.hold(name, None, 1);
    } else {
        for printer in wanted {
            routing.send(name.clone(), None, printer, 1);
        }
    }
    routing.done()
}

/// The ids of the lines that a kitchen ticket of these stations has, as routing names it.
pub fn lines_of_part(order: &Order, part: &str) -> Vec<u32> {
    let lines = order.lines.iter();
    let lines = lines.filter(|line| change::is_of_part(line, part));
    lines.map(|line| line.id).collect()
}

/// Whether `counter` holds the tickets that have no printer: the owner of the printer with the smallest id does, and
/// every counter while nobody owns any.
pub fn leads(printers: &[Printer], counter: CounterId) -> bool {
    printers
        .iter()
        .filter_map(|printer| printer.owner.map(|owner| (printer.id, owner)))
        .min()
        .is_none_or(|(_, owner)| owner == counter)
}

fn takes(rule: &Rule, order: &Order) -> bool {
    (rule.channels.is_empty() || rule.channels.contains(&order.channel))
        && (rule.kinds.is_empty() || rule.kinds.contains(&order.kind))
}

fn cooks(rule: &Rule, line: &Line) -> bool {
    line.station
        .as_ref()
        .is_some_and(|station| rule.stations.is_empty() || rule.stations.contains(station))
}

fn kitchen(stations: &[String]) -> TicketName {
    let sorted: BTreeSet<&str> = stations.iter().map(String::as_str).collect();
    TicketName {
        kind: TicketKind::Kitchen,
        part: sorted.into_iter().collect::<Vec<_>>().join(","),
    }
}

type Place = (TicketName, Option<PrinterId>);

struct Routing<'a> {
    printers: &'a [Printer],
    counter: CounterId,
    leads: bool,
    /// In the order of the rules.
    places: Vec<Place>,
    tickets: BTreeMap<Place, (Option<BTreeSet<u32>>, u32)>,
}

impl<'a> Routing<'a> {
    fn new(printers: &'a [Printer], counter: CounterId) -> Self {
        Routing {
            printers,
            counter,
            leads: leads(printers, counter),
            places: Vec::new(),
            tickets: BTreeMap::new(),
        }
    }

    fn add(&mut self, name: TicketName, lines: Option<BTreeSet<u32>>, rule: &Rule) {
        // A rule without a printer prints nowhere, on purpose.
        if let Some(printer) = rule.printer {
            self.send(name, lines, printer, rule.copies);
        }
    }

    fn send(
        &mut self,
        name: TicketName,
        lines: Option<BTreeSet<u32>>,
        printer: PrinterId,
        copies: u32,
    ) {
        let known = self.printers.iter().find(|known| known.id == printer);
        match known.and_then(|known| known.owner) {
            Some(owner) if owner == self.counter => self.put((name, Some(printer)), lines, copies),
            // Another counter makes it.
            Some(_) => {}
            None => self.hold(name, lines, copies),
        }
    }

    fn hold(&mut self, name: TicketName, lines: Option<BTreeSet<u32>>, copies: u32) {
        if self.leads {
            self.put((name, None), lines, copies);
        }
    }

    /// The same ticket at the same printer is made once, with all that was asked of it.
    fn put(&mut self, place: Place, lines: Option<BTreeSet<u32>>, copies: u32) {
        let copies = copies.max(1);
        match self.tickets.get_mut(&place) {
            Some((known, most)) => {
                *most = copies.max(*most);
                *known = known.take().zip(lines).map(|(mut known, lines)| {
                    known.extend(lines);
                    known
                });
            }
            None => {
                self.places.push(place.clone());
                self.tickets.insert(place, (lines, copies));
            }
        }
    }

    fn done(mut self) -> Vec<RoutedTicket> {
        let places = std::mem::take(&mut self.places);
        places
            .into_iter()
            .filter_map(|place| {
                let (lines, copies) = self.tickets.remove(&place)?;
                let (name, destination) = place;
                let lines = lines.map(|lines| lines.into_iter().collect());
                Some(RoutedTicket {
                    name,
                    lines,
                    destination,
                    copies,
                })
            })
            .collect()
    }
}

mod change;

pub use change::{ChangeTicket, Earlier, Rerouted, reroute};

#[cfg(test)]
mod tests;
