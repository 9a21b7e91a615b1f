//! The client's file: its layout, and what it says when it cannot be used.

use std::path::{Path, PathBuf};

use sqlite::{self, FileError};
use sqlx::SqlitePool;

use crate::store::{damage::Damage, known::Known};

/// Each is run once, in this order, and never changed afterwards.
const LAYOUTS: &[&str] = &[
    "
CREATE TABLE orders (
    id TEXT PRIMARY KEY NOT NULL,
    first_seq INTEGER NOT NULL,
    backlog INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_seq ON orders (first_seq);
CREATE INDEX orders_by_age ON orders (heard_at);
CREATE TABLE revisions (
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    handling TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (order_id, revision)
) STRICT;
CREATE TABLE settings (
    key TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    value TEXT,
    changed_at TEXT,
    failures INTEGER NOT NULL,
    next_try TEXT,
    problem TEXT
) STRICT;
CREATE TABLE binding (
    printer TEXT PRIMARY KEY NOT NULL,
    address TEXT NOT NULL
) STRICT;
CREATE TABLE station (
    key TEXT PRIMARY KEY NOT NULL
) STRICT;
CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
",
    // What other counters reported of their tickets: api::report::ReportedTicket as JSON, `at` in seconds.
    "
CREATE TABLE reported (
    counter TEXT NOT NULL,
    job TEXT NOT NULL,
    order_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    ticket TEXT NOT NULL,
    PRIMARY KEY (counter, job)
) STRICT;
CREATE INDEX reported_by_order ON reported (order_id, job);
CREATE INDEX reported_by_age ON reported (at);
CREATE TRIGGER reported_of_order AFTER DELETE ON orders BEGIN
    DELETE FROM reported WHERE order_id = OLD.id;
END;
",
];

/// What this PC could not store or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full.
    #[error(
        "this PC cannot store what it has to ({0}); free space on its disk, then start PanBot again"
    )]
    Full(sqlx::Error),
    /// The file cannot be written or read.
    #[error("this PC cannot use its file counter.sqlite ({0})")]
    Sql(sqlx::Error),
    /// The file cannot be opened, or was written by a newer version of the program.
    #[error("{0}")]
    File(FileError),
    /// What is stored is not what was written.
    #[error("counter.sqlite holds what no version wrote: {0}")]
    Unreadable(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // SQLITE_FULL (sqlite.org/rescode.html).
        let code = error.as_database_error().and_then(|error| error.code());
        if code.is_some_and(|code| code.parse::<u32>().is_ok_and(|code| code & 0xff == 13)) {
            StoreError::Full(error)
        } else {
            StoreError::Sql(error)
        }
    }
}

impl From<FileError> for StoreError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Sql(error) => error.into(),
            other
            @ (FileError::Newer { .. } | FileError::Folder { .. } | FileError::Damaged(_)) => {
                StoreError::File(other)
            }
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        StoreError::Unreadable(error.to_string())
    }
}

/// The file of one restaurant. Clones are the same file.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: SqlitePool,
    pub(super) damage: Damage,
    pub(super) known: Known,
}

impl Store {
    /// Opens the file, which is made when it is missing. A damaged one is set aside; where it lies now comes back with
    /// a new, empty one.
    ///
    /// # Errors
    /// When the file cannot be used, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<(Store, Option<PathBuf>), StoreError> {
        let (pool, aside) = open(path).await?;
        let store = Store {
            pool,
            damage: Damage::default(),
            known: Known::default(),
        };
        Ok((store, aside))
    }

    /// Rows that could not be read.
    pub fn damage(&self) -> &Damage {
        &self.damage
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn open(path: &Path) -> Result<(SqlitePool, Option<PathBuf>), StoreError> {
    let aside = sqlite::prepare(path, LAYOUTS).await?;
    let pool = sqlite::writer().connect_with(sqlite::options(path)).await?;
    Ok((pool, aside))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_damaged_file_is_set_aside_and_work_goes_on_with_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("business/counter.sqlite");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, vec![b'x'; 8192]).unwrap();
        let (pool, aside) = open(&path).await.unwrap();
        assert_eq!(fs::read(aside.unwrap()).unwrap(), vec![b'x'; 8192]);
        sqlx::query("INSERT INTO station VALUES ('bar')")
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
        let (_, aside) = open(&path).await.unwrap();
        assert_eq!(aside, None, "a sound file stays where it is");
    }

    #[tokio::test]
    async fn a_page_that_was_overwritten_is_noticed_at_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let (pool, _) = open(&path).await.unwrap();
        pool.close().await;
        let mut bytes = fs::read(&path).unwrap();
        let page = 4096;
        for byte in &mut bytes[page..page + 200] {
            *byte = 0xff;
        }
        fs::write(&path, bytes).unwrap();
        assert!(open(&path).await.unwrap().1.is_some());
    }

    #[tokio::test]
    async fn after_a_full_disk_the_file_takes_changes_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let (pool, _) = open(&path).await.unwrap();
        // Full for this connection alone: as many pages as there are and no more, rolled back as SQLite does it then.
        let mut step = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::raw_sql("PRAGMA max_page_count = 1")
            .execute(&mut *step)
            .await
            .unwrap();
        sqlx::query("INSERT OR ROLLBACK INTO station VALUES (hex(zeroblob(100000)))")
            .execute(&mut *step)
            .await
            .unwrap_err();
        drop(step);
        let mut step = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query("INSERT INTO station VALUES ('bar')")
            .execute(&mut *step)
            .await
            .unwrap();
        step.commit().await.unwrap();
        pool.close().await;
        let (pool, _) = open(&path).await.unwrap();
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM station WHERE key = 'bar'")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(kept, 1, "what was committed afterwards is kept");
    }

    #[tokio::test]
    async fn a_file_of_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let (pool, _) = open(&path).await.unwrap();
        sqlx::raw_sql("PRAGMA user_version = 99")
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
        let error = open(&path).await.unwrap_err();
        assert!(
            matches!(error, StoreError::File(FileError::Newer { found: 99, .. })),
            "{error}"
        );
    }
}
