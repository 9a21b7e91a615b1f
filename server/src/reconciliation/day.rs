//! A business day in numbers: orders and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use api::{Code, OrderId, unprinted::Day};
use axum::extract::State;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::decide::OrderFacts;
use crate::{
    auth::Staff,
    db::{Db, order, ticket},
    refusal::{Path, Refusal, no},
    retention::Retention,
    settings,
};

/// How a day went: its orders, and how many of them are printed. A day begins at midnight in the restaurant's time zone. An
/// order counts as printed when each of its tickets that has not ended without paper is on paper, and one is. What was
/// reported of a day is kept for 120 days.
#[utoipa::path(get, path = "/api/v1/days/{date}", operation_id = "read_day", tag = "reconciliation",
    params(("date" = String, Path, description = "such as 2026-11-30")),
    responses((status = 200, body = Day), (status = 422, body = api::Problem),
        (status = 404, body = api::Problem, description = "it is too long ago")))]
pub(crate) async fn day(
    State(db): State<Db>,
    State(retention): State<Retention>,
    Staff(claims): Staff,
    Path(date): Path<String>,
) -> Result<axum::Json<Day>, Refusal> {
    let bad = || no(Code::Invalid, "a day is written as 2026-11-30").at("date");
    let date: Date = date.parse().map_err(|_| bad())?;
    let about = settings::business(db.read(), claims.business_id).await?;
    let zone = TimeZone::get(&about.time_zone).unwrap_or(TimeZone::UTC);
    let begin = zone.to_timestamp(date.at(0, 0, 0, 0)).map_err(|_| bad())?;
    let next = date.checked_add(1.day()).map_err(|_| bad())?;
    let end = zone.to_timestamp(next.at(0, 0, 0, 0)).map_err(|_| bad())?;
    if begin < retention.since(Timestamp::now()) {
        let message =
            "what became of the orders of this day is no longer known: it is too long ago";
        return Err(no(Code::NotFound, message).at("date"));
    }
    let orders = orders(&db, claims.business_id.0, begin, end).await?;
    let papers = papers(&db, claims.business_id.0, orders.keys().copied().collect()).await?;
    let mut day = Day {
        date: date.to_string(),
        orders: 0,
        printed: 0,
        cancelled: 0,
        not_printed: Vec::new(),
    };
    for (id, order) in orders {
        day.orders += 1;
        let paper = papers.get(&id).copied().unwrap_or_default();
        if paper.printed && !paper.open {
            day.printed += 1;
        } else if order.cancelled {
            day.cancelled += 1;
        } else {
            day.not_printed.push(OrderId(id));
        }
    }
    Ok(axum::Json(day))
}

/// Those placed on that day, in the order of their ids, which is that of their times.
async fn orders(
    db: &Db,
    business: Uuid,
    begin: Timestamp,
    end: Timestamp,
) -> Result<BTreeMap<Uuid, OrderFacts>, Refusal> {
    // One that was changed later has a later time, and is looked at as well.
    let rows: Vec<(Uuid, String)> = order::Entity::find()
        .select_only()
        .columns([order::Column::Id, order::Column::Content])
        .filter(order::Column::BusinessId.eq(business))
        .filter(order::Column::RevisedAt.gte(begin.as_millisecond()))
        .order_by_asc(order::Column::Seq)
        .into_tuple()
        .all(db.read())
        .await?;
    let read = rows.into_iter().filter_map(|(id, content)| {
        let facts: Result<OrderFacts, _> = serde_json::from_str(&content);
        let facts = facts.inspect_err(
            |error| tracing::warn!(order = %id, %error, "a stored order cannot be read"),
        );
        Some((id, facts.ok()?))
    });
    Ok(read
        .filter(|(_, order)| (begin..end).contains(&order.placed_at))
        .collect())
}

#[derive(Debug, Clone, Copy, Default)]
struct Paper {
    printed: bool,
    open: bool,
}

async fn papers(
    db: &Db,
    business: Uuid,
    orders: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Paper>, Refusal> {
    let mut papers: BTreeMap<Uuid, Paper> = BTreeMap::new();
    let ids: Vec<Uuid> = orders.into_iter().collect();
    // A statement takes only so many values.
    for some in ids.chunks(500) {
        let rows: Vec<(Uuid, bool, bool)> = ticket::Entity::find()
            .select_only()
            .columns([
                ticket::Column::OrderId,
                ticket::Column::OnPaper,
                ticket::Column::Open,
            ])
            .filter(ticket::Column::BusinessId.eq(business))
            .filter(ticket::Column::OrderId.is_in(some.iter().copied()))
            .into_tuple()
            .all(db.read())
            .await?;
        for (order, on_paper, open) in rows {
            let paper = papers.entry(order).or_default();
            paper.printed |= on_paper;
            paper.open |= open;
        }
    }
    Ok(papers)
}
