//! A piece of paper that came out: as text for those who read it, as dots for those who look at it.

use super::command::Picture;
use super::line::{Ink, Piece};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// Dots of a character cell of font A: the columns of the text.
const COLUMN: u32 = 12;

/// One row of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Dots from this row to the next.
    pub height: u32,
    /// Printed upside down.
    pub upside_down: bool,
    /// Ended by a line feed or by something that stands on its own; false for paper that was only moved.
    pub is_line: bool,
    /// What stands on it.
    pub pieces: Vec<Piece>,
}

/// What came out between two cuts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    dots: u32,
    rows: Vec<Row>,
    cut: Option<bool>,
}

impl Paper {
    pub(super) fn new(dots: u32, rows: Vec<Row>, cut: Option<bool>) -> Self {
        Self { dots, rows, cut }
    }

    /// Its width.
    pub fn dots(&self) -> u32 {
        self.dots
    }

    /// From top to bottom.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How it was cut: partly (true), through (false), or not at all.
    pub fn cut(&self) -> Option<bool> {
        self.cut
    }

    /// Dots from the first row to the last.
    pub fn height(&self) -> u32 {
        self.rows.iter().map(|row| row.height).sum()
    }

    /// As a person reads it: one line each, columns kept by spaces, pictures and codes in brackets.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut rows = self.rows.iter().filter(|row| row.is_line).peekable();
        while let Some(row) = rows.next() {
            if let Some(first) = band(row) {
                // Long pictures are sent in bands; on the paper they are one.
                let mut height = first.height * first.scale_y;
                while let Some(next) = rows.peek().and_then(|next| band(next)) {
                    if next.width * next.scale_x != first.width * first.scale_x {
                        break;
                    }
                    height += next.height * next.scale_y;
                    rows.next();
                }
                let _ = writeln!(text, "[picture {}x{height}]", first.width * first.scale_x);
                continue;
            }
            text.push_str(line(row).trim_end());
            text.push('\n');
        }
        text
    }
}

/// The picture of a row that has nothing else.
fn band(row: &Row) -> Option<&Picture> {
    match row.pieces.as_slice() {
        [
            Piece {
                ink: Ink::Picture(picture),
                ..
            },
        ] => Some(picture),
        [..] => None,
    }
}

fn line(row: &Row) -> String {
    let mut line = String::new();
    for piece in &row.pieces {
        let column = (piece.x / COLUMN) as usize;
        let free = column.saturating_sub(line.width());
        line.extend(std::iter::repeat_n(' ', free));
        match &piece.ink {
            Ink::Text(text, _) => line.push_str(text),
            Ink::Picture(_) => {
                let _ = write!(line, "[picture {}x{}]", piece.width, piece.height);
            }
            Ink::Code { name, says, .. } => {
                let _ = write!(line, "[{name} {says}]");
            }
        }
    }
    line
}
