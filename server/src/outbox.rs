//! Events between their commit and the hub: written in the transaction of what they tell of, published afterwards, one
//! after another, until the hub has them. A crash in between costs a repetition, which the event's id makes harmless.

use std::{sync::Arc, time::Duration};

use api::{BusinessId, Event};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    db::{Db, outbox},
    hub::Hub,
};

/// How often it looks without being woken: another process may have written, and a wake-up may have got lost.
const LOOK: Duration = Duration::from_secs(5);
/// Events taken from the table at once.
const BATCH: u64 = 100;
/// Before the second try, when the hub or the database fails; doubles up to [`SLOWEST`].
const FIRST_DELAY: Duration = Duration::from_millis(200);
/// Between tries at the most.
const SLOWEST: Duration = Duration::from_secs(10);

/// Wakes the task that publishes; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox(Arc<Notify>);

impl Outbox {
    /// After a commit: there is something to publish.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// An id for an event; it is also the key by which the hub knows a repetition.
pub(crate) fn event_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Writes an event into the transaction that it tells of.
pub(crate) async fn put(
    tx: &DatabaseTransaction,
    business: BusinessId,
    event: &Event,
) -> Result<(), DbErr> {
    let payload = serde_json::to_string(event)
        .map_err(|error| DbErr::Custom(format!("an event that is no JSON: {error}")))?;
    outbox::Entity::insert(outbox::ActiveModel {
        event_id: Set(event.id().unwrap_or_default().to_owned()),
        channel: Set(format!("business:{business}")),
        payload: Set(payload),
        ..outbox::ActiveModel::default()
    })
    .exec_without_returning(tx)
    .await
    .map(drop)
}

/// Publishes what is there and what comes, until it is stopped.
pub(crate) async fn publish(db: Db, hub: Hub, outbox: Outbox, stop: CancellationToken) {
    let mut delay = FIRST_DELAY;
    loop {
        let wait = match stop.run_until_cancelled(batch(&db, &hub)).await {
            None => return,
            Some(Ok(true)) => continue,
            Some(Ok(false)) => {
                delay = FIRST_DELAY;
                LOOK
            }
            Some(Err(error)) => {
                tracing::warn!(%error, again_in = ?delay, "events wait: they could not be published");
                let wait = delay;
                delay = SLOWEST.min(delay * 2);
                // A wake-up does not make a failed hub well; it waits for its time.
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(wait) => continue,
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = outbox.0.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum PublishError {
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error(transparent)]
    Hub(#[from] crate::hub::HubError),
}

/// Publishes the oldest events in their order; `true` when there were any.
async fn batch(db: &Db, hub: &Hub) -> Result<bool, PublishError> {
    let rows = outbox::Entity::find()
        .order_by_asc(outbox::Column::Id)
        .limit(BATCH)
        .all(db.read())
        .await?;
    let mut taken = Vec::with_capacity(rows.len());
    let mut refused = Ok(());
    for row in &rows {
        match hub.publish(&row.channel, &row.payload, &row.event_id).await {
            Ok(_) => taken.push(row.id),
            Err(error) if error.retryable() => {
                refused = Err(error);
                break;
            }
            Err(error) => {
                // It would hold up all that come after it, for ever. Counters find what it tells of by asking.
                tracing::error!(channel = row.channel, event = row.event_id, %error, "an event is given up");
                taken.push(row.id);
            }
        }
    }
    if !taken.is_empty() {
        let tx = db.write().await?;
        outbox::Entity::delete_many()
            .filter(outbox::Column::Id.is_in(taken))
            .exec(&tx)
            .await?;
        tx.commit().await?;
    }
    refused?;
    Ok(!rows.is_empty())
}
