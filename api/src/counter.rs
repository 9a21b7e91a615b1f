//! The installations of the program in one restaurant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
