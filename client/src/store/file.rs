//! Opening the file: its layout, its check, and what becomes of a damaged one.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use sqlx::{
    Connection, SqlitePool,
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

/// Each is run once, in this order, and never changed afterwards.
const LAYOUTS: &[&str] = &["
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
"];

/// What this PC could not store or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full, or the file cannot be written or read.
    #[error(
        "this PC cannot store what it has to ({0}); free space on its disk, then start PanBot again"
    )]
    Sql(#[from] sqlx::Error),
    /// The folder cannot be used.
    #[error("the file {path} cannot be used: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file was written by a newer version of the program.
    #[error(
        "{path} was written by a newer version of PanBot (layout {found}, this version knows {known}); update PanBot"
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its layout.
        found: i64,
        /// The newest that this version knows.
        known: i64,
    },
    /// What is stored is not what was written.
    #[error("counter.sqlite holds what no version wrote: {0}")]
    Unreadable(String),
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
}

impl Store {
    /// Opens the file, which is made when it is missing. A damaged one is set aside; where it lies now comes back with
    /// a new, empty one.
    ///
    /// # Errors
    /// When the file cannot be used, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<(Store, Option<PathBuf>), StoreError> {
        let (pool, aside) = open(path).await?;
        Ok((Store { pool }, aside))
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn open(path: &Path) -> Result<(SqlitePool, Option<PathBuf>), StoreError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| StoreError::File {
            path: folder.to_owned(),
            source,
        })?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let aside = match check(path, &options).await {
        Ok(()) => None,
        Err(error) if is_damage(&error) => {
            tracing::error!(file = %path.display(), %error, "the file is damaged and is set aside");
            let aside = set_aside(path)?;
            check(path, &options).await?;
            Some(aside)
        }
        Err(error) => return Err(error),
    };
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    Ok((pool, aside))
}

/// Brings the file to the newest layout and looks for damage.
async fn check(path: &Path, options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    let checked = async {
        let said: String = sqlx::query_scalar("PRAGMA quick_check(1)")
            .fetch_one(&mut connection)
            .await?;
        if said != "ok" {
            return Err(StoreError::Unreadable(said));
        }
        lay_out(path, &mut connection).await
    }
    .await;
    let closed = connection.close().await;
    checked?;
    Ok(closed?)
}

async fn lay_out(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let known = LAYOUTS.len();
    let found: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await?;
    let done = usize::try_from(found)
        .ok()
        .filter(|done| *done <= known)
        .ok_or_else(|| StoreError::Newer {
            path: path.to_owned(),
            found,
            known: i64::try_from(known).unwrap_or(i64::MAX),
        })?;
    for (number, layout) in LAYOUTS.iter().enumerate().skip(done) {
        let mut step = connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(*layout).execute(&mut *step).await?;
        let version = format!("PRAGMA user_version = {}", number + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(version))
            .execute(&mut *step)
            .await?;
        step.commit().await?;
    }
    Ok(())
}

/// SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html), and what `quick_check` finds.
fn is_damage(error: &StoreError) -> bool {
    match error {
        StoreError::Unreadable(_) => true,
        StoreError::Sql(error) => error
            .as_database_error()
            .and_then(|error| error.code()?.parse::<u32>().ok())
            .is_some_and(|code| matches!(code & 0xff, 11 | 26)),
        StoreError::File { .. } | StoreError::Newer { .. } => false,
    }
}

/// Renames the file and what SQLite keeps beside it, so that somebody can still look into it.
fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let beside = |path: &Path, end: &str| {
        let mut name = OsString::from(path);
        name.push(end);
        PathBuf::from(name)
    };
    let aside = beside(
        path,
        &format!(".damaged-{}", Timestamp::now().as_millisecond()),
    );
    for end in ["", "-wal", "-shm"] {
        let (from, to) = (beside(path, end), beside(&aside, end));
        match fs::rename(&from, to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && !end.is_empty() => {}
            Err(source) => return Err(StoreError::File { path: from, source }),
        }
    }
    Ok(aside)
}

#[cfg(test)]
mod tests {
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
            matches!(error, StoreError::Newer { found: 99, .. }),
            "{error}"
        );
    }
}
