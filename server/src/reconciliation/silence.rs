//! Whether there is a counter at all.

use api::{Business, BusinessId, settings::SettingKey};
use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
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
    let silence = Silence {
        db,
        webhook,
        business,
    };
    match (silent, told) {
        (true, told) => {
            let since = match told {
                None => silence.begin(now).await?,
                Some(row) if row.told_at.is_none() => row.since,
                Some(_) => return Ok(()),
            };
            let alarm = Alarm::Silent {
                last_heard: heard,
                orders: waiting.iter().map(|order| order.number).rev().collect(),
            };
            silence.tell(since, alarm).await
        }
        // Heard again, and not only because nobody orders any more.
        (false, Some(row)) if heard.is_some_and(|at| at.as_millisecond() > row.since) => {
            if row.told_at.is_none() {
                return end(db, business, row.since).await;
            }
            silence.tell(row.since, Alarm::Heard).await
        }
        (false, _) => Ok(()),
    }
}

struct Silence<'a> {
    db: &'a Db,
    webhook: &'a Webhook,
    business: BusinessId,
}

impl Silence<'_> {
    async fn begin(&self, now: Timestamp) -> Result<i64, DbErr> {
        tracing::error!(business = %self.business, "orders come in and no counter is there to print them");
        let since = now.as_millisecond();
        let tx = self.db.write().await?;
        silence::Entity::insert(silence::ActiveModel {
            business_id: Set(self.business.0),
            since: Set(since),
            told_at: Set(None),
        })
        .on_conflict(
            OnConflict::column(silence::Column::BusinessId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
        tx.commit().await?;
        Ok(since)
    }

    /// Tells the owner, if it is time to. It is noted when it is told, and not before.
    async fn tell(&self, since: i64, alarm: Alarm) -> Result<(), DbErr> {
        let (business, db) = (self.business, self.db.clone());
        let about = settings::get(self.db.read(), business, &SettingKey::Business).await;
        let about: Option<Business> = about
            .ok()
            .flatten()
            .and_then(|setting| serde_json::from_value(setting.value?).ok());
        // One that cannot be read says nothing of who is to be told.
        let Some(about) = about else {
            return Ok(());
        };
        match (about.alarm_webhook, alarm) {
            (Some(url), alarm @ Alarm::Silent { .. }) => {
                let id = format!("{business}.{since}.silent");
                let told = async move { note(&db, business, since).await };
                self.webhook.call(business, id, url, alarm, told);
            }
            (Some(url), Alarm::Heard) => {
                let id = format!("{business}.{since}.heard");
                let told = async move { end(&db, business, since).await };
                self.webhook.call(business, id, url, Alarm::Heard, told);
            }
            // Somebody may still ask to be told.
            (None, Alarm::Silent { .. }) => {}
            (None, Alarm::Heard) => end(self.db, business, since).await?,
        }
        Ok(())
    }
}

/// The owner knows of it.
async fn note(db: &Db, business: BusinessId, since: i64) -> Result<(), DbErr> {
    let tx = db.write().await?;
    silence::Entity::update_many()
        .col_expr(
            silence::Column::ToldAt,
            Expr::value(Timestamp::now().as_millisecond()),
        )
        .filter(silence::Column::BusinessId.eq(business.0))
        .filter(silence::Column::Since.eq(since))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// It is over, and nothing is left to be told of it.
async fn end(db: &Db, business: BusinessId, since: i64) -> Result<(), DbErr> {
    let tx = db.write().await?;
    silence::Entity::delete_many()
        .filter(silence::Column::BusinessId.eq(business.0))
        .filter(silence::Column::Since.eq(since))
        .exec(&tx)
        .await?;
    tx.commit().await
}
