//! What a later revision of an order changed. The screen and the paper both say it from here. Pure.

use std::collections::BTreeMap;

use api::{
    Money, Order,
    order::{Customer, Line},
};
use icu::normalizer::ComposingNormalizerBorrowed;
use jiff::Timestamp;

/// What became of a dish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineChange<'a> {
    /// It came.
    Added(&'a Line),
    /// It is there as before, but not the same in every word.
    Changed {
        /// As it was.
        before: &'a Line,
        /// As it is.
        after: &'a Line,
    },
    /// It went.
    Removed(&'a Line),
}

impl LineChange<'_> {
    /// Whether who makes the dish has to know: they do not when nothing but its price changed.
    pub fn concerns_kitchen(&self) -> bool {
        match self {
            LineChange::Added(_) | LineChange::Removed(_) => true,
            LineChange::Changed { before, after } => {
                before.quantity != after.quantity || !reads_the_same(before, after)
            }
        }
    }

    /// Whether a receipt says something else now: who makes the dish stands on none.
    pub fn concerns_receipt(&self) -> bool {
        match self {
            LineChange::Added(_) | LineChange::Removed(_) => true,
            LineChange::Changed { before, after } => {
                self.concerns_kitchen() || prices(before) != prices(after)
            }
        }
    }

    /// Whether anything but the quantity of a dish that stayed is another now. Its total follows from the rest.
    pub fn is_more_than_quantity(&self) -> bool {
        match self {
            LineChange::Added(_) | LineChange::Removed(_) => false,
            LineChange::Changed { before, after } => {
                !reads_the_same(before, after)
                    || prices(before) != prices(after)
                    || before.station != after.station
            }
        }
    }
}

/// Which facts of the whole order are others now; lines, progress (`status`) and cancellation apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Details {
    /// Where it came from.
    pub channel: bool,
    /// Pickup, delivery or eaten in.
    pub kind: bool,
    /// When it was promised.
    pub promised_at: bool,
    /// Who gets it, and where.
    pub customer: bool,
    /// The table.
    pub table: bool,
    /// The note to the whole order.
    pub note: bool,
    /// By what it is paid, or whether it is.
    pub payment: bool,
    /// What bringing it costs.
    pub delivery_fee: bool,
}

impl Details {
    /// Whether any is.
    pub fn any(&self) -> bool {
        self.concerns_kitchen()
            || self.channel
            || self.customer
            || self.payment
            || self.delivery_fee
    }

    /// Whether who makes the dishes has to know: what it is for, when, for which table, with which note.
    pub fn concerns_kitchen(&self) -> bool {
        self.kind || self.promised_at || self.table || self.note
    }
}

/// What is different between two revisions of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    /// It was taken back.
    pub cancelled: bool,
    /// It had been taken back, and no longer is.
    pub brought_back: bool,
    /// Dishes that came and that are no longer the same, as the order stands now; then those that went.
    pub lines: Vec<LineChange<'a>>,
    /// Everything else.
    pub details: Details,
}

/// The difference from one revision to a later one.
pub fn difference<'a>(before: &'a Order, after: &'a Order) -> Difference<'a> {
    let every = |order: &'a Order| order.lines.iter().collect::<Vec<_>>();
    Difference {
        cancelled: after.cancelled && !before.cancelled,
        brought_back: before.cancelled && !after.cancelled,
        lines: lines(&every(before), &every(after)),
        details: Details {
            channel: before.channel != after.channel,
            kind: before.kind != after.kind,
            promised_at: minute(before.promised_at) != minute(after.promised_at),
            customer: customer(&before.customer) != customer(&after.customer),
            table: text(before.table.as_deref()) != text(after.table.as_deref()),
            note: text(before.note.as_deref()) != text(after.note.as_deref()),
            payment: before.payment != after.payment,
            delivery_fee: before.totals.delivery_fee != after.totals.delivery_fee,
        },
    }
}

/// The difference of dishes alone, all of an order or those of one place: see [`Difference::lines`].
///
/// Lines that read the same are matched first, however they are ordered and split; what is left is matched within its
/// dish by what is nearest.
pub fn lines<'a>(before: &[&'a Line], after: &[&'a Line]) -> Vec<LineChange<'a>> {
    let mut gone = before.to_vec();
    let mut open = after.to_vec();
    let mut changed: Vec<(&Line, &Line)> = Vec::new();
    for (old, new) in same_in_all(&gone, &open) {
        changed.extend(pairs(&old, &new).filter(|(old, new)| prices(old) != prices(new)));
        gone.retain(|line| !contains(&old, line));
        open.retain(|line| !contains(&new, line));
    }
    while let Some((old, new)) = nearest(&gone, &open) {
        let change = LineChange::Changed {
            before: old,
            after: new,
        };
        if old.quantity != new.quantity || change.is_more_than_quantity() {
            changed.push((old, new));
        }
        gone.retain(|line| !std::ptr::eq(*line, old));
        open.retain(|line| !std::ptr::eq(*line, new));
    }
    let mut changes: Vec<LineChange> = after
        .iter()
        .filter_map(|line| {
            let was = changed.iter().find(|(_, now)| std::ptr::eq(*now, *line));
            match was {
                Some((before, after)) => Some(LineChange::Changed { before, after }),
                None => contains(&open, line).then_some(LineChange::Added(line)),
            }
        })
        .collect();
    changes.extend(gone.into_iter().map(LineChange::Removed));
    changes
}

/// Whether two lines read the same on a kitchen ticket, quantities apart but for what they are counted in.
pub fn reads_the_same(before: &Line, after: &Line) -> bool {
    text(Some(&before.name)) == text(Some(&after.name))
        && unit(before) == unit(after)
        && text(before.note.as_deref()) == text(after.note.as_deref())
        && options(before) == options(after)
}

/// What a line is counted in, as paper shows it.
pub(crate) fn unit(line: &Line) -> String {
    text(line.unit.as_deref())
}

/// Whether two lines have the same options, in whatever order.
pub fn has_same_options(before: &Line, after: &Line) -> bool {
    options(before) == options(after)
}

/// The lines of each group that reads the same before and after, with the same quantity in all.
fn same_in_all<'a>(before: &[&'a Line], after: &[&'a Line]) -> Vec<(Vec<&'a Line>, Vec<&'a Line>)> {
    let key = |line: &Line| {
        let note = text(line.note.as_deref());
        let station = line.station.clone();
        (
            line.item_id,
            (text(Some(&line.name)), unit(line)),
            options(line),
            note,
            station,
        )
    };
    let mut groups: BTreeMap<_, (Vec<&Line>, Vec<&Line>)> = BTreeMap::new();
    for line in before.iter().copied() {
        groups.entry(key(line)).or_default().0.push(line);
    }
    for line in after.iter().copied() {
        groups.entry(key(line)).or_default().1.push(line);
    }
    let all = |lines: &[&Line]| -> i128 {
        let each = lines
            .iter()
            .map(|line| i128::from(line.quantity.thousandths()));
        each.sum()
    };
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.retain(|(old, new)| all(old) == all(new));
    groups
}

/// Lines that read the same, each with the one that it was: of the same number, or in order.
fn pairs<'a>(
    before: &[&'a Line],
    after: &[&'a Line],
) -> impl Iterator<Item = (&'a Line, &'a Line)> {
    let first = before.first().copied();
    let known: BTreeMap<u32, &Line> = before.iter().map(|line| (line.id, *line)).collect();
    let pair = move |new: &&'a Line| Some((known.get(&new.id).copied().or(first)?, *new));
    after
        .iter()
        .filter_map(pair)
        .collect::<Vec<_>>()
        .into_iter()
}

/// The two lines of one dish that are nearest to each other.
fn nearest<'a>(before: &[&'a Line], after: &[&'a Line]) -> Option<(&'a Line, &'a Line)> {
    let mut best = None;
    for new in after.iter().copied() {
        for old in before.iter().copied() {
            if old.item_id != new.item_id {
                continue;
            }
            let near = (
                reads_the_same(old, new),
                u8::from(options(old) == options(new)) * 2
                    + u8::from(text(old.note.as_deref()) == text(new.note.as_deref())),
                old.quantity == new.quantity,
                old.id == new.id,
            );
            if best.as_ref().is_none_or(|(most, _)| near > *most) {
                best = Some((near, (old, new)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}

fn contains(lines: &[&Line], wanted: &Line) -> bool {
    lines.iter().any(|line| std::ptr::eq(*line, wanted))
}

/// A text as paper shows it: composed, without spaces around it or several in a row.
fn text(text: Option<&str>) -> String {
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(&words.join(" "))
        .into_owned()
}

fn options(line: &Line) -> Vec<String> {
    let names = line.options.iter().map(|option| text(Some(&option.name)));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn prices(line: &Line) -> (&Money, Vec<(String, i64)>) {
    let prices = line.options.iter();
    let mut prices: Vec<_> = prices
        .map(|option| (text(Some(&option.name)), option.price.minor))
        .collect();
    prices.sort();
    (&line.unit_price, prices)
}

fn customer(customer: &Customer) -> Vec<String> {
    let mut fields = vec![
        text(customer.name.as_deref()),
        text(customer.phone.as_deref()),
    ];
    let rows = customer.address.iter().map(|row| text(Some(row)));
    fields.extend(rows.filter(|row| !row.is_empty()));
    fields
}

/// Paper says no seconds.
fn minute(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.as_second().div_euclid(60))
}

#[cfg(test)]
mod tests;
