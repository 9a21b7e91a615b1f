//! Orders as they are stored and compared: texts normalized, sizes bounded. What needs no menu. Pure.

use api::{
    Code,
    order::{Customer, NewLine, NewOrder},
};

use crate::{
    refusal::{Refusal, no},
    text::{identifying, note, required_text, single_row, within},
};

pub(super) const MAX_LINES: usize = 200;
const MAX_OPTIONS: usize = 50;
const MAX_UNIT: usize = 8;
const MAX_NAME: usize = 200;
const MAX_NOTE: usize = 2_000;
const MAX_REFERENCE: usize = 100;
const MAX_ADDRESS_ROWS: usize = 10;
/// Characters of all texts of an order together: some metres of paper. Tickets have limits of their own.
const MAX_TEXT: usize = 20_000;

/// Normalizes every text of an order. What is blank is not there.
///
/// # Errors
/// When a text or a list is longer than an order has room for.
pub(super) fn normalize(new: NewOrder) -> Result<NewOrder, Refusal> {
    let NewOrder {
        reference,
        reference_scope,
        channel,
        kind,
        promised_at,
        customer,
        table,
        note,
        lines,
        payment,
        delivery_fee,
    } = new;
    if lines.is_empty() {
        return Err(invalid("lines", "an order has at least one line"));
    }
    if lines.len() > MAX_LINES {
        let message = format!("an order has at most {MAX_LINES} lines");
        return Err(invalid("lines", message));
    }
    let lines = lines
        .into_iter()
        .enumerate()
        .map(|(n, line)| normalize_line(line, &format!("lines[{n}]")))
        .collect::<Result<Vec<_>, _>>()?;
    let order = NewOrder {
        reference: reference.map(|text| named(&text)).transpose()?,
        reference_scope,
        channel,
        kind,
        promised_at,
        customer: normalize_customer(customer)?,
        table: row(table, "table")?,
        note: notes(note, "note")?,
        lines,
        payment,
        delivery_fee,
    };
    let length = length(&order);
    if length > MAX_TEXT {
        let message = format!(
            "the texts of this order have {length} characters together and at most {MAX_TEXT} are taken; make the notes shorter"
        );
        return Err(no(Code::Invalid, message));
    }
    Ok(order)
}

fn named(reference: &str) -> Result<String, Refusal> {
    let reference = required_text(reference, MAX_REFERENCE, "reference")?;
    if identifying(&reference).is_empty() {
        return Err(invalid(
            "reference",
            "reference has no character that is seen",
        ));
    }
    Ok(reference)
}

fn normalize_line(line: NewLine, at: &str) -> Result<NewLine, Refusal> {
    if line.options.len() > MAX_OPTIONS {
        return Err(invalid(
            format!("{at}.options"),
            format!("a line has at most {MAX_OPTIONS} options"),
        ));
    }
    let options = line
        .options
        .iter()
        .enumerate()
        .map(|(n, name)| within(single_row(name), MAX_NAME, &format!("{at}.options[{n}]")))
        .collect::<Result<_, _>>()?;
    Ok(NewLine {
        options,
        unit: unit(line.unit, &format!("{at}.unit"))?,
        note: notes(line.note, &format!("{at}.note"))?,
        ..line
    })
}

/// A digit in it would change how much there is.
fn unit(text: Option<String>, field: &str) -> Result<Option<String>, Refusal> {
    let unit = bounded(text.map(|text| single_row(&text)), MAX_UNIT, field)?;
    if unit
        .as_ref()
        .is_some_and(|unit| unit.chars().any(char::is_numeric))
    {
        return Err(invalid(
            field,
            "a unit has no digits; they belong to the quantity",
        ));
    }
    Ok(unit)
}

fn normalize_customer(customer: Customer) -> Result<Customer, Refusal> {
    if customer.address.len() > MAX_ADDRESS_ROWS {
        return Err(invalid(
            "customer.address",
            format!("an address has at most {MAX_ADDRESS_ROWS} rows"),
        ));
    }
    let mut address = Vec::with_capacity(customer.address.len());
    for (n, text) in customer.address.into_iter().enumerate() {
        address.extend(row(Some(text), &format!("customer.address[{n}]"))?);
    }
    Ok(Customer {
        name: row(customer.name, "customer.name")?,
        phone: row(customer.phone, "customer.phone")?,
        address,
    })
}

fn row(text: Option<String>, field: &str) -> Result<Option<String>, Refusal> {
    bounded(text.map(|text| single_row(&text)), MAX_NAME, field)
}

fn notes(text: Option<String>, field: &str) -> Result<Option<String>, Refusal> {
    bounded(text.map(|text| note(&text)), MAX_NOTE, field)
}

fn bounded(text: Option<String>, max: usize, field: &str) -> Result<Option<String>, Refusal> {
    text.filter(|text| !text.is_empty())
        .map(|text| within(text, max, field))
        .transpose()
}

fn length(order: &NewOrder) -> usize {
    let customer = &order.customer;
    let notes = order.lines.iter().map(|line| &line.note);
    [&order.table, &order.note, &customer.name, &customer.phone]
        .into_iter()
        .chain(notes)
        .flatten()
        .chain(&customer.address)
        .map(|text| text.chars().count())
        .sum()
}

fn invalid(field: impl Into<String>, message: impl Into<String>) -> Refusal {
    no(Code::Invalid, message).at(field)
}
