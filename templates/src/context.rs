//! The one context of every ticket: what a template can say. Nothing in it is markup, and amounts and times are
//! written as the restaurant writes them.
//!
//! | name | what it is |
//! |---|---|
//! | `ticket.kind` | `receipt`, `kitchen`, `delivery`, `change`, `void`, `summary` |
//! | `ticket.part` | its stations, `bar, grill`; nothing when it is for all |
//! | `ticket.elsewhere` | how many dishes of the order are not on this ticket; nothing when none |
//! | `business.name`, `.phone`, `.tax_id` | as in the settings |
//! | `business.address` | list of rows: `{{#business.address}}{{.}}{{/business.address}}` |
//! | `business.locale`, `.currency` | `de-DE`, `EUR` |
//! | `business.has_logo` | true when the settings hold a logo; `{x-image:logo}` prints it |
//! | `business.right_to_left` | true when its language is written from the right |
//! | `order.number`, `order.id` | what people call; the UUID |
//! | `order.revision` | 2, 3…; nothing for the first |
//! | `order.channel`, `order.kind` | in the restaurant's language |
//! | `order.is_phone`, `.is_web`, `.is_till` | true for that channel |
//! | `order.is_pickup`, `.is_delivery`, `.is_dine_in` | true for that kind |
//! | `order.placed.time`, `.date`, `.day` | when it was taken: `18:30`, `21.11.2026`, `Sa., 21. Nov.` |
//! | `order.revised.time`, `.date`, `.day` | when this revision was taken |
//! | `order.promised.time`, `.date`, `.day` | when it was promised; `order.promised` is nothing for "as soon as possible" |
//! | `order.promised.other_day` | true when that is not the day it was taken |
//! | `order.promised.label` | `Ready for` or, for a delivery, `Deliver by` |
//! | `order.table`, `order.note` | nothing when there is none |
//! | `order.cancelled` | true when this revision takes the order back |
//! | `order.map_link` | link to the customer's address on a map, for a QR code; nothing without an address |
//! | `customer` | nothing when nobody was named; then `.name`, `.phone`, `.address` (list of rows) |
//! | `items` | the dishes of this ticket, each with the names below |
//! | `stations` | the same dishes by station, in the order of the order: `name`, `heading`, `items`; `heading` is the name where there is more than one station |
//! | `quantity`, `unit`, `name` | of a dish: `2`, `0,5`; what it is counted in, such as `kg`, nothing for pieces |
//! | `first` | true for the first dish of this ticket, or of its station |
//! | `many` | true when the quantity is not 1 |
//! | `unit_price`, `total` | of one without options; of all with options |
//! | `options` | list of `name` and `price`; `price` is nothing when it costs nothing |
//! | `note` | what the customer said about the dish; nothing when they said nothing |
//! | `station` | the key of the station that makes it, or nothing |
//! | `added`, `removed`, `changed`, `same` | of a dish: true for one of them when the ticket knows an earlier revision |
//! | `was.quantity`, `.unit`, `.name`, `.note`, `.options` | of a changed dish: what it was, where that is different now |
//! | `changes` | list of what changed about the whole order: `label`, `now`, `was`; either is nothing when there was or is none |
//! | `unchanged_note` | of a change ticket: the note of the order, where it is not among `changes` |
//! | `has_changed_dishes`, `has_same_dishes` | true when there are such dishes |
//! | `totals.subtotal`, `.delivery_fee`, `.total` | `delivery_fee` is nothing when there is none |
//! | `payment.method`, `payment.paid` | in the restaurant's language; true when the money is there |
//! | `payment.label` | `Paid` or `To pay` |
//! | `widths.price`, `.quantity` | characters of the widest amount and of the widest quantity of this ticket |
//! | `widths.big_quantity` | of the widest quantity in double width |
//! | `widths.label` | of the widest word before a time, a table or a channel |
//! | `widths.contact` | of the wider of the words before a customer's name and phone |
//! | `words.…` | the fixed words in the restaurant's language, see [`crate::words::Words`] |
//!
//! The summary of a day has `ticket`, `business`, `words` and:
//!
//! | name | what it is |
//! |---|---|
//! | `from.time`, `.date`, `.day`, `until.…` | the time that it is about |
//! | `sales` | what was sold and not taken back: a list with `count` and `total`, one for each currency |
//! | `channels`, `kinds`, `payments` | the same by channel, type and way of payment: lists of `name`, `count`, `total` |
//! | `paid`, `unpaid`, `cancelled` | lists like `sales` |
//! | `widths.price`, `.count`, `.label` | characters of the widest amount, count, and word before a time |

use api::{
    Business, Money, Order, TicketName,
    order::{Channel, OrderKind, PaymentMethod},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    mustache::Value,
    words::{self, Words},
};

mod dishes;
mod money;
mod order;
mod shared;
mod summary;
mod time;

pub use dishes::Dishes;
pub use money::write as money;
pub use summary::{Period, SumError, summary};

use money::Amounts;

/// One thing to be printed.
#[derive(Debug, Clone, Copy)]
pub struct Ticket<'a> {
    /// Whose it is.
    pub business: &'a Business,
    /// What was ordered.
    pub order: &'a Order,
    /// Which ticket of the order.
    pub name: &'a TicketName,
    /// Of a change or void ticket: the revision that its place was told last, holding the lines of that place alone. A
    /// change ticket tells the difference from it to `lines` of `order`, a void ticket its lines.
    pub before: Option<&'a Order>,
    /// The ids of its lines in `order`, in any order; `None` is all of them.
    pub lines: Option<&'a [u32]>,
}

/// The context of a ticket with these dishes.
pub fn context<'a>(ticket: &Ticket<'a>, dishes: &Dishes<'a>) -> Value<'a> {
    let Ticket {
        business, order, ..
    } = *ticket;
    let speaker = words::speaker(business);
    let words = words::of(speaker);
    let mut column = Column {
        amounts: Amounts::of(
            business,
            amounts_of(order).chain(ticket.before.into_iter().flat_map(amounts_of)),
        ),
        widest: 0,
    };
    let items = dishes.items(&mut column);
    let totals = order::totals(order, &mut column);
    let clock = time::Clock::of(business);
    let part = &ticket.name.part;
    let quantity = dishes.widest_quantity();
    Value::map([
        (
            "ticket",
            Value::map([
                ("kind", Value::text(ticket.name.kind.word())),
                (
                    "part",
                    match part.as_str() {
                        "" => Value::Nothing,
                        part => Value::row(part.replace(',', ", ")),
                    },
                ),
                (
                    "elsewhere",
                    match dishes.elsewhere(order) {
                        0 => Value::Nothing,
                        count => Value::text(column.amounts.count(count)),
                    },
                ),
            ]),
        ),
        ("business", business_value(business)),
        ("order", order::order(order, &clock, words)),
        ("customer", order::customer(order)),
        ("stations", dishes.stations(&items)),
        ("items", Value::List(items)),
        (
            "has_changed_dishes",
            Value::Bool(dishes.changes().any(|change| change.is_change())),
        ),
        (
            "has_same_dishes",
            Value::Bool(dishes.changes().any(|change| change.is_same())),
        ),
        (
            "changes",
            ticket.before.map_or(Value::Nothing, |before| {
                order::changes(before, order, &clock, words)
            }),
        ),
        (
            "unchanged_note",
            order::unchanged_note(ticket.before, order),
        ),
        ("totals", totals),
        ("payment", order::payment(order, words)),
        (
            "widths",
            Value::map([
                ("price", count(column.widest.max(1))),
                ("quantity", count(quantity)),
                ("big_quantity", count(2 * quantity)),
                ("label", count(order::widest_label(order, words))),
                (
                    "contact",
                    count(words.customer.width().max(words.phone.width())),
                ),
            ]),
        ),
        ("words", shared::words(speaker)),
    ])
}

/// Every amount that a ticket of this order can show.
fn amounts_of(order: &Order) -> impl Iterator<Item = &Money> {
    let totals = &order.totals;
    let lines = order.lines.iter().flat_map(|line| {
        let options = line.options.iter().map(|option| &option.price);
        [&line.unit_price, &line.total].into_iter().chain(options)
    });
    lines
        .chain([&totals.subtotal, &totals.total])
        .chain(&totals.delivery_fee)
}

/// Writes amounts, and knows the widest, so that a column of prices is as wide as its prices, on any paper and in any
/// currency.
struct Column {
    amounts: Amounts,
    widest: usize,
}

impl Column {
    fn amount<'a>(&mut self, money: &api::Money) -> Value<'a> {
        let written = self.amounts.write(money);
        self.widest = self.widest.max(written.width());
        Value::text(written)
    }

    fn quantity(&self, line: &api::order::Line) -> String {
        self.amounts.quantity(line.quantity)
    }

    /// Beside the column.
    fn aside<'a>(&self, money: &api::Money) -> Value<'a> {
        Value::text(self.amounts.write(money))
    }
}

fn business_value(business: &Business) -> Value<'_> {
    Value::map([
        ("name", Value::text(&business.name)),
        ("address", rows(&business.address)),
        ("phone", Value::optional(business.phone.as_deref())),
        ("tax_id", Value::optional(business.tax_id.as_deref())),
        ("locale", Value::text(&business.locale)),
        ("currency", Value::text(&business.currency)),
        ("has_logo", Value::Bool(business.logo.is_some())),
        (
            "right_to_left",
            Value::Bool(words::is_right_to_left(&business.locale)),
        ),
    ])
}

/// A time of the day on the wall of the restaurant.
pub(crate) fn hour(business: &Business, at: jiff::Timestamp) -> String {
    time::Clock::of(business).at(at).time
}

fn moment<'a>(written: time::Written) -> [(&'a str, Value<'a>); 3] {
    [
        ("time", Value::text(written.time)),
        ("date", Value::text(written.date)),
        ("day", Value::text(written.day)),
    ]
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

fn method(method: PaymentMethod, words: &Words) -> &'static str {
    match method {
        PaymentMethod::Cash => words.cash,
        PaymentMethod::Card => words.card,
        PaymentMethod::Online => words.online,
    }
}

fn count<'a>(count: usize) -> Value<'a> {
    match i64::try_from(count) {
        Ok(0) | Err(_) => Value::Nothing,
        Ok(count) => Value::Number(count),
    }
}

fn rows(rows: &[String]) -> Value<'_> {
    Value::List(
        rows.iter()
            .filter(|row| !row.trim().is_empty())
            .map(Value::text)
            .collect(),
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A restaurant of this locale.
    pub(crate) fn business(locale: &str) -> Business {
        Business {
            name: "Rosa".into(),
            address: Vec::new(),
            phone: None,
            tax_id: None,
            time_zone: "UTC".into(),
            locale: locale.into(),
            second_locale: None,
            currency: "EUR".into(),
            minor_digits: None,
            logo: None,
            standby: true,
            alarm_webhook: None,
        }
    }
}
