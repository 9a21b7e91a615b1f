//! A thousand receipts to eight virtual printers.

use std::time::{Duration, Instant};

use api::JobState;
use virtual_printer::VirtualPrinter;

use crate::shop::{open, printer_at, receipt, submit};

const RECEIPTS: usize = 1_000;
const PRINTERS: usize = 8;

pub async fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = virtual_printer::Options {
        keep: RECEIPTS,
        ..virtual_printer::Options::default()
    };
    let names: Vec<String> = (1..=PRINTERS)
        .map(|number| format!("Printer {number}"))
        .collect();
    for name in &names {
        options = options.with_printer(name);
    }
    let kitchen = VirtualPrinter::start(options)
        .await
        .expect("virtual printers");
    let printers: Vec<_> = names
        .iter()
        .map(|name| printer_at(kitchen.address(name).expect("its address")))
        .collect();
    let queue = open(folder.path()).await;
    for number in 0..RECEIPTS {
        submit(&queue, printers[number % PRINTERS].id, receipt(number))
            .await
            .expect("a submit");
    }
    let mut changes = queue.changes();
    let began = Instant::now();
    queue.set_printers(printers).await;
    let mut printed = 0;
    while printed < RECEIPTS {
        let change = tokio::time::timeout(Duration::from_secs(60), changes.recv()).await;
        match change.expect("the queue goes on") {
            Ok(change) => printed += usize::from(change.state == JobState::Printed),
            Err(error) => panic!("{error}"),
        }
    }
    let took = began.elapsed();
    queue.shutdown().await;
    let papers: Vec<_> = names
        .iter()
        .flat_map(|name| kitchen.receipts(name).expect("its papers"))
        .filter(|paper| paper.finished)
        .collect();
    let once = (0..RECEIPTS)
        .filter(|number| {
            let order = format!("Order {number}.");
            papers
                .iter()
                .filter(|paper| paper.text.contains(&order))
                .count()
                == 1
        })
        .count();
    println!(
        "{:<52} {:>10.0}/s {:>12}",
        format!("{RECEIPTS} receipts to {PRINTERS} printers (at least 400/s)"),
        RECEIPTS as f64 / took.as_secs_f64(),
        format!("{once} once"),
    );
    assert_eq!(
        (once, papers.len()),
        (RECEIPTS, RECEIPTS),
        "nothing is lost or doubled"
    );
    kitchen.shutdown().await;
}
