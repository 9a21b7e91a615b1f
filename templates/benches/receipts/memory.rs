//! What one receipt needs of memory, in a process that makes nothing else.

use std::path::Path;

use anyhow::{Context, Result};

use crate::cases::{self, Case};

/// Makes the first receipt of each case on its own and prints, in KiB, what the process held at most beyond what it held
/// before; mapped files, which are the fonts, not counted. Linux alone says that.
pub(crate) fn print_peak(case: &str, folder: &Path) -> Result<()> {
    let mut cases = cases::all(folder)?;
    let Case { make, .. } = cases
        .iter_mut()
        .find(|one| one.name == case)
        .context("no such case")?;
    let before = kib("RssAnon")?;
    // `5` makes the peak what is held now (proc_pid_clear_refs(5)).
    std::fs::write("/proc/self/clear_refs", "5").context("resetting the peak")?;
    std::hint::black_box(make());
    // Mapped pages are not given back, so that those of the end were there at the peak or came later.
    let peak = kib("VmHWM")?.saturating_sub(kib("RssFile")?);
    println!("{}", peak.saturating_sub(before));
    Ok(())
}

fn kib(field: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("no /proc on this system")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let number = line
        .and_then(|line| line.split_whitespace().next())
        .context("a line of /proc/self/status")?;
    Ok(number.parse()?)
}
