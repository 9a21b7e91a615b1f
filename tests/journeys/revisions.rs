//! A later revision is shown with its differences and prints nothing by itself.

use client::view::{Change, Handling};
use journeys::{Restaurant, view};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_order_shows_its_differences_and_prints_nothing_by_itself() -> anyhow::Result<()>
{
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
            view(now, order.id).is_some_and(|shown| shown.handling == Handling::ChangeShown)
        })
        .await?;
    let shown = view(&now, order.id).expect("it is on the screen");
    assert_eq!(
        shown.changes,
        [Change::Quantity {
            name: order.lines[0].name.clone(),
            before: 1,
            after: 3
        }]
    );

    restaurant
        .send("POST", &format!("{path}/cancel"), Some(2), &Value::Null)
        .await?;
    counter
        .until("the cancellation is shown", |now| {
            view(now, order.id).is_some_and(|shown| shown.changes.contains(&Change::Cancelled))
        })
        .await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 2).await?;
    restaurant.paper_of("Counter", 2).await?;
    assert_eq!(
        restaurant.paper("Kitchen")?.len(),
        2,
        "one ticket of each order"
    );
    restaurant.close([counter]).await;
    Ok(())
}
