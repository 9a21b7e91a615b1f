//! The database: SQLite for one restaurant, PostgreSQL for many, one code for both, chosen by the URL.
//!
//! SQLite has one writer at a time. Its busy loop is neither fair nor prompt, so all writes go through a pool of one
//! connection and reads through another pool (WAL: readers never wait). On PostgreSQL both are the same pool.

mod migrations;
mod reports;
mod tables;

use std::{path::Path, time::Duration};

use api::BusinessId;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    EntityTrait, FromQueryResult, QueryResult, QuerySelect, QueryTrait, Select,
    SqliteTransactionMode, SqlxSqliteConnector, TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub(crate) use reports::{mark, report_log, report_sequence, silence, ticket, unprinted};
pub(crate) use tables::{
    business, counter, feed, idempotency_key, login, order, outbox, refresh, revision, setting,
    user,
};

/// How long a statement waits for another process that writes to the same SQLite file.
const BUSY: Duration = Duration::from_secs(10);
/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// An open database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite:PATH` nor `postgres://…`.
    #[error("{0:?} is no database: write sqlite:PATH or postgres://USER@HOST/NAME")]
    Url(String),
    /// The file or its folder.
    #[error("the database file {path:?} cannot be opened: {error}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// It was written by a newer version of this program.
    #[error(
        "the database has format {found}, and this program knows up to {known}: start the newer program"
    )]
    Newer {
        /// What it has.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// Anything that the database says.
    #[error("the database cannot be opened: {0}")]
    Database(#[from] DbErr),
}

impl Db {
    /// Opens the database at `sqlite:PATH` (made if it does not exist) or `postgres://…`, and brings its tables up to
    /// date.
    ///
    /// # Errors
    /// [`OpenError`] says what to change.
    pub async fn open(url: &str) -> Result<Db, OpenError> {
        let db = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            Db::open_sqlite(url, path).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(20)
                .acquire_timeout(ACQUIRE)
                .sqlx_logging(false);
            let pool = Database::connect(options).await?;
            Db {
                read: pool.clone(),
                write: pool,
            }
        } else {
            // What follows the scheme may be a password.
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(OpenError::Url(scheme.to_owned()));
        };
        migrations::run(&db).await?;
        Ok(db)
    }

    async fn open_sqlite(url: &str, path: &str) -> Result<Db, OpenError> {
        if path.is_empty() || path.contains(":memory:") || path.contains('?') {
            return Err(OpenError::Url(url.to_owned()));
        }
        make_private(Path::new(path)).map_err(|error| OpenError::File {
            path: path.to_owned(),
            error,
        })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .foreign_keys(true);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE)
                // A file does not go away, and the question is a round to another thread.
                .test_before_acquire(false)
                .connect_with(options.clone())
        };
        let opened =
            |error: sea_orm::sqlx::Error| DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
        let write = pool(1).await.map_err(opened)?;
        let read = pool(4).await.map_err(opened)?;
        Ok(Db {
            read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
        })
    }

    /// The pool for queries.
    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Begins a write transaction; dropping it without a commit rolls back. On SQLite it holds the write lock from the
    /// start (`BEGIN IMMEDIATE`).
    pub(crate) async fn write(&self) -> Result<DatabaseTransaction, DbErr> {
        self.write
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await
    }

    /// Closes every connection, which leaves SQLite without a log to replay.
    pub async fn close(self) -> Result<(), DbErr> {
        self.read.close().await?;
        self.write.close().await
    }
}

/// Locks the row of a business until the transaction ends. Counters per business (seq, number) are taken under this
/// lock, so that a later commit never has a smaller one. `None` when there is no such business.
pub(crate) async fn lock_business(
    tx: &DatabaseTransaction,
    id: BusinessId,
) -> Result<Option<business::Model>, DbErr> {
    business::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(tx)
        .await
}

/// Rows that are decoded one at a time, so that one that cannot be decoded (SQLite stores any type in any column) hides
/// no other. Each comes with the raw row, for what can be saved of it.
pub(crate) async fn decoded_singly<E: EntityTrait>(
    on: &impl ConnectionTrait,
    select: Select<E>,
) -> Result<Vec<(QueryResult, Result<E::Model, DbErr>)>, DbErr> {
    let rows = on
        .query_all_raw(select.build(on.get_database_backend()))
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let model = E::Model::from_query_result(&row, "");
            (row, model)
        })
        .collect())
}

/// Rows of some columns, each of which is decoded by itself, so that one that cannot be decoded hides no other.
pub(crate) async fn raw<E: EntityTrait>(
    on: &impl ConnectionTrait,
    select: Select<E>,
) -> Result<Vec<QueryResult>, DbErr> {
    on.query_all_raw(select.build(on.get_database_backend()))
        .await
}

/// Creates the file before SQLite does, readable by its owner alone: hashes of passwords are in it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_cannot_be_opened_says_what_to_change() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = format!("sqlite:{}/no/such/folder/x.sqlite", folder.path().display());
        let error = Db::open(&missing).await.expect_err("no folder").to_string();
        assert!(error.contains("no/such/folder/x.sqlite"), "{error}");
        let error = Db::open("mysql://root:hidden@host/x")
            .await
            .expect_err("not ours")
            .to_string();
        assert!(
            error.contains("sqlite:PATH") && !error.contains("hidden"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_database_of_the_format_before_gets_the_new_tables_and_keeps_its_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}/x.sqlite", folder.path().display());
        let db = Db::open(&url).await.expect("opens");
        for statement in [
            "INSERT INTO businesses (id, menu, last_seq, last_number) VALUES (x'01', '{}', 7, 5)",
            "DROP TABLE idempotency_keys",
            "DROP TABLE feed",
            "DROP TABLE marks",
            "DROP TABLE unprinted",
            "DROP TABLE silences",
            "DROP TABLE tickets",
            "DROP TABLE report_logs",
            "DROP TABLE report_sequences",
            "ALTER TABLE counters DROP COLUMN lease_until",
            "ALTER TABLE counters DROP COLUMN proof",
            "ALTER TABLE counters DROP COLUMN previous_proof",
            "ALTER TABLE counters DROP COLUMN run",
            "ALTER TABLE counters DROP COLUMN renewed_at",
            "ALTER TABLE counters DROP COLUMN unbroken_since",
            "ALTER TABLE counters DROP COLUMN machine",
            "UPDATE format SET version = 1",
        ] {
            let done = db.write.execute_unprepared(statement).await;
            done.expect(statement);
        }
        db.close().await.expect("closes");
        let db = Db::open(&url).await.expect("opens again");
        for (table, rows) in [("businesses", 1), ("idempotency_keys", 0), ("feed", 1)] {
            let select = format!("SELECT COUNT(*) AS n FROM {table}");
            let select = sea_orm::Statement::from_string(db.read.get_database_backend(), select);
            let counted = db.read.query_one_raw(select).await.expect(table);
            let counted: i64 = counted.expect("a row").try_get("", "n").expect("a number");
            assert_eq!(counted, rows, "{table}");
        }
        db.close().await.expect("closes");
    }

    #[tokio::test]
    async fn a_database_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}/x.sqlite", folder.path().display());
        let db = Db::open(&url).await.expect("opens");
        db.write
            .execute_unprepared("UPDATE format SET version = 9999")
            .await
            .expect("updates");
        db.close().await.expect("closes");
        assert!(matches!(
            Db::open(&url).await,
            Err(OpenError::Newer { found: 9999, .. })
        ));
    }
}
