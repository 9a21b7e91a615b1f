//! The dishes of a ticket: which of the order's lines it has, and what became of them since the last revision.

use std::collections::BTreeSet;

use api::{Order, Quantity, TicketKind, order::Line};

use super::{Column, Ticket, money::Amounts};
use crate::{
    difference::{LineChange, has_same_options, lines, unit},
    mustache::Value,
};

/// What became of a dish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change<'a> {
    /// There is no earlier revision to compare with.
    Unknown,
    Same,
    Added,
    Removed,
    /// From this.
    Changed(&'a Line),
}

impl Change<'_> {
    pub(super) fn is_change(&self) -> bool {
        matches!(self, Change::Added | Change::Removed | Change::Changed(_))
    }

    pub(super) fn is_same(&self) -> bool {
        *self == Change::Same
    }
}

/// The dishes of a ticket, in the order of the order; those that are gone come last.
#[derive(Debug)]
pub struct Dishes<'a> {
    dishes: Vec<(&'a Line, Change<'a>)>,
}

impl<'a> Dishes<'a> {
    /// Those that the ticket asks for.
    ///
    /// # Errors
    /// The id of a line that the order does not have.
    pub fn of(ticket: &Ticket<'a>) -> Result<Self, u32> {
        let before: &'a [Line] = ticket.before.map_or(&[], |before| &before.lines);
        let here = wanted(ticket)?;
        let earlier: Vec<&'a Line> = before.iter().collect();
        // Of an order that is new to whoever reads this ticket, nothing is.
        let changes = match ticket.before {
            Some(_) => lines(&earlier, &here),
            None => Vec::new(),
        };
        let change = |line: &'a Line| {
            if ticket.before.is_none() {
                return Change::Unknown;
            }
            let change = changes.iter().find_map(|change| match change {
                LineChange::Added(now) => std::ptr::eq(*now, line).then_some(Change::Added),
                LineChange::Changed { before, after } => (std::ptr::eq(*after, line)
                    && change.concerns_kitchen())
                .then_some(Change::Changed(before)),
                LineChange::Removed(_) => None,
            });
            // As far as those who make it care; a price alone changes nothing for them.
            change.unwrap_or(Change::Same)
        };
        let dishes: Vec<_> = here.into_iter().map(|line| (line, change(line))).collect();
        let gone = changes.iter().filter_map(|change| match change {
            LineChange::Removed(line) => Some((*line, Change::Removed)),
            LineChange::Added(_) | LineChange::Changed { .. } => None,
        });
        let dishes = match ticket.name.kind {
            // What the kitchen has is taken back, whatever this revision would have made of it.
            TicketKind::Void if !before.is_empty() => {
                before.iter().map(|line| (line, Change::Removed)).collect()
            }
            TicketKind::Change => dishes.into_iter().chain(gone).collect(),
            TicketKind::Void
            | TicketKind::Receipt
            | TicketKind::Kitchen
            | TicketKind::Delivery
            | TicketKind::Summary
            | TicketKind::Test
            | TicketKind::Plain => dishes,
        };
        Ok(Dishes { dishes })
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = &Change<'a>> {
        self.dishes.iter().map(|(_, change)| change)
    }

    /// Lines of the order that are not on this ticket.
    pub(super) fn elsewhere(&self, order: &Order) -> usize {
        let here = self
            .dishes
            .iter()
            .filter(|(_, change)| *change != Change::Removed);
        order.lines.len().saturating_sub(here.count())
    }

    pub(super) fn widest_quantity(&self) -> usize {
        let lines = self.dishes.iter();
        let widths = lines.map(|(line, _)| Amounts::quantity_width(line.quantity));
        widths.max().unwrap_or(1)
    }

    pub(super) fn items(&self, column: &mut Column) -> Vec<Value<'a>> {
        let dishes = self.dishes.iter().enumerate();
        dishes
            .map(|(index, (line, change))| item(line, *change, index == 0, column))
            .collect()
    }

    /// The same items by station, in the order in which the stations come first; those that no station makes come last.
    pub(super) fn stations(&self, items: &[Value<'a>]) -> Value<'a> {
        let mut stations: Vec<(Option<&'a str>, Vec<Value<'a>>)> = Vec::new();
        for ((line, _), item) in self.dishes.iter().zip(items) {
            let station = line.station.as_deref();
            let place = stations.iter().position(|(known, _)| *known == station);
            let place = place.unwrap_or_else(|| {
                stations.push((station, Vec::new()));
                stations.len() - 1
            });
            let items = &mut stations[place].1;
            let mut item = item.clone();
            if let Value::Map(fields) = &mut item {
                for field in fields.iter_mut().filter(|(name, _)| *name == "first") {
                    field.1 = Value::Bool(items.is_empty());
                }
            }
            items.push(item);
        }
        stations.sort_by_key(|(station, _)| station.is_none());
        let several = stations.len() > 1;
        let station = |(name, items): (Option<&'a str>, Vec<Value<'a>>)| {
            Value::map([
                ("name", Value::optional_row(name)),
                ("heading", Value::optional_row(name.filter(|_| several))),
                ("items", Value::List(items)),
            ])
        };
        Value::List(stations.into_iter().map(station).collect())
    }
}

/// The lines of the order that the ticket asks for, in the order of the order, each once.
fn wanted<'a>(ticket: &Ticket<'a>) -> Result<Vec<&'a Line>, u32> {
    let lines = &ticket.order.lines;
    let Some(wanted) = ticket.lines else {
        return Ok(lines.iter().collect());
    };
    let known: BTreeSet<u32> = lines.iter().map(|line| line.id).collect();
    if let Some(unknown) = wanted.iter().find(|id| !known.contains(id)) {
        return Err(*unknown);
    }
    let wanted: BTreeSet<u32> = wanted.iter().copied().collect();
    let lines = lines.iter().filter(|line| wanted.contains(&line.id));
    Ok(lines.collect())
}

fn note(line: &Line) -> Option<&str> {
    let note = line.note.as_deref().map(str::trim);
    note.filter(|note| !note.is_empty())
}

fn item<'a>(line: &'a Line, change: Change<'a>, first: bool, column: &mut Column) -> Value<'a> {
    let options = line.options.iter().map(|option| {
        let price = match option.price.minor {
            0 => Value::Nothing,
            _ => column.aside(&option.price),
        };
        Value::map([("name", Value::row(&option.name)), ("price", price)])
    });
    let options = Value::List(options.collect());
    let was = match change {
        Change::Changed(was) => was_value(was, line, column),
        Change::Unknown | Change::Same | Change::Added | Change::Removed => Value::Nothing,
    };
    Value::map([
        ("quantity", Value::text(column.quantity(line))),
        ("unit", Value::optional_row(line.unit.as_deref())),
        ("name", Value::row(&line.name)),
        ("total", column.amount(&line.total)),
        ("options", options),
        ("note", Value::optional_note(line.note.as_deref())),
        ("first", Value::Bool(first)),
        ("many", Value::Bool(line.quantity != Quantity::ONE)),
        ("unit_price", column.aside(&line.unit_price)),
        ("station", Value::optional_row(line.station.as_deref())),
        ("added", Value::Bool(change == Change::Added)),
        ("removed", Value::Bool(change == Change::Removed)),
        ("changed", Value::Bool(matches!(change, Change::Changed(_)))),
        ("same", Value::Bool(change.is_same())),
        ("was", was),
    ])
}

/// Only what is different now.
fn was_value<'a>(was: &'a Line, now: &Line, column: &Column) -> Value<'a> {
    let differs = |differs: bool, value: Value<'a>| if differs { value } else { Value::Nothing };
    let counted = was.quantity != now.quantity || unit(was) != unit(now);
    let options = was.options.iter().map(|option| Value::row(&option.name));
    let options = Value::List(options.collect());
    Value::map([
        (
            "quantity",
            differs(counted, Value::text(column.quantity(was))),
        ),
        (
            "unit",
            differs(counted, Value::optional_row(was.unit.as_deref())),
        ),
        ("name", differs(was.name != now.name, Value::row(&was.name))),
        (
            "note",
            differs(
                note(was) != note(now),
                Value::optional_note(was.note.as_deref()),
            ),
        ),
        ("options", differs(!has_same_options(was, now), options)),
    ])
}
