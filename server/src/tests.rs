use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::*;
use crate::db::{order, outbox as events};

/// Longer than anything here takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(30);

async fn soon(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "not in time: {what}");
}

#[tokio::test]
async fn each_task_that_panics_comes_back_and_orders_are_taken_and_announced() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.sqlite").display());
    let running = start(Options {
        demo: Some(demo::Demo {
            order_every: Duration::from_millis(50),
            ..demo::Demo::default()
        }),
        ..Options::new(database, Secrets::random())
    })
    .await
    .unwrap();
    let rows = running.db.read();
    let menu = format!("{}/demo/shop", running.url);
    for task in ["HTTP server", "event publisher", "demo guests"] {
        running.tasks.inject_panic(task).await;
        let before = order::Entity::find().count(rows).await.unwrap();
        soon(&format!("{task}: requests are answered"), async || {
            reqwest::get(&menu).await.is_ok()
        })
        .await;
        soon(&format!("{task}: guests order"), async || {
            order::Entity::find().count(rows).await.unwrap() > before
        })
        .await;
        let newest = order::Entity::find().order_by_desc(order::Column::Seq);
        let newest = newest.one(rows).await.unwrap().expect("an order");
        soon(&format!("{task}: events are published"), async || {
            let of_it = events::Column::Payload.contains(newest.id.to_string());
            let waiting = events::Entity::find().filter(of_it).count(rows);
            waiting.await.unwrap() == 0
        })
        .await;
    }
    running.shutdown().await;
}
