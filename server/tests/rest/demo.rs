//! The restaurant to play with.

use std::time::Duration;

use api::{Printer, printer::Address, settings::Rule};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::{Options, Running, Secrets, demo::Demo};

use crate::world::{World, answer, on_both, refused};

fn demo(port: u16) -> Demo {
    let at = |port| {
        Some(Address::Tcp {
            host: "127.0.0.1".into(),
            port,
        })
    };
    Demo {
        printers: vec![
            ("Counter".into(), at(port)),
            ("Kitchen".into(), at(port + 1)),
        ],
        order_every: Duration::ZERO,
    }
}

struct Restaurant {
    running: Running,
    http: reqwest::Client,
}

impl Restaurant {
    async fn open(folder: &tempfile::TempDir, secrets: &Secrets, demo: Demo) -> Restaurant {
        let database = format!("sqlite:{}", folder.path().join("demo.sqlite").display());
        let options = Options {
            demo: Some(demo),
            ..Options::new(database, secrets.clone())
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        Restaurant {
            running: server::start(options).await.expect("starts"),
            http: reqwest::Client::new(),
        }
    }

    async fn settings(&self, email: &str, password: &str) -> Vec<Value> {
        let url = &self.running.url;
        let login = json!({"email": email, "password": password});
        let (status, tokens) = answer(
            self.http
                .post(format!("{url}/api/v1/auth/login"))
                .json(&login),
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let business = self.running.demo.as_ref().expect("a demo").business_id;
        let (_, settings) = answer(
            self.http
                .get(format!("{url}/api/v1/businesses/{business}/settings"))
                .bearer_auth(tokens["access_token"].as_str().expect("a token")),
        )
        .await;
        settings.as_array().expect("a list").clone()
    }
}

fn printers(settings: &[Value]) -> Vec<Printer> {
    let printers = settings.iter().filter(|s| {
        s["key"]
            .as_str()
            .is_some_and(|key| key.starts_with("printer:"))
    });
    printers
        .map(|s| serde_json::from_value(s["value"].clone()).expect("a printer"))
        .collect()
}

#[tokio::test]
async fn the_demo_is_made_once_and_is_the_same_at_every_start_with_its_printers_where_they_are_today()
 {
    let folder = tempfile::tempdir().expect("a folder");
    let secrets = Secrets::random();
    let first = Restaurant::open(&folder, &secrets, demo(19100)).await;
    let welcome = first.running.demo.clone().expect("a demo");
    let settings = first
        .settings(&welcome.staff.email, &welcome.staff.password)
        .await;
    let made = printers(&settings);
    assert_eq!(
        made.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(),
        ["Counter", "Kitchen"]
    );
    assert!(
        made.iter()
            .all(|p| p.learned.confirm == Some(true) && p.owner.is_none())
    );
    let rules = settings
        .iter()
        .find(|s| s["key"] == "rules")
        .expect("rules");
    let rules: Vec<Rule> = serde_json::from_value(rules["value"].clone()).expect("rules");
    let stations: Vec<_> = rules
        .iter()
        .flat_map(|rule| rule.stations.clone())
        .collect();
    assert_eq!(
        stations,
        ["pizza", "cold", "bar"],
        "every station comes out somewhere"
    );
    first.running.shutdown().await;

    let second = Restaurant::open(&folder, &secrets, demo(29100)).await;
    let again = second.running.demo.clone().expect("a demo");
    assert_eq!(again.business_id, welcome.business_id);
    assert_eq!(
        (&again.staff.password, &again.owner.password),
        (&welcome.staff.password, &welcome.owner.password)
    );
    let moved = printers(
        &second
            .settings(&again.owner.email, &again.owner.password)
            .await,
    );
    assert_eq!(
        moved.iter().map(|p| p.id).collect::<Vec<_>>(),
        made.iter().map(|p| p.id).collect::<Vec<_>>()
    );
    let address = moved[1].address.as_ref().map(ToString::to_string);
    assert_eq!(address.as_deref(), Some("tcp://127.0.0.1:29101"));
    second.running.shutdown().await;
}

#[tokio::test]
async fn an_order_from_the_page_goes_the_same_way_and_guests_come_by_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Demo {
        order_every: Duration::from_millis(30),
        ..demo(19100)
    };
    let demo = Restaurant::open(&folder, &Secrets::random(), options).await;
    let url = &demo.running.url;
    let page = demo
        .http
        .get(format!("{url}/demo"))
        .send()
        .await
        .expect("a page");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let (_, shop) = answer(demo.http.get(format!("{url}/demo/shop"))).await;
    let items = shop["menu"]["items"].as_array().expect("dishes");
    assert!((18..=24).contains(&items.len()));
    let mut order = crate::world::new_order();
    order["lines"] = json!([{"item_id": items[0]["id"], "quantity": 1}]);
    let (status, taken) = answer(demo.http.post(format!("{url}/demo/orders")).json(&order)).await;
    assert_eq!(status, StatusCode::CREATED, "{taken}");
    order["lines"][0]["quantity"] = json!(-1);
    refused(
        answer(demo.http.post(format!("{url}/demo/orders")).json(&order)).await,
        422,
        "invalid",
    );
    for _ in 0..500 {
        let (_, shop) = answer(demo.http.get(format!("{url}/demo/shop"))).await;
        let latest = shop["latest"].as_array().expect("orders");
        if latest
            .iter()
            .filter(|order| order["id"] != taken["id"])
            .count()
            >= 2
        {
            demo.running.shutdown().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody came within ten seconds");
}

#[tokio::test]
async fn a_page_of_another_site_neither_orders_nor_reads_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Restaurant::open(&folder, &Secrets::random(), demo(19100)).await;
    let url = demo.running.url.clone();
    let (_, shop) = answer(demo.http.get(format!("{url}/demo/shop"))).await;
    let mut order = crate::world::new_order();
    order["lines"] = json!([{"item_id": shop["menu"]["items"][0]["id"], "quantity": 1}]);
    let order = order.to_string();
    let post = |headers: &[(&'static str, &str)]| {
        let mut request = demo.http.post(format!("{url}/demo/orders"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.body(order.clone()))
    };
    let json = ("content-type", "application/json");
    for headers in [
        &[json, ("origin", "https://evil.example")][..],
        &[json, ("origin", "null")],
        &[json, ("origin", "http://127.0.0.1:1")],
        &[json, ("sec-fetch-site", "cross-site")],
        &[json, ("sec-fetch-site", "same-site")],
        &[json, ("host", "evil.example")],
        &[
            json,
            ("host", "evil.example"),
            ("origin", "http://evil.example"),
        ],
    ] {
        refused(post(headers).await, 403, "forbidden");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        refused(post(&[("content-type", kind)]).await, 415, "malformed");
    }
    refused(post(&[]).await, 415, "malformed");
    for path in ["/demo", "/demo/shop"] {
        let request = demo.http.get(format!("{url}{path}"));
        refused(
            answer(request.header("host", "evil.example")).await,
            403,
            "forbidden",
        );
    }
    let (_, shop) = answer(demo.http.get(format!("{url}/demo/shop"))).await;
    assert_eq!(shop["latest"], json!([]), "nothing was ordered");

    // As its own page does it, and as a program.
    let kind = ("content-type", "application/json; charset=utf-8");
    let own = [
        kind,
        ("origin", url.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(post(&own).await.0, StatusCode::CREATED);
    assert_eq!(post(&[json]).await.0, StatusCode::CREATED);
    demo.running.shutdown().await;
}

#[tokio::test]
async fn without_demo_there_is_no_page_and_a_database_in_earnest_never_becomes_one() {
    on_both(async |mut world: World| {
        for path in ["/demo", "/demo/shop", "/demo/orders"] {
            refused(
                answer(world.http.request(Method::GET, world.url(path))).await,
                404,
                "not_found",
            );
        }
        world.stop().await;
        let options = Options {
            demo: Some(Demo::default()),
            ..world.options.clone()
        };
        let refused = server::start(options)
            .await
            .expect_err("it holds restaurants");
        assert!(refused.to_string().contains("without --demo"), "{refused}");
        world
    })
    .await;
}
