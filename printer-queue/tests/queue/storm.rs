//! Everything at once: printers fail in turn, the program ends without a word, a person answers what is asked.

use std::{collections::BTreeMap, time::Duration};

use api::{JobId, JobState, PrinterId};
use virtual_printer::VirtualPrinter;

use crate::setup::*;

const ROUNDS: usize = 12;

async fn trouble(kitchen: &VirtualPrinter, round: usize) {
    match round % 6 {
        0 => faults(kitchen, |f| f.refuse = true).await,
        1 => faults(kitchen, |f| f.paper_out_after_lines = Some(7)).await,
        2 => faults(kitchen, |f| f.reset_once_after_bytes = Some(60)).await,
        3 => kitchen.cut_power("Kitchen").await.expect("its plug"),
        4 => faults(kitchen, |f| f.no_confirmation = true).await,
        _ => faults(kitchen, |f| f.cover_open = true).await,
    }
}

/// The person at the counter looks at the paper, not at the queue.
async fn answer(
    counter: &Counter,
    orders: &BTreeMap<JobId, String>,
    kitchens: &[VirtualPrinter],
) -> usize {
    let mut open = 0;
    for ticket in counter.queue.open_and_recent(0).await.expect("the tickets") {
        open += 1;
        if !matches!(ticket.state, JobState::Unconfirmed { .. }) {
            continue;
        }
        let order = &orders[&ticket.job];
        let seen = kitchens
            .iter()
            .flat_map(papers)
            .any(|paper| paper.finished && paper.text.contains(order.as_str()));
        let said = if seen {
            counter.queue.it_printed(ticket.job).await
        } else {
            counter.queue.print_again(ticket.job).await
        };
        said.expect("an answer");
    }
    open
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_of_faults_no_ticket_is_lost_and_none_is_doubled_without_its_mark() {
    let mut timings = timings();
    timings.device.confirm = Duration::from_millis(400);
    let mut counter = Counter::with(timings).await;
    let mut kitchens = Vec::new();
    for _ in 0..2 {
        kitchens.push(kitchen().await);
    }
    let printers: Vec<_> = kitchens.iter().map(settings_of).collect();
    let ids: Vec<PrinterId> = printers.iter().map(|printer| printer.id).collect();
    counter.queue.set_printers(printers.clone()).await;
    let mut orders = BTreeMap::new();
    for round in 0..ROUNDS {
        for number in 0..10 {
            let order = format!("Order {round}-{number}.");
            let text = format!("{order}\n{}", "a dish\n".repeat(20));
            let new = ticket(Some(ids[number % 2]), &text);
            orders.insert(counter.submit_one(new).await, order);
        }
        trouble(&kitchens[round % 2], round).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        for kitchen in &kitchens {
            faults(kitchen, |f| *f = virtual_printer::Faults::default()).await;
        }
        answer(&counter, &orders, &kitchens).await;
        if round % 5 == 4 {
            counter = counter.restart().await.0;
            counter.queue.set_printers(printers.clone()).await;
        }
    }
    let calm = async {
        while answer(&counter, &orders, &kitchens).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(2 * PATIENCE, calm)
        .await
        .expect("everything ends");

    let papers: Vec<_> = kitchens
        .iter()
        .flat_map(papers)
        .filter(|paper| paper.finished)
        .collect();
    for (job, order) in &orders {
        let state = counter.job(*job).await.state;
        assert!(matches!(state, JobState::Printed), "{order} is {state:?}");
        let mine: Vec<_> = papers
            .iter()
            .filter(|paper| paper.text.contains(order.as_str()))
            .collect();
        assert!(!mine.is_empty(), "{order} is lost");
        let unmarked = mine
            .iter()
            .filter(|paper| !paper.text.contains("REPRINT"))
            .count();
        assert!(unmarked <= 1, "{order} is doubled without its mark");
    }
}
