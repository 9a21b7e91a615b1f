//! A piece of paper that came out: as text for those who read it, as dots for those who look at it.

use super::command::{Font, Picture, PictureKind};
use super::line::{Ink, Piece};
use crate::bitmap::Bitmap;
use std::{borrow::Cow, fmt::Write as _};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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
    /// Dots of a character of font A: the columns of the text.
    column: u32,
    rows: Vec<Row>,
    cut: Option<bool>,
}

impl Paper {
    pub(super) fn new((dots, column): (u32, u32), rows: Vec<Row>, cut: Option<bool>) -> Self {
        Self {
            dots,
            column: column.max(1),
            rows,
            cut,
        }
    }

    /// A paper that came as a picture instead of commands, dot by dot.
    pub fn of_picture(picture: &Bitmap, cut: Option<bool>) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let dots = Picture {
            width,
            height,
            scale_x: 1,
            scale_y: 1,
            kind: PictureKind::Rows,
            data: picture.bits().into(),
        };
        let row = Row {
            height,
            upside_down: false,
            is_line: true,
            pieces: vec![Piece {
                x: 0,
                width,
                height,
                ink: Ink::Picture(dots),
            }],
        };
        Self::new((width, Font::A.cell().0), vec![row], cut)
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
            text.push_str(line(row, self.column).trim_end());
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

fn line(row: &Row, column: u32) -> String {
    let (mut line, mut width) = (String::new(), 0);
    let mut pieces = Cow::Borrowed(row.pieces.as_slice());
    if pieces
        .windows(2)
        .any(|pair| pair[1].x < pair[0].x + pair[0].width)
    {
        // The printer went back in the line: what came last may stand first, and its spaces cover nothing.
        let mut words: Vec<Piece> = pieces.iter().flat_map(words).collect();
        words.sort_by_key(|word| word.x);
        pieces = Cow::Owned(words);
    }
    for piece in pieces.iter() {
        let column = (piece.x / column) as usize;
        let free = column.saturating_sub(width);
        line.extend(std::iter::repeat_n(' ', free));
        let from = line.len();
        match &piece.ink {
            Ink::Text(text, _) => line.push_str(text),
            Ink::Picture(_) => {
                let _ = write!(line, "[picture {}x{}]", piece.width, piece.height);
            }
            Ink::Code { name, says, .. } => {
                let _ = write!(line, "[{name} {says}]");
            }
        }
        width += free + line.get(from..).map_or(0, UnicodeWidthStr::width);
    }
    line
}

/// A piece without the spaces in it.
fn words(piece: &Piece) -> Vec<Piece> {
    let Ink::Text(text, style) = &piece.ink else {
        return vec![piece.clone()];
    };
    let mut words: Vec<Piece> = Vec::new();
    let mut x = piece.x;
    let mut open = false;
    for character in text.chars() {
        let width = if character.width() == Some(0) {
            0
        } else {
            style.advance(character)
        };
        match words.last_mut() {
            _ if character == ' ' => open = false,
            Some(Piece {
                width: all,
                ink: Ink::Text(word, _),
                ..
            }) if open => {
                word.push(character);
                *all += width;
            }
            Some(_) | None => {
                open = true;
                words.push(Piece {
                    x,
                    width,
                    height: piece.height,
                    ink: Ink::Text(character.to_string(), *style),
                });
            }
        }
        x += width;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::{Reader, Roll};

    fn text(bytes: &[u8]) -> String {
        let (mut reader, mut roll) = (Reader::new(), Roll::new(384));
        let papers: Vec<String> = reader
            .push(bytes)
            .iter()
            .filter_map(|read| Some(roll.take(&read.what)?.text()))
            .collect();
        papers.concat()
    }

    #[test]
    fn lines_read_as_they_stand() {
        assert_eq!(
            text(b"\x1b@a\n\n b\n\x1bd\x02c\x1bd\x03\x1dV\x00"),
            "a\n\n b\n\n\nc\n\n\n"
        );
        assert_eq!(
            text(b"\x1ba\x02right\n\x1ba\x01mid\n\x1dV\x00"),
            format!("{:>32}\n{:>17}\n", "right", "mid")
        );
        assert_eq!(
            text(b"left\x1b$\xfc\x00right\n\x1dV\x00"),
            format!("left{:>22}\n", "right")
        );
        assert_eq!(text(b"a\tb\n\x1dV\x00"), "a       b\n");
        assert_eq!(
            text(b"\x1b$\x60\x00right\x1b$\x00\x00left\n\x1dV\x00"),
            "left    right\n"
        );
    }

    #[test]
    fn a_long_line_goes_on_below_as_on_the_printer() {
        assert_eq!(
            text(&[b"x".repeat(40).as_slice(), b"\n\x1dV\x00"].concat()),
            format!("{}\n{}\n", "x".repeat(32), "x".repeat(8))
        );
        assert_eq!(
            text(&[b"\x1d!\x10", b"x".repeat(17).as_slice(), b"\n\x1dV\x00"].concat()),
            format!("{}\nx\n", "x".repeat(16))
        );
    }

    #[test]
    fn characters_follow_the_page_that_was_chosen() {
        assert_eq!(
            text(b"\x1bt\x13\xd5\x81\x1bt\x10\x80\xfc\x1bt\x11\x8f\n\x1dV\x00"),
            "€ü€üП\n"
        );
        assert_eq!(
            text(b"\x1bR\x02[\x1b@[\n\x1dV\x00"),
            "[\n",
            "initializing clears the open line as well"
        );
        assert_eq!(text(b"\x1bR\x02[{~\x1bR\x00[{~\n\x1dV\x00"), "Ääß[{~\n");
    }

    #[test]
    fn pictures_and_codes_stand_in_brackets_and_bands_are_one_picture() {
        let band = b"\x1dv0\x00\x01\x00\x02\x00\x81\x42";
        let codes = b"\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0\x1dH\x02\x1dkI\x04{C\x0c\x22\x1dV\x00";
        assert_eq!(
            text(&[band.as_slice(), band, codes].concat()),
            "[picture 8x4]\n[QR hi]\n[Code 128 1234]\n1234\n"
        );
    }

    #[test]
    fn several_tickets_in_one_stream_are_several_papers() {
        let (mut reader, mut roll) = (Reader::new(), Roll::new(576));
        let reads = reader.push(b"one\n\x1dV\x00\x1dV\x00two\n\x1dV\x01three");
        let texts: Vec<String> = reads
            .iter()
            .filter_map(|read| Some(roll.take(&read.what)?.text()))
            .collect();
        assert_eq!(texts, ["one\n", "two\n"], "a cut without paper is none");
        assert!(
            roll.tear_off().is_none(),
            "what was not printed is not on the paper"
        );
    }
}
