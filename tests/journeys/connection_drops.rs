//! The cable breaks; orders do not get lost.

use api::{JobState, TicketKind};
use client::view::LinkView;
use journeys::Restaurant;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_while_the_counter_is_disconnected_prints_after_it_reconnects()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    restaurant.link.cut();
    counter
        .until("the server cannot be reached", |now| {
            matches!(now.counter.link, LinkView::Offline { .. })
        })
        .await?;
    let first = restaurant.order(&["pizza"]).await?;
    let second = restaurant.order(&["pizza"]).await?;
    assert!(restaurant.paper("Kitchen")?.is_empty());
    restaurant.link.mend();
    let paper = restaurant.paper_of("Kitchen", 2).await?;
    assert!(
        paper[0].text.contains(&first.number.to_string()),
        "oldest first: {}",
        paper[0].text
    );
    counter
        .until_ticket(second.id, TicketKind::Receipt, |state| {
            *state == JobState::Printed
        })
        .await?;
    counter.until_live().await?;
    assert_eq!(restaurant.paper("Kitchen")?.len(), 2);
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_are_here_print_without_a_server() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let off = virtual_printer::Faults {
        paper_out: true,
        ..Default::default()
    };
    restaurant.break_printer("Kitchen", off).await?;
    let order = restaurant.order(&["pizza"]).await?;
    counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            matches!(state, JobState::Waiting { .. })
        })
        .await?;
    let stopped = counter.stop().await;
    restaurant.link.cut();
    let counter = stopped.start().await?;
    restaurant
        .break_printer("Kitchen", virtual_printer::Faults::default())
        .await?;
    restaurant.paper_of("Kitchen", 1).await?;
    counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    restaurant.close([counter]).await;
    Ok(())
}
