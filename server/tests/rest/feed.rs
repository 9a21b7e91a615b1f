//! The feed by which counters hear of every order.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer, new_order, on_both, refused};

fn seqs(page: &Value) -> Vec<i64> {
    let orders = page["orders"].as_array().expect("orders");
    orders
        .iter()
        .map(|order| order["seq"].as_i64().expect("a seq"))
        .collect()
}

async fn read(world: &World, limit: u32) -> Vec<i64> {
    let (mut seen, mut next) = (Vec::new(), 0);
    loop {
        let page = world
            .get(&format!("/orders?after={next}&limit={limit}"))
            .await;
        if seqs(&page).is_empty() {
            assert_eq!(page["next"], next, "what was asked, when nothing is new");
            return seen;
        }
        seen.extend(seqs(&page));
        next = page["next"].as_i64().expect("a place");
        assert_eq!(seen.last(), Some(&next));
    }
}

#[tokio::test]
async fn fifty_orders_at_once_get_fifty_places_in_a_row_and_are_read_in_pages() {
    on_both(async |world| {
        let mut sent = tokio::task::JoinSet::new();
        for _ in 0..50 {
            sent.spawn(answer(
                world.ask(Method::POST, "/orders").json(&new_order()),
            ));
        }
        let answers = sent.join_all().await;
        assert!(
            answers
                .iter()
                .all(|(status, _)| *status == StatusCode::CREATED),
            "{answers:?}"
        );
        let mut numbers: Vec<_> = answers
            .iter()
            .map(|(_, order)| order["number"].as_i64())
            .collect();
        numbers.sort();
        assert_eq!(numbers, (1..=50).map(Some).collect::<Vec<_>>());
        let all: Vec<i64> = (1..=50).collect();
        for limit in [1, 7, 50, 500] {
            assert_eq!(read(&world, limit).await, all, "in pages of {limit}");
        }
        world
    })
    .await;
}

#[tokio::test]
async fn each_restaurant_reads_its_own_orders_and_no_other() {
    on_both(async |world| {
        let stranger = world.sign_in("staff@other.example").await.access_token;
        world.order().await;
        for _ in 0..3 {
            let request = world.ask_as(&stranger, Method::POST, "/orders");
            let (status, _) = answer(request.json(&new_order())).await;
            assert_eq!(status, StatusCode::CREATED);
        }
        let ours = world.get("/orders?since=2026-01-01T00:00:00Z").await;
        assert_eq!((seqs(&ours), &ours["next"]), (vec![1], &json!(1)));
        let (_, theirs) = answer(world.ask_as(&stranger, Method::GET, "/orders")).await;
        assert_eq!(seqs(&theirs), [1, 2, 3]);
        for order in theirs["orders"].as_array().expect("orders") {
            assert_eq!(order["business_id"], json!(world.other));
        }
        world
    })
    .await;
}

#[tokio::test]
async fn two_servers_on_one_database_never_give_the_same_place_twice() {
    on_both(async |world| {
        let second = server::start(world.options.clone()).await.expect("starts");
        let mut sent = tokio::task::JoinSet::new();
        for _ in 0..15 {
            sent.spawn(answer(
                world.ask(Method::POST, "/orders").json(&new_order()),
            ));
            let there = world.http.post(format!("{}/api/v1/orders", second.url));
            sent.spawn(answer(there.bearer_auth(&world.staff).json(&new_order())));
        }
        for (status, body) in sent.join_all().await {
            assert_eq!(status, StatusCode::CREATED, "{body}");
        }
        assert_eq!(read(&world, 500).await, (1..=30).collect::<Vec<_>>());
        second.shutdown().await;
        world
    })
    .await;
}

#[tokio::test]
async fn a_reader_beside_fifty_writers_misses_none() {
    on_both(async |world| {
        let mut sent = tokio::task::JoinSet::new();
        for _ in 0..50 {
            sent.spawn(answer(
                world.ask(Method::POST, "/orders").json(&new_order()),
            ));
        }
        let (mut seen, mut next) = (Vec::new(), 0);
        let mut writing = true;
        while writing {
            writing = sent.try_join_next().is_some() || !sent.is_empty();
            let page = world.get(&format!("/orders?after={next}&limit=5")).await;
            seen.extend(seqs(&page));
            next = page["next"].as_i64().expect("a place");
        }
        let rest = world.get(&format!("/orders?after={next}&limit=500")).await;
        seen.extend(seqs(&rest));
        assert_eq!(seen, (1..=50).collect::<Vec<_>>());
        world
    })
    .await;
}

#[tokio::test]
async fn a_changed_order_comes_again_at_the_end_and_only_there() {
    on_both(async |world| {
        let first = world.order().await;
        world.order().await;
        let path = format!("/orders/{}", first["id"].as_str().expect("an id"));
        let (status, _) = world.change(Method::PUT, &path, 1, &new_order()).await;
        assert_eq!(status, StatusCode::OK);
        let page = world.get("/orders?after=0").await;
        assert_eq!(seqs(&page), [2, 3]);
        assert_eq!(
            (&page["orders"][1]["id"], &page["orders"][1]["revision"]),
            (&first["id"], &json!(2))
        );
        assert_eq!(seqs(&world.get("/orders?after=2").await), [3]);
        world
    })
    .await;
}

#[tokio::test]
async fn a_counter_without_a_position_takes_the_last_hours_and_stands_at_the_top() {
    on_both(async |world| {
        let empty = world.get("/orders?since=2026-01-01T00:00:00Z").await;
        assert_eq!((seqs(&empty), &empty["next"]), (vec![], &json!(0)));
        let orders = [
            world.order().await,
            world.order().await,
            world.order().await,
        ];
        // In the clock of the server, which is the one that ages count on.
        let second = orders[1]["revised_at"].as_str().expect("a time");
        let page = world.get(&format!("/orders?since={second}&limit=1")).await;
        assert_eq!(
            (page["orders"][0]["revised_at"].as_str(), &page["next"]),
            (Some(second), &json!(3))
        );
        let page = world.get("/orders?since=2026-01-01T00:00:00Z").await;
        assert_eq!((seqs(&page), &page["next"]), (vec![1, 2, 3], &json!(3)));
        let page = world.get("/orders?since=2999-01-01T00:00:00Z").await;
        assert_eq!((seqs(&page), &page["next"]), (vec![], &json!(3)));
        world
    })
    .await;
}

#[tokio::test]
async fn a_position_that_was_never_in_the_feed_is_an_error_and_not_silence() {
    on_both(async |world| {
        world.order().await;
        let at_the_top = world.get("/orders?after=1").await;
        assert_eq!(
            (seqs(&at_the_top), &at_the_top["next"]),
            (vec![], &json!(1))
        );
        let said = refused(
            answer(world.ask(Method::GET, "/orders?after=2")).await,
            422,
            "invalid",
        );
        assert_eq!(said["field"], "after");
        world
    })
    .await;
}

#[tokio::test]
async fn every_answer_says_what_time_it_is_at_the_server_now() {
    on_both(async |world| {
        let time = async |path: &str| -> jiff::Timestamp {
            let page = world.get(path).await;
            let text = page["server_time"].as_str().expect("a time");
            text.parse().expect("RFC 3339")
        };
        let paths = ["/orders?since=2026-01-01T00:00:00Z", "/orders?after=0"];
        let mut last = jiff::Timestamp::now().as_millisecond();
        for path in [paths, paths].concat() {
            let now = time(path).await;
            assert_eq!(now.subsec_nanosecond() % 1_000_000, 0, "in milliseconds");
            let after = jiff::Timestamp::now().as_millisecond();
            assert!((last..=after).contains(&now.as_millisecond()), "{path}");
            last = now.as_millisecond();
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        world
    })
    .await;
}

#[tokio::test]
async fn an_order_that_cannot_be_read_hides_no_other() {
    use sea_orm::{ConnectionTrait, DbBackend};
    on_both(async |world| {
        let damages = [
            ("content", "'{\"id'"),
            ("content", "'[]'"),
            ("content", "x'ff00'"),
            ("number", "'seven'"),
            ("last_line", "'x'"),
            ("revised_at", "x'00'"),
            ("reference", "x'ff'"),
        ];
        let is_postgres = world.rows.get_database_backend() == DbBackend::Postgres;
        let mut sent = 0;
        for (column, value) in damages {
            // PostgreSQL keeps types by itself.
            if is_postgres && !value.starts_with("'{") {
                continue;
            }
            world.order().await;
            sent += 1;
            let damage = format!("UPDATE orders SET {column} = {value} WHERE seq = {sent}");
            let damaged = world.rows.execute_unprepared(&damage).await;
            assert_eq!(damaged.expect("updates").rows_affected(), 1, "{damage}");
            world.order().await;
            sent += 1;
        }
        for limit in [1, 500] {
            assert_eq!(read(&world, limit).await, (1..=sent).collect::<Vec<_>>());
        }
        let page = world.get("/orders").await;
        assert_eq!(page["orders"][0]["number"], 1);
        for order in page["orders"].as_array().expect("orders") {
            assert!(order["id"].is_string(), "{order}");
            if order["seq"].as_i64().expect("a seq") % 2 == 0 {
                assert_eq!(order["lines"][0]["name"], "Margherita");
            }
        }
        world
    })
    .await;
}
