//! A later revision of an order prints what changed, where it was told before; a cancelled one says so there.

use client::view::{Change, Handling};
use journeys::{Restaurant, view};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_order_tells_the_kitchen_what_changed_and_gives_a_new_receipt()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let mut wish = restaurant.wish(&["pizza"])?;
    let order = restaurant.place(&wish).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;

    wish["lines"][0]["quantity"] = json!(3);
    let path = format!("/api/v1/orders/{}", order.id);
    restaurant
        .send("PUT", &path, Some(i64::from(order.revision)), &wish)
        .await?;
    let now = counter
        .until("the change is shown", |now| {
            view(now, order.id).is_some_and(|shown| !shown.changes.is_empty())
        })
        .await?;
    let shown = view(&now, order.id).expect("it is on the screen");
    assert_eq!(shown.handling, Handling::Routed);
    assert_eq!(
        shown.changes,
        [Change::Quantity {
            name: order.lines[0].name.clone(),
            before: 1,
            after: 3
        }]
    );
    let kitchen = restaurant.paper_of("Kitchen", 2).await?;
    let change = &kitchen[1].text;
    assert!(
        change.contains("CHANGE") && change.contains("was 1"),
        "{change}"
    );
    let counter_paper = restaurant.paper_of("Counter", 2).await?;
    assert!(
        counter_paper[1].text.contains("Revision 2"),
        "{}",
        counter_paper[1].text
    );

    restaurant
        .send("POST", &format!("{path}/cancel"), Some(2), &Value::Null)
        .await?;
    let void = &restaurant.paper_of("Kitchen", 3).await?[2].text;
    assert!(
        void.contains("VOID") && void.contains(&order.lines[0].name),
        "{void}"
    );
    let void = &restaurant.paper_of("Counter", 3).await?[2].text;
    assert!(void.contains("VOID"), "{void}");

    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 4).await?;
    restaurant.paper_of("Counter", 4).await?;
    assert_eq!(restaurant.paper("Kitchen")?.len(), 4, "nothing twice");
    assert_eq!(restaurant.paper("Counter")?.len(), 4, "nothing twice");
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_the_counter_was_off_is_told_as_the_difference_to_what_the_kitchen_knows()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let mut wish = restaurant.wish(&["pizza"])?;
    let order = restaurant.place(&wish).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;
    let off = counter.stop().await;
    let path = format!("/api/v1/orders/{}", order.id);
    for (revision, quantity) in [(1, 2), (2, 5)] {
        wish["lines"][0]["quantity"] = json!(quantity);
        restaurant.send("PUT", &path, Some(revision), &wish).await?;
    }
    let counter = off.start().await?;
    let change = &restaurant.paper_of("Kitchen", 2).await?[1].text;
    assert!(
        change.contains("was 1"),
        "not 2, which nobody was told: {change}"
    );
    assert!(change.contains("Revision 3"), "{change}");
    restaurant.paper_of("Counter", 2).await?;
    assert_eq!(
        restaurant.paper("Kitchen")?.len(),
        2,
        "one ticket for both changes"
    );
    restaurant.close([counter]).await;
    Ok(())
}
