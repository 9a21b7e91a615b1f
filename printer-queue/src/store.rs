//! `jobs.sqlite`: its file, its layout, and who may write to it. There is one writer; everybody else reads.

mod file;
mod ledger;
mod line;
mod lines;
mod old;
mod page;
mod pen;
mod people;
mod prune;
mod read;
mod restart;
mod row;
mod wakes;

pub(crate) use file::open;
pub(crate) use ledger::{Clocks, Deed, Ledger, Told, keep};
pub(crate) use line::{AsEncoded, Began, Ended};
pub(crate) use old::is_too_old;
pub(crate) use page::Known;
pub(crate) use read::{Head, Reader};
pub(crate) use restart::{Interrupted, Remote};
pub(crate) use wakes::{Wake, Wakes};

use crate::error::QueueError;

/// What the disk or SQLite said.
pub(crate) fn storage(error: impl std::fmt::Display) -> QueueError {
    QueueError::Storage {
        detail: error.to_string(),
    }
}
