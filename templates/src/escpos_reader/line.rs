//! The line that is being set: characters and pictures side by side until something prints it.

use super::command::{Align, Font, Picture};
use unicode_width::UnicodeWidthChar;

/// How characters look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Which of the printer's own characters.
    pub font: Font,
    /// Dots of one of them, before scaling.
    pub cell: (u32, u32),
    /// Emphasised or struck twice: the same on paper.
    pub bold: bool,
    /// Dots of underline, 0 = none.
    pub underline: u8,
    /// Times as wide, 1..=8.
    pub width: u8,
    /// Times as high, 1..=8.
    pub height: u8,
    /// White on black.
    pub inverse: bool,
    /// Free dots at the right of each character, before scaling.
    pub spacing: u8,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            font: Font::A,
            cell: Font::A.cell(),
            bold: false,
            underline: 0,
            width: 1,
            height: 1,
            inverse: false,
            spacing: 0,
        }
    }
}

impl Style {
    /// Dots that a character takes in the line: two cells for those of East Asia.
    pub fn advance(&self, character: char) -> u32 {
        let cells = u32::from(character.width().unwrap_or(1) > 1) + 1;
        (self.cell.0 * cells + u32::from(self.spacing)) * u32::from(self.width)
    }

    /// Dots from top to bottom.
    pub fn rise(&self) -> u32 {
        self.cell.1 * u32::from(self.height)
    }
}

/// One thing on a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Dots from the left edge of the paper.
    pub x: u32,
    /// Dots.
    pub width: u32,
    /// Dots.
    pub height: u32,
    /// What it is.
    pub ink: Ink,
}

/// What can stand on a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ink {
    /// Characters of one style.
    Text(String, Style),
    /// Dots.
    Picture(Picture),
    /// A code: what it is, what it says, its modules as rows of packed dots already in their size.
    Code {
        /// "QR", "Code 128"…
        name: &'static str,
        /// What a scanner would say.
        says: String,
        /// The dots; none when the code could not be made, and then only its name is shown.
        dots: Option<Picture>,
    },
}

/// Pieces waiting to be printed; `x` counts from the left margin.
#[derive(Debug, Default)]
pub(super) struct Line {
    pieces: Vec<Piece>,
    cursor: u32,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn cursor(&self) -> u32 {
        self.cursor
    }

    pub(super) fn move_to(&mut self, x: u32) {
        self.cursor = x;
    }

    /// Has one more character room in front of the right edge?
    pub(super) fn has_room(&self, advance: u32, right: u32) -> bool {
        self.cursor + advance <= right || self.pieces.is_empty() && self.cursor == 0
    }

    pub(super) fn put_char(&mut self, character: char, style: Style) {
        let advance = if character.width() == Some(0) {
            0
        } else {
            style.advance(character)
        };
        let cursor = self.cursor;
        self.cursor += advance;
        if let Some(Piece {
            x,
            width,
            ink: Ink::Text(text, last),
            ..
        }) = self.pieces.last_mut()
            && *last == style
            && *x + *width == cursor
        {
            text.push(character);
            *width += advance;
            return;
        }
        let ink = Ink::Text(character.to_string(), style);
        self.pieces.push(Piece {
            x: cursor,
            width: advance,
            height: style.rise(),
            ink,
        });
    }

    pub(super) fn put(&mut self, width: u32, height: u32, ink: Ink) {
        self.pieces.push(Piece {
            x: self.cursor,
            width,
            height,
            ink,
        });
        self.cursor += width;
    }

    /// Empties the line: its pieces, placed on the paper by alignment.
    pub(super) fn take(&mut self, align: Align, margin: u32, room: u32) -> Vec<Piece> {
        let end = self
            .pieces
            .iter()
            .map(|piece| piece.x + piece.width)
            .max()
            .unwrap_or(0);
        let free = room.saturating_sub(end);
        let shift = margin
            + match align {
                Align::Left => 0,
                Align::Center => free / 2,
                Align::Right => free,
            };
        self.cursor = 0;
        let mut pieces = std::mem::take(&mut self.pieces);
        for piece in &mut pieces {
            piece.x += shift;
        }
        pieces
    }
}
