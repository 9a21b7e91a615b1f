//! What goes wrong: with each printer in turn, and with the queue's process.

use std::time::{Duration, Instant};

use rand::{RngExt, rngs::StdRng};
use tokio::time::sleep;
use virtual_printer::Faults;

use super::Restaurant;
use crate::{
    printers::{Feedback, TestPrinter},
    verdict::Tally,
};

/// A printer that is well for a while, and then is not.
pub async fn plague(
    station: &TestPrinter,
    tally: &Tally,
    mut rng: StdRng,
    end: Instant,
) -> anyhow::Result<()> {
    while Instant::now() < end {
        sleep(ms(rng.random_range(100..1_500))).await;
        let what = strike(station, &mut rng).await?;
        tally.add(what);
        sleep(ms(rng.random_range(30..1_500))).await;
        station.heal().await;
    }
    Ok(())
}

async fn strike(station: &TestPrinter, rng: &mut StdRng) -> anyhow::Result<&'static str> {
    loop {
        let what = match rng.random_range(0..27) {
            0 => turn(station, "connections refused", |f| f.refuse = true).await,
            1 => turn(station, "takes no bytes", |f| f.never_read = true).await,
            2 => {
                let speed = rng.random_range(100..3_000);
                turn(station, "slow", move |f| f.bytes_per_second = Some(speed)).await
            }
            3 => {
                let bytes = rng.random_range(0..900);
                turn(station, "each connection reset", move |f| {
                    f.reset_after_bytes = Some(bytes);
                })
                .await
            }
            4 | 5 => {
                let bytes = rng.random_range(0..1_500);
                turn(station, "one connection reset", move |f| {
                    f.reset_once_after_bytes = Some(bytes);
                })
                .await
            }
            6 => turn(station, "paper out", |f| f.paper_out = true).await,
            7 | 8 => {
                let lines = rng.random_range(0..40);
                turn(station, "paper out in the middle", move |f| {
                    f.paper_out_after_lines = Some(lines);
                })
                .await
            }
            9 => turn(station, "cover open", |f| f.cover_open = true).await,
            10 => turn(station, "paper near its end", |f| f.near_end = true).await,
            11 => turn(station, "no answers", |f| f.no_status = true).await,
            12 if station.feedback == Feedback::Confirms => {
                turn(station, "no confirmation", |f| f.no_confirmation = true).await
            }
            13 if station.feedback == Feedback::Confirms => {
                let late = rng.random_range(200..4_000);
                turn(station, "late confirmation", move |f| {
                    f.late_confirmation_ms = Some(late);
                })
                .await
            }
            14 if station.feedback == Feedback::Confirms => {
                turn(station, "wrong confirmation", |f| {
                    f.wrong_confirmation = true
                })
                .await
            }
            15 => turn(station, "garbage answers", |f| f.garbage_answers = true).await,
            16 => turn(station, "status unasked", |f| f.automatic_status = true).await,
            17 | 18 => {
                station.cut_power().await;
                "power cut"
            }
            19 => {
                station.occupy(ms(rng.random_range(50..1_000))).await;
                "another program at it"
            }
            20 => match &station.cable {
                Some(_) => {
                    station.restart(ms(rng.random_range(50..1_500))).await?;
                    "printer restarted"
                }
                None => continue,
            },
            21 => match &station.cable {
                Some(cable) if rng.random_ratio(1, 2) => {
                    cable.plug(false);
                    "cable pulled"
                }
                Some(cable) => {
                    cable.cut();
                    "cable cut"
                }
                None => continue,
            },
            22 => {
                let lines = rng.random_range(5..60);
                turn(station, "slow head", move |f| {
                    f.lines_per_second = Some(lines);
                })
                .await
            }
            23 => turn(station, "cutter stuck", |f| f.cutter_error = true).await,
            24 => {
                turn(station, "error until switched off", |f| {
                    f.unrecoverable_error = true
                })
                .await
            }
            // What such a printer loses is only known of those that confirm.
            25 if station.feedback == Feedback::Confirms => {
                let bytes = rng.random_range(0..1_500);
                turn(station, "power fails in the middle", move |f| {
                    f.power_cut_after_bytes = Some(bytes);
                    f.power_on_notice = bytes % 2 == 0;
                })
                .await
            }
            26 => {
                turn(station, "second senders turned away", |f| {
                    f.turn_away = true
                })
                .await
            }
            _ => continue,
        };
        return Ok(what);
    }
}

async fn turn(
    station: &TestPrinter,
    what: &'static str,
    turn: impl FnOnce(&mut Faults) + Send + 'static,
) -> &'static str {
    station.turn(turn).await;
    what
}

/// Kills the process at random moments, some of them right after an order was sent to it, and starts it again; now and
/// then it is killed once more while it starts.
pub async fn kill(restaurant: &Restaurant, mut rng: StdRng, end: Instant) -> anyhow::Result<()> {
    while Instant::now() < end {
        sleep(ms(rng.random_range(200..2_500))).await;
        if rng.random_ratio(1, 2) {
            // No order may be coming, because too many wait already.
            let sent = restaurant.sent.notified();
            let _ = tokio::time::timeout(ms(500), sent).await;
            sleep(Duration::from_micros(rng.random_range(0..8_000))).await;
        }
        restaurant.counter.kill().await?;
        restaurant.tally.add("SIGKILL");
        sleep(ms(rng.random_range(0..300))).await;
        while rng.random_ratio(1, 5) {
            let life = ms(rng.random_range(0..120));
            restaurant.counter.start(Some(life)).await?;
            restaurant.tally.add("SIGKILL while it started");
        }
        restaurant.counter.start(None).await?;
    }
    Ok(())
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}
