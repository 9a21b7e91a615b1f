//! A counter that knows nothing yet prints nothing unasked.

use api::JobState;
use client::view::{BacklogChoice, Handling};
use journeys::{Restaurant, view};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_counter_shows_earlier_orders_and_prints_them_only_when_asked() -> anyhow::Result<()>
{
    let restaurant = Restaurant::open().await?;
    let earlier = [
        restaurant.order(&["pizza"]).await?,
        restaurant.order(&["pizza"]).await?,
    ];
    let counter = restaurant.counter().await?;
    let now = counter
        .until("two orders came before it started", |now| {
            now.counter
                .backlog
                .as_ref()
                .is_some_and(|backlog| backlog.orders.len() == 2)
        })
        .await?;
    for order in &earlier {
        let shown = view(&now, order.id).expect("it is on the screen");
        assert_eq!(
            (shown.handling, shown.tickets.len()),
            (Handling::ShownOnly, 0)
        );
    }
    // A new one prints as always, and the old ones still do not.
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 1).await?;

    counter
        .client
        .backlog(BacklogChoice::These(vec![earlier[1].id]))
        .await?;
    let paper = restaurant.paper_of("Kitchen", 2).await?;
    assert!(
        paper[1].text.contains(&earlier[1].number.to_string()),
        "{}",
        paper[1].text
    );
    assert!(
        paper[1].text.contains("may be a duplicate"),
        "another counter may have printed it: {}",
        paper[1].text
    );
    let now = counter
        .until(
            "the banner is gone and the chosen order is printed",
            |now| {
                now.counter.backlog.is_none()
                    && view(now, earlier[1].id).is_some_and(|order| {
                        !order.tickets.is_empty()
                            && order
                                .tickets
                                .iter()
                                .all(|ticket| ticket.state == JobState::Printed)
                    })
            },
        )
        .await?;
    assert!(
        view(&now, earlier[0].id)
            .expect("it is on the screen")
            .tickets
            .is_empty()
    );
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_whose_file_was_damaged_says_so_and_prints_no_old_order() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let order = restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;
    let stopped = counter.stop().await;
    let business = stopped
        .options
        .data_dir
        .join(restaurant.business.to_string());
    for file in ["jobs.sqlite", "counter.sqlite"] {
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(business.join(format!("{file}{end}")));
        }
        std::fs::write(
            business.join(file),
            b"SQLite format 3\0 and then nothing that makes sense",
        )?;
    }
    let counter = stopped.start().await?;
    let now = counter
        .until("the order is shown and two files were set aside", |now| {
            view(now, order.id).is_some() && now.counter.notices.len() == 2
        })
        .await?;
    assert_eq!(
        view(&now, order.id).map(|shown| shown.handling),
        Some(Handling::ShownOnly)
    );
    let later = restaurant.order(&["pizza"]).await?;
    let paper = restaurant.paper_of("Kitchen", 2).await?;
    assert!(
        paper[1].text.contains(&later.number.to_string()),
        "{}",
        paper[1].text
    );
    assert_eq!(restaurant.paper("Kitchen")?.len(), 2);
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_whose_tickets_were_deleted_asks_before_it_prints_what_it_may_have_printed()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let order = restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;
    let stopped = counter.stop().await;
    let business = stopped
        .options
        .data_dir
        .join(restaurant.business.to_string());
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(business.join(format!("jobs.sqlite{end}")));
    }
    let counter = stopped.start().await?;
    let asked = |now: &client::view::Snapshot| {
        now.counter
            .backlog
            .as_ref()
            .is_some_and(|backlog| backlog.orders == [order.id])
    };
    counter
        .until("it asks about the order", |now| asked(now))
        .await?;
    // Progress makes the order come by once more.
    let path = format!("/api/v1/orders/{}/status", order.id);
    restaurant
        .send("POST", &path, None, &json!({ "status": "done" }))
        .await?;
    let later = restaurant.order(&["pizza"]).await?;
    let paper = restaurant.paper_of("Kitchen", 2).await?;
    assert!(
        paper[1].text.contains(&later.number.to_string()),
        "{}",
        paper[1].text
    );
    counter.until("it still asks", |now| asked(now)).await?;
    restaurant.close([counter]).await;
    Ok(())
}
