//! The whole counter before a server that answers as a test says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::BusinessId;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Client, Options,
    scripted::{Memory, Reply, Request, Scripted, pair, refusal},
    view::{LinkView, Notice},
};

struct World {
    client: Client,
    server: Scripted,
    settings_fail: Arc<AtomicBool>,
    _folder: tempfile::TempDir,
}

/// A counter that asks every few milliseconds, and after a failure only after a minute.
async fn world() -> World {
    let business = BusinessId(Uuid::now_v7());
    let settings_fail = Arc::new(AtomicBool::new(false));
    let fail = settings_fail.clone();
    let server = Scripted::start(move |request: &Request| match request.line.as_str() {
        "POST /auth/login" => pair(business, 0, 900),
        "POST /counters" => Reply::Json(200, json!([])),
        line if line.contains("/settings") && fail.load(Ordering::SeqCst) => {
            refusal(500, "internal")
        }
        line if line.contains("/settings") => Reply::Json(200, json!([])),
        line if line.contains("/feed") => Reply::Json(
            200,
            json!({
                "owners": {}, "entries": [], "next": "0", "more": false, "server_time": "2026-08-01T12:00:00Z",
            }),
        ),
        _ => refusal(503, "unavailable"),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data_dir: folder.path().to_owned(),
        poll: Duration::from_millis(20),
        backoff: (Duration::from_millis(60), Duration::from_secs(60)),
        ..Options::default()
    };
    let client = Client::start(options, Arc::new(Memory::default()))
        .await
        .unwrap();
    client.login(&server.url, "a@b.example", "x").await.unwrap();
    World {
        client,
        server,
        settings_fail,
        _folder: folder,
    }
}

async fn until<F: Future<Output = bool>>(what: &str, is: impl Fn() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !is().await {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl World {
    async fn notice(&self) -> bool {
        let now = self.client.snapshot().await.unwrap();
        let of_settings = |notice: &Notice| matches!(notice, Notice::SettingsNotRead { .. });
        now.counter.notices.iter().any(of_settings)
    }

    fn asked_for_orders(&self) -> usize {
        self.server.seen("/feed?after").len()
    }
}

#[tokio::test]
async fn settings_that_cannot_be_read_hold_up_no_order_and_say_so_until_they_can() {
    let world = world().await;
    until("orders", || async { world.asked_for_orders() > 0 }).await;
    world.settings_fail.store(true, Ordering::SeqCst);
    until("a notice", || world.notice()).await;
    let before = world.asked_for_orders();
    until("orders go on", || async {
        world.asked_for_orders() > before + 20
    })
    .await;
    world.client.dismiss_notices().await.unwrap();
    assert!(world.notice().await, "it stands as long as its cause");
    let link = world.client.snapshot().await.unwrap().counter.link;
    assert!(!matches!(link, LinkView::Offline { .. }), "{link:?}");
    world.settings_fail.store(false, Ordering::SeqCst);
    until("it is over", || async { !world.notice().await }).await;
    world.client.shutdown().await;
}

#[tokio::test]
async fn while_events_do_not_come_each_look_for_orders_has_read_the_settings_before() {
    let world = world().await;
    until("some looks", || async { world.asked_for_orders() > 5 }).await;
    world.client.shutdown().await;
    let looks = world.server.seen("?after").into_iter();
    let looks = looks.chain(world.server.seen("/settings")).count();
    let mut fresh = false;
    let mut seen = 0;
    for request in world.server.seen("GET ") {
        if request.line.contains("/settings") {
            seen += 1;
            fresh = true;
        } else if request.line.contains("/feed?after") {
            seen += 1;
            // The first look takes up the feed, which asks it more than once.
            assert!(fresh || seen < 5, "orders before settings");
            fresh = false;
        }
    }
    assert!(looks > 10);
}
