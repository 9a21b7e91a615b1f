//! Whether there is a counter at all.

use api::{Business, BusinessId, settings::SettingKey};
use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

use super::{
    Patience,
    decide::{OrderFacts, is_silent},
    read::{LOOK_BACK, facts},
    webhook::{Alarm, Webhook},
};
use crate::{
    db::{Db, counter, order, raw, silence},
    settings,
};

/// So many of the newest orders are looked at.
const NAMED: u64 = 200;

/// Calls the owner's webhook when counters fell silent and when one is back, each once.
pub(super) async fn silence(
    db: &Db,
    webhook: &Webhook,
    business: BusinessId,
    patience: Patience,
    now: Timestamp,
) -> Result<(), DbErr> {
    let select = counter::Entity::find()
        .select_only()
        .column(counter::Column::LastHeard)
        .filter(counter::Column::BusinessId.eq(business.0));
    let heard = raw(db.read(), select).await?;
    let heard = heard.into_iter().filter_map(|row| {
        let ms = row.try_get("", "last_heard").ok()?;
        Timestamp::from_millisecond(ms).ok()
    });
    let heard = heard.max();
    let told = silence::Entity::find_by_id(business.0)
        .one(db.read())
        .await?;
    let after = heard.map_or(i64::MIN, Timestamp::as_millisecond);
    let since = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let select = order::Entity::find()
        .select_only()
        .columns([order::Column::Id, order::Column::Content])
        .filter(order::Column::BusinessId.eq(business.0))
        .filter(order::Column::RevisedAt.gt(after.max(since.as_millisecond())))
        .order_by_desc(order::Column::Seq)
        .limit(NAMED);
    let waiting: Vec<OrderFacts> = raw(db.read(), select)
        .await?
        .iter()
        .filter_map(|row| Some(facts(row)?.1))
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
