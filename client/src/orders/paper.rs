//! The tickets of an order as jobs: routed, rendered, ready to be submitted. Whatever is wrong with an order or a
//! template, something comes out that a cook can read.

use api::{
    Business, CounterId, JobState, Order, RevisionKey, TicketKind, TicketName,
    order::{OrderKind, PaymentMethod},
};
use jiff::Timestamp;
use printer_queue::{Content, EarlierTicket, Elsewhere, NewJob, RevisionJobs};
use templates::words::speaker;

use crate::{
    orders::{crash, entry::ReceivedOrder},
    routing::{
        ChangeTicket, Earlier, RoutedTicket, lines_of_part, reroute, route, route_unreadable,
    },
    settings::SettingsNow,
    takeover::is_place,
};

/// The jobs that this counter makes of an order.
pub fn jobs(entry: &ReceivedOrder, settings: &SettingsNow, counter: CounterId) -> Vec<NewJob> {
    #[cfg(test)]
    crash::inject::panic_at(crash::inject::ROUTE, &entry.raw);
    let (rules, printers) = (&settings.rules, &settings.printers);
    let business = business(settings);
    match &entry.order {
        Ok(order) => route(order, rules, printers, counter)
            .into_iter()
            .flat_map(|ticket| {
                let content = Content::Markup(markup(order, None, &ticket, settings, &business));
                let drawer = opens_drawer(order, &ticket);
                copies(entry, ticket, content, &business, drawer)
            })
            .collect(),
        Err(error) => {
            tracing::error!(order = %entry.id, %error, "an order cannot be read; its raw fields are printed");
            plain_jobs(entry, settings, counter)
        }
    }
}

/// The raw fields of an order, at each printer that a rule names.
pub fn plain_jobs(
    entry: &ReceivedOrder,
    settings: &SettingsNow,
    counter: CounterId,
) -> Vec<NewJob> {
    #[cfg(test)]
    crash::inject::panic_at(crash::inject::ALL, &entry.raw);
    let business = business(settings);
    route_unreadable(&settings.rules, &settings.printers, counter)
        .into_iter()
        .flat_map(|ticket| {
            let text = templates::render_plain(&entry.raw, speaker(&business));
            copies(entry, ticket, Content::Markup(text), &business, false)
        })
        .collect()
}

/// The jobs that this counter makes of a later revision of an order: what each place has to know that has something of an
/// earlier one on paper. A revision that cannot be read has no difference; it prints by [`jobs`].
pub fn change_jobs(
    entry: &ReceivedOrder,
    earlier: &Earlier<'_>,
    settings: &SettingsNow,
    counter: CounterId,
) -> RevisionJobs {
    let Ok(order) = &entry.order else {
        let jobs = jobs(entry, settings, counter);
        return RevisionJobs {
            jobs: jobs.into_iter().map(|job| (job, None)).collect(),
            ..RevisionJobs::default()
        };
    };
    let business = business(settings);
    let paid = earlier.orders.iter().any(|order| order.payment.paid);
    let made = reroute(earlier, order, &settings.rules, &settings.printers, counter);
    let jobs = made.tickets.into_iter().flat_map(|change| {
        let before = change.before.as_ref();
        let content = Content::Markup(markup(order, before, &change.ticket, settings, &business));
        let lines = change.ticket.lines.clone();
        let drawer = !paid && opens_drawer(order, &change.ticket);
        let jobs = copies(entry, change.ticket, content, &business, drawer);
        jobs.into_iter().map(move |job| (job, lines.clone()))
    });
    RevisionJobs {
        jobs: jobs.collect(),
        elsewhere: Vec::new(),
        replaced: made.replaced,
    }
}

/// The jobs that this counter makes in the place of another one, each with its lines: by the newest revision that is kept.
/// A place that has an earlier revision on paper is told the difference, one that has nothing gets the order in full, and
/// nothing where the order was taken back and nobody can have it on paper. Whatever the rules are by now, the place is the
/// one that the order was routed to.
pub fn taken_jobs(
    entry: &ReceivedOrder,
    row: &Elsewhere,
    earlier: &Earlier<'_>,
    settings: &SettingsNow,
    counter: CounterId,
) -> Vec<(NewJob, Option<Vec<u32>>)> {
    let business = business(settings);
    let Ok(order) = &entry.order else {
        let text = templates::render_plain(&entry.raw, speaker(&business));
        let ticket = of_place(row, None);
        let jobs = copies(entry, ticket, Content::Markup(text), &business, false);
        return jobs.into_iter().map(|job| (job, None)).collect();
    };
    let (told, tickets) = taken_tickets(order, row, earlier, settings, counter);
    let paid = !told || earlier.orders.iter().any(|order| order.payment.paid);
    let jobs = tickets.into_iter().flat_map(|change| {
        let before = change.before.as_ref();
        let content = Content::Markup(markup(order, before, &change.ticket, settings, &business));
        let lines = change.ticket.lines.clone();
        let drawer = !paid && opens_drawer(order, &change.ticket);
        let jobs = copies(entry, change.ticket, content, &business, drawer);
        jobs.into_iter().map(move |job| (job, lines.clone()))
    });
    jobs.collect()
}

/// The same as tickets, and whether the place was told an earlier revision. Pure.
pub fn taken_tickets(
    order: &Order,
    row: &Elsewhere,
    earlier: &Earlier<'_>,
    settings: &SettingsNow,
    counter: CounterId,
) -> (bool, Vec<ChangeTicket>) {
    let is_kitchen = row.ticket.kind == TicketKind::Kitchen;
    let newest = RevisionKey::of(order);
    let is_before = |known: &EarlierTicket| !known.revision_key().covers(newest);
    let printed = earlier.tickets.iter().filter(|known| {
        let at = row.destination;
        let here = at.is_some_and(|at| known.printers.contains(&at));
        let whole = row.ticket.kind == TicketKind::Void;
        here && is_before(known) && (whole || is_place(&known.ticket, row))
    });
    let is_left = !printed
        .clone()
        .any(|known| known.ticket.kind == TicketKind::Void);
    let printed: Vec<RevisionKey> = printed.map(EarlierTicket::revision_key).collect();
    let told = !printed.is_empty();
    // A revision that this counter never heard of came out there: only the whole order says what is different.
    let is_read = |printed| {
        let mut known = earlier.orders.iter().map(RevisionKey::of);
        known.any(|known| known.is_same(printed))
    };
    let was_cancelled = earlier.orders.last().is_some_and(|last| last.cancelled);
    // An earlier revision took it back, and the place was not told of that.
    let is_left = was_cancelled && told && is_left;
    let is_unread = is_kitchen && printed.into_iter().any(|printed| !is_read(printed));
    if told && (!is_unread || order.cancelled) {
        let (rules, printers) = (&settings.rules, &settings.printers);
        let mut made = reroute(earlier, order, rules, printers, counter).tickets;
        made.retain(|change| {
            change.ticket.destination == row.destination && is_place(&change.ticket.name, row)
        });
        if !made.is_empty() || !(is_unread || is_left) {
            return (told, made);
        }
    }
    let lines = is_kitchen.then(|| lines_of_part(order, &row.ticket.part));
    if order.cancelled || lines.as_ref().is_some_and(Vec::is_empty) {
        // As long as nobody says that nothing of it will come out, a cook hears that it is taken back.
        let ended = earlier.tickets.iter().any(|known| {
            known.destination == row.destination
                && is_before(known)
                && matches!(known.state, JobState::Failed { .. } | JobState::Expired)
                && !known.doubtful
                && is_place(&known.ticket, row)
        });
        let is_void = is_kitchen && (!was_cancelled || is_left) && (told || !ended);
        return (
            told,
            is_void.then(|| void(order, row)).into_iter().collect(),
        );
    }
    if row.ticket.kind == TicketKind::Void {
        return (told, Vec::new());
    }
    let ticket = of_place(row, lines);
    let before = None;
    (told, vec![ChangeTicket { ticket, before }])
}

/// Takes back what another counter has printed, or may have, of an order whose earlier revisions say nothing of it here.
fn void(order: &Order, row: &Elsewhere) -> ChangeTicket {
    let here = lines_of_part(order, &row.ticket.part);
    let lines = order.lines.iter().filter(|line| here.contains(&line.id));
    let before = Order {
        lines: lines.cloned().collect(),
        cancelled: false,
        ..order.clone()
    };
    let name = TicketName {
        kind: TicketKind::Void,
        part: row.ticket.part.clone(),
    };
    ChangeTicket {
        ticket: RoutedTicket {
            name,
            ..of_place(row, Some(Vec::new()))
        },
        before: Some(before),
    }
}

fn of_place(row: &Elsewhere, lines: Option<Vec<u32>>) -> RoutedTicket {
    RoutedTicket {
        name: row.ticket.clone(),
        lines,
        destination: row.destination,
        copies: row.copies,
    }
}

/// Whether the cash drawer opens with this ticket: it does for the receipt of an order whose cash came in at the counter
/// just now. An order that is paid at the door or later opens it when it is paid, and no order opens it twice.
fn opens_drawer(order: &Order, ticket: &RoutedTicket) -> bool {
    ticket.name.kind == TicketKind::Receipt
        && order.payment.method == PaymentMethod::Cash
        && order.payment.paid
        && order.kind != OrderKind::Delivery
        && !order.cancelled
}

/// The restaurant, or as much of it as a receipt needs.
pub fn business(settings: &SettingsNow) -> Business {
    settings.business.clone().unwrap_or_else(|| Business {
        name: String::new(),
        address: Vec::new(),
        phone: None,
        tax_id: None,
        time_zone: "UTC".into(),
        locale: "en-US".into(),
        currency: "USD".into(),
        logo: None,
        standby: true,
        alarm_webhook: None,
        second_locale: None,
        minor_digits: None,
    })
}

fn copies(
    entry: &ReceivedOrder,
    ticket: RoutedTicket,
    content: Content,
    business: &Business,
    drawer: bool,
) -> Vec<NewJob> {
    (0..ticket.copies)
        .map(|copy| NewJob {
            order: Some(entry.id),
            revision: entry.revision,
            revised_at: entry.order.as_ref().ok().map(|order| order.revised_at),
            ticket: ticket.name.clone(),
            destination: ticket.destination,
            copy,
            content: content.clone(),
            locale: speaker(business).to_owned(),
            drawer: drawer && copy == 0,
            urgent: false,
            ages_from: entry.order.as_ref().ok().map(wanted_at),
        })
        .collect()
}

/// From when its tickets grow old: a promised order is fresh until then, however early it came.
fn wanted_at(order: &Order) -> Timestamp {
    order
        .promised_at
        .map_or(order.revised_at, |promised| promised.max(order.revised_at))
}

/// By the owner's template; if that is wrong by the built-in one; if the order cannot be set by that one, its raw fields.
fn markup(
    order: &Order,
    before: Option<&Order>,
    ticket: &RoutedTicket,
    settings: &SettingsNow,
    business: &Business,
) -> String {
    let said = templates::Ticket {
        business,
        order,
        name: &ticket.name,
        before,
        lines: ticket.lines.as_deref(),
    };
    let own = match ticket.name.kind {
        TicketKind::Receipt
        | TicketKind::Kitchen
        | TicketKind::Delivery
        | TicketKind::Change
        | TicketKind::Void => settings.templates.get(ticket.name.kind.word()),
        TicketKind::Summary | TicketKind::Test | TicketKind::Plain => None,
    };
    for template in own.map(|own| Some(own.as_str())).into_iter().chain([None]) {
        let rendered = crash::catch("rendering a ticket", || {
            #[cfg(test)]
            crash::inject::panic_at(
                crash::inject::RENDER,
                &serde_json::json!({"number": order.number}),
            );
            templates::render(&said, template, &settings.templates)
        });
        match rendered {
            Some(Ok(markup)) => return markup,
            None => {}
            Some(Err(error)) => {
                tracing::error!(order = %order.id, ticket = %ticket.name, %error, "a ticket could not be rendered");
            }
        }
    }
    let raw =
        serde_json::to_value(order).unwrap_or_else(|error| format!("{order:?} ({error})").into());
    templates::render_plain(&raw, speaker(business))
}
