//! Changes of tickets in the order of their commits, and the name of the log that their numbers count in.

use api::{JobState, OrderId};
use jiff::Timestamp;
use sqlx::{Row, sqlite::SqliteConnection};
use uuid::Uuid;

use crate::{
    error::QueueError,
    report::{ReportPage, ReportRow, UnmarkedPaper},
    store::{
        read::Reader,
        row::{get, heading, json, maybe_time, maybe_word, readable, time, word},
        storage,
        transaction::WriteTransaction,
    },
};

impl Reader {
    /// Changes after the one of this number.
    pub async fn history_after(&self, n: i64, limit: u32) -> Result<ReportPage, QueueError> {
        // CROSS JOIN: by the numbers of the changes, whatever SQLite believes of the sizes of the tables.
        let rows = sqlx::query(
            "SELECT history.id AS n, ifnull(history.server_at, history.at) AS at, history.state, history.printer, \
             jobs.id, jobs.order_id, jobs.revision, jobs.revised_at, jobs.ticket, jobs.destination, jobs.copy, jobs.heading, jobs.released \
             FROM history CROSS JOIN jobs ON jobs.seq = history.job \
             WHERE history.id > ?1 ORDER BY history.id LIMIT ?2",
        )
        .bind(n)
        .bind(limit)
        .fetch_all(&self.0)
        .await
        .map_err(storage)?;
        Ok(ReportPage {
            up_to: rows.last().map(|row| get(row, "n")).transpose()?,
            rows: readable(&rows, |row| {
                let state: JobState = json(row, "state")?;
                Ok(ReportRow {
                    n: get(row, "n")?,
                    job: word(row, "id")?,
                    order: maybe_word(row, "order_id")?,
                    revision: get(row, "revision")?,
                    revised_at: maybe_time(row, "revised_at")?,
                    ticket: word(row, "ticket")?,
                    destination: maybe_word(row, "destination")?,
                    copy: get(row, "copy")?,
                    printer: maybe_word(row, "printer")?,
                    released: state == JobState::Cancelled && get(row, "released")?,
                    state,
                    marked: heading(row)?.warns(),
                    at: time(get(row, "at")?)?,
                })
            }),
        })
    }

    /// The originals of an order that came out, without those whose paper is marked.
    pub async fn unmarked_papers_of(
        &self,
        order: OrderId,
    ) -> Result<Vec<UnmarkedPaper>, QueueError> {
        let rows = sqlx::query(
            "SELECT id, revision, revised_at, ticket, destination, ifnull(printed_by, printer) AS printer, state, \
             ifnull(server_at, at) AS at FROM jobs \
             WHERE order_id = ?1 AND copy = 0 AND heading = 'none' AND place = 'over' ORDER BY seq",
        )
        .bind(order.to_string())
        .fetch_all(&self.0)
        .await
        .map_err(storage)?;
        let papers = readable(&rows, |row| {
            let paper = UnmarkedPaper {
                job: word(row, "id")?,
                revision: get(row, "revision")?,
                revised_at: maybe_time(row, "revised_at")?,
                ticket: word(row, "ticket")?,
                destination: maybe_word(row, "destination")?,
                printer: maybe_word(row, "printer")?,
                at: time(get(row, "at")?)?,
            };
            let state: JobState = json(row, "state")?;
            Ok(matches!(state, JobState::Printed | JobState::Sent).then_some(paper))
        });
        Ok(papers.into_iter().flatten().collect())
    }

    /// The number of the newest change that is older than this; 0 when none is.
    pub async fn history_before(&self, time: Timestamp) -> Result<i64, QueueError> {
        // From the newest one back: at most what is younger is read.
        let row = sqlx::query(
            "SELECT id FROM history WHERE ifnull(server_at, at) < ?1 ORDER BY id DESC LIMIT 1",
        )
        .bind(time.as_millisecond())
        .fetch_optional(&self.0)
        .await
        .map_err(storage)?;
        row.map_or(Ok(0), |row| get(&row, "id"))
    }

    /// The name of the log.
    pub async fn report_log(&self) -> Result<Uuid, QueueError> {
        let row = sqlx::query("SELECT id FROM report_log")
            .fetch_one(&self.0)
            .await
            .map_err(storage)?;
        word(&row, "id")
    }
}

impl WriteTransaction {
    /// From now on the numbers count in another log.
    pub async fn new_report_log(&mut self) -> Result<Uuid, QueueError> {
        let name = Uuid::new_v4();
        rename(&mut self.connection, name).await?;
        Ok(name)
    }
}

/// Gives the log a name when it has none that can be read, and another one when its numbers may be given twice: the last
/// commits are `lost`, or one is so high that SQLite would go on with any.
pub(super) async fn name_log(
    connection: &mut SqliteConnection,
    lost: bool,
) -> Result<(), QueueError> {
    let far = sqlx::query("DELETE FROM history WHERE id > ?1")
        .bind(super::repair::FAR)
        .execute(&mut *connection)
        .await
        .map_err(storage)?
        .rows_affected();
    let known = sqlx::query("SELECT id FROM report_log")
        .fetch_optional(&mut *connection)
        .await
        .map_err(storage)?
        .is_some_and(|row| {
            row.try_get::<&str, _>("id")
                .is_ok_and(|name| name.parse::<Uuid>().is_ok())
        });
    if known && !lost && far == 0 {
        return Ok(());
    }
    rename(connection, Uuid::new_v4()).await
}

async fn rename(connection: &mut SqliteConnection, name: Uuid) -> Result<(), QueueError> {
    sqlx::query("INSERT OR REPLACE INTO report_log (only, id) VALUES (1, ?1)")
        .bind(name.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(storage)
}
