//! Changes of tickets, as they are reported to the server.

use api::{JobId, JobState, OrderId, PrinterId, RevisionKey, TicketName};
use jiff::Timestamp;

/// One change of a ticket. They are numbered in the order in which they were committed, and no number is given twice as
/// long as the log has the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// Its number.
    pub n: i64,
    /// Which job.
    pub job: JobId,
    /// Of which order; `None` for a test page.
    pub order: Option<OrderId>,
    /// Of which revision; 0 for a test page.
    pub revision: u32,
    /// When that was taken, as it says itself.
    pub revised_at: Option<Timestamp>,
    /// Which ticket of it.
    pub ticket: TicketName,
    /// The printer that routing chose.
    pub destination: Option<PrinterId>,
    /// 0 is the original.
    pub copy: u32,
    /// The printer it was for at that time.
    pub printer: Option<PrinterId>,
    /// To what it changed.
    pub state: JobState,
    /// Its paper says by now that it may be a duplicate, or that it is a reprint.
    pub marked: bool,
    /// It was given away with its printer before a byte of it left: another counter makes it.
    pub released: bool,
    /// When, on the server's time; on that of this PC where the server's was not known.
    pub at: Timestamp,
}

/// Some changes, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportPage {
    /// Those that can be read.
    pub rows: Vec<ReportRow>,
    /// The last number that was looked at; `None` when there is nothing more.
    pub up_to: Option<i64>,
}

/// A ticket that came out as an original, with no mark on its paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmarkedPaper {
    /// Which job.
    pub job: JobId,
    /// Of which revision.
    pub revision: u32,
    /// When that was taken, as it says itself.
    pub revised_at: Option<Timestamp>,
    /// Which ticket of it.
    pub ticket: TicketName,
    /// The printer that routing chose.
    pub destination: Option<PrinterId>,
    /// Where it came out.
    pub printer: Option<PrinterId>,
    /// When.
    pub at: Timestamp,
}

impl UnmarkedPaper {
    /// Of which revision.
    pub fn revision_key(&self) -> RevisionKey {
        RevisionKey {
            number: self.revision,
            revised_at: self.revised_at,
        }
    }
}
