//! One thing to be printed for a revision of an order.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{JobId, JobState, OrderId, PaperNote, PrinterId};

/// What a ticket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// For the customer: all lines, prices, totals.
    Receipt,
    /// For a station: what to make.
    Kitchen,
    /// For who brings the order: where to, what, and what is to be paid there.
    Delivery,
    /// For a station that has a ticket of an earlier revision: what is different now.
    Change,
    /// For a station that has a ticket of an earlier revision: the order was taken back.
    Void,
    /// What a day brought; belongs to no order.
    Summary,
    /// A test page; belongs to no order.
    Test,
    /// The raw fields of an order that could not be rendered.
    Plain,
}

impl TicketKind {
    /// Each once.
    pub const ALL: [TicketKind; 8] = [
        TicketKind::Receipt,
        TicketKind::Kitchen,
        TicketKind::Delivery,
        TicketKind::Change,
        TicketKind::Void,
        TicketKind::Summary,
        TicketKind::Test,
        TicketKind::Plain,
    ];

    /// The word that ticket names and templates use.
    pub fn word(self) -> &'static str {
        match self {
            TicketKind::Receipt => "receipt",
            TicketKind::Kitchen => "kitchen",
            TicketKind::Delivery => "delivery",
            TicketKind::Change => "change",
            TicketKind::Void => "void",
            TicketKind::Summary => "summary",
            TicketKind::Test => "test",
            TicketKind::Plain => "plain",
        }
    }
}

/// Which ticket of a revision: its kind and what tells it from others of that kind, `kitchen` or `kitchen:bar,grill`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "bindings", specta(type = String))]
#[serde(try_from = "String", into = "String")]
pub struct TicketName {
    /// What it is for.
    pub kind: TicketKind,
    /// Its stations, sorted and joined by a comma; empty for all.
    pub part: String,
}

impl TicketName {
    /// The only ticket of its kind.
    pub fn whole(kind: TicketKind) -> Self {
        TicketName {
            kind,
            part: String::new(),
        }
    }
}

impl fmt::Display for TicketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        if !self.part.is_empty() {
            write!(f, ":{}", self.part)?;
        }
        Ok(())
    }
}

/// A text that names no ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a ticket")]
pub struct NotATicket(String);

impl FromStr for TicketName {
    type Err = NotATicket;

    fn from_str(s: &str) -> Result<Self, NotATicket> {
        let (kind, part) = s.split_once(':').unwrap_or((s, ""));
        let kind = TicketKind::ALL
            .into_iter()
            .find(|known| known.word() == kind)
            .ok_or_else(|| NotATicket(s.to_owned()))?;
        Ok(TicketName {
            kind,
            part: part.to_owned(),
        })
    }
}

impl TryFrom<String> for TicketName {
    type Error = NotATicket;
    fn try_from(s: String) -> Result<Self, NotATicket> {
        s.parse()
    }
}

impl From<TicketName> for String {
    fn from(name: TicketName) -> String {
        name.to_string()
    }
}

/// A job as everybody outside the queue sees it; the queue sends one for every change of state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct TicketChanged {
    /// Which job.
    pub job: JobId,
    /// Of which order; `None` for a test page.
    pub order: Option<OrderId>,
    /// Of which revision; 0 for a test page.
    pub revision: u32,
    /// Which ticket of it.
    pub ticket: TicketName,
    /// The printer that routing or a person chose.
    pub destination: Option<PrinterId>,
    /// The printer of the last attempt; `None` on a printed ticket says that a person saw it, not that a printer confirmed it.
    pub printed_by: Option<PrinterId>,
    /// The printer that it would have come out of; this one stands in for it.
    pub backup_for: Option<PrinterId>,
    /// It goes before the others in its line.
    pub urgent: bool,
    /// 0 is the original.
    pub copy: u32,
    /// Where it is now.
    pub state: JobState,
    /// Tries that could not reach the printer or were refused.
    pub attempts: u32,
    /// When it was committed.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    pub submitted_at: Timestamp,
    /// When this state began.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    pub at: Timestamp,
    /// When the next try is due, where one is.
    #[cfg_attr(feature = "bindings", specta(type = Option<String>))]
    pub next_try: Option<Timestamp>,
    /// What of its newest paper is not as its template says.
    pub note: Option<PaperNote>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        for text in [
            "receipt",
            "kitchen:bar,grill",
            "delivery",
            "change:bar,grill",
            "void",
            "summary",
            "test:17",
            "plain",
        ] {
            assert_eq!(
                text.parse::<TicketName>().map(|t| t.to_string()),
                Ok(text.to_owned())
            );
        }
        for kind in TicketKind::ALL {
            assert_eq!(
                serde_json::to_value(kind).unwrap(),
                serde_json::json!(kind.word())
            );
        }
        assert!("lunch".parse::<TicketName>().is_err());
    }
}
