//! Simulated restaurants in which everything goes wrong: counters, a server, printers and lines between them fail at
//! random, by a seed, and the decisions of the product are played in them. Nothing may be lost, doubled without a mark, or
//! called printed that is not on paper.
//!
//! `MODEL_STEPS` plays more, `MODEL_FIRST` others, `MODEL_SEED` one restaurant alone.

mod counter;
mod follow;
mod histories;
mod late;
mod printer;
mod queue;
mod random;
mod reference;
mod requests;
mod rules;
mod server;
mod step;
mod story;
mod take;
mod world;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use crate::{
    random::Random,
    step::{Attempt, Fate, Step},
    world::{Fault, World},
};

/// In a normal run.
const STEPS: u64 = 1_000_000;
/// Of one restaurant at the most.
const LENGTH: u64 = 90;

#[test]
fn no_ticket_is_lost_doubled_in_silence_or_called_printed_in_vain() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let wanted = number("MODEL_STEPS").unwrap_or(STEPS);
    let mut steps = 0;
    let enough = |seed: &u64| {
        let before = steps;
        steps += history_len(*seed);
        before < wanted
    };
    let first = number("MODEL_FIRST").unwrap_or(0);
    let seeds: Vec<u64> = match number("MODEL_SEED") {
        Some(only) => vec![only],
        None => (first..).take_while(enough).collect(),
    };
    let began = Instant::now();
    let (next, papers) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let faults = Mutex::new(BTreeMap::new());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(&seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match play(seed, &history(seed)) {
                        Ok(printed) => papers.fetch_add(printed, Ordering::Relaxed),
                        Err(fault) => {
                            faults.lock().expect("no panic").insert(seed, fault);
                            // What was begun is played to its end: of all faults the first seed is told.
                            next.fetch_max(seeds.len(), Ordering::Relaxed)
                        }
                    };
                }
            });
        }
    });
    if let Some((seed, fault)) = faults.into_inner().expect("no panic").pop_first() {
        panic!(
            "{}",
            story::of(seed, &shortest(seed, history(seed)), &fault)
        );
    }
    let steps: u64 = seeds.iter().map(|&seed| history_len(seed)).sum();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{steps} steps in {} restaurants on {cores} cores, {} papers, {:.0} steps/s",
        seeds.len(),
        papers.into_inner(),
        steps as f64 / seconds
    );
}

fn history_len(seed: u64) -> u64 {
    20 + Random::new(seed ^ 0x5eed).below(LENGTH - 20)
}

/// What happens in a restaurant.
fn history(seed: u64) -> Vec<Step> {
    let mut random = Random::new(seed ^ 0xabcd);
    (0..history_len(seed))
        .map(|_| step(&mut random, true))
        .collect()
}

fn step(random: &mut Random, outer: bool) -> Step {
    let counter = random.byte();
    match random.below(100) {
        0..12 => Step::Order {
            dishes: random.byte(),
        },
        12..16 => Step::Revise {
            order: random.byte(),
            dishes: random.byte(),
        },
        16..18 => Step::Cancel {
            order: random.byte(),
        },
        18..44 => Step::Follow {
            counter,
            stops: random
                .one_in(3)
                .then(|| (u8::try_from(random.below(9)).unwrap_or(0), random.one_in(2))),
            meanwhile: (outer && random.one_in(3)).then(|| Box::new(step(random, false))),
        },
        44..51 => Step::Report {
            counter,
            fate: fate(random),
        },
        51..54 => Step::Hear {
            counter,
            fate: fate(random),
        },
        54..59 => Step::Renew {
            counter,
            fate: fate(random),
        },
        59..62 => Step::Standby {
            counter,
            fate: fate(random),
        },
        62..67 => Step::TakeOver {
            counter,
            printers: random.byte(),
            fate: fate(random),
        },
        67..82 => Step::Print {
            counter,
            printer: random.byte(),
            attempt: attempt(random),
        },
        82..84 => Step::Confirm { counter },
        84..87 => Step::Answer { counter },
        87..89 => Step::Crash { counter },
        89..90 => Step::Sleep { counter },
        90..92 => Step::Wake { counter },
        92..93 => Step::Cut { counter },
        93..95 => Step::Mend { counter },
        95..96 if random.one_in(3) => Step::Fresh,
        95..96 => Step::Backup,
        96..97 => Step::Restore,
        _ => Step::Pass {
            seconds: random.byte(),
        },
    }
}

fn fate(random: &mut Random) -> Fate {
    match random.below(6) {
        0 => Fate::Failed,
        1 => Fate::AnswerLost,
        _ => Fate::Answered,
    }
}

fn attempt(random: &mut Random) -> Attempt {
    let out = random.one_in(2);
    match random.below(10) {
        0 => Attempt::Unreached,
        1 => Attempt::Unconfirmed { out },
        2 => Attempt::Crash { out },
        3 => Attempt::Slow,
        _ => Attempt::Confirmed,
    }
}

/// How many papers came out.
fn play(seed: u64, history: &[Step]) -> Result<usize, Fault> {
    let mut world = World::new(seed);
    for step in history {
        world.step(step);
    }
    world.doubled()?;
    world.rest();
    world.check()?;
    Ok(world.papers.len())
}

/// The shortest history that was found to fail: without one stretch after another, ever smaller.
fn shortest(seed: u64, mut history: Vec<Step>) -> Vec<Step> {
    let mut stretch = history.len() / 2;
    while stretch > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < history.len() {
            let mut fewer = history.clone();
            fewer.drain(at..(at + stretch).min(history.len()));
            if play(seed, &fewer).is_err() {
                (history, shorter) = (fewer, true);
            } else {
                at += stretch;
            }
        }
        if !(shorter && stretch == 1) {
            stretch /= 2;
        }
    }
    history
}
