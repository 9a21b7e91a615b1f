//! Events on their way to the hub.

use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::world::{new_order, on_both};

#[tokio::test]
async fn every_change_leaves_an_event_that_the_hub_takes() {
    on_both(async |world| {
        let order = world.order().await;
        let path = format!("/orders/{}", order["id"].as_str().expect("an id"));
        world.change(Method::PUT, &path, 1, &new_order()).await;
        let rules = format!("/businesses/{}/settings/rules", world.rosa);
        world
            .change(Method::PUT, &rules, 0, &json!({"value": []}))
            .await;
        world
            .soon("the hub has all events", async || {
                world.count("outbox").await == 0
            })
            .await;
        world
    })
    .await;
}

#[tokio::test]
async fn an_event_that_was_committed_before_a_crash_is_published_at_the_next_start() {
    on_both(async |mut world| {
        world.soon("the hub has all events", async || world.count("outbox").await == 0).await;
        world.stop().await;
        // As the crash left it: committed, and nobody had time to publish it.
        let statement = Statement::from_sql_and_values(
            world.rows.get_database_backend(),
            "INSERT INTO outbox (event_id, channel, payload) VALUES ($1, $2, $3)",
            [
                "event-before-the-crash".into(),
                format!("business:{}", world.rosa).into(),
                json!({"id": "event-before-the-crash", "type": "order.created", "order_id": world.rosa, "revision": 1})
                    .to_string()
                    .into(),
            ],
        );
        world.rows.execute_raw(statement).await.expect("a row");
        world.start().await;
        world.soon("the hub has the event", async || world.count("outbox").await == 0).await;
        world
    })
    .await;
}
