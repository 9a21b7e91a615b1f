//! The feed that counters follow: orders and changes of ownership in one sequence.

pub mod cursor;
mod head;
mod page;

use api::{
    Code,
    feed::{FeedEntry, FeedPage},
};
use axum::extract::State;
use serde_json::Value;

use crate::{
    auth::Signed,
    db::Db,
    refusal::{Query, Refusal, no},
};

/// The query of `GET /api/v1/feed`.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Entries after this cursor: `next` of an earlier answer. `0`, or nothing, is the beginning.
    after: Option<String>,
    /// Instead of `after`: orders revised at or after this time (RFC 3339), and what changed hands among and behind them.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<jiff::Timestamp>,
    /// 1 to 500 entries; 200 when it is left out. A page also ends at about 1 MB.
    limit: Option<u64>,
}

/// The feed: each order once, at the place of its newest revision, and each change of ownership.
#[utoipa::path(get, path = "/api/v1/feed", operation_id = "read_feed", tag = "feed", params(FeedQuery),
    responses((status = 200, body = FeedPage<FeedEntry>), (status = 422, body = api::Problem),
        (status = 409, body = api::Problem, description = "cursor_unknown: this server's feed does not hold the entry that the cursor stands on")))]
pub(crate) async fn read(
    State(db): State<Db>,
    signed: Signed,
    Query(query): Query<FeedQuery>,
) -> Result<axum::Json<FeedPage<Value>>, Refusal> {
    let limit = query.limit.unwrap_or(200);
    if !(1..=500).contains(&limit) {
        return Err(no(Code::Invalid, "a page has 1 to 500 entries").at("limit"));
    }
    let from = match (query.after, query.since) {
        (Some(_), Some(_)) => {
            return Err(no(Code::Malformed, "ask by after or by since, not by both").at("since"));
        }
        (_, Some(since)) => page::From::Since(since),
        (None, None) => page::From::After(cursor::BEGINNING.into()),
        (Some(after), None) => page::From::After(cursor::parse(&after)?),
    };
    page::read(db.read(), signed, from, limit)
        .await
        .map(axum::Json)
}
