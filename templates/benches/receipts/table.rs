//! One table of ratios: our cases and the peers' in turn, so that they share the noise of the machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cases;
use crate::measure::{self, Line};

/// What the builder of the `escpos` crate was measured to make of such a receipt in a CPU second where our targets in
/// receipts a second were set. Ratios to it mean the same on any machine.
const REFERENCE: f64 = 17_160.0;
const BUILDER: &str = "escpos 0.20.1";
const RECEIPTLINE: &str = "receiptline 4.0.4";
const MUSTACHE: &str = "mustache 0.9.0";

/// One row: our case, whose case it is compared with, and what the ratio should be at least.
struct Row {
    what: &'static str,
    case: &'static str,
    peer: &'static str,
    of: &'static str,
    target: Option<f64>,
}

const fn row(
    what: &'static str,
    case: &'static str,
    peer: &'static str,
    of: &'static str,
    target: Option<f64>,
) -> Row {
    Row {
        what,
        case,
        peer,
        of,
        target,
    }
}

const ROWS: [Row; 13] = [
    row(
        "markup to ESC/POS, native QR",
        "receipt",
        BUILDER,
        "receipt",
        Some(1.0),
    ),
    row(
        "markup to ESC/POS, native QR",
        "receipt",
        RECEIPTLINE,
        "receipt",
        None,
    ),
    row(
        "markup to ESC/POS, without QR",
        "receipt-noqr",
        BUILDER,
        "receipt-noqr",
        None,
    ),
    row(
        "markup to ESC/POS, without QR",
        "receipt-noqr",
        RECEIPTLINE,
        "receipt-noqr",
        Some(10.0),
    ),
    row(
        "order JSON to ESC/POS",
        "order",
        BUILDER,
        "receipt",
        Some(10_000.0 / REFERENCE),
    ),
    row(
        "with a logo, decoded each time",
        "logo",
        BUILDER,
        "logo",
        Some(1.0),
    ),
    row(
        "with a logo, decoded each time",
        "logo",
        RECEIPTLINE,
        "logo",
        None,
    ),
    row(
        "with a logo, decoded before",
        "logo-cached",
        BUILDER,
        "receipt",
        Some(8_000.0 / REFERENCE),
    ),
    row(
        "to PNG, Latin",
        "png-latin",
        BUILDER,
        "receipt",
        Some(1_000.0 / REFERENCE),
    ),
    row(
        "to PNG, Latin, with QR",
        "png-latin-qr",
        BUILDER,
        "receipt",
        None,
    ),
    row(
        "to PNG, nine scripts",
        "png-mixed",
        BUILDER,
        "receipt",
        Some(600.0 / REFERENCE),
    ),
    row(
        "template alone, read each time",
        "template",
        MUSTACHE,
        "template",
        None,
    ),
    row(
        "template alone, read before",
        "template-parsed",
        MUSTACHE,
        "template-parsed",
        None,
    ),
];

/// Bytes of the receipt with its QR code, at most.
const MOST_BYTES: usize = 1_900;
/// KiB of memory for a first receipt, at most.
const MOST_MEMORY: u64 = 2_048;

/// Measures all and prints the table.
pub(crate) fn print(folder: &Path, rounds: usize, seconds: f64) -> Result<()> {
    let mut cases = cases::all(folder)?;
    let mut measured: BTreeMap<(String, String), Vec<Line>> = BTreeMap::new();
    for round in 1..=rounds {
        eprintln!("{}: round {round} of {rounds}", folder.display());
        let ours = cases.iter_mut().map(|case| measure::of(case, seconds));
        let ours: Vec<Line> = ours.collect();
        for line in ours.into_iter().chain(peers(folder, seconds)) {
            measured
                .entry((line.peer.clone(), line.case.clone()))
                .or_default()
                .push(line);
        }
    }
    let middle = |peer: &str, case: &str| -> Option<f64> {
        let mut all: Vec<f64> = measured
            .get(&(peer.to_owned(), case.to_owned()))?
            .iter()
            .map(|line| line.cpu)
            .collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    };

    println!(
        "\nReceipts in {}, per second of CPU time (the middle of {rounds} rounds)",
        folder.display()
    );
    println!(
        "{:32} {:>9}  {:>26} {:>8} {:>8}  met",
        "what", "ours", "beside", "ratio", "target"
    );
    for Row {
        what,
        case,
        peer,
        of,
        target,
    } in ROWS
    {
        let ours = middle("ours", case).context("a case of our own")?;
        let Some(theirs) = middle(peer, of) else {
            println!(
                "{what:32} {ours:9.0}  {:>26}",
                format!("{peer}: not measured")
            );
            continue;
        };
        let ratio = ours / theirs;
        let beside = format!("{peer} {theirs:8.0}");
        let wanted = target.map_or_else(|| "-".to_owned(), |target| format!("{target:.2}"));
        println!(
            "{what:32} {ours:9.0}  {beside:>26} {ratio:8.2} {wanted:>8}  {}",
            met(target.map(|target| ratio >= target))
        );
    }
    for (peer, case) in [
        ("ours", "receipt"),
        (BUILDER, "receipt"),
        (RECEIPTLINE, "receipt"),
        ("ours", "order"),
        ("ours", "png-latin"),
    ] {
        let bytes = measured
            .get(&(peer.to_owned(), case.to_owned()))
            .and_then(|lines| lines.first())
            .map(|line| line.bytes);
        let target = (peer == "ours" && case == "receipt").then_some(MOST_BYTES);
        if let Some(bytes) = bytes {
            println!(
                "{:60} {bytes:8} bytes {}",
                format!("size of {case}, {peer}"),
                limit(target, bytes)
            );
        }
    }
    for case in ["receipt", "png-latin", "png-mixed"] {
        match memory(case, folder) {
            Ok(peak) => println!(
                "{:60} {peak:8} KiB   {}",
                format!("memory for the first {case}, beyond mapped fonts"),
                limit(Some(MOST_MEMORY), peak)
            ),
            Err(error) => println!("memory for the first {case}: not measured: {error:#}"),
        }
    }
    println!(
        "Targets in receipts a second are given as ratios to the builder, which made {REFERENCE} where they were set."
    );
    Ok(())
}

fn met(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "",
    }
}

fn limit<T: PartialOrd + std::fmt::Display>(most: Option<T>, value: T) -> String {
    most.map_or_else(String::new, |most| {
        format!("at most {most}: {}", met(Some(value <= most)))
    })
}

/// In a process of its own, in which nothing was made before.
fn memory(case: &str, folder: &Path) -> Result<u64> {
    let out = Command::new(std::env::current_exe()?)
        .arg("--memory")
        .arg(case)
        .arg(folder)
        .output()?;
    anyhow::ensure!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    Ok(String::from_utf8(out.stdout)?.trim().parse()?)
}

/// A peer that is not there is said, and its rows stay empty.
fn peers(folder: &Path, seconds: f64) -> Vec<Line> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let mut builder = Command::new(env!("CARGO"));
    builder
        .args(["run", "--release", "--quiet", "--locked", "--manifest-path"])
        .arg(here.join("Cargo.toml"));
    builder
        .arg("--target-dir")
        .arg(built().join("peers"))
        .arg("--");
    let mut receiptline = Command::new("node");
    receiptline.arg(here.join("receiptline.mjs"));
    let mut lines = Vec::new();
    for command in [&mut builder, &mut receiptline] {
        match run(command.arg(folder).arg(seconds.to_string())) {
            Ok(more) => lines.extend(more),
            Err(error) => eprintln!("a peer is left out: {error:#}"),
        }
    }
    lines
}

fn run(command: &mut Command) -> Result<Vec<Line>> {
    let out = command.output().with_context(|| format!("{command:?}"))?;
    anyhow::ensure!(
        out.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    let out = String::from_utf8(out.stdout)?;
    out.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

/// Where cargo builds, as this program lies in it: `target/release/deps/receipts-…`.
fn built() -> std::path::PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .nth(3)
        .map_or_else(|| "target".into(), Path::to_path_buf)
}
