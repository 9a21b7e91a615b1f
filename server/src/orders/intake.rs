//! Validation of orders that come in: checked against the menu, with names, prices and stations copied from it. Pure.

use api::{
    Code, Money,
    menu::{Item, Menu},
    order::{Channel, Customer, Line, LineOption, NewLine, NewOrder, OrderKind, Payment, Totals},
};
use jiff::Timestamp;

use crate::{
    refusal::{Refusal, no},
    text::single_row,
};

const MAX_QUANTITY: i64 = 999;
/// The largest whole number that every JSON reader keeps (RFC 8259, 6).
const MAX_AMOUNT: i64 = (1 << 53) - 1;

/// The validated content of an order, before it has a number and its lines have ids.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Content {
    pub reference: Option<String>,
    pub channel: Channel,
    pub kind: OrderKind,
    pub promised_at: Option<Timestamp>,
    pub customer: Customer,
    pub table: Option<String>,
    pub note: Option<String>,
    /// Their ids are still 0: see [`assign_line_ids`].
    pub lines: Vec<Line>,
    pub totals: Totals,
    pub payment: Payment,
}

/// Checks a normalized order against the menu.
pub(super) fn check(new: NewOrder, menu: &Menu, currency: &str) -> Result<Content, Refusal> {
    let lines = new
        .lines
        .iter()
        .enumerate()
        .map(|(n, line)| check_line(line, menu, currency, &format!("lines[{n}]")))
        .collect::<Result<Vec<_>, _>>()?;
    let subtotal = lines
        .iter()
        .try_fold(Money::new(0, currency), |sum, line| {
            sum.checked_add(&line.total)
        })
        .filter(is_payable)
        .ok_or_else(|| too_much("lines"))?;
    let delivery_fee = new
        .delivery_fee
        .map(|minor| {
            if minor < 0 {
                return Err(invalid("delivery_fee", "a fee is 0 or more"));
            }
            Ok(Money::new(minor, currency))
        })
        .transpose()?;
    let total = delivery_fee
        .iter()
        .try_fold(subtotal.clone(), |sum, fee| sum.checked_add(fee))
        .filter(is_payable)
        .ok_or_else(|| too_much("delivery_fee"))?;
    Ok(Content {
        reference: new.reference,
        channel: new.channel,
        kind: new.kind,
        promised_at: new.promised_at,
        customer: new.customer,
        table: new.table,
        note: new.note,
        lines,
        totals: Totals {
            subtotal,
            delivery_fee,
            total,
        },
        payment: new.payment,
    })
}

/// Assigns line ids: the id that the same dish with the same options had before, else the next that no line of this
/// order has ever had. Returns the greatest id assigned so far.
pub(super) fn assign_line_ids(lines: &mut [Line], before: &[Line], last: u32) -> u32 {
    let mut free: Vec<&Line> = before.iter().collect();
    let mut last = last;
    for line in lines {
        let same = free.iter().position(|old| is_same(old, line));
        line.id = match same {
            Some(at) => free.remove(at).id,
            None => {
                last += 1;
                last
            }
        };
    }
    last
}

fn is_same(a: &Line, b: &Line) -> bool {
    let names = |line: &Line| {
        let mut names: Vec<_> = line.options.iter().map(|o| o.name.clone()).collect();
        names.sort();
        names
    };
    a.item_id == b.item_id && names(a) == names(b)
}

fn check_line(line: &NewLine, menu: &Menu, currency: &str, at: &str) -> Result<Line, Refusal> {
    let item = menu
        .items
        .iter()
        .find(|item| item.id == line.item_id)
        .ok_or_else(|| {
            invalid(
                format!("{at}.item_id"),
                "there is no such dish on the menu; GET /api/v1/menu has the ids",
            )
        })?;
    if !(1..=MAX_QUANTITY).contains(&line.quantity) {
        return Err(invalid(
            format!("{at}.quantity"),
            format!(
                "{} of a dish: a quantity is 1 to {MAX_QUANTITY}",
                line.quantity
            ),
        ));
    }
    let options = line
        .options
        .iter()
        .enumerate()
        .map(|(n, name)| option(item, name, &format!("{at}.options[{n}]")))
        .collect::<Result<Vec<_>, _>>()?;
    let quantity = u32::try_from(line.quantity).map_err(|_| too_much(at))?;
    let total = options
        .iter()
        .try_fold(item.price.clone(), |sum, option| {
            sum.checked_add(&option.price)
        })
        .and_then(|one| one.checked_mul(quantity))
        .filter(|total| total.currency == currency && is_payable(total))
        .ok_or_else(|| too_much(at))?;
    Ok(Line {
        id: 0,
        item_id: item.id,
        name: single_row(&item.name),
        quantity,
        unit_price: item.price.clone(),
        options,
        note: line.note.clone(),
        station: item.station.clone(),
        total,
    })
}

fn option(item: &Item, name: &str, at: &str) -> Result<LineOption, Refusal> {
    item.options
        .iter()
        .find(|option| single_row(&option.name) == name)
        .map(|option| LineOption {
            name: single_row(&option.name),
            price: option.price.clone(),
        })
        .ok_or_else(|| invalid(at, format!("{} has no option {name:?}", item.name)))
}

fn is_payable(amount: &Money) -> bool {
    (-MAX_AMOUNT..=MAX_AMOUNT).contains(&amount.minor)
}

fn too_much(field: &str) -> Refusal {
    invalid(
        field,
        "the amount is too large, or in another currency than the restaurant's",
    )
}

fn invalid(field: impl Into<String>, message: impl Into<String>) -> Refusal {
    no(Code::Invalid, message).at(field)
}
