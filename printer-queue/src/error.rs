//! Errors of the queue.

use api::{JobId, PrinterId};

/// Each sentence says what happened and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The disk is full, the file cannot be written or read.
    #[error(
        "this PC could not store the tickets ({detail}); free space on its disk, check that the folder can be written, and try again"
    )]
    Storage {
        /// The technical text, for copying.
        detail: String,
    },
    /// What was stored of a ticket cannot be read.
    #[error("what was stored of a ticket is damaged ({detail}); the others are not affected")]
    Damaged {
        /// The technical text, for copying.
        detail: String,
    },
    /// The file was written by a newer version of the program.
    #[error(
        "the file of tickets was written by a newer version (its layout is {found}, this version knows {known}); start the newer version again"
    )]
    Newer {
        /// Layout of the file.
        found: i64,
        /// Newest layout that this version knows.
        known: i64,
    },
    /// Another program prints from the same file.
    #[error("another program is printing these tickets already; close it first")]
    InUse,
    /// It was never there, or it is older than the history.
    #[error("there is no ticket {0} (any more)")]
    UnknownJob(JobId),
    /// Not one of those that this counter prints on.
    #[error("printer {0} does not print from this counter; choose another one")]
    UnknownPrinter(PrinterId),
    /// Not in the state that the ticket is in.
    #[error("{0}")]
    NotNow(&'static str),
    /// After [`crate::PrintQueue::shutdown`].
    #[error("the print queue is closed; start the program again")]
    Closed,
}
