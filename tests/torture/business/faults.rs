//! What goes wrong in a business: its counters, its lines, its server, its printers, and who prints on them.

use std::time::{Duration, Instant};

use journeys::link::Link;
use rand::{RngExt, rngs::StdRng};
use serde_json::json;
use tokio::{sync::watch, time::sleep};

use super::{
    Business, Desk,
    counter::{Command, Reply},
    server::LEASES,
};
use crate::printers::TestPrinter;

/// Whether things go wrong at the moment. In fair weather nothing new does, so that orders print as they should: a ticket
/// that is not marked can be doubled in silence.
#[derive(Debug)]
pub struct Weather(watch::Sender<bool>);

impl Default for Weather {
    fn default() -> Weather {
        Weather(watch::Sender::new(true))
    }
}

impl Weather {
    /// It changes until the end.
    pub async fn change(&self, mut rng: StdRng, end: Instant) -> anyhow::Result<()> {
        while Instant::now() < end {
            self.0.send_replace(true);
            sleep(ms(rng.random_range(4_000..15_000))).await;
            self.0.send_replace(false);
            sleep(ms(rng.random_range(2_000..7_000))).await;
        }
        self.0.send_replace(true);
        Ok(())
    }

    /// For so long, and until it is bad.
    async fn until_bad(&self, time: Duration) {
        sleep(time).await;
        // The sender is here.
        let _ = self.0.subscribe().wait_for(|is_bad| *is_bad).await;
    }
}

/// A counter that is killed at random moments, or stands still for longer than its lease.
pub async fn harm(
    business: &Business,
    desk: &Desk,
    mut rng: StdRng,
    end: Instant,
) -> anyhow::Result<()> {
    while Instant::now() < end {
        business
            .weather
            .until_bad(ms(rng.random_range(1_000..12_000)))
            .await;
        match rng.random_range(0..10) {
            0..=4 => {
                desk.leave(true);
                desk.program.kill().await?;
                business.tally.add("counter: SIGKILL");
                sleep(ms(rng.random_range(0..5_000))).await;
                while rng.random_ratio(1, 4) {
                    let life = ms(rng.random_range(0..1_500));
                    desk.program.start(Some(life)).await?;
                    business.tally.add("counter: SIGKILL while it started");
                }
                desk.program.start(None).await?;
            }
            5..=7 => {
                let lease = ms(LEASES.lease_ms + rng.random_range(300..3_000));
                business.tally.add("counter: SIGSTOP longer than its lease");
                stand_still(desk, lease).await?;
            }
            _ => {
                business.tally.add("counter: SIGSTOP for a moment");
                stand_still(desk, ms(rng.random_range(50..2_000))).await?;
            }
        }
        desk.leave(false);
    }
    Ok(())
}

async fn stand_still(desk: &Desk, time: Duration) -> anyhow::Result<()> {
    desk.leave(true);
    desk.program.freeze(true).await?;
    sleep(time).await;
    desk.program.freeze(false).await
}

/// A line to the server that breaks.
pub async fn tear(
    business: &Business,
    line: &Link,
    mut rng: StdRng,
    end: Instant,
) -> anyhow::Result<()> {
    const REQUESTS: [&str; 6] = [
        "feed",
        "lease",
        "print-reports",
        "claim",
        "settings",
        "tickets",
    ];
    while Instant::now() < end {
        business
            .weather
            .until_bad(ms(rng.random_range(500..9_000)))
            .await;
        let what = match rng.random_range(0..9) {
            0 | 1 => {
                line.refuse(Some(""));
                "line: 502 for everything"
            }
            2 | 3 => {
                line.refuse(Some(REQUESTS[rng.random_range(0..REQUESTS.len())]));
                "line: 502 for some requests"
            }
            4 => {
                line.cut();
                "line: cut"
            }
            5 => {
                line.slow(ms(rng.random_range(20..1_500)));
                "line: slow"
            }
            6 => {
                line.lose_next_answer();
                "line: an answer is lost"
            }
            _ => {
                line.lose_answer_to(REQUESTS[rng.random_range(0..REQUESTS.len())]);
                "line: the answer to a request is lost"
            }
        };
        business.tally.add(what);
        let longest = if rng.random_ratio(1, 3) { 7_000 } else { 1_500 };
        sleep(ms(rng.random_range(100..longest))).await;
        mend(line);
    }
    Ok(())
}

/// All is well again.
pub fn mend(line: &Link) {
    line.refuse(None);
    line.slow(Duration::ZERO);
    line.mend();
}

/// Printers go from one counter to the other because somebody says so.
pub async fn pass_around(business: &Business, mut rng: StdRng, end: Instant) -> anyhow::Result<()> {
    while Instant::now() < end {
        business
            .weather
            .until_bad(ms(rng.random_range(1_000..7_000)))
            .await;
        let desk = &business.desks[rng.random_range(0..business.desks.len())];
        if rng.random_ratio(1, 2) {
            if desk.is_there() {
                let taken: Option<Reply> = desk.program.execute(&Command::TakePrinters).await?;
                if let Some(Reply::Done) = taken {
                    business.tally.add("takeover at a counter");
                }
            }
            continue;
        }
        let some = business
            .stations
            .values()
            .filter(|_| rng.random_ratio(2, 3));
        let claim = json!({
            "counter": desk.id, "printers": some.collect::<Vec<_>>(), "from": "anybody",
        });
        let path = "/api/v1/printers/claim";
        if let Some((200, _)) = business.backend.ask("POST", path, None, &claim).await? {
            business.tally.add("takeover of some printers by the API");
        }
    }
    Ok(())
}

/// The server is killed, stands still, and is brought back from a copy of its database: rarely, since what it forgets
/// nobody can judge, but once if there is time.
pub async fn upset(business: &Business, mut rng: StdRng, end: Instant) -> anyhow::Result<()> {
    let backend = &business.backend;
    let due = Instant::now() + end.saturating_duration_since(Instant::now()).mul_f64(0.6);
    while Instant::now() < end {
        business
            .weather
            .until_bad(ms(rng.random_range(1_500..6_000)))
            .await;
        let is_due = backend.restores() == 0 && Instant::now() > due;
        let what = match rng.random_range(0..20) {
            _ if is_due => Upset::BroughtBack,
            0..=4 => Upset::StandsStill,
            5..=10 => Upset::Killed,
            11..=17 => Upset::Copied,
            _ => Upset::BroughtBack,
        };
        match what {
            Upset::StandsStill => {
                backend.program.freeze(true).await?;
                sleep(ms(rng.random_range(200..4_000))).await;
                backend.program.freeze(false).await?;
                business.tally.add("server: SIGSTOP");
                continue;
            }
            Upset::Killed => {
                backend.program.kill().await?;
                business.tally.add("server: SIGKILL");
            }
            Upset::Copied => {
                backend.program.stop().await?;
                backend.copy()?;
                business.tally.add("server: copied");
            }
            Upset::BroughtBack => {
                backend.program.kill().await?;
                backend.bring_back()?;
                business.tally.add("server: brought back from a copy");
            }
        }
        sleep(ms(rng.random_range(0..2_000))).await;
        backend.start(business.lines()).await?;
    }
    Ok(())
}

enum Upset {
    StandsStill,
    Killed,
    Copied,
    BroughtBack,
}

/// A printer that is well for a while, and then is not.
pub async fn plague(
    business: &Business,
    printer: &TestPrinter,
    mut rng: StdRng,
    end: Instant,
) -> anyhow::Result<()> {
    while Instant::now() < end {
        business
            .weather
            .until_bad(ms(rng.random_range(200..2_500)))
            .await;
        let number = rng.random_range(0..2_000);
        let what = rng.random_range(0..11);
        business.tally.add("printers' faults");
        printer
            .turn(move |faults| match what {
                0 => faults.refuse = true,
                1 => faults.paper_out = true,
                2 => faults.cover_open = true,
                3 | 9 => faults.no_confirmation = true,
                4 => faults.late_confirmation_ms = Some(number),
                5 | 10 => faults.reset_once_after_bytes = Some(number),
                6 => faults.bytes_per_second = u32::try_from(300 + number).ok(),
                7 => faults.paper_out_after_lines = u32::try_from(number / 50).ok(),
                _ => faults.turn_away = true,
            })
            .await;
        sleep(ms(rng.random_range(200..3_000))).await;
        printer.heal().await;
    }
    Ok(())
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}
