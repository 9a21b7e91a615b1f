//! How much paper people's text may take. What is cut is counted on the paper; the order on the screen has it in full.

use smallvec::SmallVec;

use super::room::{CellLine, Room};
use super::{Line, TextLine, wrap};
use crate::document::{Author, Run, Span, Style, Wrap};
use crate::words::{self, Words};

/// Rows of each field that print whatever else is on the ticket: the first words of a note about an allergy.
const ALWAYS: usize = 3;
/// Rows of one field.
const MOST_OF_FIELD: usize = 24;
/// Rows of a ticket beyond the first three of their fields.
const MOST_BEYOND: usize = 300;
/// Rows of a ticket, high letters counted by their height: 19 m. From there on options and empty rows are left out; dishes,
/// the first rows of their notes, and amounts are not.
const MOST_HEIGHT: u32 = 5_000;

/// What is left of a ticket.
pub(super) struct Limits {
    words: &'static Words,
    beyond: usize,
    height: u32,
    left_out: usize,
}

impl Limits {
    pub(super) fn of(locale: &str) -> Self {
        Limits {
            words: words::of(locale),
            beyond: MOST_BEYOND,
            height: MOST_HEIGHT,
            left_out: 0,
        }
    }

    /// Cuts the lines of a field of people's.
    pub(super) fn field(&mut self, lines: &mut SmallVec<[CellLine<'_>; 1]>, width: u32) {
        let Some(more) = lines.len().checked_sub(ALWAYS).filter(|more| *more > 0) else {
            return;
        };
        let beyond = more.min(MOST_OF_FIELD - ALWAYS).min(self.beyond);
        self.beyond -= beyond;
        // What says so takes up to two rows itself.
        if more - beyond > 2 {
            lines.truncate(ALWAYS + beyond);
            lines.extend(self.said(more - beyond, width));
        }
    }

    /// Whether an option or an empty row of this height prints.
    pub(super) fn takes(&mut self, lines: usize, height: u32) -> bool {
        let takes = height <= self.height;
        if !takes {
            self.height = 0;
            self.left_out += lines;
        }
        takes
    }

    /// A row printed.
    pub(super) fn spend(&mut self, height: u32) {
        self.height = self.height.saturating_sub(height);
    }

    /// Adds a row that counts what was left out since this was asked last, where anything was.
    pub(super) fn say_left_out(&mut self, width: u32, lines: &mut Vec<Line<'_>>) {
        let rows = std::mem::take(&mut self.left_out);
        if rows > 0 {
            let said = self.said(rows, width).into_iter();
            lines.extend(said.map(|line| Line::Text(TextLine::across(line.spans, width))));
        }
    }

    fn said<'d>(&self, rows: usize, width: u32) -> SmallVec<[CellLine<'d>; 1]> {
        let style = Style {
            bold: true,
            ..Style::default()
        };
        owned_lines(
            &words::filled(self.words.more_rows, &rows.to_string()),
            style,
            width,
        )
    }
}

/// Lines of text that is in no document.
pub(super) fn owned_lines<'d>(text: &str, style: Style, width: u32) -> SmallVec<[CellLine<'d>; 1]> {
    let run = Run {
        from: 0,
        to: text.len(),
        style,
        author: Author::House,
        breaks: false,
    };
    let room = Room {
        width,
        row: width,
        small: 0,
        wrap: Wrap::Words,
        amounts: false,
        preceded: false,
    };
    let mut made = SmallVec::new();
    // Nothing but a letter that is wider than the column has no room.
    if wrap::lines(text, &[run], room, &mut made).is_err() {
        made.clear();
    }
    let owned = |span: Span<'_>| Span {
        text: span.text.into_owned().into(),
        style: span.style,
    };
    made.into_iter()
        .map(|line| CellLine {
            spans: line.spans.into_iter().map(owned).collect(),
            stand: line.stand,
        })
        .collect()
}
