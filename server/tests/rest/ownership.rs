//! Printers that change hands, in one order with the orders.

use std::collections::BTreeMap;

use api::{CounterId, Owners, PrinterId, printer::PrintPolicy};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer, new_order, on_both, refused};

const TILL: Uuid = Uuid::from_u128(1);
const BAR: Uuid = Uuid::from_u128(2);

fn printer(id: Uuid, owner: Option<Uuid>) -> Value {
    json!({"id": id, "name": "Kitchen", "enabled": true, "owner": owner, "address": "tcp://192.168.1.40:9100",
        "profile_id": "generic-80", "overrides": {"columns": null, "dots": null},
        "learned": {"status": null, "confirm": null, "model": null}, "backups": [],
        "policy": serde_json::to_value(PrintPolicy::default()).expect("JSON")})
}

async fn put(world: &World, id: Uuid, from: i64, value: Value) {
    let path = format!("/businesses/{}/settings/printer:{id}", world.rosa);
    let body = json!({"value": value});
    let (status, body) = world.change(Method::PUT, &path, from, &body).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

async fn add(world: &World, owner: Option<Uuid>) -> Uuid {
    let id = Uuid::new_v4();
    put(world, id, 0, printer(id, owner)).await;
    id
}

async fn claim(world: &World, counter: Uuid, printers: &[Uuid], from: &str) -> (StatusCode, Value) {
    let body = json!({"counter": counter, "printers": printers, "from": from});
    world.post("/printers/claim", &body).await
}

/// The owners that the settings name.
async fn owners_of_settings(world: &World) -> Owners {
    let settings = world
        .get(&format!("/businesses/{}/settings", world.rosa))
        .await;
    settings
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|setting| {
            let id = setting["key"].as_str()?.strip_prefix("printer:")?;
            let owner = setting["value"]["owner"].as_str()?;
            Some((
                PrinterId(id.parse().expect("a UUID")),
                CounterId(owner.parse().expect("a UUID")),
            ))
        })
        .collect()
}

/// Follows the feed from the beginning and checks each page against the one before: its owners and all its entries.
async fn fold(world: &World, limit: u32) -> (Owners, Vec<Value>) {
    let (mut owners, mut all): (Option<Owners>, Vec<Value>) = (None, Vec::new());
    let mut after = "0".to_owned();
    loop {
        let page = world
            .get(&format!("/feed?after={after}&limit={limit}"))
            .await;
        let before: Owners = serde_json::from_value(page["owners"].clone()).expect("owners");
        if let Some(owners) = &owners {
            assert_eq!(owners, &before, "a page goes on where the last one ended");
        }
        let mut now = before;
        for entry in page["entries"].as_array().expect("entries") {
            all.push(entry.clone());
            if entry["entry"] != "ownership" {
                continue;
            }
            let change: api::feed::OwnershipChange =
                serde_json::from_value(entry.clone()).expect("a change");
            for change in change.changes {
                assert_eq!(now.get(&change.printer).copied(), change.from, "{entry}");
                match change.to {
                    Some(to) => now.insert(change.printer, to),
                    None => now.remove(&change.printer),
                };
            }
        }
        owners = Some(now);
        after = page["next"].as_str().expect("a cursor").to_owned();
        if page["more"] == false {
            return (owners.unwrap_or_default(), all);
        }
    }
}

#[tokio::test]
async fn every_change_of_an_owner_is_one_entry_and_nothing_else_is() {
    on_both(async |world| {
        let kitchen = add(&world, None).await;
        assert_eq!(fold(&world, 100).await.1, [] as [Value; 0]);
        put(&world, kitchen, 1, printer(kitchen, Some(TILL))).await;
        let mut renamed = printer(kitchen, Some(TILL));
        renamed["name"] = json!("Küche");
        put(&world, kitchen, 2, renamed).await;
        world.order().await;
        put(&world, kitchen, 3, printer(kitchen, Some(BAR))).await;
        let bar = add(&world, Some(BAR)).await;
        put(&world, kitchen, 4, Value::Null).await;
        for limit in [1, 2, 100] {
            let (owners, entries) = fold(&world, limit).await;
            let told: Vec<_> = entries
                .iter()
                .map(|entry| (entry["entry"].as_str().expect("a kind"), &entry["changes"]))
                .collect();
            let change = |printer: Uuid, from: Option<Uuid>, to: Option<Uuid>| json!([{"printer": printer, "from": from, "to": to}]);
            assert_eq!(
                told,
                [
                    ("ownership", &change(kitchen, None, Some(TILL))),
                    ("order", &Value::Null),
                    ("ownership", &change(kitchen, Some(TILL), Some(BAR))),
                    ("ownership", &change(bar, None, Some(BAR))),
                    ("ownership", &change(kitchen, Some(BAR), None)),
                ]
            );
            assert_eq!(owners, owners_of_settings(&world).await);
            assert_eq!(entries[0]["cause"], "changed");
        }
        // In the middle, and from a time on.
        let order = world.get("/feed?limit=2").await["entries"][1].clone();
        let since = order["revised_at"].as_str().expect("a time");
        let page = world.get(&format!("/feed?since={since}")).await;
        assert_eq!(page["owners"], json!({kitchen.to_string(): TILL}));
        assert_eq!(page["entries"].as_array().map(Vec::len), Some(4));
        world
    })
    .await;
}

#[tokio::test]
async fn a_claim_takes_all_printers_or_none() {
    on_both(async |world| {
        let free = [add(&world, None).await, add(&world, None).await];
        let mine = add(&world, Some(TILL)).await;
        let theirs = add(&world, Some(BAR)).await;
        let gone = Uuid::new_v4();
        let all = [free[0], mine, theirs, free[1], gone];
        let before = world
            .get(&format!("/businesses/{}/settings", world.rosa))
            .await;
        let entries = fold(&world, 100).await.1.len();
        for from in ["nobody", "lease_ended"] {
            let said = refused(claim(&world, TILL, &all, from).await, 409, "conflict");
            assert_eq!(said["current"][theirs.to_string()], json!(BAR));
        }
        let after = world
            .get(&format!("/businesses/{}/settings", world.rosa))
            .await;
        assert_eq!((before, entries), (after, fold(&world, 100).await.1.len()));

        let unowned = [free[0], mine, free[1], gone, free[0]];
        let (status, body) = claim(&world, TILL, &unowned, "nobody").await;
        assert_eq!((status, &body["printers"]), (StatusCode::OK, &json!(free)));
        let (status, body) = claim(&world, TILL, &unowned, "nobody").await;
        assert_eq!((status, &body["printers"]), (StatusCode::OK, &json!([])));
        let (_, body) = claim(&world, TILL, &all, "anybody").await;
        assert_eq!(body["printers"], json!([theirs]));

        let (owners, told) = fold(&world, 1).await;
        assert_eq!(owners, owners_of_settings(&world).await);
        assert!(owners.values().all(|owner| owner.0 == TILL) && owners.len() == 4);
        let causes: BTreeMap<_, _> = told
            .iter()
            .skip(entries)
            .map(|entry| {
                (
                    entry["cause"].as_str(),
                    entry["changes"].as_array().map(Vec::len),
                )
            })
            .collect();
        assert_eq!(
            causes,
            BTreeMap::from([(Some("claimed"), Some(2)), (Some("taken_over"), Some(1))])
        );
        // A setting that was claimed is a newer version of it.
        let path = format!("/businesses/{}/settings/printer:{}", world.rosa, free[0]);
        let body = json!({"value": printer(free[0], None)});
        let (status, current) = world.change(Method::PUT, &path, 1, &body).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(
            (
                &current["current"]["version"],
                &current["current"]["value"]["owner"]
            ),
            (&json!(2), &json!(TILL))
        );
        world
    })
    .await;
}

#[tokio::test]
async fn of_two_first_sign_ins_at_once_one_gets_every_printer_and_the_other_none() {
    on_both(async |world| {
        let mut printers = Vec::new();
        for _ in 0..4 {
            printers.push(add(&world, None).await);
        }
        let mut sent = tokio::task::JoinSet::new();
        for counter in 1..=6 {
            // Each in an order of its own.
            printers.rotate_left(1);
            let body = json!({"counter": Uuid::from_u128(counter), "printers": printers, "from": "nobody"});
            sent.spawn(answer(world.ask(Method::POST, "/printers/claim").json(&body)));
        }
        let answers = sent.join_all().await;
        let got: Vec<_> = answers
            .iter()
            .filter(|(status, _)| *status == StatusCode::OK)
            .map(|(_, body)| body["printers"].as_array().map(Vec::len))
            .collect();
        assert_eq!(got, [Some(4)], "{answers:?}");
        let (owners, entries) = fold(&world, 100).await;
        let first = owners.values().next().copied();
        assert!(owners.len() == 4 && owners.values().all(|owner| Some(*owner) == first));
        assert_eq!(entries.len(), 1);
        world
    })
    .await;
}

#[tokio::test]
async fn orders_and_ownership_have_one_order_also_when_all_happens_at_once() {
    on_both(async |world| {
        let printers = [add(&world, None).await, add(&world, None).await];
        let mut sent = tokio::task::JoinSet::new();
        for n in 0..24_u128 {
            sent.spawn(answer(
                world.ask(Method::POST, "/orders").json(&new_order()),
            ));
            let body = json!({"counter": Uuid::from_u128(1 + n % 3), "printers": printers, "from": "anybody"});
            sent.spawn(answer(world.ask(Method::POST, "/printers/claim").json(&body)));
        }
        for (status, body) in sent.join_all().await {
            assert!(status.is_success(), "{body}");
        }
        for limit in [1, 5, 100] {
            let (owners, entries) = fold(&world, limit).await;
            assert_eq!(owners, owners_of_settings(&world).await, "in pages of {limit}");
            let seqs: Vec<_> = entries.iter().map(|entry| entry["seq"].as_i64()).collect();
            let all = i64::try_from(seqs.len()).expect("few");
            assert_eq!(seqs, (1..=all).map(Some).collect::<Vec<_>>());
            let orders = entries.iter().filter(|entry| entry["entry"] == "order");
            assert_eq!(orders.count(), 24);
        }
        world
    })
    .await;
}

#[tokio::test]
async fn nobody_claims_printers_of_another_restaurant() {
    on_both(async |world| {
        let ours = add(&world, None).await;
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let ask = world.ask_as(&stranger, Method::POST, "/printers/claim");
        let body = json!({"counter": TILL, "printers": [ours], "from": "anybody"});
        let (status, body) = answer(ask.json(&body)).await;
        assert_eq!((status, &body["printers"]), (StatusCode::OK, &json!([])));
        assert_eq!(fold(&world, 100).await.1, [] as [Value; 0]);
        let many: Vec<_> = (0..501).map(Uuid::from_u128).collect();
        refused(claim(&world, TILL, &many, "nobody").await, 422, "invalid");
        refused(
            claim(&world, TILL, &[ours], "friends").await,
            400,
            "malformed",
        );
        world
    })
    .await;
}
