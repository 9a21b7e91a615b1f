//! What other counters make of an order. It is kept with the revision, so that whoever gets their printers can make it in
//! their place. Where one counter owns all printers there is nothing to do.

use std::collections::BTreeSet;

use api::{CounterId, Order};
use jiff::Timestamp;
use printer_queue::{Elsewhere, place_name};

use crate::{
    orders::{decision::RevisionDecision, entry::ReceivedOrder},
    routing::{Earlier, RoutedTicket, reroute, route, route_unreadable},
    settings::SettingsNow,
    view::Handling,
};

/// What others make of a revision that is handled so here.
pub fn of_revision(
    decision: &RevisionDecision,
    entry: &ReceivedOrder,
    settings: &SettingsNow,
    counter: CounterId,
) -> Vec<Elsewhere> {
    match decision {
        RevisionDecision::Print => of_order(entry, settings, counter),
        RevisionDecision::Change(orders) => of_change(entry, orders, settings, counter),
        // Taken back before it was heard of here. What others have of it on paper they take back.
        RevisionDecision::Show(Handling::Routed) => of_order(entry, settings, counter),
        RevisionDecision::Show(Handling::ShownOnly | Handling::ChangeShown)
        | RevisionDecision::Ask => Vec::new(),
    }
}

/// What others make of an order that is new.
fn of_order(entry: &ReceivedOrder, settings: &SettingsNow, counter: CounterId) -> Vec<Elsewhere> {
    let Ok(order) = &entry.order else {
        return of_plain(entry, settings, counter);
    };
    of_each(entry, settings, counter, |other| {
        route(order, &settings.rules, &settings.printers, other)
    })
}

/// What others make of an order that cannot be read or handled.
pub(super) fn of_plain(
    entry: &ReceivedOrder,
    settings: &SettingsNow,
    counter: CounterId,
) -> Vec<Elsewhere> {
    of_each(entry, settings, counter, |other| {
        route_unreadable(&settings.rules, &settings.printers, other)
    })
}

/// What others make of a later revision: what came out there is theirs to know, so each place of theirs that it concerns
/// counts.
fn of_change(
    entry: &ReceivedOrder,
    earlier: &[Order],
    settings: &SettingsNow,
    counter: CounterId,
) -> Vec<Elsewhere> {
    let Ok(order) = &entry.order else {
        return of_plain(entry, settings, counter);
    };
    let told = Earlier {
        orders: earlier,
        tickets: &[],
    };
    of_each(entry, settings, counter, |other| {
        let made = reroute(&told, order, &settings.rules, &settings.printers, other);
        made.tickets
            .into_iter()
            .map(|change| change.ticket)
            .collect()
    })
}

fn of_each(
    entry: &ReceivedOrder,
    settings: &SettingsNow,
    counter: CounterId,
    routed: impl Fn(CounterId) -> Vec<RoutedTicket>,
) -> Vec<Elsewhere> {
    let owners = settings.printers.iter().filter_map(|printer| printer.owner);
    let others: BTreeSet<CounterId> = owners.filter(|owner| *owner != counter).collect();
    let revised_at = entry.order.as_ref().ok().map(|order| order.revised_at);
    let mut rows = Vec::new();
    for owner in others {
        rows.extend(routed(owner).into_iter().map(|ticket| Elsewhere {
            order: entry.id,
            revision: entry.revision,
            revised_at,
            ticket: place_name(&ticket.name),
            destination: ticket.destination,
            copies: ticket.copies,
            owner,
            at: Timestamp::UNIX_EPOCH,
        }));
    }
    rows
}
