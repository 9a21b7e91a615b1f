//! Logins and the tokens that follow from them.

use std::collections::BTreeSet;

use api::session::TokenPair;
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{PASSWORD, World, answer, on_both, refused};

/// The refresh token of an answer that went well.
fn successor((status, body): (StatusCode, Value)) -> String {
    assert_eq!(status, StatusCode::OK, "{body}");
    let pair: TokenPair = serde_json::from_value(body).expect("tokens");
    assert_eq!(pair.expires_in, 900);
    pair.refresh_token
}

async fn first(world: &World) -> String {
    world.sign_in("staff@rosa.example").await.refresh_token
}

#[tokio::test]
async fn a_login_opens_what_is_ones_own_whatever_the_case_of_the_email() {
    on_both(async |world| {
        let tokens = world.sign_in(" Staff@ROSA.example ").await;
        let (status, menu) = answer(world.ask_as(&tokens.access_token, Method::GET, "/menu")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(menu["items"][0]["name"], "Margherita");
        world
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_get_the_same_answer() {
    on_both(async |world| {
        let wrong = refused(
            world.login("staff@rosa.example", "x").await,
            401,
            "wrong_credentials",
        );
        let unknown = refused(
            world.login("nobody@rosa.example", PASSWORD).await,
            401,
            "wrong_credentials",
        );
        assert_eq!(wrong, unknown);
        refused(
            world
                .login("staff@rosa.example", &"x".repeat(100_000))
                .await,
            401,
            "wrong_credentials",
        );
        world
    })
    .await;
}

#[tokio::test]
async fn after_ten_wrong_passwords_even_the_right_one_has_to_wait_but_only_for_this_email() {
    on_both(async |world| {
        for _ in 0..10 {
            refused(
                world.login("owner@rosa.example", "guess").await,
                401,
                "wrong_credentials",
            );
        }
        let body = json!({"email": "OWNER@rosa.example", "password": PASSWORD});
        let response = world
            .http
            .post(world.url("/api/v1/auth/login"))
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = response.headers()["retry-after"]
            .to_str()
            .expect("text")
            .parse()
            .expect("seconds");
        assert!((1..=300).contains(&wait), "{wait}");
        world.sign_in("owner@other.example").await;
        world
    })
    .await;
}

/// A login of a counter, with the device key that it has.
async fn login_of(
    world: &World,
    counter: Uuid,
    password: &str,
    device_key: Option<&str>,
) -> (StatusCode, Value) {
    let mut body = json!({"email": "staff@rosa.example", "password": password});
    if let Some(key) = device_key {
        body["device_key"] = json!(key);
    }
    let request = world.http.post(world.url("/api/v1/auth/login"));
    let request = request.header("x-counter", counter.to_string());
    answer(request.json(&body)).await
}

#[tokio::test]
async fn a_counter_with_its_device_key_signs_in_while_strangers_guess_its_password() {
    on_both(async |world| {
        let (till, bar) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (status, body) = login_of(&world, till, PASSWORD, None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let key = body["device_key"]
            .as_str()
            .expect("a device key")
            .to_owned();
        for _ in 0..10 {
            world.login("staff@rosa.example", "guess").await;
        }
        refused(
            login_of(&world, till, PASSWORD, None).await,
            429,
            "too_many",
        );
        // The key of one counter says nothing for another.
        refused(
            login_of(&world, bar, PASSWORD, Some(&key)).await,
            429,
            "too_many",
        );
        let (status, body) = login_of(&world, till, PASSWORD, Some(&key)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["device_key"], key, "it stays the same");

        // Who has the key cannot guess without end either.
        for _ in 0..10 {
            let guess = login_of(&world, till, "guess", Some(&key)).await;
            refused(guess, 401, "wrong_credentials");
        }
        let guess = login_of(&world, till, PASSWORD, Some(&key)).await;
        refused(guess, 429, "too_many");
        world
    })
    .await;
}

#[tokio::test]
async fn who_does_not_name_a_counter_gets_no_device_key() {
    on_both(async |world| {
        assert_eq!(world.sign_in("staff@rosa.example").await.device_key, None);
        world
    })
    .await;
}

#[tokio::test]
async fn a_refresh_answer_that_got_lost_can_be_asked_for_again() {
    on_both(async |world| {
        let first = first(&world).await;
        let second = successor(world.refresh(&first).await);
        assert_ne!(first, second);
        assert_eq!(
            successor(world.refresh(&first).await),
            second,
            "the same successor"
        );
        let third = successor(world.refresh(&second).await);
        assert_eq!(successor(world.refresh(&second).await), third);
        world
    })
    .await;
}

#[tokio::test]
async fn a_token_whose_successor_was_used_ends_the_login_for_everybody_who_holds_a_part_of_it() {
    on_both(async |world| {
        let stolen = first(&world).await;
        let second = successor(world.refresh(&stolen).await);
        let third = successor(world.refresh(&second).await);
        refused(world.refresh(&stolen).await, 401, "login_ended");
        refused(world.refresh(&third).await, 401, "login_ended");
        refused(world.refresh(&second).await, 401, "login_ended");
        world
    })
    .await;
}

#[tokio::test]
async fn one_login_that_ends_leaves_the_others_alone() {
    on_both(async |world| {
        let (here, there) = (first(&world).await, first(&world).await);
        let body = json!({"refresh_token": here});
        for _ in 0..2 {
            let (status, _) = answer(
                world
                    .http
                    .post(world.url("/api/v1/auth/logout"))
                    .json(&body),
            )
            .await;
            assert_eq!(
                status,
                StatusCode::NO_CONTENT,
                "to sign out twice is no error"
            );
        }
        refused(world.refresh(&here).await, 401, "login_ended");
        successor(world.refresh(&there).await);
        refused(world.refresh("made up").await, 401, "login_ended");
        world
    })
    .await;
}

#[tokio::test]
async fn the_same_token_twice_at_once_gives_one_successor() {
    on_both(async |world| {
        let mut token = first(&world).await;
        for _ in 0..5 {
            let same = (0..20).map(|_| world.refresh(&token));
            let answers = futures_util::future::join_all(same).await;
            let mut successors: BTreeSet<_> = answers.into_iter().map(successor).collect();
            token = successors.pop_first().expect("a successor");
            assert!(successors.is_empty(), "one and the same for all twenty");
        }
        world
    })
    .await;
}

#[tokio::test]
async fn a_login_survives_a_restart_of_the_server_also_in_the_middle_of_a_refresh() {
    on_both(async |mut world| {
        let first = first(&world).await;
        let second = successor(world.refresh(&first).await);
        world.stop().await;
        world.start().await;
        assert_eq!(successor(world.refresh(&first).await), second);
        successor(world.refresh(&second).await);
        world
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_is_too_old_ends_the_login() {
    on_both(async |world| {
        let old = first(&world).await;
        let statement = "UPDATE refresh_tokens SET expires_at = 1000";
        world
            .rows
            .execute_unprepared(statement)
            .await
            .expect("updates");
        refused(world.refresh(&old).await, 401, "login_ended");
        world
    })
    .await;
}

#[tokio::test]
async fn neither_a_password_nor_a_refresh_token_can_be_read_in_the_database() {
    on_both(async |world| {
        let token = first(&world).await;
        let backend = world.rows.get_database_backend();
        let read = async |sql: &str| {
            world
                .rows
                .query_all_raw(Statement::from_string(backend, sql))
                .await
                .expect("rows")
        };
        for row in read("SELECT password_hash FROM users").await {
            let hash: String = row.try_get("", "password_hash").expect("text");
            assert!(
                hash.starts_with("$argon2id$") && !hash.contains(PASSWORD),
                "{hash}"
            );
        }
        for row in read("SELECT hash FROM refresh_tokens").await {
            let hash: Vec<u8> = row.try_get("", "hash").expect("bytes");
            assert_eq!(hash.len(), 32);
            assert_ne!(hash, token.as_bytes());
        }
        world
    })
    .await;
}

#[tokio::test]
async fn a_realtime_token_opens_the_own_channel_and_no_other() {
    on_both(async |world| {
        let (status, connection) = world.post("/realtime/token", &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{connection}");
        assert_eq!(connection["url"], world.running().realtime);
        let own = format!("business:{}", world.rosa);
        let (status, subscription) = world
            .post("/realtime/token", &json!({"channel": own}))
            .await;
        assert_eq!(status, StatusCode::OK, "{subscription}");
        assert_eq!(subscription["channel"], own);
        assert_ne!(subscription["token"], connection["token"]);
        for channel in [
            format!("business:{}", world.other),
            "admin:1".into(),
            "business".into(),
            String::new(),
        ] {
            refused(
                world
                    .post("/realtime/token", &json!({"channel": channel}))
                    .await,
                403,
                "forbidden",
            );
        }
        world
    })
    .await;
}
