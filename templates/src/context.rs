//! The one context of every ticket: what a template can say. Nothing in it is markup, and amounts and times are
//! written as the restaurant writes them.
//!
//! | name | what it is |
//! |---|---|
//! | `ticket.kind` | `receipt`, `kitchen` |
//! | `ticket.part` | its stations, `bar, grill`; nothing when it is for all |
//! | `ticket.elsewhere` | how many dishes of the order are not on this ticket; nothing when none |
//! | `business.name`, `.phone`, `.tax_id` | as in the settings |
//! | `business.address` | list of rows: `{{#business.address}}{{.}}{{/business.address}}` |
//! | `business.locale`, `.currency` | `de-DE`, `EUR` |
//! | `business.has_logo` | true when the settings hold a logo |
//! | `order.number`, `order.id` | what people call; the UUID |
//! | `order.revision` | 2, 3…; nothing for the first |
//! | `order.channel`, `order.kind` | in the restaurant's language |
//! | `order.is_phone`, `.is_web`, `.is_till` | true for that channel |
//! | `order.is_pickup`, `.is_delivery`, `.is_dine_in` | true for that kind |
//! | `order.placed.time`, `.date`, `.day` | when it was taken: `18:30`, `21.11.2026`, `Sa., 21. Nov.` |
//! | `order.promised.time`, `.date`, `.day` | when it was promised; `order.promised` is nothing for "as soon as possible" |
//! | `order.promised.other_day` | true when that is not the day it was taken |
//! | `order.promised.label` | `Ready for` or, for a delivery, `Deliver by` |
//! | `order.table`, `order.note` | nothing when there is none |
//! | `order.cancelled` | true when this revision takes the order back |
//! | `customer` | nothing when nobody was named; then `.name`, `.phone`, `.address` (list of rows) |
//! | `items` | the lines of this ticket, each with the names below |
//! | `quantity`, `name` | of a line |
//! | `first` | true for the first line of this ticket |
//! | `many` | true when the quantity is not 1 |
//! | `unit_price`, `total` | of one without options; of all with options |
//! | `options` | list of `name` and `price`; `price` is nothing when it costs nothing |
//! | `note` | what the customer said about the line; nothing when they said nothing |
//! | `station` | the key of the station that makes it, or nothing |
//! | `totals.subtotal`, `.delivery_fee`, `.total` | `delivery_fee` is nothing when there is none |
//! | `payment.method`, `payment.paid` | in the restaurant's language; true when the money is there |
//! | `payment.label` | `Paid` or `To pay` |
//! | `widths.price`, `.quantity` | characters of the widest amount and of the widest quantity of this ticket |
//! | `widths.big_quantity` | of the widest quantity in double width |
//! | `words.…` | the fixed words in the restaurant's language, see [`crate::words::Words`] |

use api::{
    Business, Order, TicketName,
    order::{Channel, Line, OrderKind, PaymentMethod},
};

use unicode_width::UnicodeWidthStr;

use crate::{
    mustache::Value,
    words::{self, Words},
};

mod money;
mod time;

pub use money::write as money;

/// The context of a ticket with these lines.
pub fn context(business: &Business, order: &Order, name: &TicketName, lines: &[&Line]) -> Value {
    let words = words::of(&business.locale);
    let all = order.lines.len();
    Value::map([
        (
            "ticket",
            Value::map([
                ("kind", Value::text(name.kind.word())),
                ("part", Value::optional(Some(&name.part.replace(',', ", ")))),
                ("elsewhere", count(all.saturating_sub(lines.len()))),
            ]),
        ),
        ("business", business_value(business)),
        ("order", order_value(business, order, words)),
        ("customer", customer_value(order)),
        (
            "items",
            Value::List(
                lines
                    .iter()
                    .enumerate()
                    .map(|(index, line)| line_value(line, index == 0, &business.locale))
                    .collect(),
            ),
        ),
        ("totals", totals_value(order, &business.locale)),
        ("payment", payment_value(order, words)),
        ("widths", widths(order, lines, &business.locale)),
        (
            "words",
            Value::Map(
                words
                    .all()
                    .into_iter()
                    .map(|(name, word)| (name.to_owned(), Value::text(word)))
                    .collect(),
            ),
        ),
    ])
}

fn business_value(business: &Business) -> Value {
    Value::map([
        ("name", Value::text(&business.name)),
        ("address", rows(&business.address)),
        ("phone", Value::optional(business.phone.as_deref())),
        ("tax_id", Value::optional(business.tax_id.as_deref())),
        ("locale", Value::text(&business.locale)),
        ("currency", Value::text(&business.currency)),
        ("has_logo", Value::Bool(business.logo.is_some())),
    ])
}

fn order_value(business: &Business, order: &Order, words: &Words) -> Value {
    let clock = time::Clock::of(business);
    let placed = clock.at(order.placed_at);
    let promised = order.promised_at.map(|at| clock.at(at));
    let moment = |written: &time::Written| {
        [
            ("time", Value::text(&written.time)),
            ("date", Value::text(&written.date)),
            ("day", Value::text(&written.day)),
        ]
    };
    Value::map([
        ("number", Value::Number(order.number.into())),
        ("id", Value::text(order.id.to_string())),
        (
            "revision",
            if order.revision > 1 {
                Value::Number(order.revision.into())
            } else {
                Value::Nothing
            },
        ),
        ("channel", Value::text(channel(order.channel, words))),
        ("is_phone", Value::Bool(order.channel == Channel::Phone)),
        ("is_web", Value::Bool(order.channel == Channel::Web)),
        ("is_till", Value::Bool(order.channel == Channel::Till)),
        ("kind", Value::text(kind(order.kind, words))),
        ("is_pickup", Value::Bool(order.kind == OrderKind::Pickup)),
        (
            "is_delivery",
            Value::Bool(order.kind == OrderKind::Delivery),
        ),
        ("is_dine_in", Value::Bool(order.kind == OrderKind::DineIn)),
        ("placed", Value::map(moment(&placed))),
        (
            "promised",
            promised.map_or(Value::Nothing, |promised| {
                let [time, date, day] = moment(&promised);
                let label = match order.kind {
                    OrderKind::Delivery => words.promised_delivery,
                    OrderKind::Pickup | OrderKind::DineIn => words.promised,
                };
                let other_day = Value::Bool(promised.civil_date != placed.civil_date);
                Value::map([
                    time,
                    date,
                    day,
                    ("other_day", other_day),
                    ("label", Value::text(label)),
                ])
            }),
        ),
        ("table", Value::optional(order.table.as_deref())),
        ("note", Value::optional(order.note.as_deref())),
        ("cancelled", Value::Bool(order.cancelled)),
    ])
}

fn customer_value(order: &Order) -> Value {
    let customer = &order.customer;
    let name = Value::optional(customer.name.as_deref());
    let phone = Value::optional(customer.phone.as_deref());
    let address = rows(&customer.address);
    if name == Value::Nothing && phone == Value::Nothing && address == Value::List(Vec::new()) {
        return Value::Nothing;
    }
    Value::map([("name", name), ("phone", phone), ("address", address)])
}

fn line_value(line: &Line, first: bool, locale: &str) -> Value {
    let options = line.options.iter().map(|option| {
        let price = match option.price.minor {
            0 => Value::Nothing,
            _ => Value::text(money(&option.price, locale)),
        };
        Value::map([("name", Value::text(&option.name)), ("price", price)])
    });
    Value::map([
        ("quantity", Value::Number(line.quantity.into())),
        ("first", Value::Bool(first)),
        ("many", Value::Bool(line.quantity != 1)),
        ("name", Value::text(&line.name)),
        ("unit_price", Value::text(money(&line.unit_price, locale))),
        ("total", Value::text(money(&line.total, locale))),
        ("options", Value::List(options.collect())),
        ("note", Value::optional(line.note.as_deref())),
        ("station", Value::optional(line.station.as_deref())),
    ])
}

fn totals_value(order: &Order, locale: &str) -> Value {
    let totals = &order.totals;
    let fee = totals.delivery_fee.as_ref().filter(|fee| fee.minor != 0);
    Value::map([
        ("subtotal", Value::text(money(&totals.subtotal, locale))),
        (
            "delivery_fee",
            fee.map_or(Value::Nothing, |fee| Value::text(money(fee, locale))),
        ),
        ("total", Value::text(money(&totals.total, locale))),
    ])
}

fn payment_value(order: &Order, words: &Words) -> Value {
    let method = match order.payment.method {
        PaymentMethod::Cash => words.cash,
        PaymentMethod::Card => words.card,
        PaymentMethod::Online => words.online,
    };
    let label = if order.payment.paid {
        words.paid
    } else {
        words.to_pay
    };
    Value::map([
        ("method", Value::text(method)),
        ("paid", Value::Bool(order.payment.paid)),
        ("label", Value::text(label)),
    ])
}

/// So that a column of prices is as wide as its prices, on any paper and in any currency.
fn widths(order: &Order, lines: &[&Line], locale: &str) -> Value {
    let totals = &order.totals;
    let amounts = [&totals.subtotal, &totals.total]
        .into_iter()
        .chain(&totals.delivery_fee)
        .chain(lines.iter().map(|line| &line.total));
    let price = amounts.map(|amount| money(amount, locale).width()).max();
    let quantity = lines
        .iter()
        .map(|line| line.quantity.to_string().len())
        .max();
    let (price, quantity) = (price.unwrap_or(1), quantity.unwrap_or(1));
    Value::map([
        ("price", count(price)),
        ("quantity", count(quantity)),
        ("big_quantity", count(2 * quantity)),
    ])
}

fn channel(channel: Channel, words: &Words) -> &'static str {
    match channel {
        Channel::Phone => words.channel_phone,
        Channel::Web => words.channel_web,
        Channel::Till => words.channel_till,
    }
}

fn kind(kind: OrderKind, words: &Words) -> &'static str {
    match kind {
        OrderKind::Pickup => words.pickup,
        OrderKind::Delivery => words.delivery,
        OrderKind::DineIn => words.dine_in,
    }
}

fn count(count: usize) -> Value {
    match i64::try_from(count) {
        Ok(0) | Err(_) => Value::Nothing,
        Ok(count) => Value::Number(count),
    }
}

fn rows(rows: &[String]) -> Value {
    Value::List(
        rows.iter()
            .filter(|row| !row.trim().is_empty())
            .map(Value::text)
            .collect(),
    )
}
