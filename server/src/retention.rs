//! How long the server keeps what it needs for a while alone: entries of the feed, reported tickets, how far logs of tickets
//! are known, and which orders nobody had printed. Orders are kept for ever.
//!
//! Most rows have no times. Now and then a mark notes where the feed and the reports end; once a mark is old enough, what was
//! behind it then goes. The entry at the mark stays, and so does every later one: whoever read to the end of the feed
//! since then stands on one of them.

use std::time::Duration;

use api::BusinessId;
use jiff::{SignedDuration, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value, sea_query::OnConflict,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    db::{Db, business, feed, mark, report_sequence},
    sequence::OWNERSHIP,
};

/// Orders older than this are no news to anybody: they are not compared with what was printed.
pub(crate) const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);
/// So many rows in one step: orders wait for it.
const AT_ONCE: i64 = 1000;
/// So many marks within the time that things are kept.
const MARKS: u32 = 120;

/// How long things are kept, and how often those that are older are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// A counter that was away for so long goes on where it was, and days can be asked for.
    pub kept: Duration,
    /// How often.
    pub every: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            // Longer than counters keep their own history.
            kept: Duration::from_secs(120 * 24 * 60 * 60),
            every: Duration::from_secs(60 * 60),
        }
    }
}

impl Retention {
    /// What was before this time may be gone.
    pub(crate) fn since(self, now: Timestamp) -> Timestamp {
        let kept = SignedDuration::try_from(self.kept).unwrap_or(SignedDuration::MAX);
        now.saturating_sub(kept).unwrap_or(Timestamp::MIN)
    }
}

/// Deletes until it is cancelled.
pub(crate) async fn watch(db: Db, retention: Retention, stop: CancellationToken) {
    loop {
        match stop
            .run_until_cancelled(sweep(&db, retention, Timestamp::now()))
            .await
        {
            None => return,
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::error!(%error, "what is old could not be deleted"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(retention.every) => {}
        }
    }
}

/// Deletes what is older than it is kept, and notes where everything ends now.
///
/// # Errors
/// When the database fails; what was deleted until then is.
pub async fn sweep(db: &Db, retention: Retention, now: Timestamp) -> Result<(), DbErr> {
    let businesses: Vec<Uuid> = business::Entity::find()
        .select_only()
        .column(business::Column::Id)
        .into_tuple()
        .all(db.read())
        .await?;
    for id in businesses {
        let business = BusinessId(id);
        let since = retention.since(now);
        let old = marks(business)
            .filter(mark::Column::At.lte(since.as_millisecond()))
            .one(db.read())
            .await?;
        if let Some(old) = old {
            prune(db, &old, since).await?;
        }
        forget_flags(db, business, retention, now).await?;
        note(db, business, retention, now).await?;
    }
    Ok(())
}

/// Newest first.
fn marks(business: BusinessId) -> sea_orm::Select<mark::Entity> {
    mark::Entity::find()
        .filter(mark::Column::BusinessId.eq(business.0))
        .order_by_desc(mark::Column::At)
}

async fn prune(db: &Db, old: &mark::Model, since: Timestamp) -> Result<(), DbErr> {
    // The owners at a place are those of the newest change before it.
    let owners: Option<i64> = feed::Entity::find()
        .select_only()
        .column(feed::Column::Seq)
        .filter(feed::Column::BusinessId.eq(old.business_id))
        .filter(feed::Column::Content.is_not_null())
        .filter(feed::Column::Kind.eq(OWNERSHIP))
        .filter(feed::Column::Seq.lte(old.feed_seq))
        .order_by_desc(feed::Column::Seq)
        .into_tuple()
        .one(db.read())
        .await?;
    let entries = delete(
        db,
        "DELETE FROM feed WHERE business_id = $1 AND seq IN (SELECT seq FROM feed \
         WHERE business_id = $1 AND seq < $2 AND seq <> $3 ORDER BY seq LIMIT $4)",
        &[
            old.business_id.into(),
            old.feed_seq.into(),
            owners.unwrap_or(0).into(),
            AT_ONCE.into(),
        ],
    )
    .await?;
    let tickets = delete(
        db,
        "DELETE FROM tickets WHERE business_id = $1 AND seq IN (SELECT seq FROM tickets \
         WHERE business_id = $1 AND seq <= $2 ORDER BY seq LIMIT $3)",
        &[
            old.business_id.into(),
            old.report_seq.into(),
            AT_ONCE.into(),
        ],
    )
    .await?;
    // The log of a counter that is there stays also when nothing was printed for long: it goes on in it.
    let tx = db.write().await?;
    let logs = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "DELETE FROM report_logs WHERE business_id = $1 \
         AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.business_id = $1 AND t.counter_id = report_logs.counter_id \
             AND t.log = report_logs.log) \
         AND (EXISTS (SELECT 1 FROM tickets t WHERE t.business_id = $1 AND t.counter_id = report_logs.counter_id) \
             OR NOT EXISTS (SELECT 1 FROM counters c WHERE c.business_id = $1 AND c.id = report_logs.counter_id \
                 AND c.last_heard >= $2))",
        [old.business_id.into(), since.as_millisecond().into()],
    );
    let logs = tx.execute_raw(logs).await?.rows_affected();
    mark::Entity::delete_many()
        .filter(mark::Column::BusinessId.eq(old.business_id))
        .filter(mark::Column::At.lte(old.at))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    if entries + tickets + logs > 0 {
        tracing::info!(business = %old.business_id, entries, tickets, logs, "what is old was deleted");
    }
    Ok(())
}

/// Forgets of orders that were not changed since then what became of their flags. An open flag stays, and so does that of an
/// order which may still be compared with what was printed.
async fn forget_flags(
    db: &Db,
    business: BusinessId,
    retention: Retention,
    now: Timestamp,
) -> Result<(), DbErr> {
    let compared = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let since = retention.since(now).min(compared);
    let gone = delete(
        db,
        "DELETE FROM unprinted WHERE business_id = $1 AND order_id IN (SELECT u.order_id FROM unprinted u \
         JOIN orders o ON o.id = u.order_id WHERE u.business_id = $1 AND u.resolved_at <= $2 AND o.revised_at <= $2 \
         LIMIT $3)",
        &[
            business.0.into(),
            since.as_millisecond().into(),
            AT_ONCE.into(),
        ],
    )
    .await?;
    if gone > 0 {
        tracing::info!(%business, gone, "flags of old orders were deleted");
    }
    Ok(())
}

/// Runs a statement that deletes a part until nothing is left, each in a transaction of its own.
async fn delete(db: &Db, sql: &str, values: &[Value]) -> Result<u64, DbErr> {
    let mut all = 0;
    loop {
        let tx = db.write().await?;
        let statement =
            Statement::from_sql_and_values(tx.get_database_backend(), sql, values.to_vec());
        let gone = tx.execute_raw(statement).await?.rows_affected();
        tx.commit().await?;
        all += gone;
        if gone < AT_ONCE.unsigned_abs() {
            return Ok(all);
        }
    }
}

/// Notes where everything ends, unless that was done a short while ago.
async fn note(
    db: &Db,
    business: BusinessId,
    retention: Retention,
    now: Timestamp,
) -> Result<(), DbErr> {
    let newest = marks(business).one(db.read()).await?;
    let pause = i64::try_from((retention.kept / MARKS).as_millis()).unwrap_or(i64::MAX);
    // A clock that was set back tells nothing of the last one.
    let is_recent = newest
        .is_some_and(|newest| (0..pause).contains(&now.as_millisecond().saturating_sub(newest.at)));
    if is_recent {
        return Ok(());
    }
    let reported = report_sequence::Entity::find_by_id(business.0)
        .one(db.read())
        .await?;
    let Some(end) = business::Entity::find_by_id(business.0)
        .select_only()
        .column(business::Column::LastSeq)
        .into_tuple::<i64>()
        .one(db.read())
        .await?
    else {
        return Ok(());
    };
    let tx = db.write().await?;
    mark::Entity::insert(mark::ActiveModel {
        business_id: Set(business.0),
        at: Set(now.as_millisecond()),
        feed_seq: Set(end),
        report_seq: Set(reported.map_or(0, |reported| reported.last)),
    })
    .on_conflict(
        OnConflict::columns([mark::Column::BusinessId, mark::Column::At])
            .do_nothing()
            .to_owned(),
    )
    .exec_without_returning(&tx)
    .await?;
    tx.commit().await
}
