//! What the server forgets after a while, and what it must not.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use reqwest::{Method, StatusCode};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use server::{
    db::Db,
    retention::{self, Retention},
};
use uuid::Uuid;

use crate::world::{World, answer, on_both, refused};

const TILL: Uuid = Uuid::from_u128(1);
const BAR: Uuid = Uuid::from_u128(2);
const LOG: Uuid = Uuid::from_u128(0x10);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn kept() -> Retention {
    Retention {
        kept: Duration::from_secs(10 * 60 * 60),
        // Tests say when.
        every: Duration::from_secs(3600),
    }
}

/// What happens at the server so many hours from now.
async fn sweep(world: &World, hours: i32) {
    let db = Db::open(&world.options.database).await.expect("opens");
    // The first one is an hour after that of the server's start.
    let now = Timestamp::now() + HOUR * (hours + 1);
    retention::sweep(&db, kept(), now).await.expect("sweeps");
    db.close().await.expect("closes");
}

async fn report(world: &World, counter: Uuid, log: Uuid, n: i64, job: u128, order: &Value) {
    let report = json!({"n": n, "job": Uuid::from_u128(job), "order": order["id"], "revision": 1, "ticket": "kitchen:pizza",
        "copy": 0, "state": {"state": "printed"}, "marked": false, "released": false, "at": "2026-03-01T12:00:00Z"});
    taken(world, counter, log, &[report]).await;
}

async fn taken(world: &World, counter: Uuid, log: Uuid, reports: &[Value]) -> i64 {
    let request = world
        .ask(Method::POST, "/print-reports")
        .header("x-counter", counter.to_string());
    let (status, body) = answer(request.json(&json!({"log": log, "reports": reports}))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["up_to"].as_i64().expect("a number")
}

/// Where a counter stands that has read to the end.
async fn end_of_feed(world: &World) -> String {
    let page = world.get("/feed?after=0").await;
    page["next"].as_str().expect("a cursor").to_owned()
}

async fn is_known(world: &World, cursor: &str) -> bool {
    let path = format!("/feed?after={cursor}");
    let (status, body) = answer(world.ask(Method::GET, &path)).await;
    if status == StatusCode::OK {
        return true;
    }
    refused((status, body), 409, "cursor_unknown");
    false
}

async fn jobs(world: &World) -> Vec<Value> {
    let page = world.get("/tickets").await;
    let tickets = page["tickets"].as_array().expect("tickets").iter();
    tickets.map(|ticket| ticket["job"].clone()).collect()
}

#[tokio::test]
async fn a_cursor_that_was_at_the_end_within_the_time_that_entries_are_kept_stays_known() {
    on_both(async |world| {
        let first = world.order().await;
        let long_gone = end_of_feed(&world).await;
        world.order().await;
        let in_use = end_of_feed(&world).await;
        sweep(&world, 0).await;
        // A change takes a new place, and nothing stands at the old one.
        let path = format!("/orders/{}/cancel", first["id"].as_str().expect("an id"));
        world.change(Method::POST, &path, 1, &Value::Null).await;
        let later = end_of_feed(&world).await;
        sweep(&world, 9).await;
        for cursor in [&long_gone, &in_use, &later] {
            assert!(is_known(&world, cursor).await, "{cursor}");
        }
        sweep(&world, 10).await;
        assert!(!is_known(&world, &long_gone).await);
        assert!(is_known(&world, &in_use).await);
        assert!(is_known(&world, &later).await);
        // However long nothing happens.
        for hours in [11, 30, 500, 9000] {
            sweep(&world, hours).await;
        }
        assert!(!is_known(&world, &in_use).await);
        assert!(is_known(&world, &later).await);
        assert_eq!(world.count("feed").await, 1);
        // Who was away for too long begins anew, and misses no order.
        let since = Timestamp::now() - HOUR;
        let page = world.get(&format!("/feed?since={since}")).await;
        assert_eq!(page["entries"].as_array().map(Vec::len), Some(2));
        assert!(is_known(&world, page["next"].as_str().expect("a cursor")).await);
        // So does one that reads everything in small pages.
        let (mut after, mut orders) = ("0".to_owned(), 0);
        loop {
            let page = world.get(&format!("/feed?after={after}&limit=1")).await;
            orders += page["entries"].as_array().map_or(0, Vec::len);
            after = page["next"].as_str().expect("a cursor").to_owned();
            if page["more"] == false {
                break;
            }
        }
        assert_eq!((orders, after), (2, later));
        world
    })
    .await;
}

#[tokio::test]
async fn who_owned_what_is_known_also_when_that_changed_long_ago() {
    on_both(async |world| {
        let printer = Uuid::new_v4();
        let value = json!({"id": printer, "name": "Kitchen", "enabled": true, "owner": TILL, "address": null,
            "profile_id": "generic-80", "overrides": {"columns": null, "dots": null},
            "learned": {"status": null, "confirm": null, "model": null}, "backups": [],
            "policy": serde_json::to_value(api::printer::PrintPolicy::default()).expect("JSON")});
        let path = format!("/businesses/{}/settings/printer:{printer}", world.rosa);
        let (status, body) = world.change(Method::PUT, &path, 0, &json!({"value": value})).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let body = json!({"counter": BAR, "printers": [printer], "from": "anybody"});
        world.post("/counters", &json!({"id": BAR, "name": "Bar"})).await;
        let (status, body) = world.post("/printers/claim", &body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        for _ in 0..3 {
            world.order().await;
        }
        sweep(&world, 0).await;
        sweep(&world, 10).await;
        assert_eq!(world.count("feed").await, 2, "the newest change and the end");
        let place = end_of_feed(&world).await;
        let page = world.get(&format!("/feed?after={place}")).await;
        assert_eq!(page["owners"], json!({printer.to_string(): BAR}));
        world
    })
    .await;
}

#[tokio::test]
async fn tickets_go_when_nothing_was_reported_of_them_for_long_and_never_come_back() {
    on_both(async |world| {
        let order = world.order().await;
        report(&world, TILL, LOG, 1, 1, &order).await;
        report(&world, TILL, LOG, 2, 2, &order).await;
        sweep(&world, 0).await;
        report(&world, TILL, LOG, 3, 1, &order).await;
        sweep(&world, 9).await;
        let page = world.get("/tickets").await;
        let cursor = page["next"].as_str().expect("a cursor").to_owned();
        assert_eq!(jobs(&world).await.len(), 2);
        sweep(&world, 10).await;
        assert_eq!(jobs(&world).await, [json!(Uuid::from_u128(1))]);
        let page = world.get(&format!("/tickets?after={cursor}")).await;
        assert_eq!(page["tickets"], json!([]), "the cursor is known");
        report(&world, TILL, LOG, 2, 2, &order).await;
        assert_eq!(jobs(&world).await.len(), 1, "a report that comes again");
        world
    })
    .await;
}

#[tokio::test]
async fn a_log_is_known_as_long_as_its_counter_is_there() {
    on_both(async |world| {
        let order = world.order().await;
        let (old, gone) = (Uuid::from_u128(0x20), Uuid::from_u128(0x30));
        world
            .post("/counters", &json!({"id": TILL, "name": "Till"}))
            .await;
        report(&world, TILL, old, 1, 1, &order).await;
        report(&world, BAR, gone, 1, 2, &order).await;
        sweep(&world, 0).await;
        report(&world, TILL, LOG, 7, 3, &order).await;
        sweep(&world, 9).await;
        assert_eq!(world.count("report_logs").await, 3);
        sweep(&world, 10).await;
        assert_eq!(world.count("report_logs").await, 1);
        // Nothing printed for long, and its counter is still heard.
        let later = (Timestamp::now() + HOUR * 20).as_millisecond();
        let heard = format!("UPDATE counters SET last_heard = {later}");
        world.rows.execute_unprepared(&heard).await.expect("heard");
        sweep(&world, 20).await;
        assert_eq!(world.count("tickets").await, 0);
        assert_eq!(taken(&world, TILL, LOG, &[]).await, 7);
        sweep(&world, 21).await;
        sweep(&world, 200).await;
        assert_eq!(world.count("report_logs").await, 0);
        world
    })
    .await;
}

#[tokio::test]
async fn a_day_is_told_as_long_as_its_reports_are_kept_and_then_not_told_wrong() {
    on_both(async |mut world| {
        let order = world.order().await;
        report(&world, TILL, LOG, 1, 1, &order).await;
        let placed: Timestamp = order["placed_at"]
            .as_str()
            .and_then(|at| at.parse().ok())
            .expect("a time");
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let date = placed.to_zoned(zone.clone()).date();
        let begin = zone.to_timestamp(date.at(0, 0, 0, 0)).expect("midnight");
        let ask =
            async |world: &World| answer(world.ask(Method::GET, &format!("/days/{date}"))).await;
        let since_midnight = Timestamp::now().duration_since(begin);
        world.options.retention = Retention {
            kept: Duration::try_from(since_midnight + HOUR).expect("positive"),
            every: Duration::from_secs(3600),
        };
        world.stop().await;
        world.start().await;
        let (status, day) = ask(&world).await;
        assert_eq!((status, &day["printed"]), (StatusCode::OK, &json!(1)));
        world.options.retention.kept = Duration::ZERO;
        world.stop().await;
        world.start().await;
        refused(ask(&world).await, 404, "not_found");
        world
    })
    .await;
}

#[tokio::test]
async fn what_became_of_orders_that_nobody_printed_is_forgotten_and_what_is_open_stays() {
    on_both(async |mut world| {
        world.options.patience.order = Duration::from_millis(50);
        world.options.patience.every = Duration::from_millis(20);
        world.stop().await;
        world.start().await;
        let over = world.order().await;
        world.order().await;
        world
            .soon("both are flagged", async || {
                world.count("unprinted").await == 2
            })
            .await;
        let id = over["id"].as_str().expect("an id");
        let path = format!("/unprinted/{id}/resolve");
        let (status, body) = world.post(&path, &Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
        world.stop().await;
        sweep(&world, 20).await;
        assert_eq!(
            world.count("unprinted").await,
            2,
            "they may be compared again"
        );
        sweep(&world, 25).await;
        assert_eq!(world.count("unprinted").await, 1);
        world.start().await;
        let open = world.get("/unprinted").await;
        assert_eq!(open.as_array().map(Vec::len), Some(1));
        assert_ne!(open[0]["order"], over["id"]);
        world
    })
    .await;
}

#[tokio::test]
async fn a_server_forgets_by_itself() {
    on_both(async |mut world| {
        world.options.retention = Retention {
            kept: Duration::ZERO,
            every: Duration::from_millis(20),
        };
        world.stop().await;
        world.start().await;
        let order = world.order().await;
        world.order().await;
        report(&world, TILL, LOG, 1, 1, &order).await;
        world
            .soon("nothing but the end", async || {
                world.count("feed").await == 1 && world.count("tickets").await == 0
            })
            .await;
        assert!(world.count("marks").await <= 2);
        world
    })
    .await;
}
