//! What a ticket says about the order as a whole.

use std::fmt::Write;

use api::{
    Order,
    order::{Channel, OrderKind},
};
use unicode_width::UnicodeWidthStr;

use super::{Column, channel, kind, method, moment, time::Clock};
use crate::{document::Author, inert, mustache::Value, words::Words};

/// Characters of an address in its link: each may need twelve in the link, and a QR code of level M holds 2,331.
const MOST_OF_ADDRESS: usize = 180;

/// Google's documented link that opens a map in any phone: developers.google.com/maps/documentation/urls/get-started.
const MAP: &str = "https://www.google.com/maps/search/?api=1&query=";

pub(super) fn order<'a>(order: &'a Order, clock: &Clock, words: &'static Words) -> Value<'a> {
    let placed = clock.at(order.placed_at);
    let promised = order.promised_at.map(|at| clock.at(at));
    let promised = promised.map_or(Value::Nothing, |promised| {
        let other_day = Value::Bool(promised.civil_date != placed.civil_date);
        let [time, date, day] = moment(promised);
        Value::map([
            time,
            date,
            day,
            ("other_day", other_day),
            ("label", Value::text(promised_label(order, words))),
        ])
    });
    let is = |wanted| Value::Bool(order.kind == wanted);
    let from = |wanted| Value::Bool(order.channel == wanted);
    Value::map([
        ("number", Value::Number(order.number.into())),
        ("kind", Value::text(kind(order.kind, words))),
        ("channel", Value::text(channel(order.channel, words))),
        (
            "revision",
            match order.revision {
                0 | 1 => Value::Nothing,
                revision => Value::Number(revision.into()),
            },
        ),
        ("placed", Value::map(moment(placed))),
        ("promised", promised),
        ("table", Value::optional_row(order.table.as_deref())),
        ("note", Value::optional_note(order.note.as_deref())),
        ("cancelled", Value::Bool(order.cancelled)),
        ("is_phone", from(Channel::Phone)),
        ("is_web", from(Channel::Web)),
        ("is_till", from(Channel::Till)),
        ("is_pickup", is(OrderKind::Pickup)),
        ("is_delivery", is(OrderKind::Delivery)),
        ("is_dine_in", is(OrderKind::DineIn)),
        ("revised", Value::map(moment(clock.at(order.revised_at)))),
        ("map_link", map_link(&order.customer.address)),
        ("id", Value::text(order.id.to_string())),
    ])
}

pub(super) fn customer(order: &Order) -> Value<'_> {
    let customer = &order.customer;
    let name = Value::optional_row(customer.name.as_deref());
    let phone = Value::optional_row(customer.phone.as_deref());
    let address = customer.address.iter().filter(|row| !row.trim().is_empty());
    let address = Value::List(address.map(Value::row).collect());
    if name == Value::Nothing && phone == Value::Nothing && address == Value::List(Vec::new()) {
        return Value::Nothing;
    }
    Value::map([("name", name), ("phone", phone), ("address", address)])
}

pub(super) fn totals<'a>(order: &Order, column: &mut Column) -> Value<'a> {
    let totals = &order.totals;
    let fee = totals.delivery_fee.as_ref().filter(|fee| fee.minor != 0);
    Value::map([
        ("subtotal", column.amount(&totals.subtotal)),
        (
            "delivery_fee",
            fee.map_or(Value::Nothing, |fee| column.amount(fee)),
        ),
        ("total", column.amount(&totals.total)),
    ])
}

pub(super) fn payment<'a>(order: &Order, words: &'static Words) -> Value<'a> {
    let label = if order.payment.paid {
        words.paid
    } else {
        words.to_pay
    };
    Value::map([
        ("method", Value::text(method(order.payment.method, words))),
        ("paid", Value::Bool(order.payment.paid)),
        ("label", Value::text(label)),
    ])
}

/// What is different about the order as a whole, as far as those who make and hand it over care.
pub(super) fn changes<'a>(
    before: &'a Order,
    order: &'a Order,
    clock: &Clock,
    words: &'static Words,
) -> Value<'a> {
    let mut changes = Vec::new();
    let mut add = |label: &'static str, was: Value<'a>, now: Value<'a>| {
        let alike = match (&was, &now) {
            (Value::Row(was), Value::Row(now)) => inert::reads_alike(was, now, Author::Row),
            (Value::Note(was), Value::Note(now)) => inert::reads_alike(was, now, Author::Note),
            (was, now) => was == now,
        };
        if !alike {
            changes.push(Value::map([
                ("label", Value::text(label)),
                ("now", now),
                ("was", was),
            ]));
        }
    };
    let promised = |order: &Order| {
        let Some(at) = order.promised_at.map(|at| clock.at(at)) else {
            return Value::text(words.asap);
        };
        let other_day = at.civil_date != clock.at(order.placed_at).civil_date;
        Value::text(if other_day {
            format!("{} {}", at.day, at.time)
        } else {
            at.time
        })
    };
    add(
        words.order,
        Value::text(kind(before.kind, words)),
        Value::text(kind(order.kind, words)),
    );
    add(
        promised_label(order, words),
        promised(before),
        promised(order),
    );
    let row = |text: &'a Option<String>| Value::optional_row(text.as_deref());
    add(words.table, row(&before.table), row(&order.table));
    add(
        words.customer,
        row(&before.customer.name),
        row(&order.customer.name),
    );
    let note = |order: &'a Order| Value::optional_note(order.note.as_deref());
    add(words.note, note(before), note(order));
    Value::List(changes)
}

/// The note of an order that is as it was: who makes the changed dishes has to know it too.
pub(super) fn unchanged_note<'a>(before: Option<&Order>, order: &'a Order) -> Value<'a> {
    let note = order.note.as_deref().filter(|note| {
        before.is_none_or(|before| {
            let was = before.note.as_deref().unwrap_or_default();
            inert::reads_alike(was, note, Author::Note)
        })
    });
    Value::optional_note(note)
}

/// Of the words that stand in front of something in the head of a ticket.
pub(super) fn widest_label(order: &Order, words: &'static Words) -> usize {
    let table = order.table.as_ref().map(|_| words.table);
    let labels = [words.placed, promised_label(order, words), words.channel];
    let revised = [words.changed_at, words.cancelled].into_iter();
    let revised = revised.filter(|_| order.revision > 1);
    let labels = labels.into_iter().chain(table).chain(revised);
    let widths = labels.map(UnicodeWidthStr::width);
    widths.max().unwrap_or(1)
}

fn promised_label(order: &Order, words: &'static Words) -> &'static str {
    match order.kind {
        OrderKind::Delivery => words.promised_delivery,
        OrderKind::Pickup | OrderKind::DineIn => words.promised,
    }
}

/// The address in percent-encoding (RFC 3986, section 2.1).
fn map_link<'a>(address: &[String]) -> Value<'a> {
    let mut rows = address.iter().map(|row| row.trim());
    let mut rows = rows.by_ref().filter(|row| !row.is_empty()).peekable();
    if rows.peek().is_none() {
        return Value::Nothing;
    }
    let address = rows.collect::<Vec<_>>().join(", ");
    let address: String = address.chars().take(MOST_OF_ADDRESS).collect();
    let mut link = String::with_capacity(MAP.len() + 3 * address.len());
    link.push_str(MAP);
    for byte in address.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' => link.push(char::from(byte)),
            b' ' => link.push('+'),
            _ => {
                let _infallible = write!(link, "%{byte:02X}");
            }
        }
    }
    Value::text(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_link_that_any_scanner_can_follow() {
        let rows = ["Straße 5 & Hof".to_owned(), " ".to_owned(), "Köln".into()];
        let link =
            "https://www.google.com/maps/search/?api=1&query=Stra%C3%9Fe+5+%26+Hof%2C+K%C3%B6ln";
        assert_eq!(map_link(&rows), Value::text(link));
        assert_eq!(map_link(&[" ".into()]), Value::Nothing);
        let Value::Text(long) = map_link(&["😀".repeat(500)]) else {
            panic!("no link");
        };
        assert!(long.len() < 2_331, "a QR code holds it: {}", long.len());
    }
}
