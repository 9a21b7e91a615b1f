//! `make torture`: what prints is killed at random moments and started again, everything around it fails, and orders keep
//! coming. At the end orders are compared with paper: none may be lost (neither on paper nor waiting for a person), none
//! doubled without its mark.
//!
//! It has two parts. The first is one print queue and its printers; the second a whole business: a server that is killed
//! and restored, lines to it that break, and two counters that take each other's printers.
//!
//! `TORTURE_MINUTES` (one if not said, shared by the parts), `TORTURE_SEED` and `TORTURE_PART` (`queue` or `business`;
//! both if not said) are read from the environment.
#![allow(missing_docs, missing_debug_implementations)]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

mod business;
mod cable;
mod printers;
mod program;
mod queue;
mod verdict;

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::{Context, bail};

use verdict::Verdict;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Queue,
    Business,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if let [word, folder, rest @ ..] = arguments.as_slice()
        && let "queue" | "counter" | "server" = word.as_str()
    {
        tracing_subscriber::fmt()
            .with_env_filter(std::env::var("TORTURE_LOG").unwrap_or_else(|_| "warn".into()))
            .with_ansi(false)
            .with_writer(std::io::stderr)
            .init();
        let folder = Path::new(folder);
        runtime.block_on(async {
            match (word.as_str(), rest) {
                ("queue", []) => queue::process::serve(folder).await,
                ("counter", [login]) => business::counter::serve(folder, login).await,
                ("server", [printers]) => business::server::serve(folder, printers).await,
                _ => bail!("no such process: {arguments:?}"),
            }
        })?;
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
        Err(_) => 1.0,
    };
    let parts: &[Part] = match std::env::var("TORTURE_PART").as_deref() {
        Ok("queue") => &[Part::Queue],
        Ok("business") => &[Part::Business],
        Ok(other) => bail!("TORTURE_PART is queue or business, not {other}"),
        Err(_) => &[Part::Queue, Part::Business],
    };
    let time = Duration::try_from_secs_f64(minutes * 60.0 / parts.len() as f64)?;
    println!("torture: {minutes} min for {parts:?}, TORTURE_SEED={seed}");
    let mut is_well = true;
    for part in parts {
        let columns = runtime.block_on(async {
            match part {
                Part::Queue => queue::run(time, seed).await,
                Part::Business => business::run(time, seed).await,
            }
        })?;
        is_well &= tell(&columns);
    }
    println!(
        "torture: {}",
        if is_well {
            "nothing lost, nothing doubled in silence"
        } else {
            "FAILED"
        }
    );
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether nothing is wrong.
fn tell(columns: &[(&str, Verdict)]) -> bool {
    println!("{}", verdict::table(columns));
    for (name, verdict) in columns {
        for what in &verdict.wrong {
            println!("\n{name}: {what}");
        }
    }
    columns.iter().all(|(_, verdict)| verdict.wrong.is_empty())
}
