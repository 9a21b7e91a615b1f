//! What nobody can leave out on the counter's side: two synced commits (the tickets, the attempt), a connection, the
//! printer's status, a write.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use sqlx::{Connection, SqliteConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{ORDERS, TICKET};

/// What it takes.
#[derive(Debug)]
pub struct Floor {
    /// The first of the two commits.
    pub commit: Vec<Duration>,
    /// From the first commit until the last byte is written.
    pub all: Vec<Duration>,
}

/// Measures it.
pub async fn measure(folder: &Path, printer: SocketAddr) -> anyhow::Result<Floor> {
    let mut file =
        SqliteConnection::connect_with(&sqlite::options(&folder.join("floor.sqlite"))).await?;
    sqlx::raw_sql("CREATE TABLE tickets (id INTEGER PRIMARY KEY, text BLOB NOT NULL)")
        .execute(&mut file)
        .await?;
    let mut floor = Floor {
        commit: Vec::with_capacity(ORDERS),
        all: Vec::with_capacity(ORDERS),
    };
    for _ in 0..ORDERS {
        let began = Instant::now();
        for number in 0..2 {
            let mut commit = file.begin().await?;
            sqlx::query("INSERT INTO tickets (text) VALUES (?1)")
                .bind(TICKET.as_slice())
                .execute(&mut *commit)
                .await?;
            commit.commit().await?;
            if number == 0 {
                floor.commit.push(began.elapsed());
            }
        }
        let mut socket = TcpStream::connect(printer).await?;
        socket.set_nodelay(true)?;
        for question in 1..=4 {
            socket.write_all(&[0x10, 0x04, question]).await?;
            socket.read_u8().await?;
        }
        socket.write_all(&TICKET).await?;
        floor.all.push(began.elapsed());
        socket.shutdown().await?;
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).await?;
    }
    Ok(floor)
}
