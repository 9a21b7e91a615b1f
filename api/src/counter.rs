//! The installations of the program in one restaurant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use uuid::Uuid;

use crate::CounterId;

/// The header by which a counter names itself on every request; the server keeps when it last heard of it.
pub const COUNTER_HEADER: &str = "x-counter";

/// The body of `POST /api/v1/counters`, sent at each sign-in; the answer is the list of [`Counter`]s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCounter {
    /// Made at its first start.
    pub id: CounterId,
    /// What people call the PC; at first its host name.
    pub name: String,
}

/// An installation as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counter {
    /// Made at its first start.
    pub id: CounterId,
    /// What people call the PC.
    pub name: String,
    /// When the backend last heard of it, by the backend's clock.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub last_heard: Timestamp,
}

/// The body of `POST /api/v1/counters/lease`: a counter renews the lease of all printers that it owns, and proves that it
/// is the one program with its id. Sent every [`LEASE_RENEWAL_MS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// Which counter.
    pub counter: CounterId,
    /// Of this run of the program; made at its start.
    pub run: Uuid,
    /// What the last answer gave; `None` at the first sign-in.
    #[serde(default)]
    pub proof: Option<String>,
    /// On which PC, as a number that means nothing elsewhere; `None` where that cannot be told. Where two programs run with
    /// one id, the PC that renewed last goes on printing.
    #[serde(default)]
    pub machine: Option<Uuid>,
}

/// The answer. A program with a proof that was replaced by another run is answered [`crate::Code::CounterCloned`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Renewed {
    /// To be kept, and sent with the next renewal.
    pub proof: String,
    /// How long the lease lasts, counted from when the request was sent. `None`: ownership does not expire, because the
    /// business has one counter or no standby.
    pub lease_ms: Option<u64>,
    /// Counters whose lease is over.
    pub over: Vec<CounterId>,
    /// Counters that were not heard for as long as a lease lasts, whether or not theirs ends. Nobody knows what becomes of
    /// their tickets.
    #[serde(default)]
    pub silent: Vec<CounterId>,
}

/// How often a lease is renewed.
pub const LEASE_RENEWAL_MS: u64 = 20_000;
/// How long a lease lasts.
pub const LEASE_MS: u64 = 70_000;
