//! Receipts a second on one core, beside other libraries that make the same receipt.
//!
//! `cargo bench -p templates --bench receipts` measures our own cases with criterion, and then all of them once more in
//! turn with the peers, as one table of ratios; for the receipt of the folder `PEERS_DIR` as well, where that is given.
//! `-- --table` prints the table alone, `-- NAME` has criterion measure one case, and `-- --lines SECONDS FOLDER` prints our
//! own cases as lines of JSON. Everything is counted in seconds of CPU time of the measuring process, since machines that
//! build and test have more to do. Read the ratios of one run; machines differ.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(
    clippy::disallowed_methods,
    reason = "what measures needs a clock; what is measured has none"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use criterion::Criterion;

mod cases;
mod measure;
mod memory;
mod table;

use cases::Case;
use measure::CpuTime;

/// Of one case in one round of the table.
const SECONDS: f64 = 0.4;
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        // `cargo test --benches` only wants to know that it starts.
        ["--test" | "--list", ..] => Ok(()),
        ["--lines", seconds, folder] => lines(Path::new(folder), seconds.parse()?),
        ["--memory", case, folder] => memory::print_peak(case, Path::new(folder)),
        ["--table", ..] => tables(),
        // Cargo says this much by itself; more is for criterion, such as the name of a case.
        [] | ["--bench"] => {
            with_criterion(&mut cases::all(&own_folder())?);
            tables()
        }
        _ => {
            with_criterion(&mut cases::all(&own_folder())?);
            Ok(())
        }
    }
}

/// The receipts that lie beside this program.
fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/receipts/paper")
}

fn with_criterion(cases: &mut [Case]) {
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("receipts");
    for case in cases {
        group.bench_function(case.name, |bencher| bencher.iter(|| (case.make)()));
    }
    group.finish();
}

fn lines(folder: &Path, seconds: f64) -> Result<()> {
    for mut case in cases::all(folder)? {
        let line = measure::of(&mut case, seconds);
        println!("{}", serde_json::to_string(&line)?);
    }
    Ok(())
}

/// Of our own receipt, and of another one in `PEERS_DIR`.
fn tables() -> Result<()> {
    let others = std::env::var_os("PEERS_DIR").map(PathBuf::from);
    for folder in [Some(own_folder()), others].into_iter().flatten() {
        table::print(&folder, ROUNDS, SECONDS)
            .with_context(|| format!("measuring the receipt in {}", folder.display()))?;
    }
    Ok(())
}
