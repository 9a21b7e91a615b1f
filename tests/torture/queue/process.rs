//! The process that is killed: a print queue on a folder, driven over stdin and stdout. It ends when stdin is closed.

use std::{path::Path, time::Duration};

use api::{TicketKind, TicketName};
use printer_queue::{Content, NewJob, Options, PrintQueue, QueueError, Timings};

use super::protocol::{Command, Reply};
use crate::program;

/// Opens the queue, and executes commands until stdin is closed.
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
    program::serve("", |command| {
        let queue = queue.clone();
        async move {
            execute(&queue, command)
                .await
                .unwrap_or_else(|error| Reply::Error(error.to_string()))
        }
    })
    .await?;
    queue.shutdown().await;
    Ok(())
}

async fn execute(queue: &PrintQueue, command: Command) -> Result<Reply, QueueError> {
    match command {
        Command::Printers(printers) => {
            queue.set_printers(printers).await;
            Ok(Reply::Done)
        }
        Command::Submit { order, tickets } => {
            let jobs: Vec<NewJob> = tickets
                .into_iter()
                .map(|ticket| NewJob {
                    order: Some(order),
                    revision: 1,
                    revised_at: None,
                    ticket: TicketName {
                        kind: TicketKind::Receipt,
                        part: ticket.token,
                    },
                    destination: Some(ticket.printer),
                    copy: 0,
                    content: Content::Markup(ticket.markup),
                    locale: "en-US".into(),
                    drawer: false,
                    urgent: ticket.urgent,
                    ages_from: None,
                })
                .collect();
            queue.submit(order, 1, jobs).await?;
            Ok(Reply::Done)
        }
        Command::Tickets(orders) => {
            let mut tickets = Vec::new();
            for order in orders {
                tickets.extend(queue.jobs_of(order).await?);
            }
            Ok(Reply::Tickets(tickets))
        }
        Command::ItPrinted(job) => queue.it_printed(job).await.map(|()| Reply::Done),
        Command::PrintAgain(job) => queue.print_again(job).await.map(|()| Reply::Done),
        Command::History(job) => {
            let rows = queue.history_of(job).await?;
            let row = |row: &printer_queue::HistoryRow| {
                format!("{} {:?}: {}", row.at, row.state, row.cause)
            };
            Ok(Reply::History(rows.iter().map(row).collect()))
        }
    }
}
