//! The task that compares.

use api::{Business, BusinessId, Event, settings::SettingKey};
use jiff::{SignedDuration, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Patience,
    decide::{OrderFacts, is_missing, is_silent},
    webhook::{Alarm, Webhook},
};
use crate::{
    db::{Db, business, counter, order, silence, ticket, unprinted},
    outbox::{self, Outbox},
    settings,
};

/// Orders older than this are no news to anybody.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);
/// So many orders of a business are flagged at once.
const AT_ONCE: u64 = 200;

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
    let ids: Vec<Uuid> = business::Entity::find()
        .select_only()
        .column(business::Column::Id)
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(ids.into_iter().map(BusinessId).collect())
}

async fn one(
    db: &Db,
    outbox: &Outbox,
    webhook: &Webhook,
    business: BusinessId,
    patience: Patience,
) -> Result<(), DbErr> {
    let now = Timestamp::now();
    let missing = missing(db, business, patience, now).await?;
    let over = over(db, business).await?;
    if !missing.is_empty() || !over.is_empty() {
        let tx = db.write().await?;
        for (id, facts) in &missing {
            flag(&tx, business, *id, facts).await?;
        }
        for (id, how) in &over {
            resolve(&tx, business, *id, how, now).await?;
        }
        let id = outbox::event_id();
        outbox::put(&tx, business, &Event::UnprintedChanged { id }).await?;
        tx.commit().await?;
        outbox.wake();
    }
    silence(db, webhook, business, patience, now).await
}

/// Orders without a ticket on paper that are not flagged yet.
async fn missing(
    db: &Db,
    business: BusinessId,
    patience: Patience,
    now: Timestamp,
) -> Result<Vec<(Uuid, OrderFacts)>, DbErr> {
    let since = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let rows: Vec<(Uuid, String)> = order::Entity::find()
        .select_only()
        .columns([order::Column::Id, order::Column::Content])
        .filter(order::Column::BusinessId.eq(business.0))
        .filter(order::Column::RevisedAt.gte(since.as_millisecond()))
        .filter(order::Column::Id.not_in_subquery(printed(business)))
        .filter(
            order::Column::Id.not_in_subquery(
                Query::select()
                    .column(unprinted::Column::OrderId)
                    .from(unprinted::Entity)
                    .and_where(unprinted::Column::BusinessId.eq(business.0))
                    .to_owned(),
            ),
        )
        .order_by_asc(order::Column::Seq)
        .limit(AT_ONCE)
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, content)| Some((id, facts(id, &content)?)))
        .filter(|(_, facts)| is_missing(facts, patience.order, now))
        .collect())
}

fn printed(business: BusinessId) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(ticket::Column::OrderId)
        .from(ticket::Entity)
        .and_where(ticket::Column::BusinessId.eq(business.0))
        .and_where(ticket::Column::OnPaper.eq(true))
        .to_owned()
}

/// Flagged orders that are no longer missing, and why.
async fn over(db: &Db, business: BusinessId) -> Result<Vec<(Uuid, &'static str)>, DbErr> {
    let flagged: Vec<Uuid> = unprinted::Entity::find()
        .select_only()
        .column(unprinted::Column::OrderId)
        .filter(unprinted::Column::BusinessId.eq(business.0))
        .filter(unprinted::Column::ResolvedAt.is_null())
        .into_tuple()
        .all(db.read())
        .await?;
    let mut over = Vec::new();
    for id in flagged {
        let paper = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::JobId)
            .filter(ticket::Column::BusinessId.eq(business.0))
            .filter(ticket::Column::OrderId.eq(id))
            .filter(ticket::Column::OnPaper.eq(true))
            .into_tuple::<Uuid>()
            .one(db.read())
            .await?;
        if paper.is_some() {
            over.push((id, "printed"));
            continue;
        }
        let row = order::Entity::find_by_id(id).one(db.read()).await?;
        let facts = row.and_then(|row| facts(id, &row.content));
        if facts.is_some_and(|facts| !facts.is_open()) {
            over.push((id, "closed"));
        }
    }
    Ok(over)
}

async fn flag(
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
    })
    .on_conflict(
        OnConflict::columns([unprinted::Column::BusinessId, unprinted::Column::OrderId])
            .do_nothing()
            .to_owned(),
    )
    .exec_without_returning(tx)
    .await
    .map(drop)
}

async fn resolve(
    tx: &DatabaseTransaction,
    business: BusinessId,
    id: Uuid,
    how: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    unprinted::Entity::update_many()
        .col_expr(
            unprinted::Column::ResolvedAt,
            Expr::value(now.as_millisecond()),
        )
        .col_expr(unprinted::Column::How, Expr::value(how))
        .filter(unprinted::Column::BusinessId.eq(business.0))
        .filter(unprinted::Column::OrderId.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// Calls the owner's webhook when counters fell silent and when one is back, each once.
async fn silence(
    db: &Db,
    webhook: &Webhook,
    business: BusinessId,
    patience: Patience,
    now: Timestamp,
) -> Result<(), DbErr> {
    let heard: Option<i64> = counter::Entity::find()
        .select_only()
        .column(counter::Column::LastHeard)
        .filter(counter::Column::BusinessId.eq(business.0))
        .order_by_desc(counter::Column::LastHeard)
        .into_tuple()
        .one(db.read())
        .await?;
    let heard = heard.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let told = silence::Entity::find_by_id(business.0)
        .one(db.read())
        .await?;
    let after = heard.map_or(i64::MIN, Timestamp::as_millisecond);
    let since = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let waiting: Vec<(Uuid, String)> = order::Entity::find()
        .select_only()
        .columns([order::Column::Id, order::Column::Content])
        .filter(order::Column::BusinessId.eq(business.0))
        .filter(order::Column::RevisedAt.gt(after.max(since.as_millisecond())))
        .order_by_desc(order::Column::Seq)
        .limit(AT_ONCE)
        .into_tuple()
        .all(db.read())
        .await?;
    let waiting: Vec<OrderFacts> = waiting
        .into_iter()
        .filter_map(|(id, content)| facts(id, &content))
        .filter(OrderFacts::is_open)
        .collect();
    let newest = waiting.iter().map(|order| order.placed_at).max();
    let silent = is_silent(heard, newest, patience.counters, now);
    let alarm = match (silent, &told) {
        (true, None) => Alarm::Silent {
            last_heard: heard,
            orders: waiting.iter().map(|order| order.number).rev().collect(),
        },
        // Heard again, and not only because nobody orders any more.
        (false, Some(told)) if heard.is_some_and(|at| at.as_millisecond() > told.since) => {
            Alarm::Heard
        }
        (true, Some(_)) | (false, _) => return Ok(()),
    };
    let tx = db.write().await?;
    match &alarm {
        Alarm::Silent { .. } => {
            tracing::error!(%business, "orders come in and no counter is there to print them");
            silence::Entity::insert(silence::ActiveModel {
                business_id: Set(business.0),
                since: Set(now.as_millisecond()),
            })
            .on_conflict(
                OnConflict::column(silence::Column::BusinessId)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&tx)
            .await?;
        }
        Alarm::Heard => {
            silence::Entity::delete_by_id(business.0).exec(&tx).await?;
        }
    }
    let about = settings::get(&tx, business, &SettingKey::Business).await;
    tx.commit().await?;
    let about = about.ok().flatten().and_then(|setting| setting.value);
    let about: Option<Business> = about.and_then(|value| serde_json::from_value(value).ok());
    if let Some(url) = about.and_then(|about| about.alarm_webhook) {
        webhook.call(business, url, &alarm);
    }
    Ok(())
}

/// One that cannot be read is not missing for ever: it is in the feed, and each counter shows it.
fn facts(id: Uuid, content: &str) -> Option<OrderFacts> {
    serde_json::from_str(content)
        .inspect_err(|error| tracing::warn!(order = %id, %error, "a stored order cannot be read"))
        .ok()
}
