//! `jobs.sqlite`: its file, its layout, and who may write to it. There is one writer; everybody else reads.

mod attempts;
mod connection;
mod earlier;
mod file;
mod handover;
mod lease;
mod lines;
mod outcome_words;
mod people;
mod prune;
mod read;
mod repair;
mod reports;
mod restart;
mod row;
mod too_old;
mod transaction;
mod wakes;
mod writer;

pub(crate) use attempts::{EncodedJob, FinishedAttempt, StartedAttempt};
pub(crate) use file::open;
pub(crate) use read::{Head, Reader};
pub(crate) use restart::{Interrupted, Remote};
pub(crate) use too_old::is_too_old;
pub(crate) use transaction::KnownPrinters;
pub(crate) use wakes::{Wake, Wakes};
pub(crate) use writer::{Clocks, Notifier, WriteOperation, WriterHandle, keep};

use crate::error::QueueError;

/// What the disk or SQLite said.
pub(crate) fn storage(error: impl std::fmt::Display) -> QueueError {
    QueueError::Storage {
        detail: error.to_string(),
    }
}
