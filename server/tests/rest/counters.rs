//! Counters and when they were last heard of.

use reqwest::{Method, StatusCode};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use crate::world::{answer, on_both, refused};

#[tokio::test]
async fn a_counter_names_itself_and_hears_of_the_others_of_its_restaurant() {
    on_both(async |world| {
        let (till, bar) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (status, _) = world
            .post("/counters", &json!({"id": till, "name": "Till"}))
            .await;
        assert_eq!(status, StatusCode::OK);
        world
            .post("/counters", &json!({"id": bar, "name": "Bar"}))
            .await;
        let (_, all) = world
            .post("/counters", &json!({"id": till, "name": "Front till"}))
            .await;
        let names: Vec<_> = all
            .as_array()
            .expect("a list")
            .iter()
            .map(|c| c["name"].as_str())
            .collect();
        assert_eq!(names, [Some("Bar"), Some("Front till")]);

        // The same PC in another restaurant is another counter there, and tells nothing of this one.
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let request = world
            .ask_as(&stranger, Method::POST, "/counters")
            .json(&json!({"id": till, "name": "Mine"}));
        let (_, theirs) = answer(request).await;
        assert_eq!(theirs.as_array().map(Vec::len), Some(1));
        refused(
            world
                .post("/counters", &json!({"id": till, "name": " "}))
                .await,
            422,
            "invalid",
        );
        refused(
            world
                .post("/counters", &json!({"id": "till", "name": "x"}))
                .await,
            400,
            "malformed",
        );
        world
    })
    .await;
}

#[tokio::test]
async fn any_request_of_a_counter_is_a_sign_of_life() {
    on_both(async |world| {
        let till = Uuid::from_u128(1);
        world
            .post("/counters", &json!({"id": till, "name": "Till"}))
            .await;
        let long_ago = "UPDATE counters SET last_heard = 1000";
        world
            .rows
            .execute_unprepared(long_ago)
            .await
            .expect("updates");
        let last = async || {
            let (_, all) = world
                .post(
                    "/counters",
                    &json!({"id": Uuid::from_u128(2), "name": "Bar"}),
                )
                .await;
            let all = all.as_array().expect("a list").clone();
            let till = all
                .into_iter()
                .find(|c| c["name"] == "Till")
                .expect("the till");
            till["last_heard"].as_str().expect("a time").to_owned()
        };
        let unsigned = world
            .http
            .get(world.url("/api/v1/menu"))
            .header("x-counter", till.to_string());
        refused(answer(unsigned).await, 401, "unauthenticated");
        assert_eq!(
            last().await,
            "1970-01-01T00:00:01Z",
            "nobody is heard without a token"
        );
        let signed = world
            .ask(Method::GET, "/menu")
            .header("x-counter", till.to_string());
        assert_eq!(answer(signed).await.0, StatusCode::OK);
        assert!(last().await.as_str() > "2026", "it was heard of just now");
        let wrong = world.ask(Method::GET, "/menu").header("x-counter", "till");
        assert_eq!(
            refused(answer(wrong).await, 400, "malformed")["field"],
            "x-counter"
        );
        world
    })
    .await;
}

#[tokio::test]
async fn a_restaurant_has_a_hundred_counters_and_one_that_was_silent_for_a_day_makes_room() {
    on_both(async |world| {
        let register = async |n: u128| {
            let counter = json!({"id": Uuid::from_u128(n), "name": format!("Counter {n}")});
            world.post("/counters", &counter).await
        };
        for n in 1..=100 {
            assert_eq!(register(n).await.0, StatusCode::OK, "{n}");
        }
        let said = refused(register(101).await, 403, "forbidden");
        let message = said["message"].as_str().expect("text");
        assert!(message.contains("100 counters"), "{message}");
        assert_eq!(register(7).await.0, StatusCode::OK, "it is known");
        let stranger = world.sign_in("staff@other.example").await.access_token;
        let theirs = world.ask_as(&stranger, Method::POST, "/counters");
        let theirs = theirs.json(&json!({"id": Uuid::from_u128(101), "name": "x"}));
        assert_eq!(answer(theirs).await.0, StatusCode::OK, "another restaurant");

        let silent = "UPDATE counters SET last_heard = 1000 WHERE name = 'Counter 42'";
        world
            .rows
            .execute_unprepared(silent)
            .await
            .expect("updates");
        let (status, all) = register(101).await;
        assert_eq!(status, StatusCode::OK);
        let all = all.as_array().expect("a list");
        assert_eq!(all.len(), 100);
        let named = |name: &str| all.iter().any(|counter| counter["name"] == name);
        assert!(named("Counter 101") && !named("Counter 42"));
        refused(register(102).await, 403, "forbidden");
        world
    })
    .await;
}
