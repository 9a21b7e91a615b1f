//! A running restaurant in one call: the real server, a cable that can be cut, printers without paper, and as many
//! counters as a journey needs.
//!
//! Invariant: nothing here stands in for a part of the product. What misbehaves is the cable and the printers.

#[path = "harness/backup.rs"]
pub mod backup;
#[path = "harness/host.rs"]
pub mod host;
#[path = "harness/link.rs"]
pub mod link;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail, ensure};
use api::{
    BusinessId, JobState, Order, OrderId, Printer, TicketChanged, TicketKind,
    menu::Menu,
    printer::{Address, ReprintUncertain, WhenUnreachable},
    session::{Login, TokenPair},
    settings::{Rule, SettingChange, SettingKey, Versioned},
};
use client::{
    Client,
    view::{OrderView, PrinterForm, PrinterView, Snapshot},
};
use host::Memory;
use link::Link;
use serde_json::{Value, json};
pub use server::leases::Terms;
use server::{Secrets, demo::Demo};
use virtual_printer::{Faults, Receipt, VirtualPrinter};

/// How long a journey waits for what has been promised. Never reached unless the promise is broken.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A restaurant with two printers, `Counter` and `Kitchen`.
#[derive(Debug)]
pub struct Restaurant {
    /// The backend.
    pub server: server::Running,
    /// What counters reach it by.
    pub link: Link,
    /// The printers.
    pub printers: VirtualPrinter,
    /// Its menu.
    pub menu: Menu,
    /// Its identity.
    pub business: BusinessId,
    leases: Terms,
    owner: String,
    staff: Login,
    http: reqwest::Client,
    /// How the backend is started.
    options: server::Options,
    folder: tempfile::TempDir,
}

/// One installation of the program, which may be stopped and started again.
#[derive(Debug)]
pub struct Counter {
    /// The running program.
    pub client: Client,
    /// Its keyring and what its window got.
    pub memory: Memory,
    options: client::Options,
}

impl Restaurant {
    /// Opens one.
    ///
    /// # Errors
    /// When a part of it does not start.
    pub async fn open() -> anyhow::Result<Restaurant> {
        Restaurant::open_with(Terms::default()).await
    }

    /// Opens one where leases last so long.
    ///
    /// # Errors
    /// When a part of it does not start.
    pub async fn open_with(leases: Terms) -> anyhow::Result<Restaurant> {
        client::install_crypto();
        let folder = tempfile::tempdir()?;
        let fonts = fonts();
        let printers = VirtualPrinter::start(
            virtual_printer::Options {
                fonts: templates::Fonts::in_folder(fonts),
                ..virtual_printer::Options::default()
            }
            .with_printer("Counter")
            .with_printer("Kitchen"),
        )
        .await?;
        let (link, end) = Link::open().await?;
        let mut options = server::Options::new(
            format!("sqlite:{}", folder.path().join("server.sqlite").display()),
            Secrets {
                jwt: "journeys sign access tokens with these words".into(),
                realtime: "journeys sign connection tokens with these words".into(),
                realtime_sub: "journeys sign subscription tokens with these words".into(),
            },
        );
        options.public_url = Some(format!("http://{}", link.address()));
        options.leases = leases;
        options.demo = Some(Demo {
            printers: ["Counter", "Kitchen"]
                .into_iter()
                .map(|name| Ok((name.to_owned(), Some(tcp(printers.address(name)?)))))
                .collect::<anyhow::Result<_>>()?,
            order_every: Duration::ZERO,
        });
        let server = server::start(options.clone()).await?;
        let address = server
            .url
            .strip_prefix("http://")
            .context("an http URL")?
            .parse()?;
        link.connect(end, address);
        let welcome = server.demo.clone().context("the demo's accounts")?;
        let http = reqwest::Client::new();
        let tokens: TokenPair = http
            .post(format!("{}/api/v1/auth/login", server.url))
            .json(&Login {
                email: welcome.owner.email,
                password: welcome.owner.password,
                device_key: None,
            })
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let mut restaurant = Restaurant {
            menu: Menu {
                stations: vec![],
                items: vec![],
            },
            business: welcome.business_id,
            owner: tokens.access_token,
            staff: Login {
                email: welcome.staff.email,
                password: welcome.staff.password,
                device_key: None,
            },
            leases,
            server,
            link,
            printers,
            http,
            options: server::Options {
                demo: None,
                local_printers: true,
                ..options
            },
            folder,
        };
        restaurant.menu = serde_json::from_value(restaurant.get("/api/v1/menu").await?)?;
        Ok(restaurant)
    }

    /// Starts a counter that has never run, without signing it in.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn new_counter(&self, name: &str) -> anyhow::Result<Counter> {
        self.new_counter_that_looks(name, nowhere()).await
    }

    /// Starts a counter that has never run and looks for printers there, without signing it in.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn new_counter_that_looks(
        &self,
        name: &str,
        search: client::Search,
    ) -> anyhow::Result<Counter> {
        self.start(client::Options {
            search,
            ..self.options_of(name)
        })
        .await
    }

    /// How the counters of journeys run.
    pub fn options_of(&self, name: &str) -> client::Options {
        client::Options {
            data_dir: self.folder.path().join(name),
            counter_name: name.to_owned(),
            debounce: Duration::from_millis(400),
            poll: Duration::from_millis(500),
            backoff: (Duration::from_millis(20), Duration::from_millis(200)),
            fonts_dir: fonts(),
            queue_timings: timings(),
            search: nowhere(),
            seek: Duration::from_millis(200),
            lease_renewal: Duration::from_millis(self.leases.renewal_ms),
            ..client::Options::default()
        }
    }

    async fn start(&self, options: client::Options) -> anyhow::Result<Counter> {
        let memory = Memory::default();
        let client = Client::start(options.clone(), Arc::new(memory.clone())).await?;
        Ok(Counter {
            client,
            memory,
            options,
        })
    }

    /// Starts a counter, signs it in, and waits until orders come in at once and its printers are its own.
    ///
    /// # Errors
    /// When that does not happen.
    pub async fn counter(&self) -> anyhow::Result<Counter> {
        self.counter_with(self.options_of("counter")).await
    }

    /// The same, of one that runs like this.
    ///
    /// # Errors
    /// When that does not happen.
    pub async fn counter_with(&self, options: client::Options) -> anyhow::Result<Counter> {
        let counter = self.start(options).await?;
        self.sign_in(&counter).await?;
        counter
            .until("it prints on both printers", |now| {
                now.printers.len() == 2 && now.printers.iter().all(|printer| printer.mine)
            })
            .await?;
        Ok(counter)
    }

    /// Signs a member of staff in and waits until orders come in at once.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn sign_in(&self, counter: &Counter) -> anyhow::Result<()> {
        counter
            .client
            .login(&self.public_url(), &self.staff.email, &self.staff.password)
            .await?;
        counter.until_live().await
    }

    /// Where counters find the server: the near end of the cable.
    pub fn public_url(&self) -> String {
        format!("http://{}", self.link.address())
    }

    /// E-mail and password of the staff.
    pub fn staff(&self) -> (&str, &str) {
        (&self.staff.email, &self.staff.password)
    }

    /// A folder that lives as long as the restaurant.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The body of an order of one piece of each of these dishes.
    ///
    /// # Errors
    /// When the menu has no such station.
    pub fn wish(&self, stations: &[&str]) -> anyhow::Result<Value> {
        let lines = stations
            .iter()
            .map(|station| {
                let dish = self
                    .menu
                    .items
                    .iter()
                    .find(|item| item.station.as_deref() == Some(*station))
                    .with_context(|| format!("no dish is made at {station}"))?;
                Ok(json!({ "item_id": dish.id, "quantity": 1 }))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(json!({
            "channel": "web", "kind": "pickup", "customer": { "name": "Mira Okafor" },
            "lines": lines, "payment": { "method": "online", "paid": true },
        }))
    }

    /// Places an order with a dish of each of these stations.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn order(&self, stations: &[&str]) -> anyhow::Result<Order> {
        self.place(&self.wish(stations)?).await
    }

    /// Places an order, each time another one unless the body has a reference.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn place(&self, body: &Value) -> anyhow::Result<Order> {
        let mut body = body.clone();
        if body["reference"].is_null() {
            body["reference"] = json!(uuid::Uuid::new_v4());
        }
        Ok(serde_json::from_value(
            self.send("POST", "/api/v1/orders", None, &body).await?,
        )?)
    }

    /// Asks the backend directly, not over the cable.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send("GET", path, None, &Value::Null).await
    }

    /// Tells the backend something directly, not over the cable, as the owner.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        version: Option<i64>,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let mut request = self
            .http
            .request(method.parse()?, format!("{}{path}", self.server.url))
            .bearer_auth(&self.owner);
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{method} {path}: {status} {text}");
        Ok(if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        })
    }

    /// The settings as the backend has them.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn settings(&self) -> anyhow::Result<Vec<Versioned>> {
        Ok(serde_json::from_value(
            self.get(&format!("/api/v1/businesses/{}/settings", self.business))
                .await?,
        )?)
    }

    /// Changes a setting at the backend, as another PC would.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn set(
        &self,
        key: &SettingKey,
        change: impl FnOnce(Option<Value>) -> Option<Value>,
    ) -> anyhow::Result<()> {
        let now = self
            .settings()
            .await?
            .into_iter()
            .find(|setting| setting.key == *key);
        let version = now.as_ref().map_or(0, |setting| setting.version);
        let body = serde_json::to_value(SettingChange {
            value: change(now.and_then(|setting| setting.value)),
        })?;
        let path = format!("/api/v1/businesses/{}/settings/{key}", self.business);
        self.send("PUT", &path, Some(version), &body).await?;
        Ok(())
    }

    /// What came out of a printer so far.
    ///
    /// # Errors
    /// When there is no such printer.
    pub fn paper(&self, printer: &str) -> anyhow::Result<Vec<Receipt>> {
        Ok(self.printers.receipts(printer)?)
    }

    /// Waits until this many receipts have come out of a printer.
    ///
    /// # Errors
    /// When they do not.
    pub async fn paper_of(&self, printer: &str, count: u64) -> anyhow::Result<Vec<Receipt>> {
        Ok(self.printers.wait_for(printer, count, PATIENCE).await?)
    }

    /// Sets what is wrong with a printer.
    ///
    /// # Errors
    /// When there is no such printer.
    pub async fn break_printer(&self, printer: &str, faults: Faults) -> anyhow::Result<()> {
        Ok(self.printers.set_faults(printer, faults).await?)
    }

    /// Ends everything in order.
    ///
    /// # Errors
    /// When a counter does not.
    pub async fn close(self, counters: impl IntoIterator<Item = Counter>) {
        for counter in counters {
            counter.client.shutdown().await;
        }
        self.link.close().await;
        self.server.shutdown().await;
        self.printers.shutdown().await;
    }
}

/// A printer as somebody fills it in who knows its name and its address alone.
pub fn form(name: &str, address: &Address) -> PrinterForm {
    PrinterForm {
        id: None,
        name: name.to_owned(),
        address: address.to_string(),
        profile_id: "generic-80".into(),
        columns: None,
        cutter: None,
        native_qr: None,
        enabled: true,
        when_unreachable: WhenUnreachable::Wait,
        reprint_uncertain: ReprintUncertain::Ask,
        backups: Vec::new(),
        failover_after_s: Some(120),
    }
}

/// Where printers are looked for in journeys that are not about it.
pub fn nowhere() -> client::Search {
    client::Search {
        interfaces: client::Interfaces::None,
        this_pc: false,
        ..client::Search::default()
    }
}

impl Counter {
    /// Ends the program in order and starts it again on the same files and keyring.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(self) -> anyhow::Result<Counter> {
        self.client.shutdown().await;
        self.started_again().await
    }

    /// Ends the program in order and hands over what is needed to start it again.
    pub async fn stop(self) -> Stopped {
        self.client.shutdown().await;
        Stopped {
            memory: self.memory,
            options: self.options,
        }
    }

    async fn started_again(self) -> anyhow::Result<Counter> {
        Stopped {
            memory: self.memory,
            options: self.options,
        }
        .start()
        .await
    }

    /// Waits until orders come in at once.
    ///
    /// # Errors
    /// When they do not.
    pub async fn until_live(&self) -> anyhow::Result<()> {
        self.until("orders come in at once", |now| {
            matches!(now.counter.link, client::view::LinkView::Live)
        })
        .await?;
        Ok(())
    }

    /// Waits until the window shows something.
    ///
    /// # Errors
    /// When it does not, with what it shows instead.
    pub async fn until(
        &self,
        what: &str,
        shown: impl Fn(&Snapshot) -> bool,
    ) -> anyhow::Result<Snapshot> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let now = self.client.snapshot().await?;
            if shown(&now) {
                return Ok(now);
            }
            if tokio::time::Instant::now() > deadline {
                bail!(
                    "the window never showed that {what}; it shows {}",
                    brief(&now)
                );
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Waits until a ticket of an order is in a state.
    ///
    /// # Errors
    /// When it does not get there.
    pub async fn until_ticket(
        &self,
        order: OrderId,
        kind: TicketKind,
        state: impl Fn(&JobState) -> bool,
    ) -> anyhow::Result<TicketChanged> {
        let fits = |ticket: &&TicketChanged| ticket.ticket.kind == kind && state(&ticket.state);
        let now = self
            .until(
                &format!("the {} of the order is in that state", kind.word()),
                |now| {
                    view(now, order)
                        .is_some_and(|order| order.tickets.iter().any(|ticket| fits(&ticket)))
                },
            )
            .await?;
        view(&now, order)
            .and_then(|order| order.tickets.iter().find(fits).cloned())
            .context("it was there a moment ago")
    }
}

/// A counter that does not run.
#[derive(Debug, Clone)]
pub struct Stopped {
    /// Its keyring.
    pub memory: Memory,
    /// How it is started.
    pub options: client::Options,
}

impl Stopped {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(self) -> anyhow::Result<Counter> {
        let client = Client::start(self.options.clone(), Arc::new(self.memory.clone())).await?;
        Ok(Counter {
            client,
            memory: self.memory,
            options: self.options,
        })
    }
}

/// An order as the window shows it.
pub fn view(now: &Snapshot, order: OrderId) -> Option<&OrderView> {
    now.orders.iter().find(|shown| shown.id == order)
}

/// A printer as the window shows it.
///
/// # Errors
/// When the window shows none of this name.
pub fn printer<'a>(now: &'a Snapshot, name: &str) -> anyhow::Result<&'a PrinterView> {
    now.printers
        .iter()
        .find(|shown| shown.printer.name == name)
        .with_context(|| format!("no printer is named {name}"))
}

/// The address of a printer on this PC.
pub fn tcp(address: SocketAddr) -> Address {
    Address::Tcp {
        host: address.ip().to_string(),
        port: address.port(),
    }
}

/// Rules by which a kitchen prints everything that has a station and the counter the receipts.
pub fn change_rules(rules: Option<Value>, change: impl FnOnce(&mut Vec<Rule>)) -> Option<Value> {
    let mut rules: Vec<Rule> = rules
        .and_then(|rules| serde_json::from_value(rules).ok())
        .unwrap_or_default();
    change(&mut rules);
    serde_json::to_value(rules).ok()
}

/// A changed printer, for [`Restaurant::set`].
pub fn change_printer(value: Option<Value>, change: impl FnOnce(&mut Printer)) -> Option<Value> {
    let mut printer: Printer = serde_json::from_value(value?).ok()?;
    change(&mut printer);
    serde_json::to_value(printer).ok()
}

/// The queue's patience, shortened: a confirmation has a second and a half.
pub fn timings() -> printer_queue::Timings {
    let ms = Duration::from_millis;
    printer_queue::Timings {
        device: printers::Timings {
            status: ms(300),
            confirm: ms(1500),
            stalled: ms(300),
            watch: ms(50),
            ask_again: ms(300),
            drain: ms(500),
            ..printers::Timings::default()
        },
        recheck: ms(50),
        idle_probe: Some(ms(200)),
        grace: ms(500),
        ..printer_queue::Timings::default()
    }
}

/// Three tries within a moment.
pub fn quick(printer: &mut Printer) {
    printer.policy.first_delay_ms = 30;
    printer.policy.ceiling_ms = 100;
}

fn fonts() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts"));
    folder.is_dir().then_some(folder)
}

fn brief(now: &Snapshot) -> String {
    let orders: Vec<_> = now
        .orders
        .iter()
        .map(|order| {
            let tickets: Vec<_> = order
                .tickets
                .iter()
                .map(|ticket| format!("{} #{} {:?}", ticket.ticket, ticket.copy, ticket.state))
                .collect();
            format!("{} {:?} {tickets:?}", order.id, order.handling)
        })
        .collect();
    let printers: Vec<_> = now
        .printers
        .iter()
        .map(|shown| {
            format!(
                "{} mine={} {:?} {:?}",
                shown.printer.name,
                shown.mine,
                shown.status.as_ref().map(|s| s.health),
                shown.sync
            )
        })
        .collect();
    format!(
        "{:?} {:?}; orders {orders:?}; printers {printers:?}",
        now.counter.session, now.counter.link
    )
}
