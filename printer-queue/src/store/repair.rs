//! Repairs damaged rows when the file is opened. A value that cannot be read (as a disk or an old version of the program
//! leaves it; `quick_check` passes) costs its row, never the line, the start or the file: the job becomes a failed one
//! that is shown, and a person decides.

use std::{fmt::Display, str::FromStr};

use api::{JobId, JobState, OrderId, Outcome, PrinterId, TicketName, job::Doubt, job::FailCause};
use jiff::Timestamp;
use sqlx::{
    Row,
    sqlite::{SqliteConnection, SqliteRow},
};

use crate::{
    error::QueueError,
    job::{Heading, Place, place},
    store::{
        reports::name_log,
        row::{job, place_word, to_json},
        storage,
    },
};

/// Newest jobs that are looked at although they are over: what the window lists.
const LISTED: i64 = 1_000;

/// No counter ever takes so many jobs.
pub(super) const FAR: i64 = 1 << 52;

/// Repairs all tables. Says how many rows were damaged. `lost` says that the last commits are gone: whatever is open may
/// have come out.
pub(super) async fn repair(
    connection: &mut SqliteConnection,
    lost: bool,
) -> Result<u64, QueueError> {
    if lost {
        run(
            connection,
            "UPDATE jobs SET heading = 'maybe_duplicate' WHERE place <> 'over'",
        )
        .await?;
    }
    let mut damaged = counters(connection).await?;
    damaged += attempts(connection).await?;
    damaged += handled(connection).await?;
    damaged += numbers(connection).await?;
    damaged += jobs(connection).await?;
    name_log(connection, lost).await?;
    Ok(damaged)
}

/// A number that was lost begins anew; what a printer is asked to repeat only has to differ from ticket to ticket.
async fn counters(connection: &mut SqliteConnection) -> Result<u64, QueueError> {
    let numbers = run(
        connection,
        "UPDATE meta SET value = 0 WHERE (key LIKE 'number:%' OR key = 'test') AND value NOT BETWEEN 0 AND 4294967294",
    );
    let numbers = numbers.await?;
    let times = run(
        connection,
        "DELETE FROM meta WHERE key LIKE 'printed:%' AND value NOT BETWEEN 0 AND 253402207200000",
    );
    let times = times.await?;
    let keys: Vec<String> = sqlx::query_scalar("SELECT key FROM meta WHERE key LIKE 'paused:%'")
        .fetch_all(&mut *connection)
        .await
        .map_err(storage)?;
    let mut lines = 0;
    for key in keys {
        let printer = key.strip_prefix("paused:").unwrap_or_default();
        if printer.parse::<PrinterId>().is_err() {
            sqlx::query("DELETE FROM meta WHERE key = ?1")
                .bind(&key)
                .execute(&mut *connection)
                .await
                .map_err(storage)?;
            lines += 1;
        }
    }
    Ok(numbers + times + lines)
}

/// An attempt whose outcome cannot be read may have printed; one without a readable number cannot be asked about.
async fn attempts(connection: &mut SqliteConnection) -> Result<u64, QueueError> {
    let outcome = to_json(&Outcome::Uncertain(Doubt::ProgramEnded))?;
    let outcomes = sqlx::query(
        "UPDATE attempts SET outcome = ?1 WHERE outcome IS NOT NULL AND NOT json_valid(outcome)",
    )
    .bind(outcome)
    .execute(&mut *connection)
    .await
    .map_err(storage)?
    .rows_affected();
    let numbers = run(
        connection,
        "UPDATE attempts SET remote = NULL, number = 0 WHERE number NOT BETWEEN 0 AND 4294967295 \
         OR remote NOT BETWEEN -2147483648 AND 2147483647 OR remote IS NOT NULL AND number IS NULL",
    );
    Ok(outcomes + numbers.await?)
}

/// What was handled is told by its jobs as well, as far as they go back.
async fn handled(connection: &mut SqliteConnection) -> Result<u64, QueueError> {
    let orders: Vec<String> = sqlx::query_scalar(
        "SELECT order_id FROM handled WHERE revision NOT BETWEEN 0 AND 4294967295 OR length(order_id) <> 36",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(storage)?;
    if orders.is_empty() {
        return Ok(0);
    }
    let gone = run(
        connection,
        "DELETE FROM handled WHERE revision NOT BETWEEN 0 AND 4294967295 OR length(order_id) <> 36",
    );
    let gone = gone.await?;
    let again = run(
        connection,
        "INSERT OR IGNORE INTO handled (order_id, revision, at) SELECT order_id, revision, submitted_at FROM jobs \
         WHERE order_id IS NOT NULL AND revision BETWEEN 0 AND 4294967295",
    );
    again.await?;
    Ok(gone)
}

/// A place in the order of arrival that leaves none behind it: SQLite would take no further job. Its attempts stand under
/// the number that it had, so nobody knows whether it printed.
async fn numbers(connection: &mut SqliteConnection) -> Result<u64, QueueError> {
    let far: Vec<i64> = sqlx::query_scalar("SELECT seq FROM jobs WHERE seq > ?1")
        .bind(FAR)
        .fetch_all(&mut *connection)
        .await
        .map_err(storage)?;
    if !far.is_empty() {
        run(connection, "PRAGMA foreign_keys = off").await?;
    }
    for seq in &far {
        sqlx::query(
            "UPDATE jobs SET seq = (SELECT ifnull(max(seq), 0) + 1 FROM jobs WHERE seq <= ?2), heading = ?3 \
             WHERE seq = ?1",
        )
        .bind(seq)
        .bind(FAR)
        .bind(Heading::MaybeDuplicate.word())
        .execute(&mut *connection)
        .await
        .map_err(storage)?;
    }
    sqlx::query(
        "UPDATE sqlite_sequence SET seq = (SELECT ifnull(max(seq), 0) FROM jobs) WHERE name = 'jobs' AND seq > ?1",
    )
    .bind(FAR)
    .execute(&mut *connection)
    .await
    .map_err(storage)?;
    Ok(u64::try_from(far.len()).unwrap_or(u64::MAX))
}

async fn jobs(connection: &mut SqliteConnection) -> Result<u64, QueueError> {
    let rows = sqlx::query(
        "SELECT * FROM jobs WHERE place IS NOT 'over' OR seq > (SELECT max(seq) FROM jobs) - ?1 \
         OR state LIKE '%\"queued\"%' OR state LIKE '%\"waiting\"%' OR state LIKE '%\"printing\"%' ORDER BY seq",
    )
    .bind(LISTED)
    .fetch_all(&mut *connection)
    .await
    .map_err(storage)?;
    let mut damaged = 0;
    let mut without_index = false;
    for row in &rows {
        let Err(what) = readable(row) else { continue };
        if !std::mem::replace(&mut without_index, true) {
            // Its expression cannot be computed of a state that is damaged.
            run(connection, "DROP INDEX IF EXISTS waits").await?;
        }
        quarantine(connection, row, &what).await?;
        damaged += 1;
    }
    if without_index {
        run(
            connection,
            "CREATE INDEX waits ON jobs (printer, json_quote(json_extract(state, '$.cause'))) WHERE place = 'line'",
        )
        .await?;
    }
    Ok(damaged)
}

/// Whether a row can be worked with; what is wrong with it otherwise.
fn readable(row: &SqliteRow) -> Result<(), String> {
    let job = job(row).map_err(|error| error.to_string())?;
    let stored: String = column(row, "place")?;
    let place = place(&job.state);
    if stored != place_word(place) {
        return Err(format!("place {stored:?} with state {:?}", job.state));
    }
    if let Some(destination) = column::<Option<String>>(row, "destination")? {
        parsed::<PrinterId>(&destination)?;
    }
    column::<String>(row, "locale")?;
    let markup = column::<Option<String>>(row, "markup")?;
    match place {
        Place::InLine | Place::AtPrinter if markup.is_none() => Err("its text is missing".into()),
        Place::InLine | Place::AtPrinter if job.printer.is_none() => {
            Err("its printer is missing".into())
        }
        Place::InLine | Place::AtPrinter | Place::WithAPerson | Place::Over => Ok(()),
    }
}

/// Keeps what can be read of a row, as a failed job. Printed again it is marked: nobody knows whether it came out.
async fn quarantine(
    connection: &mut SqliteConnection,
    row: &SqliteRow,
    what: &str,
) -> Result<(), QueueError> {
    let seq: i64 = row.try_get("seq").map_err(storage)?;
    tracing::error!(
        seq,
        what,
        "a stored ticket is damaged; it is shown as failed"
    );
    let word = |name: &str| column::<Option<String>>(row, name).ok().flatten();
    let number = |name: &str| column::<i64>(row, name).ok();
    let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    let time = |name: &str| {
        number(name).filter(|millis| *millis >= 0 && Timestamp::from_millisecond(*millis).is_ok())
    };
    let printer = |name: &str| word(name).filter(|text| parsed::<PrinterId>(text).is_ok());
    let id = word("id").filter(|text| parsed::<JobId>(text).is_ok());
    let order = word("order_id").filter(|text| parsed::<OrderId>(text).is_ok());
    let ticket = word("ticket").filter(|text| parsed::<TicketName>(text).is_ok());
    let key = (small("revision"), small("copy"));
    let lost = ticket.is_none()
        || key.0.is_none()
        || key.1.is_none()
        || order != word("order_id")
        || printer("destination") != word("destination");
    // A job that was over stays as it ended; anything else may or may not have come out.
    let state = word("state")
        .and_then(|text| serde_json::from_str::<JobState>(&text).ok())
        .filter(|state| place(state) == Place::Over && word("place").as_deref() == Some("over"))
        .unwrap_or(JobState::Failed {
            cause: FailCause::Unreadable,
            detail: what.to_owned(),
        });
    let now = Timestamp::now().as_millisecond();
    sqlx::query(
        "UPDATE jobs SET id = $2, order_id = $3, revision = $4, ticket = $5, destination = $6, copy = $7, printer = $8, \
         printed_by = $9, markup = $10, locale = $11, drawer = 0, heading = $12, state = $13, place = 'over', \
         attempts = $14, next_try = NULL, submitted_at = $15, at = $16, urgent = 0, ages_from = NULL, revised_at = NULL, \
         backup_for = NULL, backup_name = NULL WHERE seq = $1; \
         INSERT INTO history (job, at, state, printer, cause) VALUES ($1, $17, $13, $8, 'what was stored of it is damaged')",
    )
    .bind(seq)
    .bind(id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string()))
    .bind(order)
    .bind(key.0.unwrap_or_default())
    // A name that no other job can have.
    .bind(match (lost, ticket) {
        (false, Some(ticket)) => ticket,
        _ => format!("plain:damaged-{seq}"),
    })
    .bind(printer("destination"))
    .bind(key.1.unwrap_or_default())
    .bind(printer("printer"))
    .bind(printer("printed_by"))
    .bind(word("markup"))
    .bind(word("locale").unwrap_or_else(|| "en".into()))
    .bind(Heading::MaybeDuplicate.word())
    .bind(to_json(&state)?)
    .bind(small("attempts").unwrap_or_default())
    .bind(time("submitted_at").unwrap_or(now))
    .bind(time("at").unwrap_or(now))
    .bind(now)
    .execute(&mut *connection)
    .await
    .map_err(storage)?;
    Ok(())
}

fn column<'r, T>(row: &'r SqliteRow, name: &str) -> Result<T, String>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(name).map_err(|error| error.to_string())
}

fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

async fn run(connection: &mut SqliteConnection, what: &'static str) -> Result<u64, QueueError> {
    sqlx::query(what)
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
        .map_err(storage)
}
