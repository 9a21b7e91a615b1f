//! Whether paper waits for reports of tickets to the server: restaurants that differ in nothing else take orders in turns,
//! one where no report is sent before everything is over, one as the product is, and one where reports are not collected,
//! so that each order is followed by those of the one before.

use std::time::Duration;

use journeys::{Counter, Restaurant};

use crate::{ORDERS, orders, to_paper};

/// Orders of one restaurant until it is the turn of the next.
const TURN: usize = 20;
/// Longer than reports are collected: those of one restaurant are sent in its own turn.
const PAUSE: Duration = Duration::from_millis(400);

/// A row of the table, and how long each order took from the answer to its last byte at the printer.
pub type Row = (&'static str, Vec<Duration>);

/// Measures them; the first row is that without reports.
pub async fn measure() -> anyhow::Result<Vec<Row>> {
    let product = client::Options::default().report_debounce;
    let ways = [
        ("no reports", Duration::from_secs(3600)),
        ("reports", product),
        ("reports, each at once", Duration::ZERO),
    ];
    let mut open = Vec::new();
    for (what, report_debounce) in ways {
        let restaurant = Restaurant::open().await?;
        let counter = restaurant
            .counter_with(client::Options {
                report_debounce,
                ..restaurant.options_of("counter")
            })
            .await?;
        orders(&restaurant, 0, 1).await?;
        open.push((restaurant, counter, (what, Vec::with_capacity(ORDERS))));
    }
    for turn in 0..ORDERS / TURN {
        for (restaurant, _, (_, took)) in &mut open {
            let ways = orders(restaurant, 1 + turn * TURN, TURN).await?;
            took.extend(ways.iter().map(to_paper));
            tokio::time::sleep(PAUSE).await;
        }
    }
    let mut rows = Vec::new();
    for (restaurant, counter, row) in open {
        close(restaurant, counter).await;
        rows.push(row);
    }
    Ok(rows)
}

async fn close(restaurant: Restaurant, counter: Counter) {
    restaurant.close([counter]).await;
}
