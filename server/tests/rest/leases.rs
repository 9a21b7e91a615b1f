//! Leases of counters, and programs that share an id.

use reqwest::{Method, StatusCode};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer, business, on_both, refused};

const TILL: Uuid = Uuid::from_u128(1);
const BAR: Uuid = Uuid::from_u128(2);
const RUN: Uuid = Uuid::from_u128(0x10);
const OTHER_RUN: Uuid = Uuid::from_u128(0x20);

async fn register(world: &World, id: Uuid) {
    let (status, body) = world
        .post(
            "/counters",
            &json!({"id": id, "name": format!("Counter {}", id.as_u128())}),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

async fn renew(
    world: &World,
    counter: Uuid,
    run: Uuid,
    proof: Option<&str>,
) -> (StatusCode, Value) {
    let body = json!({"counter": counter, "run": run, "proof": proof});
    world.post("/counters/lease", &body).await
}

async fn renewed(world: &World, counter: Uuid, run: Uuid, proof: Option<&str>) -> (String, Value) {
    let (status, body) = renew(world, counter, run, proof).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let _: api::counter::Renewed = serde_json::from_value(body.clone()).expect("an answer");
    (body["proof"].as_str().expect("a proof").to_owned(), body)
}

async fn set(world: &World, change: &str) {
    let done = world.rows.execute_unprepared(change).await;
    assert!(done.expect(change).rows_affected() > 0, "{change}");
}

async fn standby(world: &World, from: i64, standby: bool) {
    let owner = world.sign_in("owner@rosa.example").await.access_token;
    let mut about = serde_json::to_value(business()).expect("JSON");
    about["standby"] = json!(standby);
    let path = format!("/businesses/{}/settings/business", world.rosa);
    let request = world
        .ask_as(&owner, Method::PUT, &path)
        .header("if-match", format!("\"{from}\""));
    let (status, body) = answer(request.json(&json!({"value": about}))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

#[tokio::test]
async fn a_program_whose_answer_was_lost_is_known_again_by_what_it_had_before() {
    on_both(async |world| {
        register(&world, TILL).await;
        let (first, _) = renewed(&world, TILL, RUN, None).await;
        // The database was restored from before that, the answer is lost, and the program is started anew.
        let forget = "UPDATE counters SET proof = NULL, previous_proof = NULL, run = NULL WHERE proof IS NOT NULL";
        set(&world, forget).await;
        renewed(&world, TILL, RUN, Some(&first)).await;
        set(&world, "UPDATE counters SET renewed_at = 1 WHERE proof IS NOT NULL").await;
        renewed(&world, TILL, OTHER_RUN, Some(&first)).await;
        world
    })
    .await;
}

#[tokio::test]
async fn of_two_programs_with_one_id_the_second_is_told_so() {
    on_both(async |world| {
        register(&world, TILL).await;
        let (first, _) = renewed(&world, TILL, RUN, None).await;
        let (second, _) = renewed(&world, TILL, RUN, Some(&first)).await;
        assert_ne!(first, second);
        // A copy of the disk, with what it knew then.
        for proof in [Some(&*first), None, Some("x")] {
            refused(
                renew(&world, TILL, OTHER_RUN, proof).await,
                409,
                "counter_cloned",
            );
        }
        // The first one goes on, also when an answer was lost.
        let (again, _) = renewed(&world, TILL, RUN, Some(&first)).await;
        assert_eq!(again, second);
        let (third, _) = renewed(&world, TILL, RUN, Some(&second)).await;
        // It ends and is started anew.
        let (fourth, _) = renewed(&world, TILL, OTHER_RUN, Some(&third)).await;
        refused(
            renew(&world, TILL, RUN, Some(&third)).await,
            409,
            "counter_cloned",
        );
        // The last answer was lost, and the program started anew: as soon as the last run is silent.
        let third_run = Uuid::from_u128(0x30);
        refused(
            renew(&world, TILL, third_run, Some(&third)).await,
            409,
            "counter_cloned",
        );
        set(
            &world,
            "UPDATE counters SET renewed_at = renewed_at - 45000",
        )
        .await;
        let (fifth, _) = renewed(&world, TILL, third_run, Some(&third)).await;
        assert!(![first, second, third, fourth].contains(&fifth));
        world
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_the_files_on_another_pc_does_not_win_by_renewing_first() {
    on_both(async |world| {
        register(&world, TILL).await;
        let (here, elsewhere) = (Uuid::from_u128(0xA), Uuid::from_u128(0xB));
        let ask = async |run: Uuid, proof: Option<&str>, machine: Uuid| {
            let body = json!({"counter": TILL, "run": run, "proof": proof, "machine": machine});
            world.post("/counters/lease", &body).await
        };
        let given = |(status, body): (StatusCode, Value)| {
            assert_eq!(status, StatusCode::OK, "{body}");
            body["proof"].as_str().expect("a proof").to_owned()
        };
        let newest = given(ask(RUN, None, here).await);
        // The files were copied now, and the copy asks before the original does.
        let copy = ask(OTHER_RUN, Some(&newest), elsewhere).await;
        refused(copy, 409, "counter_cloned");
        let newest = given(ask(RUN, Some(&newest), here).await);
        // Moved to another PC, since the first one is not heard any more.
        let silent = "UPDATE counters SET renewed_at = renewed_at - 45000";
        set(&world, silent).await;
        let moved = given(ask(OTHER_RUN, Some(&newest), elsewhere).await);
        refused(ask(RUN, Some(&newest), here).await, 409, "counter_cloned");
        given(ask(OTHER_RUN, Some(&moved), elsewhere).await);
        world
    })
    .await;
}

#[tokio::test]
async fn a_restored_server_takes_no_counter_for_a_clone() {
    on_both(async |mut world| {
        register(&world, TILL).await;
        let (first, _) = renewed(&world, TILL, RUN, None).await;
        let backup = world.back_up().await;
        let (mut proof, _) = renewed(&world, TILL, RUN, Some(&first)).await;
        for _ in 0..3 {
            proof = renewed(&world, TILL, OTHER_RUN, Some(&proof)).await.0;
        }
        world.restore(backup).await;
        set(
            &world,
            "UPDATE counters SET renewed_at = renewed_at - 45000",
        )
        .await;
        let (next, _) = renewed(&world, TILL, OTHER_RUN, Some(&proof)).await;
        refused(
            renew(&world, TILL, RUN, Some(&first)).await,
            409,
            "counter_cloned",
        );
        renewed(&world, TILL, OTHER_RUN, Some(&next)).await;
        world
    })
    .await;
}

#[tokio::test]
async fn ownership_expires_only_with_standby_and_a_second_counter() {
    on_both(async |world| {
        register(&world, TILL).await;
        let (proof, alone) = renewed(&world, TILL, RUN, None).await;
        assert_eq!(
            (&alone["lease_ms"], &alone["over"]),
            (&Value::Null, &json!([]))
        );
        register(&world, BAR).await;
        let (proof, two) = renewed(&world, TILL, RUN, Some(&proof)).await;
        assert_eq!(two["lease_ms"], api::counter::LEASE_MS);
        standby(&world, 1, false).await;
        let (proof, without) = renewed(&world, TILL, RUN, Some(&proof)).await;
        assert_eq!(without["lease_ms"], Value::Null);
        standby(&world, 2, true).await;
        let a_day_ago = jiff::Timestamp::now().as_millisecond() - 24 * 60 * 60 * 1000 - 1000;
        let silent =
            format!("UPDATE counters SET last_heard = {a_day_ago} WHERE name = 'Counter 2'");
        set(&world, &silent).await;
        let (_, silent) = renewed(&world, TILL, RUN, Some(&proof)).await;
        assert_eq!(silent["lease_ms"], Value::Null);
        world
    })
    .await;
}

#[tokio::test]
async fn printers_of_a_counter_whose_lease_is_over_may_be_claimed_and_no_others() {
    on_both(async |world| {
        register(&world, TILL).await;
        register(&world, BAR).await;
        let printer = Uuid::new_v4();
        let value = json!({"id": printer, "name": "Kitchen", "enabled": true, "owner": TILL, "address": null,
            "profile_id": "generic-80", "overrides": {"columns": null, "dots": null},
            "learned": {"status": null, "confirm": null, "model": null}, "backups": [],
            "policy": serde_json::to_value(api::printer::PrintPolicy::default()).expect("JSON")});
        let path = format!("/businesses/{}/settings/printer:{printer}", world.rosa);
        world.change(Method::PUT, &path, 0, &json!({"value": value})).await;
        let body = json!({"counter": BAR, "printers": [printer], "from": "lease_ended"});
        let claim = async || world.post("/printers/claim", &body).await;
        refused(claim().await, 409, "conflict");
        let (proof, _) = renewed(&world, TILL, RUN, None).await;
        refused(claim().await, 409, "conflict");
        let (bars, bar) = renewed(&world, BAR, OTHER_RUN, None).await;
        assert_eq!(bar["over"], json!([]));

        let over = "UPDATE counters SET lease_until = lease_until - 70001 WHERE name = 'Counter 1'";
        set(&world, over).await;
        let (bars, bar) = renewed(&world, BAR, OTHER_RUN, Some(&bars)).await;
        assert_eq!(bar["over"], json!([]), "after an outage the others come back too");
        refused(claim().await, 409, "conflict");
        let since = "UPDATE counters SET unbroken_since = unbroken_since - 70000 WHERE name = 'Counter 2'";
        set(&world, since).await;
        let (bars, bar) = renewed(&world, BAR, OTHER_RUN, Some(&bars)).await;
        assert_eq!(bar["over"], json!([TILL]));
        // Back in time.
        let (proof, _) = renewed(&world, TILL, RUN, Some(&proof)).await;
        refused(claim().await, 409, "conflict");
        let (bars, bar) = renewed(&world, BAR, OTHER_RUN, Some(&bars)).await;
        assert_eq!(bar["over"], json!([]));

        set(&world, "UPDATE counters SET lease_until = lease_until - 70001").await;
        standby(&world, 1, false).await;
        refused(claim().await, 409, "conflict");
        assert_eq!(renewed(&world, BAR, OTHER_RUN, Some(&bars)).await.1["over"], json!([]));
        standby(&world, 2, true).await;
        let (status, taken) = claim().await;
        assert_eq!((status, &taken["printers"]), (StatusCode::OK, &json!([printer])));
        let page = world.get("/feed").await;
        let last = page["entries"].as_array().and_then(|all| all.last());
        assert_eq!(last.map(|entry| &entry["cause"]), Some(&json!("lease_ended")));
        // It comes back as a counter without printers.
        renewed(&world, TILL, RUN, Some(&proof)).await;
        world
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_of_a_counter_of_this_restaurant() {
    on_both(async |world| {
        refused(renew(&world, TILL, RUN, None).await, 404, "not_found");
        register(&world, TILL).await;
        let (proof, _) = renewed(&world, TILL, RUN, None).await;
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let request = world.ask_as(&stranger, Method::POST, "/counters/lease");
        let body = json!({"counter": TILL, "run": RUN, "proof": proof});
        refused(answer(request.json(&body)).await, 404, "not_found");
        for proof in ["", "1", "-1.x", "99999999999999999999999.x", "\u{0}", "٣.x"] {
            let (status, body) = renew(&world, TILL, OTHER_RUN, Some(proof)).await;
            assert_eq!(status, StatusCode::CONFLICT, "{body}");
        }
        let long = "9".repeat(5000);
        refused(renew(&world, TILL, RUN, Some(&long)).await, 422, "invalid");
        let odd = json!({"counter": TILL, "run": "today", "proof": null});
        refused(world.post("/counters/lease", &odd).await, 400, "malformed");
        world
    })
    .await;
}
