//! What came of it, as a table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::{Mutex, PoisonError},
};

/// How often each thing happened.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<&'static str, u64>>);

impl Tally {
    /// Once more.
    pub fn add(&self, what: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(what).or_default() += 1;
    }

    /// By name.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What came of it all.
#[derive(Debug, Default)]
pub struct Verdict {
    /// How often each thing was done to it.
    pub faults: BTreeMap<&'static str, u64>,
    /// What came of it: name and number, in the order of the table.
    pub rows: Vec<(&'static str, u64)>,
    /// What must not be, each with everything that is known of it.
    pub wrong: Vec<String>,
}

/// The table, one column for each of the runs.
pub fn table(runs: &[(&str, Verdict)]) -> String {
    let mut text = format!("{:<44}", "");
    for (name, _) in runs {
        let _ = write!(text, "{name:>16}");
    }
    let mut row = |name: &str, number: &dyn Fn(&Verdict) -> u64| {
        let _ = write!(text, "\n{name:<44}");
        for (_, verdict) in runs {
            let _ = write!(text, "{:>16}", number(verdict));
        }
    };
    let faults: BTreeSet<&str> = runs
        .iter()
        .flat_map(|(_, verdict)| verdict.faults.keys().copied())
        .collect();
    for fault in faults {
        row(fault, &|verdict| {
            verdict.faults.get(fault).copied().unwrap_or_default()
        });
    }
    let names = runs.first().map(|(_, verdict)| verdict.rows.as_slice());
    for (nth, (name, _)) in names.unwrap_or_default().iter().enumerate() {
        row(name, &|verdict| {
            verdict.rows.get(nth).map_or(0, |(_, number)| *number)
        });
    }
    text
}
