//! Bad input: the right no, and nothing stored.

use api::session::{Claims, Role};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    bad_orders::with,
    world::{MARGHERITA, World, answer, new_order, on_both, refused},
};

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_turned_away() {
    on_both(async |world| {
        let before = world.stored().await;
        let order = new_order().to_string();
        for body in [
            "",
            "{",
            "\u{0}",
            "null",
            &order[..order.len() - 1],
            &format!("{order}{order}"),
            &"[".repeat(10_000),
        ] {
            let said = answer(world.ask(Method::POST, "/orders").body(body.to_owned())).await;
            refused(said, 400, "malformed");
        }
        let invalid_utf8 = world
            .ask(Method::POST, "/orders")
            .body(vec![b'"', 0xff, 0xfe, b'"']);
        refused(answer(invalid_utf8).await, 400, "malformed");
        let large = with("/note", json!("x".repeat(1024 * 1024)));
        refused(world.post("/orders", &large).await, 413, "too_large");
        for path in [
            "/auth/login",
            "/auth/refresh",
            "/counters",
            "/realtime/token",
        ] {
            refused(world.post(path, &json!({"x": 1})).await, 400, "malformed");
        }
        assert_eq!(world.stored().await, before);
        world
    })
    .await;
}

#[tokio::test]
async fn an_address_that_does_not_exist_or_takes_something_else_says_so_in_the_same_words() {
    on_both(async |world| {
        for (method, path, status, code) in [
            (Method::GET, "/nothing", 404, "not_found"),
            (Method::GET, "", 404, "not_found"),
            (Method::DELETE, "/menu", 405, "malformed"),
            (Method::GET, "/auth/login", 405, "malformed"),
            (Method::GET, "/orders?after=x", 400, "malformed"),
            (Method::GET, "/orders?before=3", 400, "malformed"),
            (Method::GET, "/orders?since=yesterday", 400, "malformed"),
            (
                Method::GET,
                "/orders?since=2026-01-01T00:00:00Z&after=1",
                400,
                "malformed",
            ),
            (Method::GET, "/orders?limit=0", 422, "invalid"),
            (Method::GET, "/orders?limit=501", 422, "invalid"),
            (Method::GET, "/orders?limit=-1", 400, "malformed"),
            (Method::GET, "/orders?after=-1", 422, "invalid"),
            (Method::PUT, "/orders/7", 400, "malformed"),
            (Method::GET, "/businesses/rosa/settings", 400, "malformed"),
            (Method::GET, "/businesses/%ff/settings", 400, "malformed"),
        ] {
            refused(answer(world.ask(method, path)).await, status, code);
        }
        let no_websocket = answer(world.http.get(world.url("/connection/websocket"))).await;
        refused(no_websocket, 400, "malformed");
        let root = answer(world.http.get(world.url("/index.html"))).await;
        refused(root, 404, "not_found");
        let health = answer(world.http.get(world.url("/healthz"))).await;
        assert_eq!(health, (reqwest::StatusCode::OK, json!("ok")));
        world
    })
    .await;
}

/// Every address that asks who is there.
fn guarded(world: &World) -> Vec<(Method, String)> {
    let order = format!("/orders/{}", Uuid::new_v4());
    vec![
        (Method::GET, "/menu".into()),
        (Method::GET, "/orders".into()),
        (Method::POST, "/orders".into()),
        (Method::PUT, order.clone()),
        (Method::POST, format!("{order}/cancel")),
        (Method::POST, format!("{order}/status")),
        (Method::POST, "/counters".into()),
        (Method::POST, "/realtime/token".into()),
        (Method::GET, format!("/businesses/{}/settings", world.rosa)),
        (
            Method::PUT,
            format!("/businesses/{}/settings/rules", world.rosa),
        ),
    ]
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told_and_nothing_stored() {
    on_both(async |world| {
        let before = world.stored().await;
        let token = |secret: &str, exp: i64| {
            let claims = Claims {
                sub: Uuid::new_v4().into(),
                name: "x".into(),
                business_id: world.rosa,
                role: Role::Owner,
                sid: None,
                iat: 0,
                exp,
            };
            let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
            jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).expect("signs")
        };
        let now = jiff::Timestamp::now().as_second();
        let expired = token(&world.options.secrets.jwt, now - 60);
        let forged = token("another secret of thirty-two bytes", now + 60);
        let realtime = token(&world.options.secrets.realtime, now + 60);
        for (method, path) in guarded(&world) {
            let url = world.url(&format!("/api/v1{path}"));
            // A body that would be taken, so that only the token is wrong.
            let ask = |with: &dyn Fn(RequestBuilder) -> RequestBuilder| {
                let request = world
                    .http
                    .request(method.clone(), &url)
                    .header("if-match", "\"0\"");
                answer(with(request.json(&new_order())))
            };
            refused(ask(&|request| request).await, 401, "unauthenticated");
            refused(
                ask(&|request| request.header("authorization", "Basic eDp5")).await,
                401,
                "unauthenticated",
            );
            refused(
                ask(&|request| request.bearer_auth("x.y.z")).await,
                401,
                "unauthenticated",
            );
            refused(
                ask(&|request| request.bearer_auth(&forged)).await,
                401,
                "unauthenticated",
            );
            refused(
                ask(&|request| request.bearer_auth(&realtime)).await,
                401,
                "unauthenticated",
            );
            refused(
                ask(&|request| request.bearer_auth(&expired)).await,
                401,
                "token_expired",
            );
        }
        assert_eq!(world.stored().await, before);
        world
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_another_restaurant_does_not_exist() {
    on_both(async |world| {
        let order = world.order().await;
        let id = order["id"].as_str().expect("an id");
        let before = world.stored().await;
        let stranger = world.sign_in("owner@other.example").await.access_token;
        let ask = |method, path: String, body: Value| {
            let request = world
                .ask_as(&stranger, method, &path)
                .header("if-match", "\"1\"");
            answer(request.json(&body))
        };
        refused(
            ask(Method::PUT, format!("/orders/{id}"), new_order()).await,
            404,
            "not_found",
        );
        refused(
            ask(Method::POST, format!("/orders/{id}/cancel"), json!({})).await,
            404,
            "not_found",
        );
        let progress = ask(
            Method::POST,
            format!("/orders/{id}/status"),
            json!({"status": "done"}),
        );
        refused(progress.await, 404, "not_found");
        let settings = format!("/businesses/{}/settings", world.rosa);
        refused(
            ask(Method::GET, settings.clone(), json!({})).await,
            404,
            "not_found",
        );
        refused(
            ask(
                Method::PUT,
                format!("{settings}/rules"),
                json!({"value": []}),
            )
            .await,
            404,
            "not_found",
        );
        let (_, feed) = answer(world.ask_as(&stranger, Method::GET, "/orders")).await;
        assert_eq!((&feed["orders"], &feed["next"]), (&json!([]), &json!(0)));
        let after: Vec<_> = world.stored().await;
        let logins = |counts: &[(&'static str, i64)]| -> Vec<_> {
            counts
                .iter()
                .filter(|(table, _)| !["logins", "refresh_tokens"].contains(table))
                .cloned()
                .collect()
        };
        assert_eq!(logins(&after), logins(&before));
        world
    })
    .await;
}

#[tokio::test]
async fn control_characters_are_no_reason_to_lose_an_order() {
    on_both(async |world| {
        let order = with("/lines/0/note", json!("no\u{0} garlic\u{1b}@ {{x}}\n"));
        let (status, body) = world.post("/orders", &order).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        assert_eq!(body["lines"][0]["note"], "no garlic@ {{x}}");
        assert_eq!(body["lines"][0]["item_id"], json!(MARGHERITA));
        world
    })
    .await;
}

#[tokio::test]
async fn a_line_break_in_a_field_of_one_row_is_a_space_and_no_reason_to_lose_the_order() {
    on_both(async |world| {
        let mut order = new_order();
        order["customer"] = json!({"name": "Anna\nTOTAL 0.00", "phone": "030\r\n1\u{2028}2",
            "address": ["Hof 1\n2. Stock", "\n"]});
        order["table"] = json!("4\t\u{b}b");
        order["reference"] = json!("a\nb");
        order["note"] = json!(format!("ring{}twice\r\nthen wait", "\n".repeat(498)));
        let (status, body) = world.post("/orders", &order).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        assert_eq!(
            body["customer"],
            json!({"name": "Anna TOTAL 0.00", "phone": "030 1 2", "address": ["Hof 1 2. Stock"]})
        );
        assert_eq!(body["table"], "4 b");
        assert_eq!(body["note"], "ring\n\ntwice\nthen wait");
        order["reference"] = json!("a b");
        assert_eq!(world.post("/orders", &order).await.1["id"], body["id"]);
        world
    })
    .await;
}
