//! The feed of orders and ownership, and its cursor that proves itself.

use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::world::{MARGHERITA, World, answer, new_order, on_both, refused};

fn seqs(page: &Value) -> Vec<i64> {
    let entries = page["entries"].as_array().expect("entries");
    entries
        .iter()
        .map(|entry| entry["seq"].as_i64().expect("a seq"))
        .collect()
}

fn next(page: &Value) -> &str {
    page["next"].as_str().expect("a cursor")
}

/// Follows the feed to its end; the places, and the last cursor.
async fn follow(world: &World, from: &str, limit: u32) -> (Vec<i64>, String) {
    let (mut seen, mut after) = (Vec::new(), from.to_owned());
    loop {
        let page = world
            .get(&format!("/feed?after={after}&limit={limit}"))
            .await;
        assert!(seqs(&page).len() <= limit as usize);
        seen.extend(seqs(&page));
        after = next(&page).to_owned();
        if page["more"] == false {
            return (seen, after);
        }
        assert!(!seqs(&page).is_empty(), "no page is read in vain");
    }
}

async fn revise(world: &World, order: &Value, from: i64) {
    let path = format!("/orders/{}", order["id"].as_str().expect("an id"));
    let (status, body) = world.change(Method::PUT, &path, from, &new_order()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

#[tokio::test]
async fn each_order_is_an_entry_at_the_place_of_its_newest_revision() {
    on_both(async |world| {
        let empty = world.get("/feed").await;
        assert_eq!(
            (seqs(&empty), next(&empty), &empty["more"]),
            (vec![], "0", &json!(false))
        );
        let first = world.order().await;
        world.order().await;
        revise(&world, &first, 1).await;
        let page = world.get("/feed?after=0").await;
        assert_eq!(seqs(&page), [2, 3]);
        assert_eq!(page["owners"], json!({}));
        let entry = &page["entries"][1];
        assert_eq!(entry["entry"], "order");
        assert_eq!(
            (&entry["id"], &entry["revision"]),
            (&first["id"], &json!(2))
        );
        let read: api::feed::FeedPage<api::feed::FeedEntry> =
            serde_json::from_value(page.clone()).expect("as a counter reads it");
        assert_eq!(read.entries.len(), 2);
        let age = jiff::Timestamp::now().duration_since(read.server_time);
        assert!(age.as_secs() < 60, "{age:?}");

        let after = next(&page).to_owned();
        let again = world.get(&format!("/feed?after={after}")).await;
        assert_eq!((seqs(&again), next(&again)), (vec![], &*after));
        world.order().await;
        assert_eq!(seqs(&world.get(&format!("/feed?after={after}")).await), [4]);
        world
    })
    .await;
}

#[tokio::test]
async fn pages_of_any_size_show_the_same_and_an_empty_stretch_is_read_once() {
    on_both(async |world| {
        let first = world.order().await;
        for _ in 0..60 {
            world.order().await;
        }
        for from in 1..=20 {
            revise(&world, &first, from).await;
        }
        let all: Vec<i64> = (2..=61).chain([81]).collect();
        let end = follow(&world, "0", 500).await.1;
        for limit in [1, 7, 50, 51, 60, 61, 62] {
            assert_eq!(
                follow(&world, "0", limit).await,
                (all.clone(), end.clone()),
                "in pages of {limit}"
            );
        }
        // A counter that stands in the middle of the revisions.
        let page = world.get("/feed?limit=59").await;
        assert_eq!(page["more"], true);
        assert_eq!(follow(&world, next(&page), 1).await.0, [61, 81]);
        world
    })
    .await;
}

#[tokio::test]
async fn a_restored_database_is_found_out_at_the_next_request() {
    on_both(async |mut world| {
        world.order().await;
        let (_, known_to_both) = follow(&world, "0", 200).await;
        let backup = world.back_up().await;
        let mut lost = Vec::new();
        for _ in 0..2 {
            world.order().await;
            lost.push(follow(&world, &known_to_both, 200).await.1);
        }
        world.restore(backup).await;
        let unknown = async |cursor: &str| {
            let path = format!("/feed?after={cursor}");
            let said = answer(world.ask(Method::GET, &path)).await;
            refused(said, 409, "cursor_unknown");
        };
        for cursor in &lost {
            unknown(cursor).await;
        }
        // The same places again, by other orders.
        for _ in 0..3 {
            world.order().await;
            for cursor in &lost {
                unknown(cursor).await;
            }
        }
        assert_eq!(
            follow(&world, &known_to_both, 200).await.0,
            [2, 3, 4],
            "from what both know it goes on"
        );
        world
    })
    .await;
}

#[tokio::test]
async fn what_is_no_cursor_is_refused_with_a_sentence() {
    on_both(async |world| {
        world.order().await;
        let (_, cursor) = follow(&world, "0", 200).await;
        let (_, proof) = cursor.split_once('.').expect("a proof");
        for wrong in [
            "",
            "1",
            "-1",
            "x",
            "%00",
            "1.",
            "1.x",
            ".",
            "%F0%9F%8D%95",
            &format!("01.{proof}"),
            &format!("-1.{proof}"),
            &format!("9223372036854775808.{proof}"),
            &format!("{cursor}0"),
            &"9".repeat(5000),
        ] {
            let said = answer(world.ask(Method::GET, &format!("/feed?after={wrong}"))).await;
            assert_eq!(refused(said, 422, "invalid")["field"], "after", "{wrong}");
        }
        for unknown in [
            format!("2.{proof}"),
            format!("9223372036854775807.{proof}"),
            format!("1.{}", "0".repeat(32)),
            format!("2.{}", "0".repeat(32)),
        ] {
            let said = answer(world.ask(Method::GET, &format!("/feed?after={unknown}"))).await;
            refused(said, 409, "cursor_unknown");
        }
        for (query, status, code) in [
            ("limit=0", 422, "invalid"),
            ("limit=501", 422, "invalid"),
            ("limit=-1", 400, "malformed"),
            ("since=yesterday", 400, "malformed"),
            ("before=1", 400, "malformed"),
            ("after=0&since=2026-01-01T00:00:00Z", 400, "malformed"),
        ] {
            let said = answer(world.ask(Method::GET, &format!("/feed?{query}"))).await;
            refused(said, status, code);
        }
        world
    })
    .await;
}

#[tokio::test]
async fn another_restaurant_sees_nothing_and_knows_none_of_the_cursors() {
    on_both(async |world| {
        world.order().await;
        let (_, ours) = follow(&world, "0", 200).await;
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let ask = async |path: &str| answer(world.ask_as(&stranger, Method::GET, path)).await;
        let (status, page) = ask("/feed").await;
        assert_eq!((status, seqs(&page)), (StatusCode::OK, vec![]));
        refused(
            ask(&format!("/feed?after={ours}")).await,
            409,
            "cursor_unknown",
        );
        let request = world.ask_as(&stranger, Method::POST, "/orders");
        assert_eq!(
            answer(request.json(&new_order())).await.0,
            StatusCode::CREATED
        );
        refused(
            ask(&format!("/feed?after={ours}")).await,
            409,
            "cursor_unknown",
        );
        refused(
            answer(world.http.get(world.url("/api/v1/feed"))).await,
            401,
            "unauthenticated",
        );
        world
    })
    .await;
}

#[tokio::test]
async fn a_page_of_large_orders_ends_early_and_the_next_one_goes_on() {
    on_both(async |world| {
        let mut large = new_order();
        large["lines"] = (0..200)
            .map(|n| json!({"item_id": MARGHERITA, "quantity": 1, "note": format!("{n} {}", "x".repeat(80))}))
            .collect();
        for _ in 0..25 {
            let (status, body) = world.post("/orders", &large).await;
            assert_eq!(status, StatusCode::CREATED, "{body}");
        }
        let page = world.get("/feed?limit=500").await;
        assert_eq!(page["more"], true);
        let entries = seqs(&page).len();
        assert!((1..25).contains(&entries), "{entries} entries");
        let bytes = page.to_string().len();
        assert!(bytes < 1_200_000, "{bytes} bytes");
        assert_eq!(
            follow(&world, "0", 500).await.0,
            (1..=25).collect::<Vec<_>>()
        );
        world
    })
    .await;
}

#[tokio::test]
async fn since_begins_with_the_first_order_of_that_time_and_goes_on_by_its_cursor() {
    on_both(async |world| {
        let empty = world.get("/feed?since=2026-01-01T00:00:00Z").await;
        assert_eq!((seqs(&empty), next(&empty)), (vec![], "0"));
        let mut times = Vec::new();
        for _ in 0..4 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            let order = world.order().await;
            times.push(order["revised_at"].as_str().expect("a time").to_owned());
        }
        let page = world
            .get(&format!("/feed?since={}&limit=2", times[1]))
            .await;
        assert_eq!((seqs(&page), &page["more"]), (vec![2, 3], &json!(true)));
        assert_eq!(follow(&world, next(&page), 2).await.0, [4]);
        let all = world.get("/feed?since=2026-01-01T00:00:00Z").await;
        assert_eq!(
            (seqs(&all), &all["more"]),
            (vec![1, 2, 3, 4], &json!(false))
        );
        let none = world.get("/feed?since=2999-01-01T00:00:00Z").await;
        assert_eq!((seqs(&none), next(&none)), (vec![], next(&all)));
        world
    })
    .await;
}

#[tokio::test]
async fn a_damaged_row_hides_no_other_and_the_feed_goes_on_behind_it() {
    on_both(async |world| {
        let is_postgres = world.rows.get_database_backend() == DbBackend::Postgres;
        for _ in 0..6 {
            world.order().await;
        }
        let damages = [
            ("UPDATE orders SET content = '{\"id' WHERE seq = 2", true),
            ("UPDATE orders SET content = x'ff00' WHERE seq = 3", false),
            ("UPDATE feed SET entry_id = 'x' WHERE seq = 3", false),
            ("DELETE FROM feed WHERE seq = 4", true),
            ("DELETE FROM feed WHERE seq = 6", true),
        ];
        for (damage, everywhere) in damages {
            if everywhere || !is_postgres {
                let damaged = world.rows.execute_unprepared(damage).await;
                assert_eq!(damaged.expect(damage).rows_affected(), 1, "{damage}");
            }
        }
        for limit in [1, 2, 500] {
            let all = (1..=6).collect::<Vec<_>>();
            assert_eq!(
                follow(&world, "0", limit).await.0,
                all,
                "in pages of {limit}"
            );
        }
        let (_, at_the_top) = follow(&world, "0", 1).await;
        world.order().await;
        assert_eq!(follow(&world, &at_the_top, 1).await.0, [7]);
        world
    })
    .await;
}
