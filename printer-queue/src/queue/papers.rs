//! What of the papers is not as their templates say.

use std::collections::BTreeSet;

use tokio::sync::watch;

use super::PrintQueue;

impl PrintQueue {
    /// The letters that came out as their numbers since the start, since no font here has them.
    pub fn missing_letters(&self) -> watch::Receiver<BTreeSet<char>> {
        self.inner.context.missing.subscribe()
    }

    /// The codes and pictures that were not printed since the start, each with the kind of its ticket and why; only some
    /// of very many. Where they stand is in the note of the ticket.
    pub fn missing_parts(&self) -> watch::Receiver<BTreeSet<String>> {
        self.inner.context.missing_parts.subscribe()
    }
}
