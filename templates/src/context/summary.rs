//! What a day brought, added up in whole minor units.

use api::{Business, Money, Order, TicketKind};
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::{Column, business_value, channel, count, kind, method, moment, shared, time::Clock};
use crate::{context::money::Amounts, mustache::Value, words};

/// The time that a summary is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

/// Amounts that cannot be added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sum of these orders is too large to be true; look for an order with a wrong amount")]
pub struct SumError;

/// Orders that have something in common, and one currency.
struct Group<'a> {
    name: &'static str,
    currency: &'a str,
    count: usize,
    minor: i64,
}

/// The context of a summary of these orders, each in its newest revision.
///
/// # Errors
/// When a sum is too large.
pub fn summary<'a>(
    business: &'a Business,
    orders: &'a [Order],
    period: Period,
) -> Result<Value<'a>, SumError> {
    let speaker = words::speaker(business);
    let words = words::of(speaker);
    let clock = Clock::of(business);
    let kept = || orders.iter().filter(|order| !order.cancelled);
    let paid = |wanted| kept().filter(move |order| order.payment.paid == wanted);
    let cancelled = orders.iter().filter(|order| order.cancelled);
    let mut sales = groups(kept(), |_| "")?;
    if sales.is_empty() {
        sales.push(Group {
            name: "",
            currency: &business.currency,
            count: 0,
            minor: 0,
        });
    }
    let mut column = Column {
        // Sums of what is whole are whole.
        amounts: Amounts::of(business, orders.iter().map(|order| &order.totals.total)),
        widest: 0,
    };
    let mut rows = |groups: Vec<Group>| {
        let rows = groups.into_iter().map(|group| {
            let count = column.amounts.count(group.count);
            Value::map([
                ("name", Value::text(group.name)),
                ("count", Value::text(count)),
                (
                    "total",
                    column.amount(&Money::new(group.minor, group.currency)),
                ),
            ])
        });
        Value::List(rows.collect())
    };
    let values = [
        ("sales", rows(sales)),
        (
            "channels",
            rows(groups(kept(), |order| channel(order.channel, words))?),
        ),
        (
            "kinds",
            rows(groups(kept(), |order| kind(order.kind, words))?),
        ),
        (
            "payments",
            rows(groups(kept(), |order| method(order.payment.method, words))?),
        ),
        ("paid", rows(groups(paid(true), |_| "")?)),
        ("unpaid", rows(groups(paid(false), |_| "")?)),
        ("cancelled", rows(groups(cancelled, |_| "")?)),
    ];
    let kind = TicketKind::Summary.word();
    let labels = [words.from, words.until].map(UnicodeWidthStr::width);
    let mut fields = vec![
        ("ticket", Value::map([("kind", Value::text(kind))])),
        ("business", business_value(business)),
        ("from", Value::map(moment(clock.at(period.from)))),
        ("until", Value::map(moment(clock.at(period.until)))),
        ("words", shared::words(speaker)),
        (
            "widths",
            Value::map([
                ("price", count(column.widest.max(1))),
                ("count", count(orders.len().max(1).ilog10() as usize + 1)),
                ("label", count(labels[0].max(labels[1]))),
            ]),
        ),
    ];
    fields.extend(values);
    Ok(Value::Map(fields))
}

/// The largest group first.
fn groups<'o>(
    orders: impl Iterator<Item = &'o Order>,
    name: impl Fn(&Order) -> &'static str,
) -> Result<Vec<Group<'o>>, SumError> {
    let mut groups: Vec<Group> = Vec::new();
    for order in orders {
        let name = name(order);
        let Money { minor, currency } = &order.totals.total;
        let known = groups
            .iter_mut()
            .find(|group| group.name == name && group.currency == currency);
        match known {
            Some(group) => {
                group.count += 1;
                group.minor = group.minor.checked_add(*minor).ok_or(SumError)?;
            }
            None => groups.push(Group {
                name,
                currency,
                count: 1,
                minor: *minor,
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.minor));
    Ok(groups)
}
