//! The write connection.

use std::path::Path;

use sqlx::{
    Connection,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

use crate::{error::QueueError, store::storage};

/// Lends its connection to one transaction after the other. What has failed in a transaction is not used again: SQLite
/// rolls back by itself when the disk is full, and whoever goes on as if it had not would commit nothing.
///
/// No pool: each time one takes its connection back it asks whether it still is there, which is a round to another
/// thread on the way of every ticket.
#[derive(Debug)]
pub(crate) struct WriteConnection {
    options: SqliteConnectOptions,
    connection: Option<Box<SqliteConnection>>,
}

impl WriteConnection {
    /// For this file.
    pub async fn open(path: &Path) -> Result<Self, QueueError> {
        let options = sqlite::options(path);
        let connection = connect(&options).await?;
        Ok(WriteConnection {
            options,
            connection: Some(connection),
        })
    }

    /// A connection in a transaction, to be given back to [`WriteConnection::commit`] or [`WriteConnection::roll_back`]. One that is dropped
    /// instead changes nothing.
    pub async fn begin(&mut self) -> Result<Box<SqliteConnection>, QueueError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        match run(&mut connection, "BEGIN").await {
            Ok(()) => Ok(connection),
            Err(error) => {
                close(connection).await;
                Err(error)
            }
        }
    }

    /// From here on it is in the file, whatever happens to this PC.
    pub async fn commit(
        &mut self,
        mut connection: Box<SqliteConnection>,
    ) -> Result<(), QueueError> {
        let done = run(&mut connection, "COMMIT").await;
        self.keep(connection, &done).await;
        done
    }

    /// Nothing has changed.
    pub async fn roll_back(&mut self, mut connection: Box<SqliteConnection>) {
        let done = run(&mut connection, "ROLLBACK").await;
        self.keep(connection, &done).await;
    }

    /// No more of it.
    pub async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            close(connection).await;
        }
    }

    async fn keep(&mut self, connection: Box<SqliteConnection>, done: &Result<(), QueueError>) {
        match done {
            Ok(()) => self.connection = Some(connection),
            Err(error) => {
                tracing::warn!(%error, "the connection to the file of tickets is made anew");
                close(connection).await;
            }
        }
    }
}

async fn connect(options: &SqliteConnectOptions) -> Result<Box<SqliteConnection>, QueueError> {
    let connection = SqliteConnection::connect_with(options).await;
    connection.map(Box::new).map_err(storage)
}

async fn run(connection: &mut SqliteConnection, what: &'static str) -> Result<(), QueueError> {
    let done = sqlx::query(what).execute(connection).await;
    done.map(drop).map_err(storage)
}

async fn close(connection: Box<SqliteConnection>) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "a connection to the file of tickets could not be closed");
    }
}
