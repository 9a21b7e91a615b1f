//! One row that cannot be read stops nothing else.

use api::printer::PrintPolicy;
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer, on_both, refused};

const TILL: Uuid = Uuid::from_u128(1);
const BAR: Uuid = Uuid::from_u128(2);

/// PostgreSQL keeps types by itself: there the row stays whole.
async fn damage_type(world: &World, damage: &str) {
    if world.rows.get_database_backend() == DbBackend::Sqlite {
        self::damage(world, damage).await;
    }
}

async fn damage(world: &World, damage: &str) {
    let done = world.rows.execute_unprepared(damage).await;
    assert_eq!(done.expect(damage).rows_affected(), 1, "{damage}");
}

async fn ok(world: &World, path: &str, body: &Value) -> Value {
    let (status, body) = world.post(path, body).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

async fn renew(world: &World, counter: Uuid, proof: Option<&Value>) -> Value {
    let body = json!({"counter": counter, "run": counter, "proof": proof});
    ok(world, "/counters/lease", &body).await["proof"].clone()
}

async fn printer(world: &World) -> Uuid {
    let id = Uuid::new_v4();
    let value = json!({"id": id, "name": "Kitchen", "enabled": true, "owner": null, "address": "tcp://192.168.1.40:9100",
        "profile_id": "generic-80", "overrides": {"columns": null, "dots": null},
        "learned": {"status": null, "confirm": null, "model": null}, "backups": [],
        "policy": serde_json::to_value(PrintPolicy::default()).expect("JSON")});
    let path = format!("/businesses/{}/settings/printer:{id}", world.rosa);
    let (status, body) = world
        .change(Method::PUT, &path, 0, &json!({"value": value}))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    id
}

#[tokio::test]
async fn a_damaged_counter_keeps_no_other_from_its_printers_and_heals_when_it_is_back() {
    on_both(async |world| {
        let register = async |id, name| {
            let body = json!({"id": id, "name": name});
            let all = ok(&world, "/counters", &body).await;
            all.as_array().expect("a list").len()
        };
        register(TILL, "Till").await;
        register(BAR, "Bar").await;
        let proof = renew(&world, TILL, None).await;
        damage_type(
            &world,
            "UPDATE counters SET lease_until = 'x', last_heard = 'x', name = x'ff' WHERE name = 'Till'",
        )
        .await;
        let bar = renew(&world, BAR, None).await;
        let kitchen = printer(&world).await;
        let claim = json!({"counter": BAR, "printers": [kitchen], "from": "nobody"});
        let taken = ok(&world, "/printers/claim", &claim).await;
        assert_eq!(taken["printers"], json!([kitchen]));
        register(BAR, "Bar").await;
        renew(&world, TILL, Some(&proof)).await;
        assert_eq!(register(TILL, "Till").await, 2);
        renew(&world, BAR, Some(&bar)).await;
        world
    })
    .await;
}

#[tokio::test]
async fn a_damaged_printer_keeps_no_other_from_being_taken() {
    on_both(async |world| {
        let (damaged, whole) = (printer(&world).await, printer(&world).await);
        let change = format!("UPDATE settings SET value = '{{' WHERE key = 'printer:{damaged}'");
        damage(&world, &change).await;
        let claim = json!({"counter": BAR, "printers": [damaged, whole], "from": "nobody"});
        let taken = ok(&world, "/printers/claim", &claim).await;
        assert_eq!(taken["printers"], json!([whole]));
        world
    })
    .await;
}

async fn report(world: &World, n: i64, known: Option<i64>) -> i64 {
    let report = json!({"n": n, "job": Uuid::from_u128(7), "order": Uuid::from_u128(0xF00), "revision": 1,
        "ticket": "kitchen:pizza", "copy": 0, "state": {"state": "queued"}, "marked": false, "released": false,
        "at": "2026-03-01T12:00:00Z"});
    let request = world
        .ask(Method::POST, "/print-reports")
        .header("x-counter", TILL.to_string());
    let body = json!({"log": Uuid::from_u128(9), "known": known, "reports": [report]});
    let (status, body) = answer(request.json(&body)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["up_to"].as_i64().expect("a number")
}

#[tokio::test]
async fn a_damaged_sequence_of_reports_is_begun_anew_and_loses_none() {
    on_both(async |world| {
        assert_eq!(report(&world, 1, None).await, 1);
        let before = world.get("/tickets?after=0").await;
        let before = before["next"].as_str().expect("a cursor");
        for change in [
            "UPDATE report_sequences SET last = 'x'",
            "UPDATE report_sequences SET epoch = 'x', last = 7",
        ] {
            damage_type(&world, change).await;
            let page = world.get("/tickets?after=0").await;
            assert_eq!(page["tickets"][0]["n"], 1, "{change}");
            let next = page["next"].as_str().expect("a cursor");
            if next != before {
                let path = format!("/tickets?after={before}");
                refused(
                    answer(world.ask(Method::GET, &path)).await,
                    409,
                    "cursor_unknown",
                );
            }
        }
        damage_type(&world, "UPDATE report_sequences SET epoch = 'x'").await;
        assert_eq!(report(&world, 2, None).await, 2);
        let page = world.get("/tickets?after=0").await;
        assert_eq!(page["tickets"][0]["n"], 2);
        // What is known of a log is told anew.
        if world.rows.get_database_backend() == DbBackend::Sqlite {
            damage(&world, "UPDATE report_logs SET up_to = 'x'").await;
            assert_eq!(report(&world, 3, Some(2)).await, 0);
        }
        assert_eq!(report(&world, 3, None).await, 3);
        world
    })
    .await;
}
