//! The flags of orders that nobody printed, as they are set and resolved.

use api::{BusinessId, Event};
use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::decide::OrderFacts;
use crate::{
    db::unprinted,
    outbox::{self, Outbox},
};

/// How a flag was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// A ticket of it came out after all.
    Printed,
    /// It was taken back, or is done.
    Closed,
    /// It is no news any more.
    Old,
    /// A person took care of it.
    Person,
    /// The rules make no ticket of this revision.
    Nothing(u32),
}

impl How {
    fn word(self) -> &'static str {
        match self {
            How::Printed => "printed",
            How::Closed => "closed",
            How::Old => "old",
            How::Person => "person",
            How::Nothing(_) => "nothing",
        }
    }
}

pub(super) async fn flag(
    tx: &DatabaseTransaction,
    business: BusinessId,
    id: Uuid,
    facts: &OrderFacts,
) -> Result<(), DbErr> {
    tracing::warn!(%business, order = %id, number = facts.number, "nobody has printed this order");
    unprinted::Entity::insert(unprinted::ActiveModel {
        business_id: Set(business.0),
        order_id: Set(id),
        number: Set(i64::from(facts.number)),
        since: Set(facts.placed_at.as_millisecond()),
        resolved_at: Set(None),
        how: Set(None),
        nothing_of: Set(None),
    })
    .on_conflict(
        OnConflict::columns([unprinted::Column::BusinessId, unprinted::Column::OrderId])
            .update_columns([
                unprinted::Column::ResolvedAt,
                unprinted::Column::How,
                unprinted::Column::NothingOf,
            ])
            .action_and_where(
                Expr::col((unprinted::Entity, unprinted::Column::NothingOf)).is_not_null(),
            )
            .to_owned(),
    )
    .exec_without_returning(tx)
    .await
    .map(drop)
}

pub(super) async fn resolve(
    tx: &DatabaseTransaction,
    business: BusinessId,
    id: Uuid,
    how: How,
    now: Timestamp,
) -> Result<(), DbErr> {
    let mut change = unprinted::Entity::update_many()
        .col_expr(
            unprinted::Column::ResolvedAt,
            Expr::value(now.as_millisecond()),
        )
        .col_expr(unprinted::Column::How, Expr::value(how.word()));
    if let How::Nothing(revision) = how {
        let revision = Expr::value(i64::from(revision));
        change = change.col_expr(unprinted::Column::NothingOf, revision);
    }
    change
        .filter(unprinted::Column::BusinessId.eq(business.0))
        .filter(unprinted::Column::OrderId.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// Commits what was changed, and tells all counters.
pub(super) async fn commit(
    tx: DatabaseTransaction,
    outbox: &Outbox,
    business: BusinessId,
) -> Result<(), DbErr> {
    let id = outbox::event_id();
    outbox::put(&tx, business, &Event::UnprintedChanged { id }).await?;
    tx.commit().await?;
    outbox.wake();
    Ok(())
}
