//! What of a ticket's paper is not as its template says, for whoever is at the counter.

use serde::{Deserialize, Serialize};

/// What of a paper is not as its template says. The ticket was printed all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct PaperNote {
    /// Letters that no font of this PC has: their numbers were printed in their place.
    pub letters: Vec<MissingLetter>,
    /// The fonts that have them; fewer where a letter belongs to no script.
    pub fonts: Vec<String>,
    /// Codes and pictures that were not printed.
    pub parts: Vec<MissingPart>,
    /// So many more letters, codes and pictures than stand here.
    pub more: u32,
}

/// A letter in whose place its number was printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct MissingLetter {
    /// Such as `U+13000`.
    pub number: String,
    /// Where it first stands in the markup; `None` where it stands in the name of a printer.
    pub place: Option<MarkupPlace>,
}

/// A code or a picture that was not printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct MissingPart {
    /// Where it stands in the markup.
    pub place: MarkupPlace,
    /// Why; technical text, for copying.
    pub detail: String,
}

/// A place in the markup of a ticket, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct MarkupPlace {
    /// Which line.
    pub line: u32,
    /// Which character of it.
    pub column: u32,
}
