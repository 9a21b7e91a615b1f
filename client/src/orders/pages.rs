//! Pages of the feed, as they are asked for, and entries, as they come.

use api::{
    Cursor,
    feed::{FeedPage, OwnershipChange},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::orders::feed::{Feed, FeedError};

/// Entries of a page of the feed.
const PAGE: u32 = 200;

/// The beginning of every feed.
const BEGINNING: &str = "0";

/// An entry by its kind.
pub(super) enum Entry {
    /// An order, or what is to be handled as one because it says nothing else.
    Order(Value),
    /// From here on other counters print.
    Ownership(OwnershipChange),
    /// The same, and nobody here can read which. The next page says who owns what.
    UnreadableOwnership,
    /// Something that a newer server says.
    Unknown,
}

impl Entry {
    /// Reads what kind of entry it is.
    pub(super) fn of(raw: Value) -> Entry {
        match raw.get("entry").and_then(Value::as_str) {
            None | Some("order") => Entry::Order(raw),
            Some("ownership") => serde_json::from_value(raw).map_or_else(
                |error| {
                    tracing::error!(%error, "a change of owners cannot be read");
                    Entry::UnreadableOwnership
                },
                Entry::Ownership,
            ),
            Some(kind) => {
                tracing::warn!(kind, "an entry that this version does not know is ignored");
                Entry::Unknown
            }
        }
    }
}

impl Feed {
    /// What comes after this place.
    pub(super) async fn page_after(&self, cursor: &Cursor) -> Result<FeedPage<Value>, FeedError> {
        tracing::trace!(target: "panbot::stage", stage = "client.feed_asked");
        self.session
            .call(self.business, async |access| {
                access.backend.feed_after(&access.token, cursor, PAGE).await
            })
            .await
            .map_err(FeedError::Server)
            .inspect(|page| self.clock.set(page.server_time))
    }

    /// What came since then.
    pub(super) async fn page_since(&self, since: Timestamp) -> Result<FeedPage<Value>, FeedError> {
        self.session
            .call(self.business, async |access| {
                access.backend.feed_since(&access.token, since, PAGE).await
            })
            .await
            .map_err(FeedError::Server)
            .inspect(|page| self.clock.set(page.server_time))
    }

    /// The server's time, asked for if it is not known yet.
    pub(super) async fn server_time(&self) -> Result<Timestamp, FeedError> {
        match self.clock.now() {
            Some(now) => Ok(now),
            None => {
                let page = self.page_after(&Cursor(BEGINNING.into())).await?;
                Ok(page.server_time)
            }
        }
    }
}
