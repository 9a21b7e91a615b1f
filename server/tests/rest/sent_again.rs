//! Orders that are sent again: by reference, and by `Idempotency-Key`.

use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{CHIANTI, MARGHERITA, World, answer, business, new_order, on_both, refused};

fn referenced(reference: &str) -> Value {
    let mut order = new_order();
    order["reference"] = json!(reference);
    order
}

fn with(mut order: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    let parent = order.pointer_mut(parent).expect("such a field");
    if let Value::Array(items) = parent {
        items[field.parse::<usize>().expect("an index")] = value;
    } else {
        parent[field] = value;
    }
    order
}

async fn post_with_key(
    world: &World,
    token: &str,
    key: &str,
    order: &Value,
) -> (StatusCode, Value) {
    let request = world
        .ask_as(token, Method::POST, "/orders")
        .header("idempotency-key", key);
    answer(request.json(order)).await
}

/// Asserts a conflict that names this order.
fn conflict_with(first: &Value, field: &str, said: (StatusCode, Value)) {
    let said = refused(said, 409, "conflict");
    assert_eq!(said["field"], field, "{said}");
    assert_eq!(said["current"]["id"], first["id"]);
    let message = said["message"].as_str().expect("a sentence");
    for named in [
        first["id"].as_str().expect("an id").to_owned(),
        format!("order {}", first["number"]),
    ] {
        assert!(message.contains(&named), "{message}");
    }
}

fn created(said: (StatusCode, Value)) -> Value {
    assert_eq!(said.0, StatusCode::CREATED, "{}", said.1);
    said.1
}

fn same(first: &Value, said: (StatusCode, Value)) {
    assert_eq!(
        (said.0, &said.1["id"]),
        (StatusCode::OK, &first["id"]),
        "{}",
        said.1
    );
}

#[tokio::test]
async fn a_reference_with_other_content_is_refused_and_names_the_first_order() {
    on_both(async |world| {
        let order = referenced("17");
        let first = created(world.post("/orders", &order).await);
        let before = world.stored().await;
        for other in [
            with(order.clone(), "/channel", json!("till")),
            with(order.clone(), "/kind", json!("delivery")),
            with(order.clone(), "/promised_at", json!("2026-11-30T19:00:00Z")),
            with(order.clone(), "/customer/name", json!("Ben")),
            with(order.clone(), "/table", json!("4")),
            with(order.clone(), "/note", json!("ring once")),
            with(
                order.clone(),
                "/lines/0",
                json!({"item_id": CHIANTI, "quantity": 2}),
            ),
            with(order.clone(), "/delivery_fee", json!(100)),
            with(order.clone(), "/payment/paid", json!(true)),
            with(order.clone(), "/reference", json!(" 1\u{3}7\n")),
        ] {
            let mut other = other;
            if other["reference"] != "17" {
                other["lines"] = json!([{"item_id": CHIANTI, "quantity": 1}]);
            }
            conflict_with(&first, "reference", world.post("/orders", &other).await);
        }
        let none = with(order.clone(), "/lines", json!([]));
        refused(world.post("/orders", &none).await, 422, "invalid");
        assert_eq!(world.stored().await, before);
        world
    })
    .await;
}

#[tokio::test]
async fn a_reference_that_looks_the_same_is_the_same_however_it_was_typed() {
    on_both(async |world| {
        for scope in ["forever", "day"] {
            let order = with(referenced("17"), "/reference_scope", json!(scope));
            let first = created(world.post("/orders", &order).await);
            for typed in ["１７", "17\u{200b}", "\u{feff}1\u{2060}7", "\u{3000}17"] {
                let again = with(order.clone(), "/reference", json!(typed));
                let (status, same) = world.post("/orders", &again).await;
                assert_eq!(
                    (status, &same["id"]),
                    (StatusCode::OK, &first["id"]),
                    "{typed:?}"
                );
                let other = with(again, "/note", json!("ring once"));
                conflict_with(&first, "reference", world.post("/orders", &other).await);
            }
        }
        let unseen = referenced("\u{200b}\u{2060}");
        let said = refused(world.post("/orders", &unseen).await, 422, "invalid");
        assert_eq!(said["field"], "reference");
        // One that was stored before references were compared like this.
        let order = referenced("９");
        let first = created(world.post("/orders", &order).await);
        let stored = "UPDATE orders SET reference = '９' WHERE reference = '9'";
        let done = world.rows.execute_unprepared(stored).await.expect("stored");
        assert_eq!(done.rows_affected(), 1);
        let (status, same) = world.post("/orders", &order).await;
        assert_eq!((status, &same["id"]), (StatusCode::OK, &first["id"]));
        world
    })
    .await;
}

#[tokio::test]
async fn the_content_of_a_reference_is_compared_by_its_meaning() {
    on_both(async |world| {
        let mut order = referenced("17");
        order["lines"][1]["options"] = json!([]);
        let first = created(world.post("/orders", &order).await);
        let lines = order["lines"].as_array().expect("lines");
        let reversed: Vec<_> = lines.iter().rev().cloned().collect();
        for again in [
            order.clone(),
            with(order.clone(), "/lines", json!(reversed)),
            with(order.clone(), "/table", Value::Null),
            with(order.clone(), "/note", json!(" ring\u{7} twice\r\n")),
            with(order.clone(), "/lines/1/note", json!("  ")),
            with(order.clone(), "/customer/phone", json!("+49\n30 1")),
        ] {
            same(&first, world.post("/orders", &again).await);
        }

        // What became of the order since is no matter, nor what became of the menu.
        let path = format!("/orders/{}", first["id"].as_str().expect("an id"));
        let mut changed = order.clone();
        changed["lines"] = json!([{"item_id": CHIANTI, "quantity": 3}]);
        let (status, second) = world.change(Method::PUT, &path, 1, &changed).await;
        assert_eq!(status, StatusCode::OK, "{second}");
        world.change_menu(|menu| menu["items"] = json!([])).await;
        let (status, again) = world.post("/orders", &order).await;
        assert_eq!((status, &again), (StatusCode::OK, &second), "as it is now");
        conflict_with(&first, "reference", world.post("/orders", &changed).await);
        assert_eq!(world.count("orders").await, 1);
        world
    })
    .await;
}

async fn move_day(world: &World, reference: &str, day: &str) {
    let statement = Statement::from_sql_and_values(
        world.rows.get_database_backend(),
        "UPDATE orders SET reference = $1 || substr(reference, 11) WHERE reference LIKE $2",
        [day.into(), format!("____-__-__%{reference}").into()],
    );
    let moved = world.rows.execute_raw(statement).await.expect("updates");
    assert_eq!(moved.rows_affected(), 1);
}

#[tokio::test]
async fn a_sender_that_restarts_its_numbers_every_day_says_so() {
    on_both(async |world| {
        let berlin = jiff::tz::TimeZone::get("Europe/Berlin").expect("known");
        let today = jiff::Timestamp::now().to_zoned(berlin).date();
        let yesterday = today.yesterday().expect("a day").to_string();
        let daily = with(referenced("17"), "/reference_scope", json!("day"));
        let other = with(daily.clone(), "/note", json!("another guest"));

        let first = created(world.post("/orders", &daily).await);
        same(&first, world.post("/orders", &daily).await);
        conflict_with(&first, "reference", world.post("/orders", &other).await);
        // A reference for ever is another one.
        let for_ever = created(world.post("/orders", &referenced("17")).await);
        assert_ne!(first["id"], for_ever["id"]);

        // Sent just before midnight, and again just after it, as the answer was lost: it is the same order.
        move_day(&world, "17", &yesterday).await;
        same(&first, world.post("/orders", &daily).await);
        // Another guest gets the number on the next day.
        let second = created(world.post("/orders", &other).await);
        assert_ne!(first["id"], second["id"]);
        conflict_with(&second, "reference", world.post("/orders", &daily).await);

        // A number of long ago is nobody's.
        let eighteen = with(daily.clone(), "/reference", json!("18"));
        let old = created(world.post("/orders", &eighteen).await);
        move_day(&world, "18", "2001-01-01").await;
        let new = created(world.post("/orders", &eighteen).await);
        assert_ne!(old["id"], new["id"]);
        // A revision may name it again.
        let path = format!("/orders/{}", new["id"].as_str().expect("an id"));
        let (status, body) = world.change(Method::PUT, &path, 1, &eighteen).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        world
    })
    .await;
}

#[tokio::test]
async fn a_day_of_numbers_is_the_day_of_the_restaurant() {
    on_both(async |world| {
        let owner = world.sign_in("owner@rosa.example").await.access_token;
        let daily = with(referenced("17"), "/reference_scope", json!("day"));
        let mut seen = Vec::new();
        // Between these two it is never the same day.
        for (zone, version) in [("Pacific/Kiritimati", 1), ("Pacific/Pago_Pago", 2)] {
            let mut about = business();
            about.time_zone = zone.into();
            let path = format!("/businesses/{}/settings/business", world.rosa);
            let request = world
                .ask_as(&owner, Method::PUT, &path)
                .header("if-match", format!("\"{version}\""));
            let (status, body) = answer(request.json(&json!({"value": about}))).await;
            assert_eq!(status, StatusCode::OK, "{body}");
            seen.push(created(world.post("/orders", &daily).await)["id"].clone());
        }
        assert_ne!(seen[0], seen[1]);
        world
    })
    .await;
}

#[tokio::test]
async fn an_order_without_a_reference_that_is_sent_again_with_its_key_is_one_order() {
    on_both(async |world| {
        let key = Uuid::new_v4().to_string();
        let mut sent = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let request = world
                .ask(Method::POST, "/orders")
                .header("idempotency-key", &key)
                .json(&new_order());
            sent.spawn(answer(request));
        }
        let answers = sent.join_all().await;
        let statuses: Vec<_> = answers.iter().map(|(status, _)| status.as_u16()).collect();
        assert_eq!(
            statuses.iter().filter(|status| **status == 201).count(),
            1,
            "{statuses:?}"
        );
        let first = &answers[0].1;
        assert!(answers.iter().all(|(_, body)| body == first));
        assert_eq!(world.count("orders").await, 1);

        // In quotes, as the draft of the header has it, it is the same key.
        let quoted = format!("\"{key}\"");
        same(
            first,
            post_with_key(&world, &world.staff, &quoted, &new_order()).await,
        );
        let other = with(new_order(), "/note", json!("ring once"));
        let said = post_with_key(&world, &world.staff, &key, &other).await;
        conflict_with(first, "idempotency-key", said);
        let renamed = referenced("17");
        let said = post_with_key(&world, &world.staff, &key, &renamed).await;
        conflict_with(first, "idempotency-key", said);
        assert_eq!(world.count("orders").await, 1);

        // Keys belong to who sends them.
        for email in ["owner@rosa.example", "staff@other.example"] {
            let token = world.sign_in(email).await.access_token;
            created(post_with_key(&world, &token, &key, &new_order()).await);
        }
        // A key that came with a known reference counts as used, too.
        let known = created(world.post("/orders", &renamed).await);
        same(
            &known,
            post_with_key(&world, &world.staff, "second", &renamed).await,
        );
        let said = post_with_key(&world, &world.staff, "second", &new_order()).await;
        conflict_with(&known, "idempotency-key", said);
        world
    })
    .await;
}

#[tokio::test]
async fn a_key_is_kept_for_a_day_at_least_and_not_for_ever() {
    on_both(async |world| {
        let age = async |hours: i64| {
            let then = jiff::Timestamp::now().as_millisecond() - hours * 3_600_000;
            let statement = format!("UPDATE idempotency_keys SET created_at = {then}");
            world
                .rows
                .execute_unprepared(&statement)
                .await
                .expect("updates");
        };
        let send = async |key| post_with_key(&world, &world.staff, key, &new_order()).await;
        let first = created(send("a").await);
        age(24).await;
        created(send("b").await);
        same(&first, send("a").await);
        assert_eq!(world.count("idempotency_keys").await, 2);
        age(24 * 8).await;
        created(send("c").await);
        assert_eq!(world.count("idempotency_keys").await, 1);
        world
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_and_nothing_stored() {
    on_both(async |world| {
        let before = world.stored().await;
        for key in ["", " ", "\"\"", "a b", &"x".repeat(256)] {
            let said = post_with_key(&world, &world.staff, key, &new_order()).await;
            assert_eq!(refused(said, 400, "malformed")["field"], "idempotency-key");
        }
        for values in [&[&b"\xff\xfe"[..]][..], &[b"a", b"b"]] {
            let mut request = world.ask(Method::POST, "/orders");
            for value in values {
                let value = reqwest::header::HeaderValue::from_bytes(value).expect("a value");
                request = request.header("idempotency-key", value);
            }
            let said = answer(request.json(&new_order())).await;
            assert_eq!(refused(said, 400, "malformed")["field"], "idempotency-key");
        }
        assert_eq!(world.stored().await, before);
        world
    })
    .await;
}

#[tokio::test]
async fn a_web_shop_must_send_a_reference_or_a_key_and_people_need_not() {
    on_both(async |world| {
        let web = with(new_order(), "/channel", json!("web"));
        let said = refused(world.post("/orders", &web).await, 400, "malformed");
        assert_eq!(said["field"], "idempotency-key");
        created(post_with_key(&world, &world.staff, "1", &web).await);
        created(
            world
                .post("/orders", &with(web, "/reference", json!("1")))
                .await,
        );
        for channel in ["phone", "till"] {
            let order = with(new_order(), "/channel", json!(channel));
            created(world.post("/orders", &order).await);
        }
        world
    })
    .await;
}

#[tokio::test]
async fn a_dish_that_left_the_menu_stays_in_the_orders_that_have_it() {
    on_both(async |world| {
        let order = new_order();
        let first = world.order().await;
        world
            .change_menu(|menu| {
                let items = menu["items"].as_array_mut().expect("items");
                items.remove(0);
                items[0]["name"] = json!("Chianti Riserva");
                items[0]["price"]["minor"] = json!(990);
                items[0]["station"] = json!("cellar");
            })
            .await;
        let path = format!("/orders/{}", first["id"].as_str().expect("an id"));
        let mut next = order.clone();
        next["lines"] = json!([
            {"item_id": CHIANTI, "quantity": 3},
            {"item_id": MARGHERITA, "quantity": 1, "options": ["olives"], "note": "garlic after all"},
            {"item_id": CHIANTI, "quantity": 1, "options": ["olives"]},
        ]);
        let (status, second) = world.change(Method::PUT, &path, 1, &next).await;
        assert_eq!(status, StatusCode::OK, "{second}");
        let lines: Vec<_> = second["lines"]
            .as_array()
            .expect("lines")
            .iter()
            .map(|line| {
                let number = |field: &str| line[field]["minor"].as_i64();
                let text = |field: &str| line[field].as_str().map(str::to_owned);
                (line["id"].as_u64(), text("name"), number("unit_price"), text("station"), number("total"))
            })
            .collect();
        let line = |id, name: &str, price, station: &str, total| {
            (Some(id), Some(name.to_owned()), Some(price), Some(station.to_owned()), Some(total))
        };
        assert_eq!(
            lines,
            [
                line(2, "Chianti", 580, "bar", 1740),
                line(1, "Margherita", 890, "pizza", 990),
                line(3, "Chianti Riserva", 990, "cellar", 1090),
            ],
            "what was ordered at intake stays so; what is new is of today's menu"
        );
        assert_eq!(second["totals"]["total"]["minor"], 1740 + 990 + 1090);

        // One more of it, or with something else, is new.
        for (lines, field) in [
            (json!([{"item_id": MARGHERITA, "quantity": 1, "options": ["olives"]},
                    {"item_id": MARGHERITA, "quantity": 1, "options": ["olives"]}]), "lines[1].item_id"),
            (json!([{"item_id": MARGHERITA, "quantity": 1}]), "lines[0].item_id"),
        ] {
            next["lines"] = lines;
            let said = world.change(Method::PUT, &path, 2, &next).await;
            assert_eq!(refused(said, 422, "invalid")["field"], field);
        }
        let said = refused(world.post("/orders", &order).await, 422, "invalid");
        assert_eq!(said["field"], "lines[0].item_id");
        world
    })
    .await;
}

#[tokio::test]
async fn of_two_lines_of_one_dish_a_revision_keeps_the_one_with_the_same_note() {
    on_both(async |world| {
        let pizza = |note: &str| json!({"item_id": MARGHERITA, "quantity": 1, "note": note});
        let mut order = new_order();
        order["lines"] = json!([pizza("no garlic"), pizza("no onions")]);
        let first = created(world.post("/orders", &order).await);
        let path = format!("/orders/{}", first["id"].as_str().expect("an id"));
        for (from, lines, ids) in [
            (
                1,
                json!([pizza("well done"), pizza("no onions")]),
                json!([1, 2]),
            ),
            (2, json!([pizza("no onions")]), json!([2])),
        ] {
            order["lines"] = lines;
            let (_, body) = world.change(Method::PUT, &path, from, &order).await;
            let lines = body["lines"].as_array().expect("lines");
            let got: Vec<_> = lines.iter().map(|line| line["id"].clone()).collect();
            assert_eq!(json!(got), ids);
        }
        world
    })
    .await;
}
