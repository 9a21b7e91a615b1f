//! Intake and later revisions.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{CHIANTI, MARGHERITA, VOUCHER, new_order, on_both, refused};

#[tokio::test]
async fn an_order_is_stored_with_names_prices_and_stations_of_the_menu() {
    on_both(async |world| {
        let order = world.order().await;
        assert_eq!((&order["number"], &order["revision"]), (&json!(1), &json!(1)));
        assert_eq!(order["lines"][0], json!({
            "id": 1, "item_id": MARGHERITA, "name": "Margherita", "quantity": 2,
            "unit_price": {"minor": 890, "currency": "EUR"},
            "options": [{"name": "olives", "price": {"minor": 100, "currency": "EUR"}}],
            "note": "no garlic", "station": "pizza", "total": {"minor": 1980, "currency": "EUR"},
        }));
        assert_eq!(order["totals"], json!({
            "subtotal": {"minor": 2560, "currency": "EUR"}, "delivery_fee": null,
            "total": {"minor": 2560, "currency": "EUR"},
        }));
        assert_eq!(order["customer"]["name"], "Ελένη Παπαδοπούλου");
        let feed = world.get("/orders").await;
        let mut entry = feed["orders"][0].clone();
        assert_eq!(entry.as_object_mut().expect("an object").remove("seq"), Some(json!(1)));
        assert_eq!(entry, order, "the feed says what the sender was told");
        world
    })
    .await;
}

#[tokio::test]
async fn the_same_reference_is_the_same_order_also_when_it_is_sent_ten_times_at_once() {
    on_both(async |world| {
        let mut order = new_order();
        order["reference"] = json!("shop-4711");
        let mut sent = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let request = world.ask(Method::POST, "/orders").json(&order);
            sent.spawn(crate::world::answer(request));
        }
        let answers = sent.join_all().await;
        let created = answers
            .iter()
            .filter(|(status, _)| *status == StatusCode::CREATED)
            .count();
        assert_eq!(created, 1);
        assert!(
            answers
                .iter()
                .all(|(status, body)| status.is_success() && body == &answers[0].1)
        );
        assert_eq!(
            (world.count("orders").await, world.count("revisions").await),
            (1, 1)
        );

        // Also when a dish is gone from the menu by then.
        world.change_menu(|menu| menu["items"] = json!([])).await;
        let (status, again) = world.post("/orders", &order).await;
        assert_eq!((status, &again), (StatusCode::OK, &answers[0].1));
        world
    })
    .await;
}

#[tokio::test]
async fn a_reference_belongs_to_one_restaurant() {
    on_both(async |world| {
        let mut order = new_order();
        order["reference"] = json!("1");
        let (_, ours) = world.post("/orders", &order).await;
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let request = world
            .ask_as(&stranger, Method::POST, "/orders")
            .json(&order);
        let (status, theirs) = crate::world::answer(request).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_ne!(ours["id"], theirs["id"]);
        assert_eq!(theirs["number"], 1, "each restaurant counts for itself");
        world
    })
    .await;
}

#[tokio::test]
async fn a_restaurant_whose_own_setting_is_damaged_goes_on_taking_orders() {
    use sea_orm::ConnectionTrait;
    on_both(async |world| {
        let damage = "UPDATE settings SET value = '{\"na' WHERE key = 'business'";
        world
            .rows
            .execute_unprepared(damage)
            .await
            .expect("updates");
        let order = world.order().await;
        assert_eq!(
            order["totals"]["total"],
            json!({"minor": 2560, "currency": "EUR"})
        );
        let path = format!("/orders/{}", order["id"].as_str().expect("an id"));
        let (status, body) = world.change(Method::PUT, &path, 1, &new_order()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        // Which day it is there is not known: a number of today could be taken for yesterday's.
        let mut daily = new_order();
        daily["reference"] = json!("17");
        daily["reference_scope"] = json!("day");
        refused(world.post("/orders", &daily).await, 500, "internal");
        assert_eq!(world.count("orders").await, 1);
        world
    })
    .await;
}

fn lines(lines: Value) -> Value {
    let mut order = new_order();
    order["lines"] = lines;
    order
}

fn ids(order: &Value) -> Vec<u64> {
    let lines = order["lines"].as_array().expect("lines");
    lines
        .iter()
        .map(|line| line["id"].as_u64().expect("an id"))
        .collect()
}

#[tokio::test]
async fn a_later_revision_keeps_the_ids_of_its_lines_and_never_gives_one_twice() {
    on_both(async |world| {
        let first = world.order().await;
        let path = format!("/orders/{}", first["id"].as_str().expect("an id"));
        let pizza =
            |quantity| json!({"item_id": MARGHERITA, "quantity": quantity, "options": ["olives"]});
        let wine = json!({"item_id": CHIANTI, "quantity": 1});
        let voucher = json!({"item_id": VOUCHER, "quantity": 1});

        let put = async |from, new: Value| {
            let (status, body) = world.change(Method::PUT, &path, from, &lines(new)).await;
            assert_eq!(status, StatusCode::OK, "{body}");
            body
        };
        let second = put(1, json!([voucher, pizza(3)])).await;
        assert_eq!((ids(&second), &second["revision"]), (vec![3, 1], &json!(2)));
        let third = put(2, json!([wine, pizza(3)])).await;
        assert_eq!(ids(&third), [4, 1], "line 2 was something else");
        assert_eq!(
            (&third["number"], &third["placed_at"]),
            (&first["number"], &first["placed_at"])
        );
        assert_eq!(world.count("revisions").await, 3);
        world
    })
    .await;
}

#[tokio::test]
async fn half_a_dish_is_taken_sold_and_told_as_half() {
    on_both(async |world| {
        let mut wish = new_order();
        wish["lines"] = json!([
            {"item_id": MARGHERITA, "quantity": 0.5},
            {"item_id": CHIANTI, "quantity": 0.350, "unit": " kg "},
        ]);
        let (status, order) = world.post("/orders", &wish).await;
        assert_eq!(status, StatusCode::CREATED, "{order}");
        let line = |n: usize, field: &str| order["lines"][n][field].clone();
        assert_eq!(
            (line(0, "quantity"), line(0, "unit")),
            (json!(0.5), json!(null))
        );
        assert_eq!(
            (line(1, "quantity"), line(1, "unit")),
            (json!(0.35), json!("kg"))
        );
        let minor = |amount: &Value| amount["minor"].as_i64().expect("minor units");
        let half = (minor(&line(0, "unit_price")) + 1) / 2;
        let part = (minor(&line(1, "unit_price")) * 350 + 500) / 1000;
        assert_eq!(
            (minor(&line(0, "total")), minor(&line(1, "total"))),
            (half, part)
        );
        assert_eq!(minor(&order["totals"]["subtotal"]), half + part);
        // Sent again it is the same order, and the feed tells the same numbers.
        wish["reference"] = json!("half");
        let (_, first) = world.post("/orders", &wish).await;
        let (status, second) = world.post("/orders", &wish).await;
        assert_eq!((status, &second["id"]), (StatusCode::OK, &first["id"]));
        let feed = world.get("/orders?after=0").await;
        assert_eq!(feed["orders"][0]["lines"][0]["quantity"], json!(0.5));
        // Another unit is other content.
        wish["lines"][1]["unit"] = json!("lb");
        refused(world.post("/orders", &wish).await, 409, "conflict");
        world
    })
    .await;
}

#[tokio::test]
async fn a_change_made_from_an_old_revision_is_told_the_new_one_and_changes_nothing() {
    on_both(async |world| {
        let order = world.order().await;
        let path = format!("/orders/{}", order["id"].as_str().expect("an id"));
        let (status, second) = world.change(Method::PUT, &path, 1, &new_order()).await;
        assert_eq!(status, StatusCode::OK, "{second}");
        for (method, path) in [
            (Method::PUT, path.clone()),
            (Method::POST, format!("{path}/cancel")),
        ] {
            let said = refused(
                world.change(method, &path, 1, &new_order()).await,
                409,
                "conflict",
            );
            assert_eq!(said["current"], second);
        }
        let nothing_said = world.ask(Method::PUT, &path).json(&new_order());
        refused(crate::world::answer(nothing_said).await, 400, "malformed");
        let mut renamed = new_order();
        renamed["reference"] = json!("other");
        refused(
            world.change(Method::PUT, &path, 2, &renamed).await,
            422,
            "invalid",
        );
        refused(
            world.change(Method::PUT, &path, 2, &lines(json!([]))).await,
            422,
            "invalid",
        );
        let missing = format!("/orders/{}", Uuid::new_v4());
        refused(
            world.change(Method::PUT, &missing, 1, &new_order()).await,
            404,
            "not_found",
        );
        assert_eq!(world.count("revisions").await, 2);
        world
    })
    .await;
}

#[tokio::test]
async fn an_order_that_was_taken_back_stays_so() {
    on_both(async |world| {
        let order = world.order().await;
        let path = format!("/orders/{}", order["id"].as_str().expect("an id"));
        let (status, cancelled) = world
            .change(Method::POST, &format!("{path}/cancel"), 1, &json!({}))
            .await;
        assert_eq!(status, StatusCode::OK, "{cancelled}");
        assert_eq!(
            (
                &cancelled["cancelled"],
                &cancelled["status"],
                &cancelled["revision"]
            ),
            (&json!(true), &json!("cancelled"), &json!(2))
        );
        assert_eq!(
            cancelled["lines"], order["lines"],
            "what it was stays known"
        );
        refused(
            world.change(Method::PUT, &path, 2, &new_order()).await,
            409,
            "conflict",
        );
        refused(
            world
                .change(Method::POST, &format!("{path}/cancel"), 2, &json!({}))
                .await,
            409,
            "conflict",
        );
        world
    })
    .await;
}

#[tokio::test]
async fn how_far_an_order_is_makes_no_revision_and_comes_in_the_feed_again() {
    on_both(async |world| {
        let order = world.order().await;
        let id = order["id"].as_str().expect("an id");
        let path = format!("/orders/{id}/status");
        let tell = async |status: &str| {
            crate::world::answer(
                world
                    .ask(Method::POST, &path)
                    .json(&json!({ "status": status })),
            )
            .await
        };
        let (status, done) = tell("done").await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(
            (&done["status"], &done["revision"]),
            (&json!("done"), &json!(1))
        );
        let (_, page) = crate::world::answer(world.ask(Method::GET, "/orders?after=1")).await;
        assert_eq!(
            (&page["orders"][0]["id"], &page["orders"][0]["seq"]),
            (&order["id"], &json!(2))
        );
        assert_eq!(tell("done").await.1, done, "said twice is said once");
        refused(tell("cancelled").await, 422, "invalid");
        refused(tell("eaten").await, 400, "malformed");
        assert_eq!(world.count("revisions").await, 1);
        world
    })
    .await;
}
