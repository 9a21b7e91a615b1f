//! Conversion between rows and types.

use std::{fmt::Display, str::FromStr};

use api::PaperNote;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, sqlite::SqliteRow};

use crate::{
    error::QueueError,
    job::{BackupFor, Heading, Job, Place},
    store::storage,
};

/// The columns of a whole job, for [`job`].
macro_rules! job_columns {
    () => {
        "seq, id, order_id, revision, revised_at, ticket, destination, copy, printer, printed_by, backup_for, backup_name, urgent, \
         ages_from, drawer, heading, state, attempts, next_try, submitted_at, at, note "
    };
}
pub(super) use job_columns;

/// A query for whole jobs, for [`job`].
macro_rules! select_jobs {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::store::row::job_columns!(),
            "FROM jobs ",
            $rest
        )
    };
}
pub(super) use select_jobs;

/// Every job that is not over, and the newest `?1` of all, oldest first.
pub(super) const OPEN_AND_RECENT: &str = select_jobs!(
    "WHERE place <> 'over' OR seq IN (SELECT seq FROM jobs ORDER BY seq DESC LIMIT ?1) ORDER BY seq"
);

/// A row of [`job_columns`].
pub(super) fn job(row: &SqliteRow) -> Result<Job, QueueError> {
    let mut job = Job {
        seq: get(row, "seq")?,
        id: word(row, "id")?,
        order: maybe_word(row, "order_id")?,
        revision: get(row, "revision")?,
        revised_at: maybe_time(row, "revised_at")?,
        ticket: word(row, "ticket")?,
        destination: maybe_word(row, "destination")?,
        copy: get(row, "copy")?,
        printer: maybe_word(row, "printer")?,
        printed_by: maybe_word(row, "printed_by")?,
        backup_for: match maybe_word(row, "backup_for")? {
            Some(printer) => Some(BackupFor {
                printer,
                name: get::<Option<String>>(row, "backup_name")?.unwrap_or_default(),
            }),
            None => None,
        },
        urgent: get(row, "urgent")?,
        ages_from: maybe_time(row, "ages_from")?,
        drawer: get(row, "drawer")?,
        heading: heading(row)?,
        state: json(row, "state")?,
        attempts: get(row, "attempts")?,
        next_try: maybe_time(row, "next_try")?,
        submitted_at: time(get(row, "submitted_at")?)?,
        at: time(get(row, "at")?)?,
        note: note(row),
        counted_at: None,
    };
    job.counted_at = job.counts_at();
    Ok(job)
}

/// A damaged note costs the note alone: the ticket itself is whole.
fn note(row: &SqliteRow) -> Option<PaperNote> {
    let stored = get::<Option<String>>(row, "note").and_then(|stored| {
        let parsed = stored.map(|text| serde_json::from_str(&text));
        parsed.transpose().map_err(damaged)
    });
    stored.unwrap_or_else(|error| {
        tracing::warn!(%error, "what was noted of a paper is damaged and left out");
        None
    })
}

fn damaged(error: impl Display) -> QueueError {
    QueueError::Damaged {
        detail: error.to_string(),
    }
}

/// Those that can be read: one that cannot hides no other. The next start shows it as failed.
pub(super) fn readable<T>(
    rows: &[SqliteRow],
    read: impl Fn(&SqliteRow) -> Result<T, QueueError>,
) -> Vec<T> {
    let mut good = Vec::with_capacity(rows.len());
    for row in rows {
        match read(row) {
            Ok(value) => good.push(value),
            Err(error) => tracing::error!(%error, "a stored row is damaged and left out"),
        }
    }
    good
}

pub(super) fn heading(row: &SqliteRow) -> Result<Heading, QueueError> {
    let word: String = get(row, "heading")?;
    Heading::from_word(&word).ok_or_else(|| damaged(format!("heading {word:?}")))
}

pub(super) fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T, QueueError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(column).map_err(damaged)
}

pub(super) fn word<T: FromStr<Err: Display>>(
    row: &SqliteRow,
    column: &str,
) -> Result<T, QueueError> {
    get::<&str>(row, column)?
        .parse()
        .map_err(|error| damaged(format!("{column}: {error}")))
}

pub(super) fn maybe_word<T: FromStr<Err: Display>>(
    row: &SqliteRow,
    column: &str,
) -> Result<Option<T>, QueueError> {
    get::<Option<&str>>(row, column)?
        .map(|text| {
            text.parse()
                .map_err(|error| damaged(format!("{column}: {error}")))
        })
        .transpose()
}

pub(super) fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, QueueError> {
    serde_json::from_str(get(row, column)?).map_err(|error| damaged(format!("{column}: {error}")))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, QueueError> {
    serde_json::to_string(value).map_err(storage)
}

pub(super) fn time(millis: i64) -> Result<Timestamp, QueueError> {
    Timestamp::from_millisecond(millis).map_err(damaged)
}

pub(super) fn maybe_time(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, QueueError> {
    get::<Option<i64>>(row, column)?.map(time).transpose()
}

pub(super) fn place_word(place: Place) -> &'static str {
    match place {
        Place::InLine => "line",
        Place::AtPrinter => "printer",
        Place::WithAPerson => "person",
        Place::Over => "over",
    }
}
