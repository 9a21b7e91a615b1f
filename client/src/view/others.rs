//! Tickets of an order at other counters, as the window shows them.

use api::{CounterId, JobId, JobState, PrinterId, TicketName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A ticket that another counter prints, as that one last reported it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct OtherTicket {
    /// Which counter.
    pub counter: CounterId,
    /// What people call it; `None` when it is not known here.
    pub counter_name: Option<String>,
    /// Its job there; `None` as long as that counter has not said anything of it.
    pub job: Option<JobId>,
    /// Of which revision.
    pub revision: u32,
    /// Which ticket of it.
    pub ticket: TicketName,
    /// 0 is the original.
    pub copy: u32,
    /// The printer that routing chose.
    pub destination: Option<PrinterId>,
    /// What people call the printer that it goes to or came out of; `None` when it has none or one that is gone.
    pub printer_name: Option<String>,
    /// How it is.
    pub state: JobState,
    /// Its paper says that it may be a duplicate, or that it is a reprint.
    pub marked: bool,
    /// It was handed over before a byte of it left, and nobody has said yet that they have it.
    pub released: bool,
    /// When this state began.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    pub at: Timestamp,
}

/// A ticket that came out at more than one counter without a mark: somebody has two papers and sees it on neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct PrintedTwice {
    /// Of which revision.
    pub revision: u32,
    /// Which ticket of it.
    pub ticket: TicketName,
    /// Each paper, in the order of their times.
    pub papers: Vec<TicketPaper>,
}

/// A paper that came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct TicketPaper {
    /// This counter printed it.
    pub here: bool,
    /// What people call the counter that did; `None` when it is not known here.
    pub counter_name: Option<String>,
    /// What people call the printer; `None` when it is gone.
    pub printer_name: Option<String>,
    /// When.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    pub at: Timestamp,
}
