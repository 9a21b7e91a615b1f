//! From the answered `POST /orders` to the last byte at the printer, and on the way there to the ticket's commit in the
//! print queue, each beside what the same machine needs at least for the same steps: a bare publication over the realtime
//! hub and a bare write to a socket, or a bare publication and a bare commit; on the counter's side two commits, a
//! connection, the printer's status and a write. Then whether paper waits for reports to the server, and the way split by
//! stage, for whoever speeds it up. Read the ratios of one run; machines differ.

mod floor;
mod reports;
mod stages;

use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::{SinkExt, StreamExt};
use journeys::Restaurant;
use serde_json::{Value, json};
use stages::{Recorder, Way};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

const ORDERS: usize = 200;
/// As many bytes as a kitchen ticket has.
const TICKET: [u8; 600] = [0x20; 600];

fn main() -> anyhow::Result<()> {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return Ok(());
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let recorder = Recorder::install()?;
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    orders(&restaurant, 0, 1).await?;
    let ways = orders(&restaurant, 1, ORDERS).await?;
    counter.client.shutdown().await;
    let stages = stages::split(&recorder, &ways)?;
    let to_paper: Vec<Duration> = ways.iter().map(to_paper).collect();

    let published = publications(&restaurant).await?;
    let written = writes().await?;
    let kitchen = restaurant.printers.address("Kitchen")?;
    let least = floor::measure(&restaurant.folder(""), kitchen).await?;
    restaurant.close([]).await;

    let reported = reports::measure().await?;

    let p50 = |times: &[Duration]| percentile(times, 50);
    let ratio =
        |times: &[Duration], floor: Duration| p50(times).as_secs_f64() / floor.as_secs_f64();
    #[allow(clippy::print_stdout, reason = "the table is what this program is for")]
    {
        println!("{ORDERS} of each                                        p50          p99");
        line("order answered -> last byte at the printer", &to_paper);
        line(
            "order answered -> committed in the print queue",
            &stages.queued,
        );
        line("bare publication -> subscriber", &published);
        line("bare ticket-sized write -> read on a socket", &written);
        line("bare commit", &least.commit);
        line("two commits, connection, status, write", &least.all);
        println!(
            "order to paper / (publication + write), p50 each: {:.1}",
            ratio(&to_paper, p50(&published) + p50(&written))
        );
        println!(
            "order to paper / (two commits, connection, status, write), p50 each: {:.1}",
            ratio(&to_paper, p50(&least.all))
        );
        println!(
            "order to print queue / (publication + commit), p50 each: {:.1}; wanted: p50 of 10 ms at the most",
            ratio(&stages.queued, p50(&published) + p50(&least.commit))
        );
        println!("\norder answered -> last byte at the printer, in turns");
        for (what, times) in &reported {
            line(what, times);
        }
        if let [(_, without), with @ ..] = reported.as_slice() {
            for (what, times) in with {
                println!(
                    "{what} / no reports, p50 each: {:.2}",
                    ratio(times, p50(without))
                );
            }
        }
        println!("\nby stage");
        for (stage, times) in &stages.rows {
            line(stage, times);
        }
    }
    Ok(())
}

/// Places orders one after another, each when the one before has come out of the kitchen's printer, which had `before`
/// receipts until now.
async fn orders(restaurant: &Restaurant, before: usize, count: usize) -> anyhow::Result<Vec<Way>> {
    let mut ways = Vec::with_capacity(count);
    for number in before..before + count {
        let posted = Instant::now();
        let order = restaurant.order(&["pizza"]).await?.id;
        let answered = Instant::now();
        let paper = restaurant.paper_of("Kitchen", number as u64 + 1).await?;
        let last = paper.last().context("the ticket")?;
        ways.push(Way {
            order,
            posted,
            answered,
            last_byte: last.last_byte.instant,
        });
    }
    Ok(ways)
}

/// The printer may have it before the answer has reached us: that is no time at all.
fn to_paper(way: &Way) -> Duration {
    way.last_byte.saturating_duration_since(way.answered)
}

/// The same event by the same hub to a subscriber that does nothing but listen.
async fn publications(restaurant: &Restaurant) -> anyhow::Result<Vec<Duration>> {
    let channel = format!("business:{}", restaurant.business);
    let connection = restaurant
        .send("POST", "/api/v1/realtime/token", None, &json!({}))
        .await?;
    let subscription = restaurant
        .send(
            "POST",
            "/api/v1/realtime/token",
            None,
            &json!({ "channel": channel }),
        )
        .await?;
    let (mut socket, _) = tokio_tungstenite::connect_async(&restaurant.server.realtime).await?;
    let hello = format!(
        "{}\n{}",
        json!({ "id": 1, "connect": { "token": connection["token"] } }),
        json!({ "id": 2, "subscribe": { "channel": channel, "token": subscription["token"] } })
    );
    socket.send(Message::text(hello)).await?;
    let mut took = Vec::with_capacity(ORDERS);
    let mut subscribed = false;
    while took.len() < ORDERS {
        let began = Instant::now();
        if subscribed {
            restaurant
                .server
                .announce(restaurant.business, uuid::Uuid::now_v7().into(), 1)
                .await?;
        }
        'frames: loop {
            let message = socket
                .next()
                .await
                .context("the hub closed the connection")??;
            for frame in api::centrifugo::frames(message.to_text()?) {
                let frame: Value = serde_json::from_str(frame)?;
                if frame["push"]["pub"].is_object() {
                    took.push(began.elapsed());
                    break 'frames;
                }
                if frame["subscribe"].is_object() {
                    subscribed = true;
                    break 'frames;
                }
                if frame == json!({}) {
                    socket.send(Message::text("{}")).await?;
                }
                anyhow::ensure!(frame["error"].is_null(), "the hub refused: {frame}");
            }
        }
    }
    Ok(took)
}

/// A ticket's bytes, over a connection of its own each.
async fn writes() -> anyhow::Result<Vec<Duration>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut took = Vec::with_capacity(ORDERS);
    for _ in 0..ORDERS {
        let began = Instant::now();
        let (sent, read) = tokio::join!(
            async {
                let mut socket = tokio::net::TcpStream::connect(address).await?;
                socket.write_all(&TICKET).await?;
                socket.shutdown().await
            },
            async {
                let (mut socket, _) = listener.accept().await?;
                let mut bytes = Vec::new();
                socket.read_to_end(&mut bytes).await
            }
        );
        sent?;
        read?;
        took.push(began.elapsed());
    }
    Ok(took)
}

fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn line(what: &str, times: &[Duration]) {
    let ms = |percent| percentile(times, percent).as_secs_f64() * 1000.0;
    println!("{what:<46} {:>8.2} ms  {:>8.2} ms", ms(50), ms(99));
}
