//! Opens `jobs.sqlite`: by one program at a time, with one write connection and some that only read.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlite::FileError;
use sqlx::{
    Connection, SqlitePool,
    sqlite::{SqliteConnection, SqlitePoolOptions},
};

use crate::{
    error::QueueError,
    store::{connection::WriteConnection, repair::repair, storage},
};

/// Each brings the file from the layout before to the one after.
const LAYOUTS: [&str; 10] = [
    include_str!("0001_jobs.sql"),
    include_str!("0002_lines.sql"),
    include_str!("0003_remote.sql"),
    include_str!("0004_server_time.sql"),
    include_str!("0005_ticket_lines.sql"),
    include_str!("0006_elsewhere.sql"),
    include_str!("0007_reports.sql"),
    include_str!("0008_revised_at.sql"),
    include_str!("0009_remote_seen.sql"),
    include_str!("0010_paper_note.sql"),
];

/// A file that was opened.
pub(crate) struct OpenFile {
    /// Syncs what it commits.
    pub connection: WriteConnection,
    /// Connections that only read.
    pub read: SqlitePool,
    pub set_aside: Option<PathBuf>,
    /// Kept for as long as the file is used.
    pub lock: File,
}

/// Opens the file, making it if need be.
///
/// # Errors
/// When another program uses it, when it is of a newer version, or when the disk does not let us.
pub(crate) async fn open(path: &Path, patience: Duration) -> Result<OpenFile, QueueError> {
    if let Some(folder) = path.parent() {
        sqlite::private_folder(folder).map_err(storage)?;
    }
    let lock = lock(path, patience).await?;
    let copy = sqlite::beside(path, ".damaged-wal");
    // Gets its name when the tickets are marked: a start that is cut off before that leaves the marking to the next one.
    let unmarked = sqlite::beside(path, ".damaged-wal-unmarked");
    let damaged = sqlite::wal_is_damaged(path).map_err(storage)?;
    if damaged {
        tracing::error!(copy = %copy.display(), "the log of the file of tickets is damaged: what was last stored is lost");
        copy_log(&sqlite::beside(path, "-wal"), &unmarked).map_err(storage)?;
    }
    let lost = damaged || unmarked.try_exists().map_err(storage)?;
    let set_aside = sqlite::prepare(path, &LAYOUTS).await.map_err(unusable)?;
    let mut repairing = SqliteConnection::connect_with(&sqlite::options(path))
        .await
        .map_err(storage)?;
    let repaired = repair(&mut repairing, lost).await;
    repairing.close().await.map_err(storage)?;
    let damaged = repaired?;
    if lost {
        std::fs::rename(&unmarked, &copy).map_err(storage)?;
    }
    let set_aside = set_aside.or(lost.then_some(copy));
    if damaged > 0 {
        tracing::error!(damaged, "rows of the file of tickets were damaged");
    }
    let connection = WriteConnection::open(path).await?;
    let read = SqlitePoolOptions::new()
        .min_connections(2)
        .max_connections(2)
        .test_before_acquire(false)
        .connect_with(sqlite::options(path).pragma("query_only", "on"))
        .await
        .map_err(storage)?;
    Ok(OpenFile {
        connection,
        read,
        set_aside,
        lock,
    })
}

/// Of a log that is missing the copy is empty.
fn copy_log(log: &Path, copy: &Path) -> io::Result<()> {
    drop(sqlite::private_file(copy)?);
    match std::fs::copy(log, copy) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        copied => copied.map(drop),
    }
}

fn unusable(error: FileError) -> QueueError {
    match error {
        FileError::Newer { found, known, .. } => QueueError::Newer { found, known },
        error @ (FileError::Folder { .. } | FileError::Sql(_) | FileError::Damaged(_)) => {
            storage(error)
        }
    }
}

/// Two programs that print the same tickets would print each of them twice.
async fn lock(path: &Path, patience: Duration) -> Result<File, QueueError> {
    let path = sqlite::beside(path, ".lock");
    let file = sqlite::private_file(&path)
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
