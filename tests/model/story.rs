//! A history as sentences.

use std::fmt::Write;

use crate::{
    step::{Attempt, Fate, Step},
    world::{Fault, World},
};

/// What happened, and what went wrong by it.
pub fn of(seed: u64, history: &[Step], fault: &Fault) -> String {
    let mut world = World::new(seed);
    let (counters, printers) = (world.rules.counters.clone(), world.rules.printers.clone());
    let mut text = format!(
        "seed {seed}, {} counters, {} printers, standby {}: {fault}\n",
        counters.len(),
        printers.len(),
        if world.rules.standby { "on" } else { "off" },
    );
    let owner = |world: &World| {
        let owners = world.server.owners();
        let of = |printer| {
            counters
                .iter()
                .position(|id| owners.get(printer) == Some(id))
        };
        printers
            .iter()
            .map(|printer| of(printer).map_or("-".into(), |c| c.to_string()))
            .collect::<Vec<_>>()
            .join(",")
    };
    let policies = printers
        .iter()
        .map(|id| format!("{:?}", world.rules.policy(*id).reprint_uncertain));
    let policies: Vec<String> = policies.collect();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "the printers belong to counters {}; uncertain: {}",
        owner(&world),
        policies.join(",")
    );
    for (at, step) in history.iter().enumerate() {
        let printed = world.papers.len();
        world.step(step);
        let sentence = sentence(step, world.counters.len(), printers.len());
        let _ = write!(text, "{:2}. {sentence}", at + 1);
        for paper in &world.papers[printed..] {
            let mark = if paper.marked { "marked" } else { "unmarked" };
            let _ = write!(
                text,
                " [paper: {} rev {} of {}, {mark}]",
                paper.ticket,
                paper.revision,
                short(paper.order)
            );
        }
        let _ = writeln!(text, " ({})", owner(&world));
    }
    let printed = world.papers.len();
    world.rest();
    let _ = writeln!(text, "then everything comes to rest:");
    for paper in &world.papers[printed..] {
        let mark = if paper.marked { "marked" } else { "unmarked" };
        let _ = writeln!(
            text,
            "    paper by counter {}: {} rev {} of {}, {mark}",
            paper.counter,
            paper.ticket,
            paper.revision,
            short(paper.order)
        );
    }
    for (c, counter) in world.counters.iter().enumerate() {
        for job in &counter.queue.jobs {
            let _ = writeln!(
                text,
                "    counter {c}: {} rev {} of {}: {:?}{}",
                job.ticket,
                job.revision,
                short(job.order),
                job.state,
                if job.released { ", given away" } else { "" }
            );
        }
    }
    if let Err(fault) = world.check() {
        let _ = writeln!(text, "{fault}");
    }
    text
}

fn short(order: api::OrderId) -> String {
    order.to_string().chars().take(4).collect()
}

fn sentence(step: &Step, counters: usize, printers: usize) -> String {
    let c = |counter: &u8| usize::from(*counter) % counters;
    match step {
        Step::Order { dishes } => format!("an order comes ({dishes:#b})"),
        Step::Revise { order, dishes } => format!("order {order} is changed ({dishes:#b})"),
        Step::Cancel { order } => format!("order {order} is taken back"),
        Step::Follow {
            counter,
            stops,
            meanwhile,
        } => {
            let mut text = format!("counter {} follows the feed", c(counter));
            match stops {
                Some((after, true)) => {
                    text += &format!(", and ends after {after} requests and commits")
                }
                Some((after, false)) => {
                    text += &format!(", and fails after {after} requests and commits")
                }
                None => {}
            }
            if let Some(step) = meanwhile {
                text += &format!(
                    " (where it waits for reports: {})",
                    sentence(step, counters, printers)
                );
            }
            text
        }
        Step::Report { counter, fate } => {
            format!("counter {} reports{}", c(counter), ending(*fate))
        }
        Step::Hear { counter, fate } => {
            format!(
                "counter {} reads what others report{}",
                c(counter),
                ending(*fate)
            )
        }
        Step::Renew { counter, fate } => {
            format!("counter {} renews its lease{}", c(counter), ending(*fate))
        }
        Step::Standby { counter, fate } => {
            format!("counter {} stands in{}", c(counter), ending(*fate))
        }
        Step::TakeOver {
            counter,
            printers,
            fate,
        } => format!(
            "a person has counter {} take printers {printers:#b} over{}",
            c(counter),
            ending(*fate)
        ),
        Step::Print {
            counter,
            printer,
            attempt,
        } => {
            let how = match attempt {
                Attempt::Confirmed => "confirmed",
                Attempt::Unreached => "it is not reached",
                Attempt::Unconfirmed { out: true } => "it comes out, unconfirmed",
                Attempt::Unconfirmed { out: false } => "nothing comes out, and nobody knows",
                Attempt::Crash { out: true } => "it comes out, and the program ends",
                Attempt::Crash { out: false } => "nothing comes out, and the program ends",
                Attempt::Slow => "it comes out, and is confirmed later",
            };
            format!(
                "counter {} prints on printer {}: {how}",
                c(counter),
                usize::from(*printer) % printers
            )
        }
        Step::Confirm { counter } => format!("counter {} hears that it came out", c(counter)),
        Step::Answer { counter } => format!("somebody answers at counter {}", c(counter)),
        Step::Crash { counter } => format!("counter {} ends and starts", c(counter)),
        Step::Sleep { counter } => format!("counter {} sleeps", c(counter)),
        Step::Wake { counter } => format!("counter {} wakes", c(counter)),
        Step::Cut { counter } => format!("counter {} is cut off", c(counter)),
        Step::Mend { counter } => format!("counter {} is connected again", c(counter)),
        Step::Copy { counter } => {
            format!("the files of counter {} start on another PC", c(counter))
        }
        Step::Fresh => "a new counter signs in".into(),
        Step::Backup => "the server's database is copied".into(),
        Step::Restore => "the server's database is restored".into(),
        Step::Pass { seconds } => format!("{seconds} seconds pass"),
    }
}

fn ending(fate: Fate) -> &'static str {
    match fate {
        Fate::Answered => "",
        Fate::Failed => ", which fails",
        Fate::AnswerLost => ", and the answer is lost",
    }
}
