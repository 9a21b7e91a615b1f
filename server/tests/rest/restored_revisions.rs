//! Numbers of revisions that a restored server gives a second time.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer, new_order, on_both, refused};

async fn revise(world: &World, id: &str, from: u32, note: &str) -> Value {
    let mut order = new_order();
    order["note"] = json!(note);
    let request = world
        .ask(Method::PUT, &format!("/orders/{id}"))
        .header("If-Match", format!("\"{from}\""))
        .json(&order);
    let (status, body) = answer(request).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

#[tokio::test]
async fn a_number_that_was_given_twice_is_passed_over_once_a_counter_says_so() {
    on_both(async |mut world| {
        let order = world.order().await;
        let id = order["id"].as_str().expect("an id").to_owned();
        let backup = world.back_up().await;
        let lost = revise(&world, &id, 1, "no cheese").await;
        world.restore(backup).await;
        let twin = revise(&world, &id, 1, "more cheese").await;
        assert_eq!(lost["revision"], twin["revision"]);

        let path = format!("/orders/{id}/known");
        let own = json!({"revision": 2, "revised_at": twin["revised_at"]});
        let (status, same) = world.post(&path, &own).await;
        assert_eq!((status, &same["revision"]), (StatusCode::OK, &json!(2)));

        let known = json!({"revision": 2, "revised_at": lost["revised_at"]});
        for _ in 0..2 {
            let (status, body) = world.post(&path, &known).await;
            assert_eq!(status, StatusCode::OK, "{body}");
            assert_eq!(
                (&body["revision"], &body["note"]),
                (&json!(3), &json!("more cheese"))
            );
        }
        let feed = world.get("/feed").await;
        let entries = feed["entries"].as_array().expect("entries");
        assert_eq!(
            entries.last().map(|last| &last["revision"]),
            Some(&json!(3))
        );
        world
    })
    .await;
}

#[tokio::test]
async fn a_cursor_on_the_way_knows_that_the_end_it_saw_is_lost() {
    on_both(async |mut world| {
        let first = world.order().await;
        world.order().await;
        world.order().await;
        let backup = world.back_up().await;
        // The first one leaves its place, and stands behind what a page of one entry looks at.
        revise(&world, first["id"].as_str().expect("an id"), 1, "no cheese").await;
        let page = world.get("/feed?after=0&limit=1").await;
        assert_eq!(page["entries"][0]["seq"], 2);
        let cursor = page["next"].as_str().expect("a cursor").to_owned();
        let path = format!("/feed?after={cursor}");
        assert_eq!(
            world.get(&path).await["entries"].as_array().map(Vec::len),
            Some(2)
        );
        world.restore(backup).await;
        let said = answer(world.ask(Method::GET, &path)).await;
        refused(said, 409, "cursor_unknown");
        world
    })
    .await;
}

#[tokio::test]
async fn a_counter_that_knows_another_revision_of_that_number_does_not_say_that_nothing_is_to_print()
 {
    on_both(async |mut world| {
        world.stop().await;
        world.options.patience.order = Duration::from_millis(100);
        world.options.patience.every = Duration::from_millis(20);
        world.start().await;
        let order = world.order().await;
        let id = order["id"].as_str().expect("an id").to_owned();
        let path = format!("/unprinted/{id}/nothing");
        let of = |at: &str| json!({"revision": 1, "revised_at": at});
        while world.get("/unprinted").await == json!([]) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        refused(
            world.post(&path, &of("2026-11-30T12:00:00Z")).await,
            409,
            "conflict",
        );
        let taken = order["revised_at"].as_str().expect("a time");
        let (status, body) = world.post(&path, &of(taken)).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
        world
    })
    .await;
}
