//! A SQLite file of a counter: checked when it is opened, set aside when it is damaged, brought to its newest layout.
//! The print queue and the client each have a file of their own and open it through this one crate.
//!
//! Invariant: no table is named here; each owner brings its layouts.

mod wal;

pub use wal::wal_is_damaged;

use std::{
    ffi::OsString,
    fs::{DirBuilder, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use sqlx::{
    Connection,
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It was written by a newer version of the program, and is left alone.
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
    /// The folder or the file cannot be made, read or renamed.
    #[error("{path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk is full, or SQLite cannot do it for another reason.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// `quick_check` found damage. [`prepare`] sets such a file aside; it is said only when the new one is damaged too.
    #[error("the file is damaged: {0}")]
    Damaged(String),
}

/// How every connection opens the file: what is committed survives the plug being pulled. The log keeps its length when it
/// is begun anew: a commit that makes a file longer takes twice as long.
pub fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
}

/// The one connection that writes, made anew after a failure that it did not notice: SQLite rolls back by itself when the
/// disk is full, and the connection goes on to count a transaction that is not there any more. From then on it would
/// refuse each new one, or nest it in one that never ends, and what it calls committed would be kept by nobody.
///
/// Whether the connection still is there is not asked each time: a file does not go away, and the question is a round to
/// another thread.
pub fn writer() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        })
}

/// Makes the file ready: its folder exists, it is sound, and it has the newest of the layouts, each of which brings it
/// from the one before (`user_version` counts them). A damaged file is renamed; where it lies now comes back.
///
/// # Errors
/// When the file cannot be used, or was written by a newer version.
pub async fn prepare(path: &Path, layouts: &[&'static str]) -> Result<Option<PathBuf>, FileError> {
    if let Some(folder) = path.parent() {
        private_folder(folder).map_err(|source| at(folder, source))?;
    }
    // What SQLite makes beside the file gets the permissions of the file.
    private_file(path).map_err(|source| at(path, source))?;
    for tail in ["-wal", "-shm"] {
        let beside = beside(path, tail);
        keep_private(&beside, 0o600).map_err(|source| at(&beside, source))?;
    }
    match check(path, layouts).await {
        Ok(()) => Ok(None),
        Err(error) if is_damage(&error) => {
            let aside = set_aside(path).await?;
            tracing::error!(file = %path.display(), aside = %aside.display(), %error, "the file is damaged and was set aside");
            check(path, layouts).await?;
            Ok(Some(aside))
        }
        Err(error) => Err(error),
    }
}

/// On connections of its own, which are closed before a damaged file is renamed.
async fn check(path: &Path, layouts: &[&'static str]) -> Result<(), FileError> {
    let mut connection = SqliteConnection::connect_with(&options(path)).await?;
    let checked = async {
        sound(path, &mut connection).await?;
        lay_out(path, &mut connection, layouts).await
    }
    .await;
    let closed = connection.close().await;
    checked?;
    Ok(closed?)
}

/// Looks at every table and its indexes. Where the history is full this is most of the time that a start takes, so the
/// first table, which is as large as all the others together, is looked at beside them.
async fn sound(path: &Path, connection: &mut SqliteConnection) -> Result<(), FileError> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid",
    )
    .fetch_all(&mut *connection)
    .await?;
    let Some((largest, others)) = tables.split_first() else {
        return Ok(());
    };
    let beside = async {
        let mut connection = SqliteConnection::connect_with(&options(path)).await?;
        let checked = check_tables(&mut connection, std::slice::from_ref(largest)).await;
        let closed = connection.close().await;
        checked?;
        Ok(closed?)
    };
    let (one, rest) = tokio::join!(beside, check_tables(connection, others));
    one.and(rest)
}

async fn check_tables(
    connection: &mut SqliteConnection,
    tables: &[String],
) -> Result<(), FileError> {
    for table in tables {
        let verdict: Option<String> =
            sqlx::query_scalar("SELECT quick_check FROM pragma_quick_check(?1) LIMIT 1")
                .bind(table)
                .fetch_optional(&mut *connection)
                .await?;
        match verdict {
            Some(verdict) if verdict != "ok" => return Err(FileError::Damaged(verdict)),
            Some(_) | None => {}
        }
    }
    Ok(())
}

async fn lay_out(
    path: &Path,
    connection: &mut SqliteConnection,
    layouts: &[&'static str],
) -> Result<(), FileError> {
    let found: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await?;
    let done = usize::try_from(found)
        .ok()
        .filter(|done| *done <= layouts.len())
        .ok_or_else(|| FileError::Newer {
            path: path.to_owned(),
            found,
            known: i64::try_from(layouts.len()).unwrap_or(i64::MAX),
        })?;
    for (number, layout) in layouts.iter().enumerate().skip(done) {
        let mut step = connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(*layout).execute(&mut *step).await?;
        // A pragma takes no parameters; this one is a number of ours.
        let stamp = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {}", number + 1));
        sqlx::raw_sql(stamp).execute(&mut *step).await?;
        step.commit().await?;
    }
    Ok(())
}

/// `SQLITE_CORRUPT` and `SQLITE_NOTADB` (sqlite.org/rescode.html) with their extended forms, and what the check finds.
fn is_damage(error: &FileError) -> bool {
    match error {
        FileError::Damaged(_) => true,
        FileError::Sql(error) => error
            .as_database_error()
            .and_then(|error| error.code()?.parse::<u32>().ok())
            .is_some_and(|code| matches!(code & 0xff, 11 | 26)),
        FileError::Folder { .. } | FileError::Newer { .. } => false,
    }
}

/// Renames the file and what SQLite keeps beside it, so that somebody can still look into it.
async fn set_aside(path: &Path) -> Result<PathBuf, FileError> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
    let aside = beside(path, &format!(".damaged-{time}"));
    for tail in ["", "-wal", "-shm"] {
        let from = beside(path, tail);
        match tokio::fs::rename(&from, beside(&aside, tail)).await {
            Ok(()) => {}
            Err(error) if !tail.is_empty() && error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(at(&from, source)),
        }
    }
    Ok(aside)
}

/// Makes a folder that its user alone can read, with the folders above it; one that is there already is closed to others.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    keep_private(path, 0o700)
}

/// Opens a file for writing that its user alone can read, making it if need be; its content is left alone.
///
/// # Errors
/// When it cannot be opened.
pub fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    keep_private(path, 0o600)?;
    Ok(file)
}

/// Takes away what others may do with a file or folder of ours; the owner keeps what `most` allows. What is missing,
/// belongs to somebody else or is shared by all users (as `/tmp` is) stays as it is. On Windows the folder of a user
/// is closed to others by itself.
#[cfg(unix)]
fn keep_private(path: &Path, most: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    const SHARED_BY_ALL: u32 = 0o1000;
    let mode = match std::fs::metadata(path) {
        Ok(meta) => meta.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if mode & 0o7777 & !most == 0 || mode & SHARED_BY_ALL != 0 {
        return Ok(());
    }
    let private = std::fs::Permissions::from_mode(mode & most);
    match std::fs::set_permissions(path, private) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), "other users of this PC can read this; it belongs to another user");
            Ok(())
        }
        done => done,
    }
}

#[cfg(not(unix))]
fn keep_private(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// The path with something behind its name.
pub fn beside(path: &Path, tail: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(tail);
    PathBuf::from(name)
}

fn at(path: &Path, source: io::Error) -> FileError {
    FileError::Folder {
        path: path.to_owned(),
        source,
    }
}
