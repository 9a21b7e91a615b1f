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

use std::sync::Arc;

use icu::normalizer::ComposingNormalizerBorrowed;

use crate::document::{Align, Block, CodeLook, Column, Cut, Dither, Document, Frame, Row, Wrap};

mod cell;
mod property;

/// A document, and what was odd about its markup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What was understood.
    pub document: Document,
    /// What was not, in the order of the text.
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

/// Reads markup.
pub fn parse(markup: &str) -> Parsed {
    let markup = ComposingNormalizerBorrowed::new_nfc().normalize(markup);
    let markup = markup.strip_prefix('\u{feff}').unwrap_or(&markup);
    let mut reading = Reading::default();
    // A line break at the very end closes the last line and opens no empty one.
    let body = markup
        .strip_suffix('\n')
        .map_or(markup, |body| body.strip_suffix('\r').unwrap_or(body));
    if !markup.is_empty() {
        let unix = body.replace("\r\n", "\n").replace('\r', "\n");
        for (number, line) in unix.split('\n').enumerate() {
            reading.line = u32::try_from(number + 1).unwrap_or(u32::MAX);
            reading.read_line(line);
        }
    }
    Parsed {
        document: Document {
            blocks: reading.blocks,
        },
        notes: reading.notes,
    }
}

/// What is kept from line to line.
#[derive(Default)]
struct Reading {
    blocks: Vec<Block>,
    notes: Vec<Note>,
    line: u32,
    frame: Arc<Frame>,
    wrap: Wrap,
    code: CodeLook,
    dither: Dither,
    /// Raw commands are allowed.
    commands: bool,
}

/// A column as written: the characters between two pipes, and where they stand in the line.
struct Written<'m> {
    text: &'m str,
    at: usize,
    align: Align,
}

impl Reading {
    fn read_line(&mut self, line: &str) {
        let written = columns(line);
        if let [only] = written.as_slice() {
            if let Some(inner) = property::between_braces(only.text) {
                return self.read_property(inner, only.at + 1, only.align);
            }
            if !only.text.is_empty() && only.text.bytes().all(|byte| byte == b'-') {
                return self.blocks.push(Block::Rule(self.frame.clone()));
            }
            if !only.text.is_empty() && only.text.bytes().all(|byte| byte == b'=') {
                return self.blocks.push(Block::Cut(Cut::Partial));
            }
        }
        let mut columns = Vec::with_capacity(written.len());
        for column in &written {
            let mut notes = Vec::new();
            let lines = if property::between_braces(column.text).is_some() {
                notes.push((
                    0,
                    "a property stands alone in its line; it is left out here".to_owned(),
                ));
                Vec::new()
            } else {
                cell::spans(column.text, &mut notes)
            };
            for (at, what) in notes {
                self.note(column.at + at, what);
            }
            columns.push(Column {
                align: column.align,
                lines,
            });
        }
        self.blocks.push(Block::Row(Row {
            columns,
            frame: self.frame.clone(),
            wrap: self.wrap,
        }));
    }

    /// The settings of rows, to be changed; rows that have them already keep theirs.
    fn frame_mut(&mut self) -> &mut Frame {
        Arc::make_mut(&mut self.frame)
    }

    fn note(&mut self, at: usize, what: String) {
        let column = u32::try_from(at + 1).unwrap_or(u32::MAX);
        self.notes.push(Note {
            line: self.line,
            column,
            what,
        });
    }
}

/// Splits a line at its pipes. A column leans to the pipe that it touches; the first and the last column may do without
/// their outer pipe and then lean to the paper's edge unless they touch the inner one.
fn columns(line: &str) -> Vec<Written<'_>> {
    let blank = |character: char| character == ' ' || character == '\t';
    let indent = line
        .chars()
        .take_while(|character| blank(*character))
        .count();
    let line = line.trim_matches(blank);
    let mut parts = Vec::new();
    let (mut start, mut start_at, mut escaped) = (0, indent, false);
    for (place, (byte, character)) in line.char_indices().enumerate() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == '|' {
            parts.push((&line[start..byte], start_at));
            (start, start_at) = (byte + 1, indent + place + 1);
        }
    }
    parts.push((&line[start..], start_at));
    let piped = parts.len() > 1;
    let opened = piped && parts[0].0.is_empty();
    if opened {
        parts.remove(0);
    }
    let closed = parts.len() > 1 && parts.last().is_some_and(|(text, _)| text.is_empty());
    if closed {
        parts.pop();
    }
    let last = parts.len() - 1;
    let closed = closed || (piped && !opened && last == 0);
    parts
        .into_iter()
        .enumerate()
        .map(|(place, (text, at))| {
            let mut before = text.starts_with(blank);
            let mut after = text.ends_with(blank);
            if piped && place == 0 && !opened && !text.is_empty() && !after {
                before = true;
            } else if piped && place == last && !closed && !text.is_empty() && !before {
                after = true;
            }
            let align = match (before, after) {
                (false, true) => Align::Left,
                (true, false) => Align::Right,
                (false, false) | (true, true) => Align::Center,
            };
            let inset = text
                .chars()
                .take_while(|character| blank(*character))
                .count();
            Written {
                text: text.trim_matches(blank),
                at: at + inset,
                align,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
