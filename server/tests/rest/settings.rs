//! Settings and their versions.

use api::printer::PrintPolicy;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer, business, on_both, refused};

async fn put(
    world: &World,
    token: &str,
    key: &str,
    from: i64,
    value: Value,
) -> (StatusCode, Value) {
    let path = format!("/businesses/{}/settings/{key}", world.rosa);
    let request = world
        .ask_as(token, Method::PUT, &path)
        .header("if-match", format!("\"{from}\""));
    answer(request.json(&json!({"value": value}))).await
}

async fn list(world: &World) -> Value {
    world
        .get(&format!("/businesses/{}/settings", world.rosa))
        .await
}

fn printer(id: Uuid, name: &str) -> Value {
    json!({"id": id, "name": name, "enabled": true, "owner": null, "address": "tcp://192.168.1.40:9100",
        "profile_id": "generic-80", "overrides": {"columns": null, "dots": null},
        "learned": {"status": null, "confirm": null, "model": null}, "backups": [],
        "policy": serde_json::to_value(PrintPolicy::default()).expect("JSON")})
}

#[tokio::test]
async fn each_change_has_a_version_and_a_deletion_is_one_too() {
    on_both(async |world| {
        let id = Uuid::new_v4();
        let key = format!("printer:{id}");
        let value = printer(id, "Kitchen");
        let (status, made) = put(&world, &world.staff, &key, 0, value.clone()).await;
        assert_eq!(
            (status, &made),
            (
                StatusCode::OK,
                &json!({"key": key, "version": 1, "value": value})
            )
        );
        let renamed = printer(id, "Küche");
        put(&world, &world.staff, &key, 1, renamed.clone()).await;
        let settings = list(&world).await;
        assert_eq!(
            settings[1],
            json!({"key": key, "version": 2, "value": renamed})
        );
        assert_eq!(settings[0]["key"], "business");

        let (status, deleted) = put(&world, &world.staff, &key, 2, Value::Null).await;
        assert_eq!(
            (status, &deleted),
            (
                StatusCode::OK,
                &json!({"key": key, "version": 3, "value": null})
            )
        );
        assert_eq!(list(&world).await[1], deleted);
        refused(
            put(&world, &world.staff, &key, 0, renamed.clone()).await,
            409,
            "conflict",
        );
        let (status, back) = put(&world, &world.staff, &key, 3, renamed).await;
        assert_eq!((status, &back["version"]), (StatusCode::OK, &json!(4)));
        world
    })
    .await;
}

#[tokio::test]
async fn a_setting_that_cannot_be_read_hides_no_other_and_never_looks_deleted() {
    use sea_orm::{ConnectionTrait, DbBackend};
    on_both(async |world| {
        let (kitchen, bar) = (Uuid::new_v4(), Uuid::new_v4());
        for (id, name) in [(kitchen, "Kitchen"), (bar, "Bar")] {
            let key = format!("printer:{id}");
            put(&world, &world.staff, &key, 0, printer(id, name)).await;
        }
        let key = format!("printer:{kitchen}");
        let is_postgres = world.rows.get_database_backend() == DbBackend::Postgres;
        let mut version = 1;
        for value in ["'{\"id'", "''", "x'ff00'"] {
            if is_postgres && value.starts_with('x') {
                continue;
            }
            let damage = format!("UPDATE settings SET value = {value} WHERE key = '{key}'");
            let damaged = world.rows.execute_unprepared(&damage).await;
            assert_eq!(damaged.expect("updates").rows_affected(), 1, "{damage}");
            let settings = list(&world).await;
            let keys: Vec<_> = settings
                .as_array()
                .expect("a list")
                .iter()
                .map(|setting| setting["key"].as_str().expect("a key"))
                .collect();
            assert_eq!(keys, ["business", &format!("printer:{bar}")], "{value}");

            // Who knows its version puts it right; whoever does not is not told that it was deleted.
            let renamed = printer(kitchen, "Küche");
            let stale = put(&world, &world.staff, &key, version + 6, renamed.clone()).await;
            let said = refused(stale, 409, "conflict");
            assert!(said.get("current").is_none(), "{said}");
            let (status, body) = put(&world, &world.staff, &key, version, renamed).await;
            assert_eq!(status, StatusCode::OK, "{body}");
            version += 1;
            assert_eq!(list(&world).await.as_array().map(Vec::len), Some(3));
        }
        world
    })
    .await;
}

#[tokio::test]
async fn a_shared_printer_never_points_at_the_pc_of_a_counter() {
    on_both(async |mut world| {
        let before = list(&world).await;
        let id = Uuid::new_v4();
        let key = format!("printer:{id}");
        let at = |address: &str| {
            let mut value = printer(id, "Kitchen");
            value["address"] = json!(address);
            value
        };
        for address in [
            "tcp://127.0.0.1:22",
            "tcp://localhost:9100",
            "tcp://[::1]:9100",
            "tcp://0.0.0.0:9100",
            "ipp://127.1/ipp/print",
            "file:///home/anna/.profile",
            "serial:///dev/ttyS0",
            "usb://04b8:0202",
            "spooler://Office",
        ] {
            let said = put(&world, &world.staff, &key, 0, at(address)).await;
            let said = refused(said, 422, "invalid");
            assert_eq!(said["field"], "value.address", "{said}");
        }
        assert_eq!(list(&world).await, before);
        let mut without = printer(id, "Kitchen");
        without["address"] = Value::Null;
        for (from, value) in [(0, at("tcp://192.168.1.40:9100")), (1, without)] {
            let (status, body) = put(&world, &world.staff, &key, from, value).await;
            assert_eq!(status, StatusCode::OK, "{body}");
        }

        // The demo's printers are programs on the same PC, and so are those of tests.
        world.stop().await;
        world.options.local_printers = true;
        world.start().await;
        let (status, body) = put(&world, &world.staff, &key, 2, at("tcp://127.0.0.1:9101")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        world
    })
    .await;
}

#[tokio::test]
async fn of_ten_who_change_from_the_same_version_one_wins_and_nine_are_told_what_is_there() {
    on_both(async |world| {
        let mut sent = tokio::task::JoinSet::new();
        for n in 0..10 {
            let path = format!("/businesses/{}/settings/template:kitchen", world.rosa);
            let owner = world.sign_in("owner@rosa.example").await.access_token;
            let request = world
                .ask_as(&owner, Method::PUT, &path)
                .header("if-match", "\"0\"");
            sent.spawn(answer(request.json(&json!({"value": format!("{n}")}))));
        }
        let answers = sent.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = answers
            .iter()
            .partition(|(status, _)| *status == StatusCode::OK);
        assert_eq!((won.len(), lost.len()), (1, 9));
        for (status, body) in lost {
            refused((*status, body.clone()), 409, "conflict");
            assert_eq!(body["current"], won[0].1);
        }
        world
    })
    .await;
}

#[tokio::test]
async fn staff_may_keep_printers_and_rules_and_only_an_owner_the_rest() {
    on_both(async |world| {
        let owner = world.sign_in("owner@rosa.example").await.access_token;
        let about = serde_json::to_value(business()).expect("JSON");
        for (key, value, from) in [
            ("business", about, 1),
            ("template:receipt", json!("# Rosa"), 0),
        ] {
            refused(
                put(&world, &world.staff, key, from, value.clone()).await,
                403,
                "forbidden",
            );
            let (status, body) = put(&world, &owner, key, from, value).await;
            assert_eq!(status, StatusCode::OK, "{body}");
        }
        let (status, body) = put(&world, &world.staff, "rules", 0, json!([])).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        world
    })
    .await;
}

#[tokio::test]
async fn what_a_setting_cannot_be_changes_nothing() {
    on_both(async |world| {
        let owner = world.sign_in("owner@rosa.example").await.access_token;
        let before = list(&world).await;
        refused(
            put(&world, &owner, "business", 1, Value::Null).await,
            422,
            "invalid",
        );
        refused(
            put(&world, &owner, "business", 1, json!({"name": "Rosa"})).await,
            422,
            "invalid",
        );
        let other_id = printer(Uuid::new_v4(), "Kitchen");
        refused(
            put(
                &world,
                &owner,
                &format!("printer:{}", Uuid::new_v4()),
                0,
                other_id,
            )
            .await,
            422,
            "invalid",
        );
        refused(
            put(&world, &owner, "rules", 0, json!({"not": "a list"})).await,
            422,
            "invalid",
        );
        refused(
            put(&world, &owner, "colour", 0, json!("red")).await,
            404,
            "not_found",
        );
        refused(
            put(&world, &owner, "template:..%2Fx", 0, json!("x")).await,
            404,
            "not_found",
        );
        let path = format!("/businesses/{}/settings/rules", world.rosa);
        let nothing = world
            .ask(Method::PUT, &path)
            .header("if-match", "\"0\"")
            .json(&json!({}));
        refused(answer(nothing).await, 400, "malformed");
        let unversioned = world.ask(Method::PUT, &path).json(&json!({"value": []}));
        refused(answer(unversioned).await, 400, "malformed");
        assert_eq!(list(&world).await, before);
        world
    })
    .await;
}
