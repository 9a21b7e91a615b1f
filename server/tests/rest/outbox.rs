//! Events on their way to the hub, and from there to whoever listens.

use api::centrifugo::{Reply, frames};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::world::{World, new_order, on_both};

/// What the hub has published for Rosa since it started, as somebody sees it who asks for its history.
async fn published(world: &World) -> Vec<Value> {
    let channel = format!("business:{}", world.rosa);
    let (_, connection) = world.post("/realtime/token", &json!({})).await;
    let (_, subscription) = world
        .post("/realtime/token", &json!({"channel": channel}))
        .await;
    let url = connection["url"].as_str().expect("a URL");
    let (mut socket, _) = connect_async(url).await.expect("a connection");
    let commands = [
        json!({"id": 1, "connect": {"token": connection["token"]}}),
        json!({"id": 2, "subscribe": {"channel": channel, "token": subscription["token"]}}),
        json!({"id": 3, "history": {"channel": channel, "limit": 100}}),
    ];
    let text = commands.map(|command| command.to_string()).join("\n");
    socket.send(Message::text(text)).await.expect("sends");
    while let Some(message) = socket.next().await {
        let message = message.expect("a message");
        let Ok(text) = message.to_text() else {
            continue;
        };
        for frame in frames(text) {
            let reply: Reply = serde_json::from_str(frame).expect("a reply");
            assert!(reply.error.is_none(), "{reply:?}");
            if let Some(history) = reply.history {
                let data = history
                    .publications
                    .iter()
                    .filter_map(|one| one.data.as_ref());
                return data
                    .map(|data| serde_json::from_str(data.get()).expect("JSON"))
                    .collect();
            }
        }
    }
    panic!("the hub hung up");
}

async fn all_taken(world: &World) {
    world
        .soon("the hub has all events", async || {
            world.count("outbox").await == 0
        })
        .await;
}

#[tokio::test]
async fn every_change_is_told_once_and_in_its_order() {
    on_both(async |world| {
        // What the founding told of.
        all_taken(&world).await;
        let before = published(&world).await.len();
        let order = world.order().await;
        let path = format!("/orders/{}", order["id"].as_str().expect("an id"));
        world.change(Method::PUT, &path, 1, &new_order()).await;
        let rules = format!("/businesses/{}/settings/rules", world.rosa);
        world
            .change(Method::PUT, &rules, 0, &json!({"value": []}))
            .await;
        let cancel = format!("{path}/cancel");
        world.change(Method::POST, &cancel, 2, &json!({})).await;
        all_taken(&world).await;
        let told: Vec<_> = published(&world).await.split_off(before);
        let without_ids: Vec<_> = told
            .iter()
            .map(|event| {
                let mut event = event.clone();
                event.as_object_mut().expect("an object").remove("id");
                event
            })
            .collect();
        let id = &order["id"];
        assert_eq!(
            without_ids,
            [
                json!({"type": "order.created", "order_id": id, "revision": 1}),
                json!({"type": "order.updated", "order_id": id, "revision": 2}),
                json!({"type": "settings.updated", "key": "rules", "version": 1}),
                json!({"type": "order.updated", "order_id": id, "revision": 3}),
            ]
        );
        let ids: std::collections::BTreeSet<_> =
            told.iter().map(|event| event["id"].as_str()).collect();
        assert_eq!(ids.len(), 4, "each has an id of its own");
        world
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_is_not_told() {
    on_both(async |world| {
        all_taken(&world).await;
        let before = published(&world).await;
        let mut order = new_order();
        order["lines"][0]["quantity"] = json!(-1);
        world.post("/orders", &order).await;
        let rules = format!("/businesses/{}/settings/rules", world.rosa);
        world
            .change(Method::PUT, &rules, 7, &json!({"value": []}))
            .await;
        assert_eq!(world.count("outbox").await, 0);
        assert_eq!(published(&world).await, before);
        world
    })
    .await;
}

#[tokio::test]
async fn an_event_that_was_committed_before_a_crash_is_published_at_the_next_start() {
    on_both(async |mut world| {
        all_taken(&world).await;
        world.stop().await;
        // As the crash left it: committed, and nobody had time to publish it.
        let event = json!({"id": "before-the-crash", "type": "order.created", "order_id": world.rosa, "revision": 1});
        let statement = Statement::from_sql_and_values(
            world.rows.get_database_backend(),
            "INSERT INTO outbox (event_id, channel, payload) VALUES ($1, $2, $3)",
            [
                "before-the-crash".into(),
                format!("business:{}", world.rosa).into(),
                event.to_string().into(),
            ],
        );
        world.rows.execute_raw(statement).await.expect("a row");
        world.start().await;
        all_taken(&world).await;
        assert_eq!(published(&world).await, [event]);
        world
    })
    .await;
}

#[tokio::test]
async fn an_event_that_no_hub_will_ever_take_does_not_hold_up_the_others() {
    on_both(async |mut world| {
        all_taken(&world).await;
        world.stop().await;
        let damage =
            "INSERT INTO outbox (event_id, channel, payload) VALUES ('x', 'nowhere:1', '{}')";
        world.rows.execute_unprepared(damage).await.expect("a row");
        // PostgreSQL keeps types by itself.
        if world.rows.get_database_backend() == DbBackend::Sqlite {
            let damage =
                "INSERT INTO outbox (event_id, channel, payload) VALUES ('y', 'nowhere:1', x'ff')";
            world.rows.execute_unprepared(damage).await.expect("a row");
        }
        world.start().await;
        let order = world.order().await;
        all_taken(&world).await;
        assert_eq!(published(&world).await[0]["order_id"], order["id"]);
        world
    })
    .await;
}
