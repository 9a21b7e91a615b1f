//! Validation of orders that come in: checked against the menu, with names, prices and stations copied from it. Pure.

use api::{
    Code, Money, Quantity,
    menu::{Item, Menu},
    order::{Channel, Customer, Line, LineOption, NewLine, NewOrder, OrderKind, Payment, Totals},
};
use jiff::Timestamp;

use crate::{
    refusal::{Refusal, no},
    text::single_row,
};

const MAX_QUANTITY: Quantity = Quantity::whole(999);
/// The largest whole number that every JSON reader keeps (RFC 8259, 6).
const MAX_AMOUNT: i64 = (1 << 53) - 1;

/// The validated content of an order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Content {
    pub channel: Channel,
    pub kind: OrderKind,
    pub promised_at: Option<Timestamp>,
    pub customer: Customer,
    pub table: Option<String>,
    pub note: Option<String>,
    pub lines: Vec<Line>,
    /// The greatest line id that this order has ever had.
    pub last_line: u32,
    pub totals: Totals,
    pub payment: Payment,
}

/// The lines of the revision before, none for a new order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before<'a> {
    pub lines: &'a [Line],
    pub last_line: u32,
}

/// Checks a normalized order against the menu. Lines that were in the revision before keep their id, and the name, price
/// and station of their intake, whatever the menu says now.
pub(super) fn check(
    new: NewOrder,
    before: Before<'_>,
    menu: &Menu,
    currency: &str,
) -> Result<Content, Refusal> {
    let mut last_line = before.last_line;
    let mut lines = Vec::with_capacity(new.lines.len());
    for (n, (line, kept)) in new
        .lines
        .iter()
        .zip(kept(&new.lines, before.lines))
        .enumerate()
    {
        let at = format!("lines[{n}]");
        let dish = match kept {
            Some(kept) => kept.clone(),
            None => {
                last_line += 1;
                of_menu(line, last_line, menu, &at)?
            }
        };
        lines.push(ordered(dish, line, currency, &at)?);
    }
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
        channel: new.channel,
        kind: new.kind,
        promised_at: new.promised_at,
        customer: new.customer,
        table: new.table,
        note: new.note,
        lines,
        last_line,
        totals: Totals {
            subtotal,
            delivery_fee,
            total,
        },
        payment: new.payment,
    })
}

/// For each new line the line before that it keeps: the same dish with the same options and note, else one with another
/// note.
fn kept<'a>(new: &[NewLine], before: &'a [Line]) -> Vec<Option<&'a Line>> {
    let mut free: Vec<&Line> = before.iter().collect();
    let mut kept = vec![None; new.len()];
    for compare_notes in [true, false] {
        for (line, kept) in new.iter().zip(&mut kept) {
            if kept.is_none() {
                let is_same = |old: &&Line| {
                    is_same_dish(old, line) && (!compare_notes || old.note == line.note)
                };
                *kept = free.iter().position(is_same).map(|at| free.remove(at));
            }
        }
    }
    kept
}

fn is_same_dish(old: &Line, new: &NewLine) -> bool {
    let mut before: Vec<_> = old.options.iter().map(|option| &option.name).collect();
    let mut now: Vec<_> = new.options.iter().collect();
    before.sort();
    now.sort();
    old.item_id == new.item_id && before == now
}

/// A line as the menu has its dish today.
fn of_menu(line: &NewLine, id: u32, menu: &Menu, at: &str) -> Result<Line, Refusal> {
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
    let options = line
        .options
        .iter()
        .enumerate()
        .map(|(n, name)| option(item, name, &format!("{at}.options[{n}]")))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Line {
        id,
        item_id: item.id,
        name: single_row(&item.name),
        quantity: Quantity::ONE,
        unit: None,
        unit_price: item.price.clone(),
        options,
        note: None,
        station: item.station.clone(),
        total: item.price.clone(),
    })
}

/// The dish in the quantity and with the note of this revision.
fn ordered(dish: Line, line: &NewLine, currency: &str, at: &str) -> Result<Line, Refusal> {
    let quantity = line.quantity;
    if quantity.thousandths() <= 0 || quantity > MAX_QUANTITY {
        return Err(invalid(
            format!("{at}.quantity"),
            format!("{quantity} of a dish: a quantity is more than 0 and at most {MAX_QUANTITY}"),
        ));
    }
    let total = dish
        .options
        .iter()
        .try_fold(dish.unit_price.clone(), |sum, option| {
            sum.checked_add(&option.price)
        })
        .and_then(|one| quantity.cost(&one))
        .filter(|total| total.currency == currency && is_payable(total))
        .ok_or_else(|| too_much(at))?;
    Ok(Line {
        quantity,
        unit: line.unit.clone(),
        note: line.note.clone(),
        total,
        ..dish
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
