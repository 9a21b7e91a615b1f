//! Reconciliation: which orders nobody has printed, and whether there is a counter at all. A task compares orders with what
//! counters report; what is missing is flagged until it is resolved, and told to all counters. When no counter has been
//! heard of while orders come in, a webhook of the owner is called.

mod check;
pub(crate) mod day;
mod decide;
mod flags;
mod read;
mod silence;
mod webhook;

use std::time::Duration;

use api::{
    Code, OrderId,
    unprinted::{NothingToPrint, UnprintedOrder},
};
use axum::extract::State;
use jiff::Timestamp;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

pub(crate) use check::watch;
use flags::How;
pub(crate) use webhook::Webhook;

use crate::{
    auth::Staff,
    db::{Db, decoded_singly, order, ticket, unprinted},
    outbox::Outbox,
    refusal::{Json, Path, Refusal, no, unreadable},
};

/// How patient the reconciliation is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long after it came an order may be without a ticket on paper.
    pub order: Duration,
    /// How long no counter may be heard of while orders come in.
    pub counters: Duration,
    /// How often orders are compared with reports.
    pub every: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            order: Duration::from_secs(60),
            counters: Duration::from_secs(70),
            every: Duration::from_secs(5),
        }
    }
}

/// The orders that nobody has printed and nobody has resolved, oldest first.
#[utoipa::path(get, path = "/api/v1/unprinted", operation_id = "list_unprinted", tag = "reconciliation",
    responses((status = 200, body = Vec<UnprintedOrder>)))]
pub(crate) async fn list(
    State(db): State<Db>,
    Staff(claims): Staff,
) -> Result<axum::Json<Vec<UnprintedOrder>>, Refusal> {
    let select = unprinted::Entity::find()
        .filter(unprinted::Column::BusinessId.eq(claims.business_id.0))
        .filter(unprinted::Column::ResolvedAt.is_null())
        .order_by_asc(unprinted::Column::Since)
        .order_by_asc(unprinted::Column::OrderId);
    let rows = decoded_singly(db.read(), select).await?;
    // One that cannot be read is logged, and hides no other.
    let readable = rows.into_iter().filter_map(|(_, row)| listed(row).ok());
    Ok(axum::Json(readable.collect()))
}

/// A person has taken care of an order that nobody printed. What is resolved already stays so.
#[utoipa::path(post, path = "/api/v1/unprinted/{id}/resolve", operation_id = "resolve_unprinted", tag = "reconciliation",
    params(("id" = OrderId, Path, description = "of an order that is flagged")),
    responses((status = 204), (status = 404, body = api::Problem)))]
pub(crate) async fn resolve(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    Staff(claims): Staff,
    Path(order): Path<OrderId>,
) -> Result<axum::http::StatusCode, Refusal> {
    let tx = db.write().await?;
    let key = (claims.business_id.0, order.0);
    let row = unprinted::Entity::find_by_id(key).one(&tx).await?;
    let row = row.ok_or_else(|| no(Code::NotFound, "this order is not flagged").at("id"))?;
    if row.resolved_at.is_none() {
        let business = claims.business_id;
        flags::resolve(&tx, business, order.0, How::Person, Timestamp::now()).await?;
        flags::commit(tx, &outbox, business).await?;
    }
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// A counter that has handled the newest revision says that the rules make no ticket of it on purpose. A later revision
/// counts anew.
#[utoipa::path(post, path = "/api/v1/unprinted/{id}/nothing", operation_id = "nothing_to_print", tag = "reconciliation",
    request_body = NothingToPrint, params(("id" = OrderId, Path, description = "of an order that is flagged")),
    responses((status = 204), (status = 404, body = api::Problem),
        (status = 409, body = api::Problem, description = "there is a later revision, or a counter has made a ticket of it")))]
pub(crate) async fn nothing(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    Staff(claims): Staff,
    Path(order): Path<OrderId>,
    Json(said): Json<NothingToPrint>,
) -> Result<axum::http::StatusCode, Refusal> {
    let tx = db.write().await?;
    let key = (claims.business_id.0, order.0);
    let flags = unprinted::Entity::find_by_id(key)
        .filter(unprinted::Column::ResolvedAt.is_null())
        .count(&tx)
        .await?;
    if flags == 0 {
        return Err(no(Code::NotFound, "this order is not flagged").at("id"));
    }
    let mut newest =
        order::Entity::find_by_id(order.0).filter(order::Column::Revision.eq(said.revision));
    if let Some(at) = said.revised_at {
        newest = newest.filter(order::Column::RevisedAt.eq(at.as_millisecond()));
    }
    let same = newest.count(&tx).await?;
    if same == 0 {
        let message = "this is not the newest revision of the order";
        return Err(no(Code::Conflict, message).at("revision"));
    }
    let tickets = ticket::Entity::find()
        .filter(ticket::Column::BusinessId.eq(key.0))
        .filter(ticket::Column::OrderId.eq(key.1))
        .count(&tx)
        .await?;
    if tickets > 0 {
        let message = "a counter has made a ticket of this order";
        return Err(no(Code::Conflict, message).at("id"));
    }
    let (business, how) = (claims.business_id, How::Nothing(said.revision));
    flags::resolve(&tx, business, order.0, how, Timestamp::now()).await?;
    flags::commit(tx, &outbox, business).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

fn listed(row: Result<unprinted::Model, DbErr>) -> Result<UnprintedOrder, Refusal> {
    let row = row.map_err(|error| unreadable("flag of an order", &error))?;
    Ok(UnprintedOrder {
        order: row.order_id.into(),
        number: u32::try_from(row.number).map_err(|error| unreadable("order number", &error))?,
        placed_at: Timestamp::from_millisecond(row.since)
            .map_err(|error| unreadable("time", &error))?,
    })
}
