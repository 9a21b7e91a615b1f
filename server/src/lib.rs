//! A backend to run against: intake of orders, the feed that counters read, settings, logins, and the wake-ups.
//!
//! An order's way through it: `orders` stores it with its sequence number and an event in one transaction, `outbox`
//! takes the event to the `hub`, and counters that hear of it ask the feed. Nothing depends on the event arriving.
//!
//! Invariant: this crate imports `api` and nothing else of ours; it knows no printer, no paper and no ticket.

mod auth;
pub mod db;
pub mod demo;
mod refusal;
pub mod secrets;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use secrets::{SecretError, Secrets};

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// What signs tokens.
    pub secrets: Secrets,
    /// How long an access token is good for.
    pub access_life: Duration,
    /// Namespaces and limits of the realtime hub, in Centrifugo's own format; `None` takes what is built in.
    pub centrifugo_config: Option<PathBuf>,
    /// What clients call this server when it is not what they connect to, such as `https://api.example.com`.
    pub public_url: Option<String>,
    /// A restaurant to play with.
    pub demo: Option<demo::Demo>,
}

impl Options {
    /// The values of the product, on a free port of this PC.
    pub fn new(database: impl Into<String>, secrets: Secrets) -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database: database.into(),
            secrets,
            access_life: Duration::from_secs(15 * 60),
            centrifugo_config: None,
            public_url: None,
            demo: None,
        }
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Database(#[from] db::OpenError),
    /// The address is taken, or not one of this PC.
    #[error("nobody can be served at {address}: {error}; choose another address or port 0")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
}

/// A server at work.
#[derive(Debug)]
pub struct Running {
    /// Such as `http://127.0.0.1:40123`.
    pub url: String,
    /// Where the realtime connection opens, such as `ws://127.0.0.1:40123/connection/websocket`.
    pub realtime: String,
    /// Who can sign in, when there is a demo.
    pub demo: Option<demo::Welcome>,
    tasks: TaskTracker,
    stop: CancellationToken,
    db: db::Db,
}

/// Opens the database and serves.
///
/// # Errors
/// [`StartError`] says what to change.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let db = db::Db::open(&options.database).await?;
    let failed = |error| StartError::Listen {
        address: options.listen,
        error,
    };
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Running {
        url: format!("http://{address}"),
        realtime: format!("ws://{address}/connection/websocket"),
        demo: None,
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
        db,
    })
}

impl Running {
    /// Ends what is under way, closes the database and returns.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if let Err(error) = self.db.close().await {
            tracing::warn!(%error, "the database did not close in order");
        }
    }
}
