//! Orders as they are read here: one that is damaged hides no other.

use sea_orm::QueryResult;
use uuid::Uuid;

use super::decide::OrderFacts;

pub(super) use crate::retention::LOOK_BACK;

/// What an order says. One that cannot be read is not missing for ever: it is in the feed, and each counter shows it.
pub(super) fn facts(row: &QueryResult) -> Option<(Uuid, OrderFacts)> {
    let id = row.try_get("", "id");
    let id =
        id.inspect_err(|error| tracing::warn!(%error, "the id of a stored order cannot be read"));
    let id = id.ok()?;
    let content: Result<String, _> = row.try_get("", "content");
    let facts = content
        .map_err(|error| error.to_string())
        .and_then(|content| serde_json::from_str(&content).map_err(|error| error.to_string()));
    facts
        .inspect_err(|error| tracing::warn!(order = %id, error, "a stored order cannot be read"))
        .ok()
        .map(|facts| (id, facts))
}
