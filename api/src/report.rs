//! What became of tickets, told by the counters that print them to the server, and by it to all others.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{CounterId, Cursor, JobId, JobState, OrderId, PrinterId, RevisionKey, TicketName};

/// The body of `POST /api/v1/print-reports`: changes of tickets in the order in which they happened. A change that the
/// server has already is passed over, so a batch can be sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PrintReports {
    /// Of the file of tickets that `n` counts in: a counter whose file was set aside counts anew, in another log.
    pub log: Uuid,
    /// How far the server had this log by its last answer. When it has less now, it lost some: it takes nothing then, and
    /// says how far it has them. `None` when that does not matter.
    #[serde(default)]
    pub known: Option<i64>,
    /// At most [`PrintReports::MOST`], `n` rising.
    pub reports: Vec<PrintReport>,
}

impl PrintReports {
    /// So many in one batch at the most.
    pub const MOST: usize = 200;
}

/// A change of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrintReport {
    /// Its number in the log; rising, with gaps.
    pub n: i64,
    /// Which ticket, as its counter knows it.
    pub job: JobId,
    /// Of which order.
    pub order: OrderId,
    /// Of which revision.
    pub revision: u32,
    /// When that was taken: a server that was restored gives a number a second time. Counters of an earlier version do not
    /// say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub revised_at: Option<Timestamp>,
    /// Which ticket of it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ticket: TicketName,
    /// The printer that routing chose.
    #[serde(default)]
    pub destination: Option<PrinterId>,
    /// 0 is the original.
    pub copy: u32,
    /// Where it goes, or came out.
    #[serde(default)]
    pub printer: Option<PrinterId>,
    /// What it became.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub state: JobState,
    /// Its paper says that it may be a duplicate, or that it is a reprint.
    pub marked: bool,
    /// It was handed over to another counter before a byte of it left: that one prints it.
    pub released: bool,
    /// When, by the server's clock as its counter knows it, or else by the clock of the PC.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

impl PrintReport {
    /// Of which revision.
    pub fn revision_key(&self) -> RevisionKey {
        RevisionKey {
            number: self.revision,
            revised_at: self.revised_at,
        }
    }
}

/// What the server has of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportsTaken {
    /// Every change up to this number. Lower than what was taken before: the server lost them, and wants them again.
    pub up_to: i64,
}

/// A page of `GET /api/v1/tickets?after=CURSOR&limit=N`: the newest state of each ticket of all counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TicketPage {
    /// Those that changed since, oldest change first.
    pub tickets: Vec<ReportedTicket>,
    /// What to ask `after` next.
    pub next: Cursor,
    /// There are more behind it.
    pub more: bool,
}

/// The newest state of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportedTicket {
    /// Who prints it.
    pub counter: CounterId,
    /// How it is.
    #[serde(flatten)]
    pub report: PrintReport,
}
