//! From `submit` to the first byte of the ticket at the printer.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use sqlx::{Connection, SqliteConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::shop::{line, open, printer_at, ratio, receipt, submit};

const TURNS: usize = 400;
/// The first turns make files and pages that later ones find.
const WARM: usize = 20;

pub async fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, mut first_bytes) = printer().await;
    let queue = open(folder.path()).await;
    let kitchen = printer_at(address);
    queue.set_printers(vec![kitchen.clone()]).await;
    let bare = folder.path().join("bare.sqlite");
    let mut bare = SqliteConnection::connect_with(&sqlite::options(&bare))
        .await
        .expect("a bare file");
    sqlx::raw_sql("CREATE TABLE tickets (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        .execute(&mut bare)
        .await
        .expect("a table");
    // The first look at the printer is over.
    while queue
        .statuses()
        .borrow()
        .get(&kitchen.id)
        .is_none_or(|status| status.health != api::printer::Health::Ready)
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    let mut changes = queue.changes();
    for turn in 0..TURNS + WARM {
        let text = receipt(turn);
        let began = Instant::now();
        submit(&queue, kitchen.id, text.clone())
            .await
            .expect("a submit");
        let took = first_bytes.recv().await.expect("a first byte") - began;
        while changes.recv().await.expect("a change").state != api::JobState::Printed {}
        // The connection is closed in order; the next turn shall find the printer free.
        tokio::time::sleep(Duration::from_millis(10)).await;
        let began = Instant::now();
        least(&mut bare, address, &text).await;
        let least = first_bytes.recv().await.expect("a first byte") - began;
        tokio::time::sleep(Duration::from_millis(10)).await;
        if turn >= WARM {
            ours.push(took);
            floor.push(least);
        }
    }
    queue.shutdown().await;
    line("submit -> first byte of the ticket at the printer", &ours);
    line("two commits, a connection, four questions, a write", &floor);
    ratio("  ratio (at most 1.5 and 3)", &ours, &floor);
}

/// What nobody can leave out.
async fn least(file: &mut SqliteConnection, address: SocketAddr, text: &str) {
    for _ in 0..2 {
        let mut commit = file.begin().await.expect("a transaction");
        sqlx::query("INSERT INTO tickets (text) VALUES (?1)")
            .bind(text)
            .execute(&mut *commit)
            .await
            .expect("a row");
        commit.commit().await.expect("a commit");
    }
    let mut printer = TcpStream::connect(address).await.expect("a connection");
    printer.set_nodelay(true).expect("a socket");
    for question in 1..=4 {
        printer
            .write_all(&[0x10, 0x04, question])
            .await
            .expect("a question");
        printer.read_u8().await.expect("an answer");
    }
    printer.write_all(text.as_bytes()).await.expect("a ticket");
    printer.shutdown().await.expect("an end");
    let mut rest = Vec::new();
    printer.read_to_end(&mut rest).await.expect("the other end");
}

/// A printer that notes when the first byte of a ticket comes, and confirms it.
async fn printer() -> (SocketAddr, mpsc::UnboundedReceiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let (told, first_bytes) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut sender, _)) = listener.accept().await {
            // Whoever goes away in the middle is gone.
            let _ = serve(&mut sender, &told).await;
        }
    });
    (address, first_bytes)
}

async fn serve(
    sender: &mut TcpStream,
    told: &mpsc::UnboundedSender<Instant>,
) -> std::io::Result<()> {
    sender.set_nodelay(true)?;
    let mut question = [0; 3];
    for _ in 0..4 {
        sender.read_exact(&mut question).await?;
        sender.write_all(&[0x12]).await?;
    }
    let mut ticket = Vec::new();
    loop {
        let mut bytes = [0; 4_096];
        let count = sender.read(&mut bytes).await?;
        if count == 0 {
            return sender.shutdown().await;
        }
        if ticket.is_empty() {
            // The measurement may be over.
            let _ = told.send(Instant::now());
        }
        ticket.extend_from_slice(&bytes[..count]);
        // GS ( H function 48 is the last that is sent.
        if let [.., 0x1D, 0x28, 0x48, 6, 0, 0x30, 0x30, a, b, c, d] = ticket[..] {
            sender.write_all(&[0x37, 0x22, a, b, c, d, 0]).await?;
        }
    }
}
