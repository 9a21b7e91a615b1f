//! The process that is killed: a print queue on a folder, and nothing besides. It ends by itself when nobody speaks to
//! it any more.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use api::{TicketKind, TicketName};
use printer_queue::{Content, NewJob, Options, PrintQueue, QueueError, Timings};

use crate::words::{Answered, Ask, Asked, Told};

/// Opens the queue, says so, and answers until its input ends.
pub async fn serve(folder: &Path) -> anyhow::Result<()> {
    let ms = Duration::from_millis;
    let mut options = Options::new(folder.join("jobs.sqlite"), templates::Supplies::default());
    #[allow(
        clippy::needless_update,
        reason = "times that are added later keep the product's values"
    )]
    let timings = Timings {
        device: printers::Timings {
            connect: ms(500),
            status: ms(250),
            confirm: ms(1_500),
            confirm_per_50_lines: ms(100),
            drain: ms(600),
            stalled: ms(150),
            watch: ms(50),
            ask_again: ms(200),
            ..printers::Timings::default()
        },
        recheck: ms(50),
        idle_probe: Some(ms(400)),
        grace: ms(300),
        storage_retry: ms(50),
        ..Timings::default()
    };
    options.timings = timings;
    let (queue, opened) = PrintQueue::open(options).await?;
    anyhow::ensure!(
        opened.set_aside.is_none(),
        "the file was damaged by a kill: {opened:?}"
    );
    let out = Arc::new(Mutex::new(std::io::stdout()));
    say(&out, "ready")?;
    let (hear, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if hear.send(line).is_err() {
                break;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        let line = line?;
        let Asked { id, ask } = serde_json::from_str(&line).with_context(|| line.clone())?;
        let (queue, out) = (queue.clone(), out.clone());
        tokio::spawn(async move {
            let told = answer(&queue, ask)
                .await
                .unwrap_or_else(|error| Told::No(error.to_string()));
            let line = serde_json::to_string(&Answered { id, told })?;
            say(&out, &line)
        });
    }
    queue.shutdown().await;
    Ok(())
}

async fn answer(queue: &PrintQueue, ask: Ask) -> Result<Told, QueueError> {
    match ask {
        Ask::Printers(printers) => {
            queue.set_printers(printers).await;
            Ok(Told::Done)
        }
        Ask::Submit { order, slips } => {
            let jobs = slips
                .into_iter()
                .map(|slip| NewJob {
                    order: Some(order),
                    revision: 1,
                    ticket: TicketName {
                        kind: TicketKind::Receipt,
                        part: slip.token,
                    },
                    destination: Some(slip.printer),
                    copy: 0,
                    content: Content::Markup(slip.markup),
                    locale: "en-US".into(),
                    drawer: false,
                    urgent: slip.urgent,
                    ages_from: None,
                })
                .collect();
            queue.submit(order, 1, jobs).await?;
            Ok(Told::Done)
        }
        Ask::Look(orders) => {
            let mut tickets = Vec::new();
            for order in orders {
                tickets.extend(queue.jobs_of(order).await?);
            }
            Ok(Told::Tickets(tickets))
        }
        Ask::ItPrinted(job) => queue.it_printed(job).await.map(|()| Told::Done),
        Ask::PrintAgain(job) => queue.print_again(job).await.map(|()| Told::Done),
        Ask::History(job) => {
            let rows = queue.history_of(job).await?;
            let row = |row: &printer_queue::HistoryRow| {
                format!("{} {:?}: {}", row.at, row.state, row.cause)
            };
            Ok(Told::History(rows.iter().map(row).collect()))
        }
    }
}

fn say(out: &Mutex<std::io::Stdout>, line: &str) -> anyhow::Result<()> {
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
