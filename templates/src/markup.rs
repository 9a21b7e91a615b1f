//! ReceiptLine-compatible markup to a document. It never fails: what it cannot understand becomes a note.

use crate::document::Document;

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
    let _ = markup;
    Parsed::default()
}
