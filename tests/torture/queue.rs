//! One print queue in a process of its own is killed at random moments and started again, its printers fail in every way
//! they know, and orders keep coming. A person at the counter looks at the paper, never at the queue, and answers every
//! question. At the end orders are compared with paper.
//!
//! Two restaurants run side by side: in one the queue asks, in the other it prints once more with the mark by itself.
//!
//! A printer that cannot confirm loses what it holds when its power is cut, and nobody can know: the queue has said
//! "sent" of it, never "printed". Such tickets have a row of their own.

mod counter;
mod faults;
mod orders;
mod papers;
mod person;
pub mod process;
mod protocol;
mod verdict;

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use api::printer::ReprintUncertain;
use futures_util::{StreamExt, stream::FuturesUnordered};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{sync::Notify, time::sleep};

use crate::{
    printers::TestPrinter,
    verdict::{Tally, Verdict},
};
use counter::Counter;
use faults::{kill, plague};
use orders::OrderLog;
use protocol::{Command, Reply, TestTicket};

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

/// Both restaurants, for so long, and what came of each.
pub async fn run(time: Duration, seed: u64) -> anyhow::Result<Vec<(&'static str, Verdict)>> {
    let (ask, marked) = tokio::try_join!(
        serve(ReprintUncertain::Ask, time, seed),
        serve(ReprintUncertain::Marked, time, seed.wrapping_add(1)),
    )?;
    Ok(vec![("ask", ask), ("marked reprint", marked)])
}

/// One restaurant, for so long, and what came of it.
async fn serve(reprint: ReprintUncertain, time: Duration, seed: u64) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir()?;
    let stations = papers::start_printers(reprint).await?;
    let printers = stations.iter().map(|station| station.settings.clone());
    let restaurant = Restaurant {
        counter: Counter::new(folder.path(), printers.collect()),
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
