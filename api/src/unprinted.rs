//! Orders that nobody printed, and how a day went.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::OrderId;

/// An order of which no ticket is on paper although it should be; an element of the answer of `GET /api/v1/unprinted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnprintedOrder {
    /// Which.
    pub order: OrderId,
    /// Its number.
    pub number: u32,
    /// When it came.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub placed_at: Timestamp,
}

/// The body of `POST /api/v1/unprinted/{id}/nothing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NothingToPrint {
    /// The newest revision, of which a counter knows that the rules make no ticket, here or anywhere.
    pub revision: u32,
    /// When that was taken: a server that was restored gives a number a second time. Counters of an earlier version do not
    /// say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub revised_at: Option<Timestamp>,
}

/// How a business day went; the answer of `GET /api/v1/days/{date}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Day {
    /// Such as `2026-11-30`.
    pub date: String,
    /// How many orders were placed.
    pub orders: u32,
    /// How many of them are on paper, with each ticket that was to be.
    pub printed: u32,
    /// How many were taken back before anything of them was on paper.
    pub cancelled: u32,
    /// All others.
    pub not_printed: Vec<OrderId>,
}
