//! Logins and the tokens that follow from them.

use std::collections::BTreeSet;

use api::session::TokenPair;
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};
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
            world.login("staff@rosa.example", &"x".repeat(2_000)).await,
            401,
            "wrong_credentials",
        );
        world
    })
    .await;
}

#[tokio::test]
async fn what_is_no_email_or_too_large_for_a_login_is_refused_before_anything_is_kept_of_it() {
    on_both(async |world| {
        let long = format!("{}@rosa.example", "x".repeat(242));
        assert_eq!(long.len(), 255);
        let said = refused(world.login(&long, PASSWORD).await, 422, "invalid");
        assert_eq!(said["field"], "email");
        // A login is no place for a megabyte, whichever field it is in.
        for (email, password) in [(1_000_000, 1), (1, 1_000_000), (1, 100_000)] {
            let (email, password) = ("x".repeat(email), "x".repeat(password));
            refused(world.login(&email, &password).await, 413, "too_large");
        }
        world
    })
    .await;
}

/// A login through a proxy that says where it came from.
async fn login_from(world: &World, origin: &str, password: &str) -> reqwest::Response {
    let body = json!({"email": "OWNER@rosa.example", "password": password});
    let request = world.http.post(world.url("/api/v1/auth/login"));
    let request = request.header("x-forwarded-for", origin).json(&body);
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn who_guesses_passwords_has_to_wait_and_keeps_nobody_else_out() {
    on_both(async |mut world| {
        world.stop().await;
        world.options.limits.trusted_proxies = vec![[127, 0, 0, 1].into()];
        world.start().await;
        for _ in 0..10 {
            let guess = login_from(&world, "192.0.2.1", "guess").await;
            assert_eq!(guess.status(), StatusCode::UNAUTHORIZED);
        }
        // What the client itself puts in front of what the proxy saw changes nothing.
        for origin in ["192.0.2.1", "198.51.100.7, 192.0.2.1"] {
            let response = login_from(&world, origin, PASSWORD).await;
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            let wait = response.headers()["retry-after"].to_str().expect("text");
            let wait: u64 = wait.parse().expect("seconds");
            assert!((1..=301).contains(&wait), "{wait}");
        }
        let other = login_from(&world, "192.0.2.2", PASSWORD).await;
        assert_eq!(other.status(), StatusCode::OK, "from elsewhere");
        world.sign_in("owner@other.example").await;
        world
    })
    .await;
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_not_believed_where_a_request_came_from() {
    on_both(async |world| {
        for n in 0..10 {
            let guess = login_from(&world, &format!("192.0.2.{n}"), "guess").await;
            assert_eq!(guess.status(), StatusCode::UNAUTHORIZED);
        }
        let next = login_from(&world, "192.0.2.99", PASSWORD).await;
        assert_eq!(next.status(), StatusCode::TOO_MANY_REQUESTS);
        world
    })
    .await;
}

#[tokio::test]
async fn a_refresh_never_waits_for_wrong_passwords() {
    on_both(async |world| {
        let token = first(&world).await;
        for _ in 0..11 {
            world.login("staff@rosa.example", "guess").await;
        }
        let login = world.login("staff@rosa.example", PASSWORD).await;
        refused(login, 429, "too_many");
        successor(world.refresh(&token).await);
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
        let token = json!({"refresh_token": body["refresh_token"]});
        let refresh = world.http.post(world.url("/api/v1/auth/refresh"));
        let refresh = refresh.header("x-counter", till.to_string()).json(&token);
        assert_eq!(answer(refresh).await.1["device_key"], key);

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
async fn a_counter_with_its_device_key_does_not_queue_behind_strangers() {
    on_both(async |world| {
        let till = Uuid::from_u128(1);
        let (_, body) = login_of(&world, till, PASSWORD, None).await;
        let key = body["device_key"]
            .as_str()
            .expect("a device key")
            .to_owned();
        let world = std::sync::Arc::new(world);
        let mut strangers = tokio::task::JoinSet::new();
        for n in 0..40 {
            let world = std::sync::Arc::clone(&world);
            strangers.spawn(async move { world.login(&format!("{n}@x"), "guess").await });
        }
        // Some have been answered, so the others have arrived by now or will soon.
        strangers
            .join_next()
            .await
            .expect("one")
            .expect("an answer");
        let (status, body) = login_of(&world, till, PASSWORD, Some(&key)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let mut answered = 1;
        while strangers.try_join_next().is_some() {
            answered += 1;
        }
        assert!(answered < 25, "{answered} of 40 were before it");
        while strangers.join_next().await.is_some() {}
        std::sync::Arc::into_inner(world).expect("nobody else has it")
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

#[tokio::test]
async fn the_realtime_address_is_never_one_that_a_request_made_up() {
    on_both(async |world| {
        for (host, own) in [("evil.example", false), ("localhost:1234", true)] {
            let request = world.ask(Method::POST, "/realtime/token");
            let (status, token) = answer(request.header("host", host).json(&json!({}))).await;
            assert_eq!(status, StatusCode::OK, "{token}");
            let expected = if own {
                format!("ws://{host}/connection/websocket")
            } else {
                world.running().realtime.clone()
            };
            assert_eq!(token["url"], expected);
        }
        world
    })
    .await;
}

/// What a request with this access token is answered. The feed, which looks for the login in a query of its own, says the
/// same as all others, also to a cursor that it does not know.
async fn with_access(world: &World, token: &str) -> (StatusCode, Value) {
    let said = answer(world.ask_as(token, Method::GET, "/menu")).await;
    let unknown = "/feed?after=7.00000000000000000000000000000001";
    for path in ["/feed", "/feed?since=2026-01-01T00:00:00Z", unknown] {
        let (status, body) = answer(world.ask_as(token, Method::GET, path)).await;
        if said.0 != StatusCode::OK {
            assert_eq!((status, &body), (said.0, &said.1), "{path}");
        } else if path == unknown {
            refused((status, body), 409, "cursor_unknown");
        } else {
            assert_eq!(status, StatusCode::OK, "{path}: {body}");
        }
    }
    said
}

async fn sign_out(world: &World, refresh_token: &str) {
    let body = json!({"refresh_token": refresh_token});
    let request = world.http.post(world.url("/api/v1/auth/logout"));
    let (status, _) = answer(request.json(&body)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_access_token_ends_with_its_login_at_once_and_stays_so_after_a_restart() {
    on_both(async |mut world| {
        let here = world.sign_in("staff@rosa.example").await;
        let there = world.sign_in("staff@rosa.example").await;
        assert_eq!(
            with_access(&world, &here.access_token).await.0,
            StatusCode::OK
        );
        sign_out(&world, &here.refresh_token).await;
        for _ in 0..2 {
            let after = with_access(&world, &here.access_token).await;
            refused(after, 401, "unauthenticated");
            let other = with_access(&world, &there.access_token).await;
            assert_eq!(other.0, StatusCode::OK);
            world.stop().await;
            world.start().await;
        }
        // So does a login that ends because a copy of its token was used.
        let second = successor(world.refresh(&there.refresh_token).await);
        successor(world.refresh(&second).await);
        refused(
            world.refresh(&there.refresh_token).await,
            401,
            "login_ended",
        );
        let after = with_access(&world, &there.access_token).await;
        refused(after, 401, "unauthenticated");
        world
    })
    .await;
}

#[tokio::test]
async fn an_access_token_without_a_login_or_of_tomorrow_is_refused() {
    on_both(async |world| {
        let body = world.staff.split('.').nth(1).expect("a body");
        let body = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, body);
        let claims: Value = serde_json::from_slice(&body.expect("base64")).expect("JSON");
        let key = world.options.secrets.jwt.as_bytes();
        let key = jsonwebtoken::EncodingKey::from_secret(key);
        let with = |field: &str, value: Value| {
            let mut claims = claims.clone();
            claims[field] = value;
            let header = jsonwebtoken::Header::default();
            jsonwebtoken::encode(&header, &claims, &key).expect("signs")
        };
        let now = jiff::Timestamp::now().as_second();
        let good = with_access(&world, &with("nbf", json!(now - 5))).await;
        assert_eq!(good.0, StatusCode::OK, "{}", good.1);
        let early = with_access(&world, &with("nbf", json!(now + 60))).await;
        refused(early, 401, "unauthenticated");
        // As an older server made them: a refresh gives a new one.
        let old = with_access(&world, &with("sid", Value::Null)).await;
        refused(old, 401, "token_expired");
        let made_up = with_access(&world, &with("sid", json!(Uuid::new_v4()))).await;
        refused(made_up, 401, "unauthenticated");
        world
    })
    .await;
}

type Realtime =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A realtime connection: `Ok` once it is open, and the code with which the server refuses or ends it.
async fn realtime(token: &Value) -> Result<Realtime, u16> {
    let url = token["url"].as_str().expect("a URL");
    let (mut socket, _) = connect_async(url).await.expect("a connection");
    let connect = json!({"id": 1, "connect": {"token": token["token"]}});
    socket
        .send(Message::text(connect.to_string()))
        .await
        .expect("sends");
    let reply = next(&mut socket).await;
    if let Message::Close(Some(frame)) = reply {
        return Err(frame.code.into());
    }
    let text = reply.to_text().expect("text");
    assert!(text.contains("\"id\":1"), "{text}");
    Ok(socket)
}

async fn next(socket: &mut Realtime) -> Message {
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), socket.next());
    let message = next.await.expect("in time").expect("a message");
    message.expect("a message")
}

#[tokio::test]
async fn realtime_connections_end_with_their_login_and_its_realtime_tokens_open_no_others() {
    on_both(async |mut world| {
        let here = world.sign_in("staff@rosa.example").await;
        let there = world.sign_in("staff@rosa.example").await;
        let token = async |access: &str| {
            let request = world.ask_as(access, Method::POST, "/realtime/token");
            answer(request.json(&json!({}))).await.1
        };
        let mut of_here = token(&here.access_token).await;
        let mut of_there = token(&there.access_token).await;
        let mut mine = realtime(&of_here).await.expect("open");
        let mut theirs = realtime(&of_there).await.expect("open");

        sign_out(&world, &here.refresh_token).await;
        let end = next(&mut mine).await;
        let Message::Close(Some(frame)) = end else {
            panic!("{end}");
        };
        assert_eq!(u16::from(frame.code), 3500);
        assert_eq!(realtime(&of_here).await.map(drop), Err(3500));
        let silence = std::time::Duration::from_millis(300);
        let other = tokio::time::timeout(silence, theirs.next()).await;
        assert!(other.is_err(), "the other login goes on: {other:?}");
        drop(theirs);

        world.stop().await;
        world.start().await;
        of_here["url"] = json!(world.running().realtime);
        of_there["url"] = json!(world.running().realtime);
        assert_eq!(
            realtime(&of_here).await.map(drop),
            Err(3500),
            "after a restart"
        );
        assert_eq!(realtime(&of_there).await.map(drop), Ok(()));
        world
    })
    .await;
}
