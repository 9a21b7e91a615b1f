//! ReceiptLine-compatible markup to a document. It never fails: what it cannot understand is printed as it stands or left
//! out, and becomes a note.
//!
//! Source: the public format of ReceiptLine (receiptline/receiptline on GitHub). Ours besides, which plain ReceiptLine
//! ignores:
//!
//! | property | means |
//! |---|---|
//! | `{x-mark}` | here stands "REPRINT", "COPY 2" and their like |
//! | `{x-wrap:word\|char}` | where text is broken |
//! | `{x-font:a\|b}` | which of the printer's letters |
//! | `{x-dir:auto\|ltr\|rtl}` | which way rows run |
//! | `{x-lang:TAG}` | language of the text, BCP 47; empty is that of the ticket |
//! | `{x-image:NAME}` | a picture that is stored once |
//! | `{x-dither:floyd\|atkinson\|threshold}` | how grey pictures become black and white |
//! | `{x-pdf417:DATA}`, `{x-datamatrix:DATA}` | two more codes, with the cell and level of `option` |
//! | `{x-feed:ROWS}` | empty rows, 1 to 255 |
//! | `{x-cut:full\|partial}` | the cutter |
//! | `{x-drawer}` | the cash drawer, if this pass may open it |
//! | `{x-buzzer:TIMES}` | the buzzer, 1 to 9 times |
//! | `{x-commands:on\|off}` | ReceiptLine's `{command:…}` is sent; without this it is left out |
//!
//! Settings hold from their line on until they are changed.

use std::borrow::Cow;
use std::sync::Arc;

use icu::normalizer::ComposingNormalizerBorrowed;
use smallvec::SmallVec;

use crate::document::{Align, Block, CodeLook, Cut, Direction, Dither, Document, Frame, Wrap};

mod cell;
mod line;
mod property;

/// A document, and what was odd about its markup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What was understood.
    pub document: Document,
    /// What was not, in the order of the text; at most a thousand things.
    pub notes: Vec<Note>,
}

/// Something in the markup that was left out or taken differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Counted from 1.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
    /// What, and what to write instead.
    pub what: String,
}

/// Nobody reads more, and each costs time.
const MOST_NOTES: usize = 1000;

/// Reads markup.
pub fn parse(markup: &str) -> Parsed {
    let markup = if is_composed(markup) {
        Cow::Borrowed(markup)
    } else {
        ComposingNormalizerBorrowed::new_nfc().normalize(markup)
    };
    let markup = markup.strip_prefix('\u{feff}').unwrap_or(&markup);
    let mut parser = Parser {
        document: Document::for_markup(markup.len()),
        ..Parser::default()
    };
    for line in lines(markup) {
        parser.number = parser.number.saturating_add(1);
        parser.read_line(line);
    }
    Parsed {
        document: parser.document,
        notes: parser.notes,
    }
}

/// Whether a glance tells that it is composed: all of it is below U+0300, or from the blocks of invisible marks and of
/// currencies, which compose with nothing.
fn is_composed(markup: &str) -> bool {
    let bytes = markup.as_bytes();
    bytes.is_ascii()
        || memchr::memchr_iter(0xe2, bytes).all(|at| matches!(bytes.get(at + 1), Some(0x81 | 0x82)))
            && bytes.iter().all(|byte| *byte < 0xcc || *byte == 0xe2)
}

/// CR LF, LF and CR end a line; at the very end of the text they open no empty one.
pub(crate) fn lines(markup: &str) -> impl Iterator<Item = &str> {
    let mut rest = markup;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
        let taken = match bytes.get(end..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([]) | None => 0,
            Some([..]) => 1,
        };
        let line = &rest[..end];
        rest = &rest[end + taken..];
        Some(line)
    })
}

/// What is kept from line to line.
#[derive(Default)]
struct Parser {
    document: Document,
    notes: Vec<Note>,
    number: u32,
    frame: Arc<Frame>,
    wrap: Wrap,
    code: CodeLook,
    dither: Dither,
    /// Raw commands are allowed.
    commands: bool,
}

impl Parser {
    fn read_line(&mut self, line: &str) {
        let raw: SmallVec<[line::RawColumn; 8]> = line::columns(line);
        if let [only] = raw.as_slice() {
            if let Some(inner) = property::between_braces(only.text) {
                return self.read_property(line, inner, self.leaning(only.align));
            }
            if is_all(only.text, b'-') {
                return self.print(Block::Rule(self.frame.clone()));
            }
            if is_all(only.text, b'=') {
                return self.print(Block::Cut(Cut::Partial));
            }
        }
        for column in &raw {
            self.document.open_column(column.align);
            let mut notes = Vec::new();
            let at = offset(line, column.text);
            if property::between_braces(column.text).is_some() {
                let alone = "a property stands alone in its line; it is left out here";
                notes.push((at, alone.to_owned()));
            } else {
                cell::write(column.text, at, &mut self.document, &mut notes);
            }
            self.note_all(line, notes);
        }
        self.document.close_row(raw.len(), &self.frame, self.wrap);
    }

    fn print(&mut self, block: Block) {
        self.document.blocks.push(block);
    }

    /// The settings of rows, to be changed; rows that have them already keep theirs.
    fn frame_mut(&mut self) -> &mut Frame {
        Arc::make_mut(&mut self.frame)
    }

    /// To which side of the paper something leans that is no row.
    fn leaning(&self, align: Align) -> Align {
        match self.frame.direction {
            Direction::Auto | Direction::LeftToRight => align,
            Direction::RightToLeft => align.mirrored(),
        }
    }

    /// Something odd at this byte of the line.
    fn note(&mut self, line: &str, at: usize, what: String) {
        if self.notes.len() >= MOST_NOTES {
            return;
        }
        let (line, column) = self.place(line, at);
        self.notes.push(Note { line, column, what });
    }

    /// Line and column of a byte of the line.
    fn place(&self, line: &str, at: usize) -> (u32, u32) {
        let before = line.get(..at).unwrap_or(line).chars().count();
        (self.number, u32::try_from(before + 1).unwrap_or(u32::MAX))
    }

    fn note_all(&mut self, line: &str, notes: Vec<cell::Warning>) {
        for (at, what) in notes {
            self.note(line, at, what);
        }
    }
}

fn is_all(text: &str, wanted: u8) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == wanted)
}

/// Where a part of a line begins in it, in bytes.
fn offset(line: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize)
}

#[cfg(test)]
mod tests;
