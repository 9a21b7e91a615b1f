//! What a later revision of an order changed. The screen and the paper both say it from here. Pure.

use api::{Order, order::Line};

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
                let names = |line: &Line| -> Vec<String> {
                    line.options.iter().map(|one| one.name.clone()).collect()
                };
                let note = |line: &Line| {
                    let note = line.note.as_deref().map(str::trim);
                    note.filter(|note| !note.is_empty()).map(str::to_owned)
                };
                before.quantity != after.quantity
                    || before.name != after.name
                    || note(before) != note(after)
                    || names(before) != names(after)
            }
        }
    }

    /// Whether a receipt says something else now: who makes the dish stands on none.
    pub fn concerns_receipt(&self) -> bool {
        match self {
            LineChange::Added(_) | LineChange::Removed(_) => true,
            LineChange::Changed { before, after } => {
                self.concerns_kitchen()
                    || before.unit_price != after.unit_price
                    || before.options != after.options
            }
        }
    }

    /// Whether anything but the quantity of a dish that stayed is another now. Its total follows from the rest.
    pub fn is_more_than_quantity(&self) -> bool {
        match self {
            LineChange::Added(_) | LineChange::Removed(_) => false,
            LineChange::Changed { before, after } => {
                before.name != after.name
                    || before.unit_price != after.unit_price
                    || before.options != after.options
                    || before.note != after.note
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
            promised_at: before.promised_at != after.promised_at,
            customer: before.customer != after.customer,
            table: before.table != after.table,
            note: before.note != after.note,
            payment: before.payment != after.payment,
            delivery_fee: before.totals.delivery_fee != after.totals.delivery_fee,
        },
    }
}

/// The difference of dishes alone, all of an order or those of one place: see [`Difference::lines`].
pub fn lines<'a>(before: &[&'a Line], after: &[&'a Line]) -> Vec<LineChange<'a>> {
    let mut gone = before.to_vec();
    let mut changes = Vec::new();
    for line in after.iter().copied() {
        match gone.iter().position(|old| same_dish(old, line)) {
            Some(index) => {
                let old = gone.remove(index);
                let change = LineChange::Changed {
                    before: old,
                    after: line,
                };
                if old.quantity != line.quantity || change.is_more_than_quantity() {
                    changes.push(change);
                }
            }
            None => changes.push(LineChange::Added(line)),
        }
    }
    changes.extend(gone.into_iter().map(LineChange::Removed));
    changes
}

/// The id alone is not enough: a sender may number a new dish like one that went.
pub fn same_dish(before: &Line, after: &Line) -> bool {
    before.id == after.id && before.item_id == after.item_id
}

#[cfg(test)]
mod tests;
