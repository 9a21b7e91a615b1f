//! The clock of the server.

use jiff::Timestamp;

use crate::refusal::{Refusal, unreadable};

/// The time in whole milliseconds, the precision of the database.
pub(crate) fn now() -> Result<Timestamp, Refusal> {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond())
        .map_err(|error| unreadable("clock", &error))
}
