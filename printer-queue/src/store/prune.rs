//! Deletes old history in small steps. What was handled is never deleted.

use jiff::{SignedDuration, Timestamp};

use crate::{
    error::QueueError,
    options::History,
    store::{row::get, storage, transaction::WriteTransaction},
};

/// So many jobs are forgotten at once at the most.
const STEP: u32 = 100;

/// How long it is kept what other counters were to make. What is older nobody prints unasked.
const ELSEWHERE_HOURS: i64 = 48;

impl WriteTransaction {
    /// Forgets the oldest of what is over and beyond the bounds; `true` when there is more to prune.
    pub async fn prune(&mut self, history: &History) -> Result<bool, QueueError> {
        let days = SignedDuration::from_hours(24 * i64::from(history.days));
        let before = match self.server_now {
            Some(now) => {
                self.date_history(now).await?;
                let day = SignedDuration::from_hours(ELSEWHERE_HOURS);
                self.prune_elsewhere(now.saturating_sub(day).unwrap_or(Timestamp::MIN))
                    .await?;
                now.saturating_sub(days).unwrap_or(Timestamp::MIN)
            }
            // Nobody knows how old anything is.
            None => Timestamp::MIN,
        };
        let newest = sqlx::query("SELECT ifnull(max(seq), 0) AS seq FROM jobs")
            .fetch_one(&mut *self.connection)
            .await
            .map_err(storage)?;
        // Numbers are given once and in order: there are never more jobs above this one.
        let up_to = get::<i64>(&newest, "seq")? - i64::from(history.jobs);
        let done = sqlx::query(
            "DELETE FROM jobs WHERE seq IN (\
             SELECT seq FROM (SELECT seq FROM jobs WHERE place = 'over' AND server_at < ?1 LIMIT ?3) UNION \
             SELECT seq FROM (SELECT seq FROM jobs WHERE place = 'over' AND seq <= ?2 ORDER BY seq LIMIT ?3) LIMIT ?3) \
             AND seq IS NOT (SELECT job FROM history ORDER BY id DESC LIMIT 1)",
        )
        .bind(before.as_millisecond())
        .bind(up_to)
        .bind(STEP)
        .execute(&mut *self.connection)
        .await
        .map_err(storage)?;
        Ok(done.rows_affected() == u64::from(STEP))
    }

    /// What was over before the server's time was known ages from now on.
    async fn date_history(&mut self, now: Timestamp) -> Result<(), QueueError> {
        sqlx::query(
            "UPDATE jobs SET server_at = ?1 WHERE seq IN \
             (SELECT seq FROM jobs WHERE place = 'over' AND server_at IS NULL LIMIT ?2)",
        )
        .bind(now.as_millisecond())
        .bind(STEP)
        .execute(&mut *self.connection)
        .await
        .map_err(storage)?;
        Ok(())
    }
}
