//! Fifty printers that have nothing to do, in a process of their own.

use std::{path::Path, process::Command, time::Duration};

use virtual_printer::VirtualPrinter;

use crate::shop::{open, printer_at};

const PRINTERS: usize = 50;
const WATCHED: Duration = Duration::from_secs(5);

/// Starts the process beside a virtual printer, and says what it said.
pub async fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = virtual_printer::Options::default();
    let names: Vec<String> = (1..=PRINTERS)
        .map(|number| format!("Printer {number}"))
        .collect();
    for name in &names {
        options = options.with_printer(name);
    }
    let kitchen = VirtualPrinter::start(options)
        .await
        .expect("virtual printers");
    let addresses: Vec<String> = names
        .iter()
        .map(|name| kitchen.address(name).expect("its address").to_string())
        .collect();
    let program = std::env::current_exe().expect("this program");
    let path = folder.path().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        Command::new(program)
            .arg("idle")
            .arg(path)
            .arg(addresses.join(","))
            .output()
            .expect("a process")
    })
    .await
    .expect("its end");
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    print!("{}", String::from_utf8_lossy(&said.stdout));
    kitchen.shutdown().await;
}

/// That process.
pub async fn counter(folder: &Path, addresses: &str) {
    let queue = open(folder).await;
    let printers: Vec<_> = addresses.split(',').map(printer_at).collect();
    queue.set_printers(printers).await;
    let mut statuses = queue.statuses();
    statuses
        .wait_for(|all| {
            let ready = |status: &&api::printer::PrinterStatus| {
                status.health == api::printer::Health::Ready
            };
            all.values().filter(ready).count() == PRINTERS
        })
        .await
        .expect("every printer is looked at once");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let began = cpu_time::ProcessTime::now();
    tokio::time::sleep(WATCHED).await;
    let used = began.elapsed();
    println!(
        "{:<52} {:>9.2} ms {:>9.2} MB",
        format!(
            "{PRINTERS} idle printers, {} s (no CPU, under 30 MB)",
            WATCHED.as_secs()
        ),
        used.as_secs_f64() * 1000.0,
        resident().map_or(f64::NAN, |kilobytes| kilobytes as f64 / 1024.0),
    );
    queue.shutdown().await;
}

/// Linux says it in a file; elsewhere nobody is asked.
fn resident() -> Option<u64> {
    std::fs::read_to_string("/proc/self/status")
        .ok()?
        .lines()
        .find_map(|row| row.strip_prefix("VmRSS:"))?
        .trim()
        .strip_suffix(" kB")?
        .trim()
        .parse()
        .ok()
}
