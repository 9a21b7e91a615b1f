//! The file itself: opened by one program at a time, checked, set aside when it is damaged, brought to this layout.

use std::{
    ffi::OsString,
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use sqlx::{
    Executor, Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{error::QueueError, store::storage};

/// Each brings the file from the layout before to the one after; `user_version` counts them.
const LAYOUTS: [&str; 1] = [include_str!("0001_jobs.sql")];

/// The open file.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// One connection, which syncs what it commits.
    pub write: SqlitePool,
    /// Connections that only read.
    pub read: SqlitePool,
}

/// A file that was opened.
pub(crate) struct OpenFile {
    pub files: Files,
    pub set_aside: Option<PathBuf>,
    /// Kept for as long as the file is used.
    pub lock: File,
}

enum Trouble {
    Damaged(String),
    Other(QueueError),
}

/// Opens the file, making it if need be.
///
/// # Errors
/// When another program uses it, when it is of a newer version, or when the disk does not let us.
pub(crate) async fn open(path: &Path, patience: Duration) -> Result<OpenFile, QueueError> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(storage)?;
    }
    let lock = lock(path, patience).await?;
    let (files, set_aside) = match try_open(path).await {
        Ok(files) => (files, None),
        Err(Trouble::Other(error)) => return Err(error),
        Err(Trouble::Damaged(detail)) => {
            let aside = set_aside(path).await?;
            tracing::error!(file = %path.display(), aside = %aside.display(), detail, "the file of tickets is damaged and was set aside");
            let files = try_open(path).await.map_err(|trouble| match trouble {
                Trouble::Damaged(detail) => QueueError::Storage { detail },
                Trouble::Other(error) => error,
            })?;
            (files, Some(aside))
        }
    };
    Ok(OpenFile {
        files,
        set_aside,
        lock,
    })
}

async fn try_open(path: &Path) -> Result<Files, Trouble> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit that is promised must survive the plug being pulled.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let pool = || SqlitePoolOptions::new().min_connections(1);
    let write = pool()
        .max_connections(1)
        .connect_with(options.clone())
        .await
        .map_err(trouble)?;
    let files = match check(&write).await {
        Ok(()) => pool()
            .max_connections(2)
            .connect_with(options.pragma("query_only", "on"))
            .await
            .map_err(trouble),
        Err(trouble) => Err(trouble),
    };
    match files {
        Ok(read) => Ok(Files { write, read }),
        Err(trouble) => {
            write.close().await;
            Err(trouble)
        }
    }
}

/// Checks the file and brings it to this layout.
async fn check(pool: &SqlitePool) -> Result<(), Trouble> {
    let verdict: String = sqlx::query("PRAGMA quick_check(1)")
        .fetch_one(pool)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(trouble)?;
    if verdict != "ok" {
        return Err(Trouble::Damaged(verdict));
    }
    let found: i64 = sqlx::query("PRAGMA user_version")
        .fetch_one(pool)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(trouble)?;
    let known = LAYOUTS.len();
    let Some(missing) = usize::try_from(found).ok().and_then(|at| LAYOUTS.get(at..)) else {
        return Err(Trouble::Other(QueueError::Newer {
            found,
            known: i64::try_from(known).unwrap_or(i64::MAX),
        }));
    };
    for (step, layout) in missing.iter().copied().enumerate() {
        let version = found + 1 + i64::try_from(step).unwrap_or(i64::MAX);
        let mut tx = pool.begin().await.map_err(trouble)?;
        tx.execute(layout).await.map_err(trouble)?;
        // A pragma takes no parameters; this one is a number of ours.
        let stamp = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {version}"));
        tx.execute(stamp).await.map_err(trouble)?;
        tx.commit().await.map_err(trouble)?;
    }
    Ok(())
}

/// `SQLITE_CORRUPT` and `SQLITE_NOTADB`, with their extended forms.
fn trouble(error: sqlx::Error) -> Trouble {
    let primary = error
        .as_database_error()
        .and_then(|e| e.code())
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xFF);
    match primary {
        Some(11 | 26) => Trouble::Damaged(error.to_string()),
        _ => Trouble::Other(storage(error)),
    }
}

/// Renames the file, and what belongs to it, out of the way.
async fn set_aside(path: &Path) -> Result<PathBuf, QueueError> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let aside = with(path, &format!(".damaged-{time}"));
    for tail in ["", "-wal", "-shm"] {
        let from = with(path, tail);
        match tokio::fs::rename(&from, with(&aside, tail)).await {
            Ok(()) => {}
            Err(error) if !tail.is_empty() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(storage(format!("{}: {error}", from.display()))),
        }
    }
    Ok(aside)
}

/// Two programs that print the same tickets would print each of them twice.
async fn lock(path: &Path, patience: Duration) -> Result<File, QueueError> {
    let path = with(path, ".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| storage(format!("{}: {error}", path.display())))?;
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(TryLockError::WouldBlock) => return Err(QueueError::InUse),
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "the folder of the tickets knows no locks; never start this program twice on it");
                return Ok(file);
            }
        }
    }
}

fn with(path: &Path, tail: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(tail);
    PathBuf::from(name)
}
