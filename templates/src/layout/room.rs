//! The room that a column has for its text, and the lines that come of it.

use super::Spans;
use crate::document::{Align, Author, Font, Span, Style, Wrap};

/// The room for text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Cells.
    pub(super) width: u32,
    /// Cells of the whole row, for what has no room in its column.
    pub(super) row: u32,
    /// Cells of the paper in small letters; none where the row has to keep its own.
    pub(super) small: u32,
    pub(super) wrap: Wrap,
    /// A column of amounts among others: there a broken number would be a wrong one.
    pub(super) amounts: bool,
    /// Something of ours stands before it in the same row of paper.
    pub(super) preceded: bool,
}

/// A line of a column's text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CellLine<'t> {
    pub(super) spans: Spans<'t>,
    pub(super) stand: Stand,
}

/// Where a line of a column stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stand {
    /// In its column, beside the others.
    #[default]
    Column,
    /// Across the row, below what stands before it.
    Row(Align, Font),
}

impl<'t> From<Spans<'t>> for CellLine<'t> {
    fn from(spans: Spans<'t>) -> Self {
        CellLine {
            spans,
            stand: Stand::Column,
        }
    }
}

/// What stands before people's text where a row of paper would begin with it. Nothing of ours begins so.
pub(super) fn lead<'t>(author: Author, style: Style) -> Span<'t> {
    let text = if author == Author::Note { "! " } else { "> " };
    Span {
        text: text.into(),
        style: Style { wide: 1, ..style },
    }
}

/// Cells of it.
pub(super) const LEAD_WIDTH: u32 = 2;
