//! What became of tickets, from one counter to all.

use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer, on_both, refused};

const TILL: Uuid = Uuid::from_u128(1);
const LOG: Uuid = Uuid::from_u128(0x10);

fn report(n: i64, job: u128, state: &str) -> Value {
    json!({"n": n, "job": Uuid::from_u128(job), "order": Uuid::from_u128(0xF00), "revision": 1, "ticket": "kitchen:pizza",
        "copy": 0, "printer": null, "destination": null, "state": {"state": state}, "marked": false, "released": false,
        "at": "2026-03-01T12:00:00Z"})
}

async fn send(world: &World, counter: Uuid, log: Uuid, reports: &[Value]) -> (StatusCode, Value) {
    let request = world
        .ask(Method::POST, "/print-reports")
        .header("x-counter", counter.to_string());
    answer(request.json(&json!({"log": log, "reports": reports}))).await
}

async fn taken(world: &World, counter: Uuid, log: Uuid, reports: &[Value]) -> i64 {
    let (status, body) = send(world, counter, log, reports).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["up_to"].as_i64().expect("a number")
}

/// All tickets behind a cursor, and the next one.
async fn tickets(world: &World, from: &str, limit: u32) -> (Vec<Value>, String) {
    let (mut all, mut after) = (Vec::new(), from.to_owned());
    loop {
        let page = world
            .get(&format!("/tickets?after={after}&limit={limit}"))
            .await;
        let _: api::report::TicketPage = serde_json::from_value(page.clone()).expect("a page");
        all.extend(page["tickets"].as_array().expect("tickets").clone());
        after = page["next"].as_str().expect("a cursor").to_owned();
        if page["more"] == false {
            return (all, after);
        }
    }
}

#[tokio::test]
async fn a_thousand_reports_sent_twice_are_a_thousand_reports() {
    on_both(async |world| {
        let all: Vec<_> = (1..=1000)
            .map(|n| report(3 * n, u128::try_from(n).expect("small"), "queued"))
            .collect();
        for batch in all.chunks(200) {
            let last = batch.last().expect("reports")["n"].as_i64().expect("n");
            assert_eq!(taken(&world, TILL, LOG, batch).await, last);
        }
        let (seen, end) = tickets(&world, "0", 500).await;
        assert_eq!(seen.len(), 1000);
        for batch in all.chunks(200) {
            assert_eq!(taken(&world, TILL, LOG, batch).await, 3000, "it is known");
        }
        assert_eq!(tickets(&world, "0", 7).await, (seen.clone(), end.clone()));
        assert_eq!(tickets(&world, &end, 500).await, (vec![], end.clone()));
        let numbers: Vec<_> = seen.iter().map(|ticket| ticket["n"].as_i64()).collect();
        assert_eq!(numbers, (1..=1000).map(|n| Some(3 * n)).collect::<Vec<_>>());
        assert_eq!(seen[0]["counter"], json!(TILL));
        // The newest state of each, where it changed.
        let changes = [
            report(3001, 1, "printing"),
            report(3002, 2, "printed"),
            report(3003, 1, "printed"),
        ];
        assert_eq!(taken(&world, TILL, LOG, &changes).await, 3003);
        let (changed, _) = tickets(&world, &end, 500).await;
        let changed: Vec<_> = changed
            .iter()
            .map(|ticket| (ticket["n"].as_i64(), &ticket["state"]["state"]))
            .collect();
        assert_eq!(
            changed,
            [
                (Some(3002), &json!("printed")),
                (Some(3003), &json!("printed"))
            ]
        );
        assert_eq!(tickets(&world, "0", 500).await.0.len(), 1000);
        world
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_comes_late_takes_no_ticket_back_to_what_it_was() {
    on_both(async |world| {
        let first = [report(1, 1, "queued"), report(2, 1, "printing")];
        let second = [report(3, 1, "printed")];
        assert_eq!(taken(&world, TILL, LOG, &first).await, 2);
        assert_eq!(taken(&world, TILL, LOG, &second).await, 3);
        assert_eq!(taken(&world, TILL, LOG, &first).await, 3);
        let overlapping = [report(2, 1, "printing"), report(4, 2, "queued")];
        assert_eq!(taken(&world, TILL, LOG, &overlapping).await, 4);
        let states: Vec<_> = tickets(&world, "0", 500)
            .await
            .0
            .iter()
            .map(|ticket| ticket["state"]["state"].clone())
            .collect();
        assert_eq!(states, [json!("printed"), json!("queued")]);
        // A counter whose file was set aside counts anew, in another log; and each counter has its own.
        assert_eq!(taken(&world, TILL, Uuid::from_u128(0x11), &[]).await, 0);
        assert_eq!(
            taken(
                &world,
                TILL,
                Uuid::from_u128(0x11),
                &[report(1, 3, "queued")]
            )
            .await,
            1
        );
        assert_eq!(
            taken(&world, Uuid::from_u128(2), LOG, &[report(1, 1, "sent")]).await,
            1
        );
        assert_eq!(tickets(&world, "0", 500).await.0.len(), 4);
        world
    })
    .await;
}

#[tokio::test]
async fn a_server_that_lost_reports_says_how_far_it_has_them() {
    on_both(async |mut world| {
        assert_eq!(taken(&world, TILL, LOG, &[report(1, 1, "queued")]).await, 1);
        let (_, early) = tickets(&world, "0", 500).await;
        let backup = world.back_up().await;
        let later: Vec<_> = (2..=9).map(|n| report(n, 1, "printing")).collect();
        for one in &later {
            taken(&world, TILL, LOG, std::slice::from_ref(one)).await;
        }
        let (_, late) = tickets(&world, "0", 500).await;
        world.restore(backup).await;
        // Also when it is not asked: it takes nothing that would hide the gap.
        let request = world
            .ask(Method::POST, "/print-reports")
            .header("x-counter", TILL.to_string());
        let next = json!({"log": LOG, "known": 9, "reports": [report(10, 2, "queued")]});
        let (status, body) = answer(request.json(&next)).await;
        assert_eq!((status, &body), (StatusCode::OK, &json!({"up_to": 1})));
        assert_eq!(taken(&world, TILL, LOG, &[]).await, 1, "lower than before");
        let asked = world.ask(Method::GET, &format!("/tickets?after={late}"));
        refused(answer(asked).await, 409, "cursor_unknown");
        assert_eq!(tickets(&world, &early, 500).await, (vec![], early.clone()));
        assert_eq!(taken(&world, TILL, LOG, &later).await, 9);
        assert_eq!(tickets(&world, &early, 500).await.0.len(), 1);
        world
    })
    .await;
}

#[tokio::test]
async fn reports_of_a_counter_wake_the_others_where_there_are_others() {
    on_both(async |world| {
        let told = async || {
            world
                .soon("the hub has all events", async || world.count("outbox").await == 0)
                .await;
            // Only numbers that were given are counted, so nothing has to be caught before it is published.
            let sql = "INSERT INTO outbox (event_id, channel, payload) VALUES ($1, 'nowhere:1', '{}') RETURNING id";
            let id = Uuid::new_v4().to_string();
            let statement = Statement::from_sql_and_values(
                world.rows.get_database_backend(),
                sql,
                [id.into()],
            );
            let row = world.rows.query_one_raw(statement).await.expect("a row");
            row.expect("a row").try_get::<i64>("", "id").expect("an id")
        };
        world.post("/counters", &json!({"id": TILL, "name": "Till"})).await;
        let before = told().await;
        taken(&world, TILL, LOG, &[report(1, 1, "queued")]).await;
        assert_eq!(told().await, before + 1, "nobody else is there");
        let bar = json!({"id": Uuid::from_u128(2), "name": "Bar"});
        world.post("/counters", &bar).await;
        taken(&world, TILL, LOG, &[report(2, 1, "printed")]).await;
        assert_eq!(told().await, before + 3);
        taken(&world, TILL, LOG, &[report(2, 1, "printed")]).await;
        assert_eq!(told().await, before + 4, "nothing is new");
        world
    })
    .await;
}

#[tokio::test]
async fn what_is_no_report_is_refused_and_changes_nothing() {
    on_both(async |world| {
        let many: Vec<_> = (1..=201).map(|n| report(n, 1, "queued")).collect();
        let mut long = report(1, 1, "failed");
        long["state"] =
            json!({"state": "failed", "cause": "refused", "detail": "x".repeat(20_000)});
        for (reports, field) in [
            (many.as_slice(), "reports"),
            (&[report(0, 1, "queued")], "reports[0].n"),
            (
                &[report(2, 1, "queued"), report(2, 2, "queued")],
                "reports[1].n",
            ),
        ] {
            let said = refused(send(&world, TILL, LOG, reports).await, 422, "invalid");
            assert_eq!(said["field"], field);
        }
        let said = refused(send(&world, TILL, LOG, &[long]).await, 422, "invalid");
        assert_eq!(said["field"], "reports[0]");
        let unnamed = world.ask(Method::POST, "/print-reports");
        let said = answer(unnamed.json(&json!({"log": LOG, "reports": []}))).await;
        refused(said, 400, "malformed");
        for wrong in ["", "1", "x", "-1", "%00", &format!("{LOG}.1")] {
            let said = answer(world.ask(Method::GET, &format!("/tickets?after={wrong}"))).await;
            refused(said, 422, "invalid");
        }
        let unknown = format!("/tickets?after={}.1", LOG.simple());
        refused(
            answer(world.ask(Method::GET, &unknown)).await,
            409,
            "cursor_unknown",
        );
        assert_eq!(world.count("tickets").await, 0);
        world
    })
    .await;
}

#[tokio::test]
async fn another_restaurant_sees_none_of_the_tickets() {
    on_both(async |world| {
        taken(&world, TILL, LOG, &[report(1, 1, "queued")]).await;
        let (_, ours) = tickets(&world, "0", 500).await;
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let ask = async |path: &str| answer(world.ask_as(&stranger, Method::GET, path)).await;
        let (_, page) = ask("/tickets").await;
        assert_eq!((&page["tickets"], &page["next"]), (&json!([]), &json!("0")));
        refused(
            ask(&format!("/tickets?after={ours}")).await,
            409,
            "cursor_unknown",
        );
        let request = world
            .ask_as(&stranger, Method::POST, "/print-reports")
            .header("x-counter", TILL.to_string());
        let (_, body) = answer(request.json(&json!({"log": LOG, "reports": []}))).await;
        assert_eq!(body["up_to"], 0);
        world
    })
    .await;
}

#[tokio::test]
async fn a_report_says_when_its_revision_was_taken_where_its_counter_knows_that() {
    on_both(async |world| {
        let mut new = report(2, 2, "printed");
        new["revised_at"] = json!("2026-03-01T11:59:00.5Z");
        let of_earlier_version = report(1, 1, "printed");
        taken(&world, TILL, LOG, &[of_earlier_version, new]).await;
        let (seen, _) = tickets(&world, "0", 500).await;
        let times: Vec<_> = seen.iter().map(|one| one.get("revised_at")).collect();
        assert_eq!(times, [None, Some(&json!("2026-03-01T11:59:00.5Z"))]);
        world
    })
    .await;
}
