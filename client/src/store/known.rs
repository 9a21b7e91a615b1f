//! Facts that every order needs, as the file has them: reading them would be two rounds to the thread of the one
//! connection, before the ticket is committed.
//!
//! Invariant: what is known here was committed. It is forgotten before the file is changed, and known again after.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::store::meta::Place;

/// What is known of the file. Clones are of the same file.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Mutex<Facts>>);

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The place in the feed. Whoever changes it is alone.
    pub place: Option<Place>,
    /// When this counter took up the feed; `Some(None)` when it never did.
    pub born: Option<Option<Timestamp>>,
    /// Stations that are kept; there may be others.
    pub stations: BTreeSet<String>,
}

impl Known {
    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
