//! `make torture`: a print queue in a process of its own is killed at random moments and started again, its printers
//! fail in every way they know, and orders keep coming. A person at the counter looks at the paper, never at the queue,
//! and answers every question. At the end orders are compared with paper: none may be lost (neither on paper nor waiting
//! for an answer), none doubled without its mark.
//!
//! Two restaurants run side by side: in one the queue asks, in the other it prints once more with the mark by itself.
//! `TORTURE_MINUTES` (half a minute if not said) and `TORTURE_SEED` are read from the environment.
//!
//! A printer that cannot confirm loses what it holds when its power is cut, and nobody can know: the queue has said
//! "sent" of it, never "printed". Such tickets have a row of their own.
#![allow(missing_docs, missing_debug_implementations)]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

mod cable;
mod counter;
mod faults;
mod orders;
mod person;
mod printers;
mod protocol;
mod queue;
mod verdict;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use api::printer::ReprintUncertain;
use futures_util::{StreamExt, stream::FuturesUnordered};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{sync::Notify, time::sleep};

use counter::Counter;
use faults::{Tally, kill, plague};
use orders::OrderLog;
use printers::TestPrinter;
use protocol::{Command, Reply, TestTicket};
use verdict::Verdict;

/// So many orders may be unfinished before the next one waits: printers that are in trouble half of the time print less
/// than well ones.
const CROWD: usize = 120;
/// Once nothing goes wrong any more, everything is over within this time.
const CALM: Duration = Duration::from_secs(120);

/// One of the two restaurants.
struct Restaurant {
    counter: Counter,
    stations: Vec<TestPrinter>,
    book: Mutex<OrderLog>,
    tally: Tally,
    /// An order was just sent to the queue.
    sent: Notify,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if let [word, folder] = arguments.as_slice()
        && word == "queue"
    {
        tracing_subscriber::fmt()
            .with_env_filter("warn")
            .with_ansi(false)
            .with_writer(std::io::stderr)
            .init();
        runtime.block_on(queue::serve(Path::new(folder)))?;
        return Ok(ExitCode::SUCCESS);
    }
    // As the other tests do: a filter that does not name it leaves it out, a list shows it.
    let filters = || {
        arguments
            .iter()
            .filter(|argument| !argument.starts_with('-'))
    };
    if arguments.iter().any(|argument| argument == "--list") {
        println!("torture: test");
        return Ok(ExitCode::SUCCESS);
    }
    if filters().count() > 0 && !filters().any(|filter| "torture".contains(filter.as_str())) {
        return Ok(ExitCode::SUCCESS);
    }
    let seed = match std::env::var("TORTURE_SEED") {
        Ok(seed) => seed.parse().context("TORTURE_SEED is no number")?,
        Err(_) => rand::random(),
    };
    let minutes: f64 = match std::env::var("TORTURE_MINUTES") {
        Ok(minutes) => minutes.parse().context("TORTURE_MINUTES is no number")?,
        Err(_) => 0.5,
    };
    let time = Duration::try_from_secs_f64(minutes * 60.0)?;
    println!("torture: {minutes} min in both modes, TORTURE_SEED={seed}");
    let (ask, marked) = runtime.block_on(async {
        tokio::try_join!(
            run(ReprintUncertain::Ask, time, seed),
            run(ReprintUncertain::Marked, time, seed.wrapping_add(1)),
        )
    })?;
    println!(
        "{}",
        verdict::table(&[("ask", &ask), ("marked reprint", &marked)])
    );
    for (mode, what) in [("ask", &ask), ("marked reprint", &marked)]
        .iter()
        .flat_map(|(mode, verdict)| verdict.wrong.iter().map(move |what| (mode, what)))
    {
        println!("\n{mode}: {what}");
    }
    let well = ask.wrong.is_empty() && marked.wrong.is_empty();
    println!(
        "torture: {}",
        if well {
            "nothing lost, nothing doubled in silence"
        } else {
            "FAILED"
        }
    );
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One restaurant, for so long, and what came of it.
async fn run(reprint: ReprintUncertain, time: Duration, seed: u64) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir()?;
    let stations = printers::start_printers(reprint).await?;
    let printers = stations.iter().map(|station| station.settings.clone());
    let restaurant = Restaurant {
        counter: Counter::new(folder.path().to_owned(), printers.collect()),
        stations,
        book: Mutex::default(),
        tally: Tally::default(),
        sent: Notify::new(),
    };
    restaurant.counter.start(None).await?;
    let mut seeds = StdRng::seed_from_u64(seed);
    let mut rng = || StdRng::seed_from_u64(seeds.random());
    let verdict = async {
        let end = Instant::now() + time;
        let (orders, person, killer) = (rng(), rng(), rng());
        let plagues = restaurant
            .stations
            .iter()
            .map(|station| plague(station, &restaurant.tally, rng(), end));
        let trouble = futures_util::future::try_join_all(plagues);
        let over = AtomicBool::new(false);
        let worst = async {
            tokio::try_join!(
                trouble,
                kill(&restaurant, killer, end),
                keep_ordering(&restaurant, orders, end),
            )?;
            over.store(true, Ordering::Relaxed);
            anyhow::Ok(())
        };
        tokio::try_join!(worst, keep_answering(&restaurant, person, &over))?;
        come_to_rest(&restaurant, rng()).await?;
        let verdict = verdict::judge(&restaurant).await?;
        restaurant.counter.stop().await?;
        anyhow::Ok(verdict)
    }
    .await;
    match &verdict {
        Ok(verdict) if verdict.wrong.is_empty() => {}
        _ => {
            let kept: PathBuf = folder.keep();
            println!(
                "torture: its file and what it said are in {}",
                kept.display()
            );
        }
    }
    verdict
}

/// Orders keep coming; one whose answer is lost is sent again.
async fn keep_ordering(
    restaurant: &Restaurant,
    mut rng: StdRng,
    end: Instant,
) -> anyhow::Result<()> {
    let mut sending = FuturesUnordered::new();
    while Instant::now() < end {
        let pause = sleep(Duration::from_millis(rng.random_range(5..120)));
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                Some(sent) = sending.next(), if !sending.is_empty() => sent?,
            }
        }
        if restaurant.book().unfinished() < CROWD {
            let (order, tickets) = restaurant.book().next(&restaurant.stations, &mut rng);
            sending.push(submit(restaurant, order, tickets));
        }
    }
    while let Some(sent) = sending.next().await {
        sent?;
    }
    Ok(())
}

async fn submit(
    restaurant: &Restaurant,
    order: api::OrderId,
    tickets: Vec<TestTicket>,
) -> anyhow::Result<()> {
    let mut lost = false;
    loop {
        let command = Command::Submit {
            order,
            tickets: tickets.clone(),
        };
        let answer = restaurant.counter.execute(command);
        restaurant.sent.notify_waiters();
        match answer.await? {
            Some(Reply::Done) => break,
            Some(other) => anyhow::bail!("the order was not taken: {other:?}"),
            None => lost = true,
        }
        sleep(Duration::from_millis(20)).await;
    }
    let mut book = restaurant.book();
    book.repeated += u64::from(lost);
    if let Some(order) = book.orders.get_mut(&order) {
        order.committed = true;
    }
    Ok(())
}

async fn keep_answering(
    restaurant: &Restaurant,
    mut rng: StdRng,
    over: &AtomicBool,
) -> anyhow::Result<()> {
    while !over.load(Ordering::Relaxed) {
        person::round(restaurant, &mut rng).await?;
        sleep(Duration::from_millis(rng.random_range(100..300))).await;
    }
    Ok(())
}

/// Nothing goes wrong any more: what is open is printed or asked about, until nothing is open.
async fn come_to_rest(restaurant: &Restaurant, mut rng: StdRng) -> anyhow::Result<()> {
    for station in &restaurant.stations {
        station.heal().await;
    }
    let deadline = Instant::now() + CALM;
    while restaurant.book().unfinished() > 0 && Instant::now() < deadline {
        person::round(restaurant, &mut rng).await?;
        sleep(Duration::from_millis(100)).await;
    }
    restaurant.book().give_up(CALM);
    // A printer that only listens may still hold what was sent to it.
    let mut quiet = 0;
    while quiet < 3 {
        let mut all = true;
        for station in &restaurant.stations {
            all &= station.is_quiet().await;
        }
        quiet = if all { quiet + 1 } else { 0 };
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
