//! Orders: intake, later revisions, and the feed that counters read.

mod feed;
mod intake;
mod normalize;
mod resent;
mod store;

use api::{
    BusinessId, Code, Order, OrderId,
    order::{Channel, KnownRevision, NewOrder, OrderEntry, OrderPage, Progress},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use sea_orm::EntityTrait;
use serde_json::Value;

pub(crate) use feed::{Stretch, read};
pub(crate) use store::{Placed, place};

use self::resent::{IdempotencyKey, SenderKey};
use crate::{
    auth::Staff,
    db::{Db, business},
    menu::business_gone,
    outbox::Outbox,
    refusal::{IfMatch, Json, Path, Query, Refusal, no},
};

/// Takes an order. Sent again with the same `Idempotency-Key` or `reference` and the same content it is the same order,
/// as it is now. Orders of the channel `web` come from programs, which send again when no answer comes: they must carry
/// one of the two.
#[utoipa::path(post, path = "/api/v1/orders", operation_id = "create_order", tag = "orders", request_body = NewOrder,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "1 to 255 ASCII characters without spaces, such as a UUID, new with each order and the same when it is sent again; kept for 24 hours at least")),
    responses((status = 201, body = Order), (status = 200, body = Order, description = "it was taken before"),
        (status = 400, body = api::Problem), (status = 422, body = api::Problem, description = "with `field`"),
        (status = 409, body = api::Problem, description = "the key or the reference came with other content before; `current` is that order as it is now")))]
pub(crate) async fn create(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    Staff(claims): Staff,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewOrder>,
) -> Result<Response, Refusal> {
    if new.channel == Channel::Web && key.is_none() && new.reference.is_none() {
        return Err(no(
            Code::Malformed,
            "an order of a web shop needs a header Idempotency-Key or a reference, so that it is not taken twice when it is sent again",
        )
        .at("idempotency-key"));
    }
    let key = key.map(|key| SenderKey {
        user: claims.sub,
        key,
    });
    Ok(
        match place(&db, &outbox, claims.business_id, key.as_ref(), new).await? {
            Placed::Created(order) => (StatusCode::CREATED, axum::Json(order)).into_response(),
            Placed::Existing(order) => axum::Json(order).into_response(),
        },
    )
}

/// Replaces the content of an order: its next revision. Lines of the same dish with the same options keep their id, and the
/// name, price and station that they were taken with, also when the menu has changed since.
#[utoipa::path(put, path = "/api/v1/orders/{id}", operation_id = "revise_order", tag = "orders", request_body = NewOrder,
    params(("id" = OrderId, Path), ("If-Match" = String, Header, description = "the revision it was made from, in quotes")),
    responses((status = 200, body = Order), (status = 404, body = api::Problem), (status = 422, body = api::Problem),
        (status = 409, body = api::Problem, description = "with `current`: the order as it is now")))]
pub(crate) async fn revise(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    Staff(claims): Staff,
    Path(id): Path<OrderId>,
    IfMatch(from): IfMatch,
    Json(new): Json<NewOrder>,
) -> Result<axum::Json<Order>, Refusal> {
    store::revise(&db, &outbox, claims.business_id, id, from, new)
        .await
        .map(axum::Json)
}

/// Cancels an order, which is a revision too.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancel", operation_id = "cancel_order", tag = "orders",
    params(("id" = OrderId, Path), ("If-Match" = String, Header, description = "the revision it was made from, in quotes")),
    responses((status = 200, body = Order), (status = 404, body = api::Problem),
        (status = 409, body = api::Problem, description = "with `current`: the order as it is now")))]
pub(crate) async fn cancel(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    Staff(claims): Staff,
    Path(id): Path<OrderId>,
    IfMatch(from): IfMatch,
) -> Result<axum::Json<Order>, Refusal> {
    store::cancel(&db, &outbox, claims.business_id, id, from)
        .await
        .map(axum::Json)
}

/// Sets the progress of an order, which is no revision.
#[utoipa::path(post, path = "/api/v1/orders/{id}/status", operation_id = "progress_order", tag = "orders",
    request_body = Progress,
    responses((status = 200, body = Order), (status = 404, body = api::Problem), (status = 422, body = api::Problem),
        (status = 409, body = api::Problem, description = "with `current`: the order as it is now")))]
pub(crate) async fn progress(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    Staff(claims): Staff,
    Path(id): Path<OrderId>,
    Json(body): Json<Progress>,
) -> Result<axum::Json<Order>, Refusal> {
    store::progress(&db, &outbox, claims.business_id, id, body.status)
        .await
        .map(axum::Json)
}

/// A counter has handled a revision under a number that this server has given to another one: its database was restored from
/// an older copy. The order gets a number above both, so that every counter compares it with what it knows. Said again, or
/// by another counter, it changes nothing.
#[utoipa::path(post, path = "/api/v1/orders/{id}/known", operation_id = "known_revision", tag = "orders",
    request_body = KnownRevision,
    responses((status = 200, body = Order), (status = 404, body = api::Problem), (status = 422, body = api::Problem)))]
pub(crate) async fn known(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    Staff(claims): Staff,
    Path(id): Path<OrderId>,
    Json(known): Json<KnownRevision>,
) -> Result<axum::Json<Order>, Refusal> {
    store::known(&db, &outbox, claims.business_id, id, known)
        .await
        .map(axum::Json)
}

/// The last orders of the feed, oldest first.
pub(crate) async fn latest(
    db: &Db,
    business: BusinessId,
    top: i64,
    limit: u64,
) -> Result<OrderPage<Value>, Refusal> {
    let after = top.saturating_sub_unsigned(limit).max(0);
    let feed = feed::Feed {
        db,
        business,
        top,
        limit,
    };
    feed.after(after).await
}

/// The query of `GET /api/v1/orders`.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Entries after this `seq`.
    after: Option<i64>,
    /// Instead of `after`: entries revised at or after this time (RFC 3339); `next` is then the top of the feed.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<jiff::Timestamp>,
    /// 1 to 500 entries; 200 when it is left out.
    limit: Option<u64>,
}

/// The feed: each order once, at the place of its newest revision.
#[utoipa::path(get, path = "/api/v1/orders", operation_id = "list_orders", tag = "orders", params(FeedQuery),
    responses((status = 200, body = OrderPage<OrderEntry>), (status = 422, body = api::Problem)))]
pub(crate) async fn list(
    State(db): State<Db>,
    Staff(claims): Staff,
    Query(query): Query<FeedQuery>,
) -> Result<axum::Json<OrderPage<Value>>, Refusal> {
    let limit = query.limit.unwrap_or(200);
    if !(1..=500).contains(&limit) {
        return Err(no(Code::Invalid, "a page has 1 to 500 orders").at("limit"));
    }
    // The top is read before the page: what is committed in between has a greater seq and comes with the next page.
    let top = business::Entity::find_by_id(claims.business_id.0)
        .one(db.read())
        .await?
        .ok_or_else(business_gone)?
        .last_seq;
    let feed = feed::Feed {
        db: &db,
        business: claims.business_id,
        top,
        limit,
    };
    let page = match (query.after, query.since) {
        (Some(_), Some(_)) => {
            return Err(no(Code::Malformed, "ask by after or by since, not by both").at("since"));
        }
        (_, Some(since)) => feed.since(since).await?,
        (after, None) => feed.after(after.unwrap_or(0)).await?,
    };
    Ok(axum::Json(page))
}
