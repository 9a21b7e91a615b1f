//! A counter whose `counter.sqlite` is damaged, one field at a time.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{BusinessId, OrderId};
use serde_json::{Value, json};
use sqlx::Connection;
use uuid::Uuid;

use crate::{
    Client, Options,
    scripted::{Memory, Reply, Request, Scripted, pair, refusal},
    view::Notice,
};

/// Texts that stand in no column by right.
const TEXTS: [&str; 3] = ["'half a {'", "CAST(x'ff22' AS TEXT)", "'[1]'"];
const NUMBERS: [&str; 3] = ["-1", "4294967296", "9223372036854775807"];

/// Every column, whether it holds a text, and whether garbage in it is said.
const COLUMNS: [(&str, &str, bool, bool); 25] = [
    ("orders", "id", true, true),
    ("orders", "first_seq", false, false),
    ("orders", "backlog", false, false),
    ("orders", "heard_at", false, false),
    ("revisions", "order_id", true, false),
    ("revisions", "revision", false, false),
    ("revisions", "handling", true, true),
    // It is shown as it is.
    ("revisions", "body", true, false),
    ("settings", "key", true, true),
    ("settings", "version", false, false),
    ("settings", "value", true, true),
    ("settings", "changed_at", true, true),
    ("settings", "failures", false, false),
    ("settings", "next_try", true, false),
    ("settings", "problem", true, false),
    ("binding", "printer", true, true),
    ("binding", "address", true, true),
    ("station", "key", true, false),
    ("meta", "key", true, false),
    ("meta", "value", true, true),
    ("reported", "counter", true, false),
    ("reported", "job", true, false),
    ("reported", "order_id", true, false),
    ("reported", "at", false, false),
    ("reported", "ticket", true, true),
];

struct World {
    server: Scripted,
    orders: Arc<Mutex<Vec<Value>>>,
    folder: tempfile::TempDir,
    business: BusinessId,
    /// The server has ended every login.
    ended: Arc<AtomicBool>,
}

fn order(seq: usize) -> (OrderId, Value) {
    let mut order: Value = serde_json::from_str(include_str!("../../../docs/order.json")).unwrap();
    let mut order = order["order"].take();
    let id = OrderId(Uuid::now_v7());
    order["id"] = json!(id);
    order["seq"] = json!(seq);
    (id, order)
}

impl World {
    async fn new() -> World {
        let business = BusinessId(Uuid::now_v7());
        let orders: Arc<Mutex<Vec<Value>>> = Arc::default();
        let there = orders.clone();
        let ended = Arc::new(AtomicBool::new(false));
        let over = ended.clone();
        let server = Scripted::start(move |request: &Request| match request.line.as_str() {
            "POST /auth/refresh" if over.load(Ordering::SeqCst) => refusal(401, "login_ended"),
            line if !line.contains("/auth/") && over.load(Ordering::SeqCst) => {
                refusal(401, "token_expired")
            }
            "POST /auth/login" | "POST /auth/refresh" => pair(business, 0, 900),
            "POST /counters" => Reply::Json(200, json!([])),
            line if line.contains("/settings") => Reply::Json(
                200,
                json!([{"key": "template:receipt", "version": 1, "value": "Only this"}]),
            ),
            line if line.contains("/feed") => {
                let orders = there.lock().unwrap();
                let after: usize = line
                    .split_once("after=")
                    .and_then(|(_, rest)| rest.split('&').next()?.parse().ok())
                    .unwrap_or(0);
                if after > orders.len() {
                    let body = json!({"code": "cursor_unknown", "message": "Read again."});
                    return Reply::Json(409, body);
                }
                let page = json!({
                    "owners": {},
                    "entries": orders[after..],
                    "next": orders.len().to_string(),
                    "more": false,
                    "server_time": "2026-08-01T12:00:00Z",
                });
                Reply::Json(200, page)
            }
            _ => refusal(503, "unavailable"),
        })
        .await;
        World {
            server,
            orders,
            folder: tempfile::tempdir().unwrap(),
            business,
            ended,
        }
    }

    async fn start(&self, folder: &Path) -> Client {
        self.start_on(folder, Arc::new(Memory::default())).await
    }

    async fn start_on(&self, folder: &Path, host: Arc<Memory>) -> Client {
        let options = Options {
            data_dir: folder.to_owned(),
            poll: Duration::from_millis(50),
            restart_pause: supervision::Pause {
                first: Duration::from_millis(10),
                ..supervision::Pause::default()
            },
            ..Options::default()
        };
        let client = Client::start(options, host);
        client.await.unwrap()
    }

    async fn login(&self, client: &Client) {
        let login = client.login(&self.server.url, "a@b.example", "x");
        login.await.unwrap();
    }

    fn add(&self) -> OrderId {
        let mut orders = self.orders.lock().unwrap();
        let (id, order) = order(orders.len() + 1);
        orders.push(order);
        id
    }

    /// Waits until an order is shown.
    async fn shown(&self, client: &Client, id: OrderId, case: &str) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let now = client.snapshot().await;
            let now = now.unwrap_or_else(|problem| panic!("{case}: {problem}"));
            if now.orders.iter().any(|view| view.id == id) {
                return;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{case}: stands still"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A folder in which every table has a row.
    async fn template(&self) -> PathBuf {
        let folder = self.folder.path().join("template");
        let client = self.start(&folder).await;
        self.login(&client).await;
        let id = self.add();
        self.shown(&client, id, "template").await;
        client.shutdown().await;
        let mut file = open(&self.file(&folder)).await;
        sqlx::raw_sql(
            "INSERT OR IGNORE INTO station VALUES ('bar');
             INSERT INTO binding VALUES ('0197a000-0000-7000-8000-000000000000', 'file:///dev/usb/lp0');
             INSERT INTO reported SELECT '0197a000-0000-7000-8000-000000000001', '0197a000-0000-7000-8000-000000000002', id, 1785585600, '{\"counter\":\"0197a000-0000-7000-8000-000000000001\",\"n\":1,\"job\":\"0197a000-0000-7000-8000-000000000002\",\"order\":\"0197a000-0000-7000-8000-000000000003\",\"revision\":1,\"ticket\":\"kitchen\",\"copy\":0,\"state\":{\"state\":\"queued\"},\"marked\":false,\"released\":false,\"at\":\"2026-08-01T12:00:00Z\"}' FROM orders LIMIT 1;
             INSERT INTO settings VALUES ('template:kitchen', 1, '\"x\"', '2026-08-01T12:00:00Z', 1, '2099-08-01T12:00:00Z', '{\"code\":\"internal\",\"message\":\"No.\"}');",
        )
        .execute(&mut file)
        .await
        .unwrap();
        file.close().await.unwrap();
        folder
    }

    fn file(&self, folder: &Path) -> PathBuf {
        folder
            .join(self.business.to_string())
            .join("counter.sqlite")
    }
}

async fn open(path: &Path) -> sqlx::SqliteConnection {
    let options = sqlite::options(path).foreign_keys(false);
    sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

#[tokio::test]
async fn whatever_field_is_damaged_the_counter_starts_and_goes_on_and_says_it() {
    let world = World::new().await;
    let template = world.template().await;
    let mut n = 0;
    for (table, column, is_text, is_said) in COLUMNS {
        let values: &[&str] = if is_text { &TEXTS } else { &NUMBERS };
        for value in values {
            n += 1;
            let case = format!("{table}.{column} = {value}");
            let folder = world.folder.path().join(n.to_string());
            copy(&template, &folder);
            let mut file = open(&world.file(&folder)).await;
            // One row: in a column whose values differ from each other two cannot be the same.
            let damage = format!(
                "UPDATE {table} SET {column} = {value} WHERE rowid = (SELECT max(rowid) FROM {table})"
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(damage))
                .execute(&mut file)
                .await
                .unwrap();
            file.close().await.unwrap();
            let client = world.start(&folder).await;
            world.login(&client).await;
            let id = world.add();
            world.shown(&client, id, &case).await;
            let notices = client.snapshot().await.unwrap().counter.notices;
            let said = format!("{notices:?}");
            assert!(!said.contains("free space"), "{case}: {said}");
            let skipped = notices
                .iter()
                .any(|notice| matches!(notice, Notice::RowsSkipped { .. }));
            // A JSON text may be right in its column.
            let garbage = is_text && !(*value == "'[1]'" && column == "value");
            if is_said && garbage {
                assert!(skipped, "{case} is not said: {said}");
            }
            client.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_counter_whose_name_is_damaged_is_the_same_one_and_says_so() {
    let world = World::new().await;
    let folder = world.template().await;
    let client = world.start(&folder).await;
    let id = client.snapshot().await.unwrap().counter.id;
    client.shutdown().await;
    for damaged in ["{", "", "{\"id\": 7}"] {
        std::fs::write(folder.join("counter.json"), damaged).unwrap();
        let client = world.start(&folder).await;
        let now = client.snapshot().await.unwrap();
        assert_eq!(now.counter.id, id, "{damaged:?}");
        let said = matches!(&now.counter.notices[..], [Notice::CounterRecovered { .. }]);
        assert!(said, "{:?}", now.counter.notices);
        assert!(!now.orders.is_empty(), "its restaurant is open");
        client.shutdown().await;
    }
}

/// Waits until a task is said to have failed.
async fn failed(client: &Client, name: &str) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let notices = client.snapshot().await.unwrap().counter.notices;
        let said =
            |notice: &Notice| matches!(notice, Notice::TaskFailed { task, .. } if task == name);
        if notices.iter().any(said) {
            return;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{name}: {notices:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_task_that_panics_is_an_alarm_and_the_counter_goes_on() {
    let world = World::new().await;
    let host = Arc::new(Memory::default());
    let client = world
        .start_on(&world.folder.path().join("own"), host.clone())
        .await;
    world.login(&client).await;
    let before = world.add();
    world.shown(&client, before, "before").await;
    for (call, task) in [("new order", "sync loop"), ("emit", "view builder")] {
        host.panics.lock().unwrap().push(call);
        let id = world.add();
        world.shown(&client, id, task).await;
        failed(&client, task).await;
        let next = world.add();
        world.shown(&client, next, task).await;
    }
    client.shutdown().await;
}

#[tokio::test]
async fn a_session_that_panics_is_an_alarm_and_can_be_signed_in_again() {
    let world = World::new().await;
    let host = Arc::new(Memory::default());
    let client = world
        .start_on(&world.folder.path().join("own"), host.clone())
        .await;
    world.login(&client).await;
    let id = world.add();
    world.shown(&client, id, "before").await;
    world.ended.store(true, Ordering::SeqCst);
    host.panics.lock().unwrap().push("alarm");
    failed(&client, "session").await;
    world.ended.store(false, Ordering::SeqCst);
    world.login(&client).await;
    let id = world.add();
    world.shown(&client, id, "after").await;
    client.shutdown().await;
}
