//! A server with two restaurants on a database of its own.

mod restored;

use std::{io::Write, sync::Once, time::Duration};

use api::{
    Business, BusinessId, ItemId, Money,
    menu::{Item, ItemOption, Menu, Station},
    session::{Role, TokenPair},
};
use reqwest::{Method, RequestBuilder, StatusCode};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use server::{
    Options, Running, Secrets,
    db::Db,
    provisioning::{self, Person},
};
use uuid::Uuid;

pub const MARGHERITA: ItemId = ItemId(Uuid::from_u128(0xA1));
pub const CHIANTI: ItemId = ItemId(Uuid::from_u128(0xA2));
pub const VOUCHER: ItemId = ItemId(Uuid::from_u128(0xA3));
pub const PALACE: ItemId = ItemId(Uuid::from_u128(0xA4));
pub const PASSWORD: &str = "four cheeses, no garlic";

/// A place for rows that ends with the test.
enum Place {
    Sqlite(tempfile::TempDir),
    Postgres { admin: String, name: String },
}

impl Place {
    fn url(&self) -> String {
        match self {
            Place::Sqlite(folder) => {
                format!("sqlite:{}", folder.path().join("server.sqlite").display())
            }
            Place::Postgres { admin, name } => {
                let (server, _) = admin.rsplit_once('/').expect("a URL ends with a database");
                format!("{server}/{name}")
            }
        }
    }
}

/// Runs a test on every database that there is.
pub async fn on_both<F: Future<Output = World>>(test: impl Fn(World) -> F) {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        // An error says that another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut places = vec![Place::Sqlite(tempfile::tempdir().expect("a folder"))];
    match std::env::var("PANBOT_TEST_POSTGRES_URL") {
        Ok(admin) if !admin.is_empty() => {
            let name = format!("panbot_{}", Uuid::new_v4().simple());
            let server = Database::connect(&admin).await.expect("PostgreSQL answers");
            server
                .execute_unprepared(&format!("CREATE DATABASE {name}"))
                .await
                .expect("a database");
            places.push(Place::Postgres { admin, name });
        }
        _ => {
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                // Not by a macro: the test runner would keep it to itself.
                let line = b"PostgreSQL was left out: PANBOT_TEST_POSTGRES_URL is not set\n";
                std::io::stderr().write_all(line).expect("stderr");
            });
        }
    }
    for place in places {
        let admin = match &place {
            Place::Postgres { admin, name } => Some((admin.clone(), name.clone())),
            Place::Sqlite(_) => None,
        };
        test(World::open(place).await).await.end().await;
        if let Some((admin, name)) = admin {
            let server = Database::connect(&admin).await.expect("PostgreSQL answers");
            server
                .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .await
                .expect("the database goes");
        }
    }
}

/// A server with two restaurants.
pub struct World {
    place: Place,
    pub options: Options,
    running: Option<Running>,
    pub http: reqwest::Client,
    /// The same database, beside the server.
    pub rows: DatabaseConnection,
    /// The restaurant that most tests are about.
    pub rosa: BusinessId,
    /// Another one.
    pub other: BusinessId,
    /// Of somebody on the staff of Rosa.
    pub staff: String,
}

impl World {
    async fn open(place: Place) -> World {
        let db = Db::open(&place.url()).await.expect("opens");
        let rosa = found(&db, "rosa").await;
        let other = found(&db, "other").await;
        db.close().await.expect("closes");
        let options = Options::new(place.url(), Secrets::random());
        let mut world = World {
            options,
            running: None,
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(20))
                .build()
                .expect("a client"),
            rows: Database::connect(place.url()).await.expect("opens"),
            place,
            rosa,
            other,
            staff: String::new(),
        };
        world.start().await;
        world.staff = world.sign_in("staff@rosa.example").await.access_token;
        world
    }

    pub async fn start(&mut self) {
        self.running = Some(
            server::start(self.options.clone())
                .await
                .expect("the server starts"),
        );
    }

    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown().await;
        }
    }

    async fn end(mut self) {
        self.stop().await;
        self.rows.close().await.expect("closes");
        drop(self.place);
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs")
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running().url)
    }

    /// A request of Rosa's staff, below `/api/v1`.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.ask_as(&self.staff, method, path)
    }

    pub fn ask_as(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, self.url(&format!("/api/v1{path}")))
            .bearer_auth(token)
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = answer(self.ask(Method::GET, path)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.ask(Method::POST, path).json(body)).await
    }

    pub async fn change(
        &self,
        method: Method,
        path: &str,
        from: i64,
        body: &Value,
    ) -> (StatusCode, Value) {
        let request = self
            .ask(method, path)
            .header("if-match", format!("\"{from}\""));
        answer(request.json(body)).await
    }

    /// Without a token.
    pub async fn login(&self, email: &str, password: &str) -> (StatusCode, Value) {
        let body = json!({"email": email, "password": password});
        answer(self.http.post(self.url("/api/v1/auth/login")).json(&body)).await
    }

    pub async fn sign_in(&self, email: &str) -> TokenPair {
        let (status, body) = self.login(email, PASSWORD).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).expect("tokens")
    }

    pub async fn refresh(&self, token: &str) -> (StatusCode, Value) {
        let body = json!({"refresh_token": token});
        answer(self.http.post(self.url("/api/v1/auth/refresh")).json(&body)).await
    }

    /// Takes an order and gives it as it was answered.
    pub async fn order(&self) -> Value {
        let (status, body) = self.post("/orders", &new_order()).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body
    }

    pub async fn count(&self, table: &str) -> i64 {
        let statement = Statement::from_string(
            self.rows.get_database_backend(),
            format!("SELECT COUNT(*) AS n FROM {table}"),
        );
        let row = self.rows.query_one_raw(statement).await.expect("counts");
        row.expect("a row").try_get("", "n").expect("a number")
    }

    /// Changes the menu of both restaurants, as another program of the backend would.
    pub async fn change_menu(&self, change: impl FnOnce(&mut Value)) {
        let backend = self.rows.get_database_backend();
        let select = Statement::from_string(backend, "SELECT menu FROM businesses");
        let row = self.rows.query_one_raw(select).await.expect("reads");
        let text: String = row.expect("a row").try_get("", "menu").expect("a menu");
        let mut menu = serde_json::from_str(&text).expect("JSON");
        change(&mut menu);
        let update = "UPDATE businesses SET menu = $1";
        let update = Statement::from_sql_and_values(backend, update, [menu.to_string().into()]);
        self.rows.execute_raw(update).await.expect("updates");
    }

    /// How many rows everything that a request could store has.
    pub async fn stored(&self) -> Vec<(&'static str, i64)> {
        let mut counts = Vec::new();
        for table in [
            "orders",
            "revisions",
            "settings",
            "counters",
            "users",
            "logins",
            "refresh_tokens",
        ] {
            counts.push((table, self.count(table).await));
        }
        counts
    }

    /// Waits until something is so, which it is soon or never.
    pub async fn soon<F: Future<Output = bool>>(&self, what: &str, is_so: impl Fn() -> F) {
        for _ in 0..1000 {
            if is_so().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not within ten seconds: {what}");
    }
}

/// Status and body of an answer; a body that is no JSON is a JSON string.
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    assert!(
        response.headers().contains_key("date"),
        "counters count ages on it"
    );
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, body)
}

/// Asserts that an answer is a no of this kind.
pub fn refused((status, body): (StatusCode, Value), expected: u16, code: &str) -> Value {
    assert_eq!(
        (status.as_u16(), &body["code"]),
        (expected, &json!(code)),
        "{body}"
    );
    assert!(
        !body["message"].as_str().unwrap_or_default().is_empty(),
        "{body}"
    );
    body
}

pub fn new_order() -> Value {
    json!({
        "channel": "phone", "kind": "pickup",
        "customer": {"name": "Ελένη Παπαδοπούλου", "phone": "+49 30 1", "address": []},
        "note": "ring twice",
        "lines": [
            {"item_id": MARGHERITA, "quantity": 2, "options": ["olives"], "note": "no garlic"},
            {"item_id": CHIANTI, "quantity": 1},
        ],
        "payment": {"method": "cash", "paid": false},
    })
}

pub fn business() -> Business {
    Business {
        name: "Rosa".into(),
        address: vec!["Kastanienallee 12".into()],
        phone: None,
        tax_id: None,
        time_zone: "Europe/Berlin".into(),
        locale: "de-DE".into(),
        currency: "EUR".into(),
        logo: None,
        standby: true,
        alarm_webhook: None,
        second_locale: None,
        minor_digits: None,
    }
}

async fn found(db: &Db, name: &str) -> BusinessId {
    let item = |id, name: &str, minor, station: Option<&str>| Item {
        id,
        name: name.into(),
        price: Money::new(minor, "EUR"),
        station: station.map(str::to_owned),
        options: vec![ItemOption {
            name: "olives".into(),
            price: Money::new(100, "EUR"),
        }],
    };
    let menu = Menu {
        stations: ["pizza", "bar"]
            .map(|key| Station {
                key: key.into(),
                name: key.into(),
            })
            .into(),
        items: vec![
            item(MARGHERITA, "Margherita", 890, Some("pizza")),
            item(CHIANTI, "Chianti", 580, Some("bar")),
            item(VOUCHER, "Voucher", 1000, None),
            item(PALACE, "Palace", i64::MAX / 10, None),
        ],
    };
    let person = |who: &str, role| Person {
        email: format!("{who}@{name}.example"),
        password: PASSWORD.into(),
        name: who.into(),
        role,
    };
    let people = [person("staff", Role::Staff), person("owner", Role::Owner)];
    provisioning::create_business(db, &business(), &menu, &people)
        .await
        .expect("founded")
}
