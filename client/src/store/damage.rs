//! Rows that cannot be read. They are skipped and reported: one of them never keeps the others from being used.

use std::collections::BTreeSet;

use sqlx::{Row, Sqlite, sqlite::SqliteRow};
use tokio::sync::watch;

use crate::store::file::StoreError;

/// So many are told apart; a file that is damaged all over has no longer list.
const MOST: usize = 50;

/// What could not be read so far. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct Damage(watch::Sender<BTreeSet<String>>);

impl Damage {
    /// What could not be read, from now on.
    pub fn watch(&self) -> watch::Receiver<BTreeSet<String>> {
        self.0.subscribe()
    }

    /// Notes a row that was skipped.
    pub fn note(&self, what: String) {
        self.0.send_if_modified(|known| {
            let new = known.len() < MOST && !known.contains(&what);
            if new {
                tracing::error!("counter.sqlite: {what}");
                known.insert(what);
            }
            new
        });
    }

    /// The rows that can be read.
    pub(super) fn readable<T>(
        &self,
        table: &str,
        rows: &[SqliteRow],
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Vec<T> {
        let mut read_rows = Vec::with_capacity(rows.len());
        for row in rows {
            match read(row) {
                Ok(row) => read_rows.push(row),
                Err(error) => self.note(format!("a row of {table} was skipped: {error}")),
            }
        }
        read_rows
    }
}

/// A column of a row, in the type that it should have.
pub(super) fn column<'r, T>(row: &'r SqliteRow, name: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(name)
        .map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// A text, with U+FFFD in place of bytes that are no UTF-8.
pub(super) fn text(row: &SqliteRow, name: &str) -> Result<String, StoreError> {
    let bytes: &[u8] = row
        .try_get_unchecked(name)
        .map_err(|error| StoreError::Unreadable(error.to_string()))?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}
