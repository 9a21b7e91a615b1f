//! The task that compares.

use api::BusinessId;
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query, SelectStatement},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Patience,
    decide::{OrderFacts, is_missing},
    flags::{self, How},
    read::{LOOK_BACK, facts},
    silence::silence,
    webhook::Webhook,
};
use crate::{
    db::{Db, business, order, raw, ticket, unprinted},
    outbox::Outbox,
};

/// About so many orders of a business are flagged at once.
const AT_ONCE: usize = 200;
/// So many are looked at in one statement.
const PAGE: u64 = 200;

/// Compares until it is cancelled. One business that fails is logged, and hides no other.
pub(crate) async fn watch(
    db: Db,
    outbox: Outbox,
    webhook: Webhook,
    patience: Patience,
    stop: CancellationToken,
) {
    loop {
        match businesses(&db).await {
            Ok(all) => {
                for business in all {
                    let checking = one(&db, &outbox, &webhook, business, patience);
                    match stop.run_until_cancelled(checking).await {
                        None => return,
                        Some(Ok(())) => {}
                        Some(Err(error)) => {
                            tracing::error!(%business, %error, "orders could not be compared with what was printed");
                        }
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, "orders could not be compared with what was printed")
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(patience.every) => {}
        }
    }
}

async fn businesses(db: &Db) -> Result<Vec<BusinessId>, DbErr> {
    let select = business::Entity::find()
        .select_only()
        .column(business::Column::Id);
    let ids = raw(db.read(), select).await?;
    let ids = ids.into_iter().filter_map(|row| row.try_get("", "id").ok());
    Ok(ids.map(BusinessId).collect())
}

/// Neither of the two keeps the other from being done.
async fn one(
    db: &Db,
    outbox: &Outbox,
    webhook: &Webhook,
    business: BusinessId,
    patience: Patience,
) -> Result<(), DbErr> {
    let now = Timestamp::now();
    let compared = compare(db, outbox, business, patience, now).await;
    let listened = silence(db, webhook, business, patience, now).await;
    compared.and(listened)
}

async fn compare(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    patience: Patience,
    now: Timestamp,
) -> Result<(), DbErr> {
    let missing = missing(db, business, patience, now).await?;
    let over = over(db, business, now).await?;
    if !missing.is_empty() || !over.is_empty() {
        let tx = db.write().await?;
        for (id, facts) in &missing {
            flags::flag(&tx, business, *id, facts).await?;
        }
        for (id, how) in over {
            flags::resolve(&tx, business, id, how, now).await?;
        }
        flags::commit(tx, outbox, business).await?;
    }
    Ok(())
}

/// Orders without a ticket on paper that are not flagged yet.
async fn missing(
    db: &Db,
    business: BusinessId,
    patience: Patience,
    now: Timestamp,
) -> Result<Vec<(Uuid, OrderFacts)>, DbErr> {
    let since = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let (mut missing, mut after) = (Vec::new(), 0_i64);
    // What needs no paper any more stays without it, and hides nothing that comes later.
    while missing.len() < AT_ONCE {
        let select = order::Entity::find()
            .select_only()
            .columns([
                order::Column::Id,
                order::Column::Seq,
                order::Column::Content,
            ])
            .filter(order::Column::BusinessId.eq(business.0))
            .filter(order::Column::RevisedAt.gte(since.as_millisecond()))
            .filter(order::Column::Seq.gt(after))
            .filter(Expr::exists(on_paper()).not())
            .filter(Expr::exists(flagged()).not())
            .order_by_asc(order::Column::Seq)
            .limit(PAGE);
        let rows = raw(db.read(), select).await?;
        let is_last = u64::try_from(rows.len()).is_ok_and(|rows| rows < PAGE);
        let before = after;
        for row in rows {
            after = row.try_get("", "seq").unwrap_or(after);
            let Some((id, facts)) = facts(&row) else {
                continue;
            };
            if is_missing(&facts, patience.order, now) {
                missing.push((id, facts));
            }
        }
        if is_last || after == before {
            break;
        }
    }
    Ok(missing)
}

/// The tickets on paper of an order.
fn on_paper() -> SelectStatement {
    let of_order = |column| Expr::col((ticket::Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from(ticket::Entity)
        .and_where(
            of_order(ticket::Column::BusinessId).equals((order::Entity, order::Column::BusinessId)),
        )
        .and_where(of_order(ticket::Column::OrderId).equals((order::Entity, order::Column::Id)))
        .and_where(of_order(ticket::Column::OnPaper).eq(true))
        .to_owned()
}

/// The flag of an order, unless it only says that there was nothing to print of an earlier revision.
fn flagged() -> SelectStatement {
    let of_order = |column| Expr::col((unprinted::Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from(unprinted::Entity)
        .and_where(
            of_order(unprinted::Column::BusinessId)
                .equals((order::Entity, order::Column::BusinessId)),
        )
        .and_where(of_order(unprinted::Column::OrderId).equals((order::Entity, order::Column::Id)))
        .and_where(
            of_order(unprinted::Column::NothingOf)
                .is_null()
                .or(of_order(unprinted::Column::NothingOf)
                    .gte(Expr::col((order::Entity, order::Column::Revision)))),
        )
        .to_owned()
}

/// Flagged orders that are no longer missing, and why.
async fn over(db: &Db, business: BusinessId, now: Timestamp) -> Result<Vec<(Uuid, How)>, DbErr> {
    let since = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let select = order::Entity::find()
        .select_only()
        .columns([
            order::Column::Id,
            order::Column::RevisedAt,
            order::Column::Content,
        ])
        .expr_as(Expr::exists(on_paper()), "printed")
        .filter(order::Column::BusinessId.eq(business.0))
        .filter(
            order::Column::Id.in_subquery(
                Query::select()
                    .column(unprinted::Column::OrderId)
                    .from(unprinted::Entity)
                    .and_where(unprinted::Column::BusinessId.eq(business.0))
                    .and_where(unprinted::Column::ResolvedAt.is_null())
                    .to_owned(),
            ),
        );
    let rows = raw(db.read(), select).await?;
    let over = rows.into_iter().filter_map(|row| {
        let id = row.try_get("", "id").ok()?;
        // One whose time cannot be read is not old.
        let revised: i64 = row.try_get("", "revised_at").unwrap_or(i64::MAX);
        if row.try_get("", "printed").unwrap_or(false) {
            Some((id, How::Printed))
        } else if facts(&row).is_some_and(|(_, facts)| !facts.is_open()) {
            Some((id, How::Closed))
        } else if revised < since.as_millisecond() {
            Some((id, How::Old))
        } else {
            None
        }
    });
    Ok(over.collect())
}
