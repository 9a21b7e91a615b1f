//! A document on paper of a certain width: every text in its cells, every column whole.

use crate::document::{Align, Cut, Document, Span};
use crate::fonts::FontError;
use crate::profile::Profile;

/// What is known only when a ticket goes out: it stands on the paper, but not in the template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pass {
    /// What the first row says about this paper.
    pub mark: Mark,
    /// 0 is the original; the number in "COPY 2".
    pub copy: u32,
    /// The cash drawer may open; it does so for copy 0 only.
    pub drawer: bool,
    /// BCP 47; chooses among the shapes of Han characters.
    pub locale: String,
}

/// Why a paper is not simply the first one of its ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mark {
    /// It is.
    #[default]
    None,
    /// One of several that were wanted: "COPY 2".
    Copy,
    /// A person asked for it again: "REPRINT".
    Reprint,
    /// The first one may or may not have come out: "REPRINT - may be a duplicate".
    ReprintMaybeDuplicate,
    /// Printed in place of the named printer: "BACKUP FOR Kitchen".
    BackupFor(String),
}

/// Why a document cannot be put on this paper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Part of the text would be missing.
    #[error(
        "{text:?} does not fit into {columns} characters of {paper}; choose wider paper for this printer, or make the columns of the template narrower"
    )]
    TooNarrow {
        /// The text that has no room.
        text: String,
        /// Room of its column.
        columns: u32,
        /// Characters in a row of this paper.
        paper: u32,
    },
    /// A part of the ticket must be drawn, and there is nothing to draw with.
    #[error(transparent)]
    Font(#[from] FontError),
}

/// A document on paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// From top to bottom.
    pub lines: Vec<Line>,
}

/// One line of print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Text in its cells, from left to right; empty is an empty line.
    Text(Vec<Piece>),
    /// The paper is cut.
    Cut(Cut),
}

/// Text in a box of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// First cell of the box.
    pub x: u32,
    /// Cells of the box; the text is never wider.
    pub width: u32,
    /// Where the text stands in it.
    pub align: Align,
    /// The text.
    pub spans: Vec<Span>,
}

/// Lays a document out.
///
/// # Errors
/// When a part of it cannot be placed whole.
pub fn lay_out(document: &Document, profile: &Profile, pass: &Pass) -> Result<Sheet, EncodeError> {
    let _ = (document, profile, pass);
    Ok(Sheet::default())
}
