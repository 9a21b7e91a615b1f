//! Orders that nobody printed.

use std::time::Duration;

use client::view::{Notice, Snapshot};
use journeys::Restaurant;
use server::reconciliation::Patience;
use virtual_printer::Faults;

const PATIENCE: Patience = Patience {
    order: Duration::from_millis(300),
    counters: Duration::from_secs(3600),
    every: Duration::from_millis(50),
};

fn missing(now: &Snapshot) -> Vec<u32> {
    let mut numbers = Vec::new();
    for notice in &now.counter.notices {
        if let Notice::NotPrinted { orders } = notice {
            numbers.extend(orders.iter().map(|order| order.number));
        }
    }
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn every_counter_says_which_orders_nobody_printed_until_they_are_on_paper_or_taken_care_of()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?.patient(PATIENCE).await?;
    let first = restaurant.counter().await?;
    let second = restaurant.new_counter("back office").await?;
    restaurant.sign_in(&second).await?;
    second.until_live().await?;
    for printer in ["Kitchen", "Counter"] {
        let off = Faults {
            refuse: true,
            ..Faults::default()
        };
        restaurant.break_printer(printer, off).await?;
    }
    let one = restaurant.order(&["pizza"]).await?;
    let other = restaurant.order(&["pizza"]).await?;
    let numbers = vec![one.number, other.number];
    for counter in [&first, &second] {
        counter
            .until("both orders are named", |now| missing(now) == numbers)
            .await?;
        // Reading it takes nothing away.
        counter.client.dismiss_notices().await?;
    }
    second.client.resolve_unprinted(one.id).await?;
    for counter in [&first, &second] {
        counter
            .until("one is left", |now| missing(now) == [other.number])
            .await?;
    }
    for printer in ["Kitchen", "Counter"] {
        restaurant.break_printer(printer, Faults::default()).await?;
        restaurant.paper_of(printer, 2).await?;
    }
    for counter in [&first, &second] {
        counter
            .until("none is left", |now| missing(now).is_empty())
            .await?;
    }
    let now = first.client.snapshot().await?;
    let about = now.counter.business.expect("the restaurant");
    let zone = jiff::tz::TimeZone::get(&about.time_zone)?;
    let date = other.placed_at.to_zoned(zone);
    // The reports of the last tickets may still be on their way.
    let path = format!("/api/v1/days/{}", date.date());
    let wanted = (serde_json::json!(2), serde_json::json!(2));
    let mut seen = Default::default();
    for _ in 0..200 {
        let day = restaurant.get(&path).await?;
        seen = (day["orders"].clone(), day["printed"].clone());
        if seen == wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(seen, wanted);
    restaurant.close([first, second]).await;
    Ok(())
}
