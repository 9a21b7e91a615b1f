//! Transactional outbox: events are written in the transaction of the change that they announce and published in order
//! afterwards, until the hub has them. A crash in between publishes an event twice, which its id makes harmless.

use std::{sync::Arc, time::Duration};

use api::{BusinessId, Event};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    db::{Db, decoded_singly, outbox},
    hub::Hub,
};

/// How often the table is polled without a wake-up: another process may have written to it.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Events read from the table at once.
const BATCH: u64 = 100;
/// Before the first retry when the hub or the database fails; doubles up to [`MAX_RETRY_DELAY`].
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(200);
/// Between retries at the most.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(10);

/// Wakes the publisher task; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox(Arc<Notify>);

impl Outbox {
    /// Call it after a commit that wrote events.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// An id for an event; it is also the idempotency key of its publication.
pub(crate) fn event_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Writes an event in the transaction of the change that it announces.
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

/// Publishes events until it is cancelled.
pub(crate) async fn publish(db: Db, hub: Hub, outbox: Outbox, stop: CancellationToken) {
    let mut delay = FIRST_RETRY_DELAY;
    loop {
        let wait = match stop.run_until_cancelled(publish_batch(&db, &hub)).await {
            None => return,
            Some(Ok(true)) => continue,
            Some(Ok(false)) => {
                delay = FIRST_RETRY_DELAY;
                POLL_INTERVAL
            }
            Some(Err(error)) => {
                tracing::warn!(%error, again_in = ?delay, "events wait: they could not be published");
                let wait = delay;
                delay = MAX_RETRY_DELAY.min(delay * 2);
                // Wake-ups are ignored here: they do not repair a failed hub.
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

/// Publishes the oldest events in order; `true` when there were any.
async fn publish_batch(db: &Db, hub: &Hub) -> Result<bool, PublishError> {
    let select = outbox::Entity::find()
        .order_by_asc(outbox::Column::Id)
        .limit(BATCH);
    let rows = decoded_singly(db.read(), select).await?;
    let mut published = Vec::with_capacity(rows.len());
    let mut refused = Ok(());
    for (raw, row) in rows {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                // As one that no hub takes.
                tracing::error!(%error, "an event cannot be read, and is given up");
                published.push(raw.try_get::<i64>("", "id")?);
                continue;
            }
        };
        let publishing = hub.publish(&row.channel, &row.payload, &row.event_id);
        let problem = match supervision::catch(publishing).await {
            Ok(Ok(_)) => {
                tracing::trace!(target: "panbot::stage", stage = "server.published", event = row.payload);
                None
            }
            Ok(Err(error)) if error.retryable() => {
                refused = Err(error);
                break;
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(panic) => Some(format!("a panic: {panic}")),
        };
        if let Some(problem) = problem {
            // It would block all later events for ever. Counters find the change by polling.
            tracing::error!(
                channel = row.channel,
                event = row.event_id,
                problem,
                "an event is given up"
            );
        }
        published.push(row.id);
    }
    let any = !published.is_empty();
    if any {
        let tx = db.write().await?;
        outbox::Entity::delete_many()
            .filter(outbox::Column::Id.is_in(published))
            .exec(&tx)
            .await?;
        tx.commit().await?;
    }
    refused?;
    Ok(any)
}
