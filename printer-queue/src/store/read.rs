//! Queries on the read connections. Each answer is one committed state.

use std::collections::{BTreeMap, BTreeSet};

use api::{JobId, OrderId, PrinterId, TicketChanged};
use jiff::Timestamp;
use sqlx::SqlitePool;

use crate::{
    error::QueueError,
    job::{HistoryRow, Job},
    store::{
        row::{OPEN_AND_RECENT, get, job, json, maybe_word, readable, select_jobs, time},
        storage,
    },
};

/// The first job of a printer's line, with what has to be printed.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub job: Job,
    pub markup: String,
    pub locale: String,
    /// No byte of it can have left so far.
    pub first_pass: bool,
}

/// Reads. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Reader(pub SqlitePool);

impl Reader {
    pub async fn is_handled(&self, order: OrderId, revision: u32) -> Result<bool, QueueError> {
        sqlx::query("SELECT 1 FROM handled WHERE order_id = ?1 AND revision = ?2")
            .bind(order.to_string())
            .bind(revision)
            .fetch_optional(&self.0)
            .await
            .map(|row| row.is_some())
            .map_err(storage)
    }

    pub async fn handled_revision(&self, order: OrderId) -> Result<Option<u32>, QueueError> {
        let row = sqlx::query("SELECT max(revision) AS newest FROM handled WHERE order_id = ?1")
            .bind(order.to_string())
            .fetch_one(&self.0)
            .await
            .map_err(storage)?;
        get(&row, "newest")
    }

    pub async fn jobs_of(&self, order: OrderId) -> Result<Vec<TicketChanged>, QueueError> {
        changed(
            &sqlx::query(select_jobs!("WHERE order_id = ?1 ORDER BY seq"))
                .bind(order.to_string())
                .fetch_all(&self.0)
                .await
                .map_err(storage)?,
        )
    }

    pub async fn open_and_recent(&self, limit: u32) -> Result<Vec<TicketChanged>, QueueError> {
        changed(
            &sqlx::query(OPEN_AND_RECENT)
                .bind(limit)
                .fetch_all(&self.0)
                .await
                .map_err(storage)?,
        )
    }

    /// Tickets that are held for their age, oldest first.
    pub async fn too_old(&self) -> Result<Vec<TicketChanged>, QueueError> {
        changed(
            &sqlx::query(select_jobs!(
                "WHERE place = 'person' AND place <> 'over' AND json_extract(state, '$.cause') = 'too_old' \
                 ORDER BY seq"
            ))
            .fetch_all(&self.0)
            .await
            .map_err(storage)?,
        )
    }

    pub async fn markup_of(
        &self,
        id: JobId,
    ) -> Result<(String, String, Option<PrinterId>), QueueError> {
        let row = sqlx::query("SELECT markup, locale, printer FROM jobs WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.0)
            .await
            .map_err(storage)?
            .ok_or(QueueError::UnknownJob(id))?;
        let markup: Option<String> = get(&row, "markup")?;
        let markup = markup.ok_or(QueueError::NotNow(
            "this ticket could not be made, so there is nothing to show; correct its template",
        ))?;
        Ok((markup, get(&row, "locale")?, maybe_word(&row, "printer")?))
    }

    pub async fn history_of(&self, id: JobId) -> Result<Vec<HistoryRow>, QueueError> {
        let rows = sqlx::query(
            "SELECT history.at, history.state, history.printer, history.cause FROM history \
             JOIN jobs ON jobs.seq = history.job WHERE jobs.id = ?1 ORDER BY history.id",
        )
        .bind(id.to_string())
        .fetch_all(&self.0)
        .await
        .map_err(storage)?;
        Ok(readable(&rows, |row| {
            Ok(HistoryRow {
                at: time(get(row, "at")?)?,
                state: json(row, "state")?,
                printer: maybe_word(row, "printer")?,
                cause: get(row, "cause")?,
            })
        }))
    }

    /// The first in the printer's line.
    pub async fn head(&self, printer: PrinterId) -> Result<Option<Head>, QueueError> {
        sqlx::query(concat!(
            "SELECT head.*, ifnull(jobs.markup, '') AS markup, jobs.locale, NOT EXISTS (SELECT 1 FROM attempts \
             WHERE job = jobs.seq AND ifnull(json_extract(outcome, '$.outcome'), 'open') <> 'not_printed') AS first_pass \
             FROM (",
            select_jobs!(
                "WHERE printer = ?1 AND place = 'line' AND place <> 'over' ORDER BY urgent DESC, seq LIMIT 1"
            ),
            ") AS head JOIN jobs ON jobs.seq = head.seq",
        ))
        .bind(printer.to_string())
        .fetch_optional(&self.0)
        .await
        .map_err(storage)?
        .map(|row| {
            Ok(Head {
                job: job(&row)?,
                markup: get(&row, "markup")?,
                locale: get(&row, "locale")?,
                first_pass: get(&row, "first_pass")?,
            })
        })
        .transpose()
    }

    /// How many jobs wait for each printer or are on their way to it.
    pub async fn open_jobs(&self) -> Result<BTreeMap<PrinterId, u32>, QueueError> {
        sqlx::query(
            "SELECT printer, count(*) AS open FROM jobs \
             WHERE place IN ('line', 'printer') AND place <> 'over' AND printer IS NOT NULL GROUP BY printer",
        )
        .fetch_all(&self.0)
        .await
        .map_err(storage)?
        .iter()
        .map(|row| Ok((super::row::word(row, "printer")?, get(row, "open")?)))
        .collect()
    }

    /// Printers in whose lines jobs stand.
    pub async fn printers_in_use(&self) -> Result<Vec<PrinterId>, QueueError> {
        sqlx::query(
            "SELECT DISTINCT printer FROM jobs WHERE place = 'line' AND place <> 'over' AND printer IS NOT NULL",
        )
        .fetch_all(&self.0)
        .await
        .map_err(storage)?
        .iter()
        .map(|row| super::row::word(row, "printer"))
        .collect()
    }

    /// Printers whose lines a person stopped for a while.
    pub async fn paused(&self) -> Result<BTreeSet<PrinterId>, QueueError> {
        sqlx::query("SELECT substr(key, 8) AS printer FROM meta WHERE key LIKE 'paused:%'")
            .fetch_all(&self.0)
            .await
            .map_err(storage)?
            .iter()
            .map(|row| super::row::word(row, "printer"))
            .collect()
    }

    /// When paper last came out of it.
    pub async fn last_printed(&self, printer: PrinterId) -> Result<Option<Timestamp>, QueueError> {
        sqlx::query("SELECT value FROM meta WHERE key = ?1")
            .bind(format!("printed:{printer}"))
            .fetch_optional(&self.0)
            .await
            .map_err(storage)?
            .map(|row| time(get(&row, "value")?))
            .transpose()
    }
}

fn changed(rows: &[sqlx::sqlite::SqliteRow]) -> Result<Vec<TicketChanged>, QueueError> {
    Ok(readable(rows, |row| Ok(job(row)?.changed())))
}
