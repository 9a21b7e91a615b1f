//! What came out of the printers of the business, by the guests of the orders.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::printers::TestPrinter;

/// What kind of ticket a paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The order in full: a receipt or what a station makes.
    Full,
    Change,
    Void,
}

/// A paper with a ticket on it.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The printer that it came out of.
    pub from: String,
    pub kind: Kind,
    /// Of which revision; a void ticket does not say it.
    pub revision: u32,
    pub at: Timestamp,
    /// To its last row, and cut.
    pub whole: bool,
    /// It says that it may be a duplicate.
    pub marked: bool,
    pub text: String,
}

/// How a guest is called, whose name is on each paper of the order and that of no other.
pub fn guest(number: u64) -> String {
    format!("{GUEST}{number:06}")
}

const GUEST: &str = "Guest-";

/// Everything that came out so far. A piece on which no guest is named can be nobody's paper.
pub async fn look(printers: &[TestPrinter]) -> BTreeMap<String, Vec<Paper>> {
    let mut found: BTreeMap<String, Vec<Paper>> = BTreeMap::new();
    for printer in printers {
        for receipt in printer.receipts().await {
            let text = &receipt.text;
            let Some(guest) = word_after(text, GUEST) else {
                continue;
            };
            let revision = word_after(text, "Revision ").and_then(|revision| revision.parse().ok());
            let kind = if text.contains("VOID") {
                Kind::Void
            } else if text.contains("CHANGE") {
                Kind::Change
            } else {
                Kind::Full
            };
            found
                .entry(format!("{GUEST}{guest}"))
                .or_default()
                .push(Paper {
                    from: printer.name().to_owned(),
                    kind,
                    revision: revision.unwrap_or(1),
                    at: receipt.printed.at,
                    whole: receipt.finished,
                    marked: text.contains("may be a duplicate"),
                    text: text.to_string(),
                });
        }
    }
    found
}

/// The digits behind it.
fn word_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit());
    let digits = &rest[..end.unwrap_or(rest.len())];
    (!digits.is_empty()).then_some(digits)
}
