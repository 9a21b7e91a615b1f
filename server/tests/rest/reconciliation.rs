//! Orders that nobody printed, counters that fell silent, and the day in numbers.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode as Answer, routing::post};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};
use server::reconciliation::Patience;
use uuid::Uuid;

use crate::world::{World, answer, business, new_order, on_both, refused};

const TILL: Uuid = Uuid::from_u128(1);

/// The server again, with a short patience.
async fn impatient(world: &mut World, order: Duration, counters: Duration) {
    world.stop().await;
    world.options.patience = Patience {
        order,
        counters,
        every: Duration::from_millis(20),
    };
    world.options.local_printers = true;
    world.start().await;
}

const SHORT: Duration = Duration::from_millis(100);
const NEVER: Duration = Duration::from_secs(3600);

async fn reported(world: &World, n: i64, order: &Value, job: u128, state: Value) {
    let report = json!({"n": n, "job": Uuid::from_u128(job), "order": order["id"], "revision": 1, "ticket": "kitchen:pizza",
        "copy": 0, "state": state, "marked": false, "released": false, "at": "2026-03-01T12:00:00Z"});
    let request = world
        .ask(Method::POST, "/print-reports")
        .header("x-counter", TILL.to_string())
        .json(&json!({"log": Uuid::from_u128(9), "reports": [report]}));
    let (status, body) = answer(request).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

async fn flagged(world: &World) -> Vec<Value> {
    let all = world.get("/unprinted").await;
    let all = all.as_array().expect("a list").iter();
    all.map(|one| one["order"].clone()).collect()
}

async fn until_flagged(world: &World, orders: &[&Value]) {
    let wanted: Vec<_> = orders.iter().map(|order| order["id"].clone()).collect();
    world
        .soon("the flags", async || flagged(world).await == wanted)
        .await;
}

#[tokio::test]
async fn an_order_that_nobody_printed_is_flagged_until_it_is_resolved() {
    on_both(async |mut world| {
        impatient(&mut world, SHORT, NEVER).await;
        let (printed, late, taken_back) = (
            world.order().await,
            world.order().await,
            world.order().await,
        );
        reported(&world, 1, &printed, 1, json!({"state": "printed"})).await;
        reported(&world, 2, &late, 2, json!({"state": "queued"})).await;
        until_flagged(&world, &[&late, &taken_back]).await;
        let all = world.get("/unprinted").await;
        assert_eq!(all[0]["number"], late["number"]);
        assert_eq!(
            all[0]["placed_at"].as_str().map(|at| &at[..19]),
            late["placed_at"].as_str().map(|at| &at[..19])
        );

        // Each way to an end.
        reported(&world, 3, &late, 2, json!({"state": "sent"})).await;
        until_flagged(&world, &[&taken_back]).await;
        let path = format!(
            "/orders/{}/cancel",
            taken_back["id"].as_str().expect("an id")
        );
        let (status, body) = world.change(Method::POST, &path, 1, &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        until_flagged(&world, &[]).await;
        let lost = world.order().await;
        until_flagged(&world, &[&lost]).await;
        let path = format!("/unprinted/{}/resolve", lost["id"].as_str().expect("an id"));
        for _ in 0..2 {
            let (status, body) = world.post(&path, &Value::Null).await;
            assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
        }
        until_flagged(&world, &[]).await;
        // It stays resolved, also for a server that starts anew.
        world.stop().await;
        world.start().await;
        tokio::time::sleep(SHORT * 3).await;
        assert_eq!(flagged(&world).await, Vec::<Value>::new());
        let other = format!("/unprinted/{}/resolve", Uuid::from_u128(7));
        refused(world.post(&other, &Value::Null).await, 404, "not_found");
        world
    })
    .await;
}

#[tokio::test]
async fn a_flag_tells_every_counter_and_shows_to_no_other_restaurant() {
    on_both(async |mut world| {
        impatient(&mut world, SHORT, NEVER).await;
        let order = world.order().await;
        until_flagged(&world, &[&order]).await;
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let request = world.ask_as(&stranger, Method::GET, "/unprinted");
        assert_eq!(answer(request).await, (StatusCode::OK, json!([])));
        let path = format!(
            "/unprinted/{}/resolve",
            order["id"].as_str().expect("an id")
        );
        let request = world.ask_as(&stranger, Method::POST, &path);
        refused(answer(request).await, 404, "not_found");
        assert_eq!(flagged(&world).await, [order["id"].clone()]);
        world
    })
    .await;
}

#[tokio::test]
async fn a_day_says_how_many_orders_there_were_and_how_many_are_printed() {
    on_both(async |world| {
        let mut orders = Vec::new();
        for _ in 0..5 {
            orders.push(world.order().await);
        }
        let [whole, half, failed, taken_back, nothing] = &orders[..] else {
            panic!("five orders");
        };
        reported(&world, 1, whole, 1, json!({"state": "printed"})).await;
        reported(&world, 2, whole, 2, json!({"state": "cancelled"})).await;
        reported(&world, 3, half, 3, json!({"state": "printed"})).await;
        reported(&world, 4, half, 4, json!({"state": "queued"})).await;
        let why = json!({"state": "failed", "cause": "unreachable", "detail": ""});
        reported(&world, 5, failed, 5, why).await;
        let path = format!("/orders/{}/cancel", taken_back["id"].as_str().expect("an id"));
        let (status, body) = world.change(Method::POST, &path, 1, &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{body}");

        let placed: jiff::Timestamp = whole["placed_at"].as_str().expect("a time").parse().expect("a time");
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
        let date = placed.to_zoned(zone).date();
        let day = world.get(&format!("/days/{date}")).await;
        let missing = [&half["id"], &failed["id"], &nothing["id"]];
        assert_eq!(
            day,
            json!({"date": date.to_string(), "orders": 5, "printed": 1, "cancelled": 1, "not_printed": missing})
        );
        let before = date.yesterday().expect("a day");
        let day = world.get(&format!("/days/{before}")).await;
        assert_eq!((&day["orders"], &day["printed"]), (&json!(0), &json!(0)));
        refused(answer(world.ask(Method::GET, "/days/today")).await, 422, "invalid");
        world
    })
    .await;
}

#[derive(Clone, Default)]
struct Calls {
    all: Arc<Mutex<Vec<Value>>>,
    refuses: Arc<AtomicBool>,
}

impl Calls {
    fn all(&self) -> Vec<Value> {
        self.all
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// An owner's receiver, which fails the first time.
async fn receiver() -> (String, Calls) {
    let calls = Calls::default();
    let take = async |State(calls): State<Calls>, body: axum::Json<Value>| {
        let mut all = calls.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(body.0);
        if all.len() == 1 || calls.refuses.load(Ordering::SeqCst) {
            Answer::BAD_GATEWAY
        } else {
            Answer::OK
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!(
        "http://{}/alarm",
        listener.local_addr().expect("an address")
    );
    let app = Router::new()
        .route("/alarm", post(take))
        .with_state(calls.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, calls)
}

#[tokio::test]
async fn the_owner_is_called_once_when_counters_are_silent_and_once_when_one_is_back() {
    on_both(async |mut world| {
        impatient(&mut world, NEVER, Duration::from_millis(300)).await;
        let (url, calls) = receiver().await;
        let owner = world.sign_in("owner@rosa.example").await.access_token;
        let put = async |value: Value| {
            let path = format!("/businesses/{}/settings/business", world.rosa);
            let request = world
                .ask_as(&owner, Method::PUT, &path)
                .header("if-match", "\"1\"");
            answer(request.json(&json!({"value": value}))).await
        };
        let mut about = serde_json::to_value(business()).expect("JSON");
        about["alarm_webhook"] = json!("file:///etc/passwd");
        refused(put(about.clone()).await, 422, "invalid");
        about["alarm_webhook"] = json!(url);
        let (status, body) = put(about).await;
        assert_eq!(status, StatusCode::OK, "{body}");

        let here = async || {
            let (status, body) = world
                .post("/counters", &json!({"id": TILL, "name": "Till"}))
                .await;
            assert_eq!(status, StatusCode::OK, "{body}");
        };
        here().await;
        // Silence without orders is a closed restaurant.
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert_eq!(calls.all(), Vec::<Value>::new());
        let (_, order) = world.post("/orders", &new_order()).await;
        world
            .soon("the call, and once more since it failed", async || {
                calls.all().len() >= 2
            })
            .await;
        let said = calls.all();
        assert_eq!(said[0]["type"], "counters.silent");
        assert_eq!(said[0]["orders"], json!([order["number"]]));
        assert_eq!(said[0]["id"], said[1]["id"], "a repetition");
        here().await;
        world
            .soon("the second call", async || calls.all().len() >= 3)
            .await;
        assert_eq!(calls.all()[2]["type"], "counters.heard");
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(calls.all().len(), 3, "each once");
        world
    })
    .await;
}

#[tokio::test]
async fn many_orders_that_need_no_paper_hide_none_that_does() {
    on_both(async |mut world| {
        // Done, or damaged, before anybody could miss their paper.
        for _ in 0..201 {
            world.order().await;
        }
        let done = "UPDATE orders SET content = replace(content, '\"status\":\"open\"', '\"status\":\"done\"')";
        let rows = world.rows.execute_unprepared(done).await.expect("updates");
        assert_eq!(rows.rows_affected(), 201);
        let damage = "UPDATE orders SET content = '{' WHERE seq % 2 = 0";
        world.rows.execute_unprepared(damage).await.expect("updates");
        let lost = world.order().await;
        impatient(&mut world, SHORT, NEVER).await;
        until_flagged(&world, &[&lost]).await;
        world
    })
    .await;
}

#[tokio::test]
async fn damaged_rows_hide_no_order_that_nobody_printed() {
    on_both(async |mut world| {
        let (status, body) = world
            .post("/counters", &json!({"id": TILL, "name": "Till"}))
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let (damaged, flagged, early, lost) = (
            world.order().await,
            world.order().await,
            world.order().await,
            world.order().await,
        );
        world.stop().await;
        let mut damages = vec!["UPDATE orders SET content = '{' WHERE number = 1"];
        // PostgreSQL keeps types by itself.
        if world.rows.get_database_backend() == DbBackend::Sqlite {
            damages.extend([
                "UPDATE orders SET content = x'ff00', revised_at = 'x' WHERE number = 1",
                "INSERT INTO unprinted (business_id, order_id, number, since, resolved_at, how) SELECT business_id, id, 'one', 1, NULL, NULL FROM orders WHERE number = 1",
                "INSERT INTO unprinted (business_id, order_id, number, since, resolved_at, how) SELECT business_id, id, 2, 1, NULL, NULL FROM orders WHERE number = 2",
                "UPDATE orders SET content = x'ff', number = 'x' WHERE number = 2",
                "INSERT INTO tickets (business_id, counter_id, job_id, seq, log, n, content, order_id, on_paper) \
                 SELECT business_id, x'01', 'x', 1, x'01', 1, '', id, TRUE FROM orders WHERE number = 3",
                "INSERT INTO unprinted (business_id, order_id, number, since, resolved_at, how) SELECT business_id, id, 3, 1, NULL, NULL FROM orders WHERE number = 3",
                "UPDATE counters SET last_heard = 'x'",
            ]);
        }
        for damage in &damages {
            let rows = world.rows.execute_unprepared(damage).await.expect(damage);
            assert_eq!(rows.rows_affected(), 1, "{damage}");
        }
        drop((damaged, flagged, early));
        impatient(&mut world, SHORT, NEVER).await;
        let found = async || {
            let all = world.get("/unprinted").await;
            let all = all.as_array().expect("a list").clone();
            all.iter().any(|one| one["order"] == lost["id"])
                && all.iter().all(|one| one["number"] != 3 || damages.len() == 1)
        };
        world.soon("the flag", found).await;
        world
    })
    .await;
}

#[tokio::test]
async fn a_flag_ends_with_the_day_after_the_order() {
    on_both(async |mut world| {
        impatient(&mut world, SHORT, NEVER).await;
        let (old, new) = (world.order().await, world.order().await);
        until_flagged(&world, &[&old, &new]).await;
        let age = "UPDATE orders SET revised_at = revised_at - 86400000 WHERE number = 1";
        world.rows.execute_unprepared(age).await.expect("updates");
        until_flagged(&world, &[&new]).await;
        world
    })
    .await;
}

#[tokio::test]
async fn an_order_of_which_the_rules_make_no_ticket_is_no_alarm_until_it_changes() {
    on_both(async |mut world| {
        impatient(&mut world, SHORT, NEVER).await;
        let (kiosk, made) = (world.order().await, world.order().await);
        until_flagged(&world, &[&kiosk, &made]).await;
        let path = |order: &Value| {
            format!(
                "/unprinted/{}/nothing",
                order["id"].as_str().expect("an id")
            )
        };
        let of = |revision: u32| json!({"revision": revision});
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let request = world.ask_as(&stranger, Method::POST, &path(&kiosk));
        refused(answer(request.json(&of(1))).await, 404, "not_found");
        // A counter that is behind, and one that made a ticket.
        refused(world.post(&path(&kiosk), &of(2)).await, 409, "conflict");
        reported(&world, 1, &made, 1, json!({"state": "queued"})).await;
        refused(world.post(&path(&made), &of(1)).await, 409, "conflict");
        let (status, body) = world.post(&path(&kiosk), &of(1)).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
        refused(world.post(&path(&kiosk), &of(1)).await, 404, "not_found");
        tokio::time::sleep(SHORT * 3).await;
        assert_eq!(flagged(&world).await, [made["id"].clone()]);
        let order = format!("/orders/{}", kiosk["id"].as_str().expect("an id"));
        let (status, body) = world.change(Method::PUT, &order, 1, &new_order()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        until_flagged(&world, &[&kiosk, &made]).await;
        world
    })
    .await;
}

#[tokio::test]
async fn a_silence_that_the_owner_was_not_told_of_is_told_after_a_restart() {
    on_both(async |mut world| {
        impatient(&mut world, NEVER, SHORT).await;
        let (url, calls) = receiver().await;
        let owner = world.sign_in("owner@rosa.example").await.access_token;
        let path = format!("/businesses/{}/settings/business", world.rosa);
        let request = world
            .ask_as(&owner, Method::PUT, &path)
            .header("if-match", "\"1\"");
        let mut about = serde_json::to_value(business()).expect("JSON");
        about["alarm_webhook"] = json!(url);
        let (status, body) = answer(request.json(&json!({"value": about}))).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        calls.refuses.store(true, Ordering::SeqCst);
        world.order().await;
        world
            .soon("the call, which fails", async || !calls.all().is_empty())
            .await;
        world.stop().await;
        calls.refuses.store(false, Ordering::SeqCst);
        world.start().await;
        world
            .soon("it is told", async || {
                world.count("silences WHERE told_at IS NOT NULL").await == 1
            })
            .await;
        let said = calls.all();
        for call in &said {
            assert_eq!(call["type"], "counters.silent");
            assert_eq!(call["id"], said[0]["id"], "a repetition");
        }
        world.stop().await;
        world.start().await;
        tokio::time::sleep(SHORT * 3).await;
        assert_eq!(calls.all().len(), said.len(), "it was told");
        world
    })
    .await;
}
