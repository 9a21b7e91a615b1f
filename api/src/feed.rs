//! The feed of a business: orders and changes of printer ownership, in one sequence. Its cursor proves itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CounterId, PrinterId, order::OrderEntry};

/// Which counter prints on which printer. A printer that is missing has no owner.
pub type Owners = BTreeMap<PrinterId, CounterId>;

/// A place in the feed: it names the entry that it stands on. Opaque to everybody but the server that made it. A server
/// whose feed does not hold that entry (its database was restored from an older copy, or is a replica that lags behind)
/// answers [`crate::Code::CursorUnknown`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Cursor(pub String);

/// A page of `GET /api/v1/feed?after=CURSOR&limit=N` or `?since=TIME&limit=N`. A counter reads `E` as raw JSON first, so
/// that one entry it cannot read hides no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedPage<E> {
    /// In force before the first entry of this page.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::HashMap<String, uuid::Uuid>))]
    pub owners: Owners,
    /// In the order of `seq`.
    pub entries: Vec<E>,
    /// What to ask `after` next.
    pub next: Cursor,
    /// There are entries behind `next` already.
    pub more: bool,
    /// The server's clock when it answered. Ages of orders count on it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub server_time: Timestamp,
}

/// An entry of the feed.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all entries are orders, and each is read or written as JSON at once"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum FeedEntry {
    /// The newest revision of an order. It belongs to those who own printers at its place.
    Order(OrderEntry),
    /// From here on other counters print.
    Ownership(OwnershipChange),
}

/// Printers that went from one counter to another, all at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnershipChange {
    /// Its place in the business' feed.
    pub seq: i64,
    /// By the server's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Each printer that changed hands.
    pub changes: Vec<OwnerChange>,
    /// Why.
    pub cause: OwnershipCause,
}

/// A printer that changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnerChange {
    /// Which.
    pub printer: PrinterId,
    /// Who printed on it before this entry.
    #[serde(default)]
    pub from: Option<CounterId>,
    /// Who prints on it after it.
    #[serde(default)]
    pub to: Option<CounterId>,
}

/// Why printers changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OwnershipCause {
    /// Nobody printed on them.
    Claimed,
    /// A person took them over.
    TakenOver,
    /// Their owner was silent until its lease ended.
    LeaseEnded,
    /// A setting was changed: a printer was added, deleted or given to another counter.
    Changed,
}

/// The body of `POST /api/v1/printers/claim`: takes printers, all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// For whom.
    pub counter: CounterId,
    /// Which. One that is gone or already its own is passed over.
    pub printers: Vec<PrinterId>,
    /// From whom they may be taken.
    pub from: ClaimFrom,
}

/// From whom printers may be taken; [`crate::Code::Conflict`] when one has another owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClaimFrom {
    /// Nobody prints on them.
    Nobody,
    /// Whoever prints on them: a person decided so.
    Anybody,
    /// Counters whose lease is over by the server's clock.
    LeaseEnded,
}

/// What a claim came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claimed {
    /// Those that changed hands now. The entry of the feed says the same.
    pub printers: Vec<PrinterId>,
}
