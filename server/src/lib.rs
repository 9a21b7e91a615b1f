//! The reference backend: order intake, the feed that counters read, settings, logins, and realtime events.
//!
//! An order's way through it: `orders` stores it with its sequence number and an event in one transaction, `outbox`
//! takes the event to the `hub`, and counters that hear of it ask the feed. Nothing depends on the event arriving.
//!
//! Invariant: of ours this crate imports `api` and `supervision` alone; it knows no printer, no paper and no ticket.

pub mod demo;

mod routes;

mod openapi;

pub mod feed;

mod orders;
pub mod provisioning;

mod claims;

pub mod leases;

pub mod reconciliation;
mod reports;

pub mod retention;

mod settings;

mod ownership;

mod sequence;

mod menu;

mod counters;

mod realtime;

mod outbox;

pub mod hub;

mod auth;

pub mod db;

mod text;

mod clock;

mod refusal;

pub mod http;

pub mod secrets;

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use api::{BusinessId, Event, OrderId};
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

pub use secrets::{SecretError, Secrets};

use supervision::{Pause, Policy, Tasks};

use crate::{
    auth::Auth,
    counters::CounterActivity,
    db::{Db, OpenError},
    http::HttpServer,
    hub::{
        Hub,
        config::{Config, ConfigError},
    },
    outbox::Outbox,
    realtime::PublicUrl,
    routes::App,
    settings::LocalPrinters,
};

/// How to start a server.
#[derive(Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// What signs tokens.
    pub secrets: Secrets,
    /// How long an access token is good for, in whole seconds.
    pub access_life: Duration,
    /// How long a realtime token is good for, in whole seconds.
    pub realtime_life: Duration,
    /// Namespaces and limits of the realtime hub, in Centrifugo's own format; `None` takes what is built in.
    pub centrifugo_config: Option<PathBuf>,
    /// Where events go; `None` takes the hub inside this process.
    pub centrifugo: Option<hub::centrifugo::Access>,
    /// The URL that clients use when it differs from the listening address, such as `https://api.example.com`.
    pub public_url: Option<String>,
    /// Takes printers with addresses of one PC (loopback, USB, files) also without a demo. For tests.
    pub local_printers: bool,
    /// The demo restaurant.
    pub demo: Option<demo::Demo>,
    /// How long leases last. For tests.
    pub leases: leases::Terms,
    /// Limits on connections.
    pub limits: http::Limits,
    /// How long orders may wait for paper before somebody is told.
    pub patience: reconciliation::Patience,
    /// How long is kept what is needed for a while alone.
    pub retention: retention::Retention,
}

impl fmt::Debug for Options {
    /// The address of a database may have a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("demo", &self.demo)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The values of the product, on a free port of this PC.
    pub fn new(database: impl Into<String>, secrets: Secrets) -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database: database.into(),
            secrets,
            access_life: Duration::from_secs(15 * 60),
            realtime_life: hub::tokens::LIFE,
            centrifugo_config: None,
            centrifugo: None,
            public_url: None,
            local_printers: false,
            demo: None,
            leases: leases::Terms::default(),
            limits: http::Limits::default(),
            patience: reconciliation::Patience::default(),
            retention: retention::Retention::default(),
        }
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Database(#[from] db::OpenError),
    /// The realtime settings, or a secret in them.
    #[error(transparent)]
    Realtime(#[from] ConfigError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] demo::SeedError),
    /// The address is taken, or not one of this PC.
    #[error("nobody can be served at {address}: {error}; choose another address or port 0")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
}

/// A running server. Dropping it cancels all tasks; [`Running::shutdown`] ends them in order.
#[derive(Debug)]
pub struct Running {
    /// Such as `http://127.0.0.1:40123`.
    pub url: String,
    /// Where the realtime connection opens, such as `ws://127.0.0.1:40123/connection/websocket`.
    pub realtime: String,
    /// The accounts of the demo, if there is one.
    pub demo: Option<demo::DemoInfo>,
    tasks: Tasks,
    stop: DropGuard,
    hub: Hub,
    db: Db,
}

/// Opens the database and serves.
///
/// # Errors
/// [`StartError`] says what to change.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let (tasks, incidents) = Tasks::root(Pause::default());
    // Incidents are logged where they happen.
    drop(incidents);
    let stop = tasks.stop().clone();
    let config = match &options.centrifugo_config {
        Some(path) => Config::read(path)?,
        None => Config::built_in()?,
    };
    let hub = match options.centrifugo {
        Some(access) => Hub::centrifugo(&config, &options.secrets, access)?,
        None => Hub::embedded(config, &options.secrets, stop.child_token())?,
    }
    .with_token_life(options.realtime_life);
    let db = Db::open(&options.database).await?;
    let failed = |error| StartError::Listen {
        address: options.listen,
        error,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let demo_info = match &options.demo {
        Some(demo) => Some(demo::open(&db, demo, &url).await?),
        None => None,
    };

    let outbox = Outbox::default();
    hub.refuse_sessions(auth::ended_sessions(&db).await.map_err(OpenError::from)?);
    let auth = Auth::new(
        db.clone(),
        hub.clone(),
        &options.secrets.jwt,
        options.access_life,
    );
    let app = App {
        activity: CounterActivity::new(db.clone(), auth.clone()),
        public_url: PublicUrl(options.public_url),
        local_printers: LocalPrinters(options.local_printers || options.demo.is_some()),
        terms: options.leases,
        retention: options.retention,
        db: db.clone(),
        auth,
        hub: hub.clone(),
        outbox: outbox.clone(),
    };
    let demo_routes = demo_info
        .as_ref()
        .map_or_else(axum::Router::new, |demo_info| {
            demo::router(demo_info.business_id)
        });
    let http = Arc::new(HttpServer::new(
        listener,
        routes::router(app, demo_routes),
        options.limits,
        stop.clone(),
    ));
    tasks.spawn("HTTP server", Policy::Restart, move || {
        let http = Arc::clone(&http);
        async move { http.run().await }
    });
    tasks.spawn("event publisher", Policy::Restart, {
        let (db, hub, outbox, stop) = (db.clone(), hub.clone(), outbox.clone(), stop.clone());
        move || outbox::publish(db.clone(), hub.clone(), outbox.clone(), stop.clone())
    });
    tasks.spawn("reconciliation", Policy::Restart, {
        let (db, outbox, stop) = (db.clone(), outbox.clone(), stop.clone());
        let webhook = reconciliation::Webhook::new(tasks.child(), options.local_printers);
        let patience = options.patience;
        move || {
            let (db, outbox, webhook) = (db.clone(), outbox.clone(), webhook.clone());
            reconciliation::watch(db, outbox, webhook, patience, stop.clone())
        }
    });
    tasks.spawn("retention", Policy::Restart, {
        let (db, retention, stop) = (db.clone(), options.retention, stop.clone());
        move || retention::watch(db.clone(), retention, stop.clone())
    });
    if let Some((demo, demo_info)) = options.demo.as_ref().zip(demo_info.as_ref())
        && !demo.order_every.is_zero()
    {
        let (db, business, every, stop) = (
            db.clone(),
            demo_info.business_id,
            demo.order_every,
            stop.clone(),
        );
        tasks.spawn("demo guests", Policy::Restart, move || {
            demo::place_orders(db.clone(), outbox.clone(), business, every, stop.clone())
        });
    }
    Ok(Running {
        realtime: hub.clients(&format!("ws{}", url.trim_start_matches("http"))),
        url,
        demo: demo_info,
        tasks,
        stop: stop.drop_guard(),
        hub,
        db,
    })
}

impl Running {
    /// Publishes the event of an order once more, as a hub that repeats events would. Harmless: an event is a wake-up.
    ///
    /// # Errors
    /// When the hub does not take it.
    pub async fn announce(
        &self,
        business: BusinessId,
        order: OrderId,
        revision: u32,
    ) -> Result<(), hub::HubError> {
        let id = outbox::event_id();
        let event = Event::OrderUpdated {
            id: id.clone(),
            order_id: order,
            revision,
        };
        // It has three plain fields; serialising it cannot fail.
        let text = serde_json::to_string(&event).unwrap_or_default();
        self.hub
            .publish(&format!("business:{business}"), &text, &id)
            .await
            .map(drop)
    }

    /// Waits for pending requests and tasks, then closes the database.
    pub async fn shutdown(self) {
        drop(self.stop);
        self.hub.closed().await;
        self.tasks.shutdown().await;
        if let Err(error) = self.db.close().await {
            tracing::warn!(%error, "the database did not close in order");
        }
    }
}

#[cfg(test)]
mod tests;
