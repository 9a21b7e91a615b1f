//! The program: flags in, one line of JSON on stdout when it is ready, logs on stderr, an end in order at a signal.

use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use api::printer::Address;
use clap::Parser;
use serde_json::json;
use server::{
    Options, Secrets,
    demo::Demo,
    http::Limits,
    hub::centrifugo::{API_KEY, Access},
};
use tracing_subscriber::EnvFilter;

/// A backend for counters: orders in, wake-ups out.
///
/// Secrets come from the environment only: PANBOT_JWT_SECRET, PANBOT_REALTIME_SECRET and PANBOT_REALTIME_SUB_SECRET,
/// at least 32 bytes each. RUST_LOG chooses what is logged.
#[derive(Debug, Parser)]
#[command(name = "panbot-server", version)]
struct Flags {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// sqlite:PATH or postgres://USER@HOST/NAME.
    #[arg(long, value_name = "URL")]
    database: String,
    /// Namespaces and limits of the realtime hub, in Centrifugo's format.
    #[arg(long, value_name = "FILE")]
    centrifugo_config: Option<PathBuf>,
    /// Centrifugo's HTTP API, such as http://centrifugo:9000; without it this server has a hub of its own. Its key comes
    /// from the environment only: PANBOT_CENTRIFUGO_API_KEY.
    #[arg(
        long,
        value_name = "URL",
        env = "PANBOT_CENTRIFUGO_URL",
        requires = "centrifugo_clients"
    )]
    centrifugo_url: Option<String>,
    /// Where clients find Centrifugo, such as wss://realtime.example.com/connection/websocket.
    #[arg(long, value_name = "URL", env = "PANBOT_CENTRIFUGO_CLIENTS")]
    centrifugo_clients: Option<String>,
    /// What clients call this server when it is not what they connect to (behind a proxy).
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A proxy in front of this server, whose X-Forwarded-For is believed; may be given several times.
    #[arg(long, value_name = "IP")]
    trusted_proxy: Vec<IpAddr>,
    /// Open connections in all; the process needs about 100 more file descriptors (ulimit -n).
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().connections)]
    max_connections: usize,
    /// Open connections of one address that is no trusted proxy.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().connections_per_address)]
    max_connections_per_address: usize,
    /// A restaurant to play with, with a page to place orders. Never in production.
    #[arg(long)]
    demo: bool,
    /// A printer of the demo, as NAME=tcp://HOST:PORT; the first prints receipts and drinks, the second the kitchen's.
    #[arg(long, value_name = "NAME=URL", requires = "demo", value_parser = printer)]
    printer: Vec<(String, Address)>,
    /// Seconds between orders that come by themselves in the demo; 0 is never.
    #[arg(long, value_name = "SECONDS", requires = "demo", default_value_t = 20)]
    order_every: u64,
}

fn printer(text: &str) -> Result<(String, Address), String> {
    let (name, address) = text
        .split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or("write it as Kitchen=tcp://192.168.1.40:9100")?;
    let address = address
        .parse()
        .map_err(|error: api::printer::AddressError| error.to_string())?;
    Ok((name.trim().to_owned(), address))
}

impl Flags {
    fn centrifugo(&self) -> anyhow::Result<Option<Access>> {
        let Some((api, clients)) = self
            .centrifugo_url
            .clone()
            .zip(self.centrifugo_clients.clone())
        else {
            return Ok(None);
        };
        let key = std::env::var(API_KEY).with_context(|| {
            format!("{API_KEY} is not set: put the key of Centrifugo's HTTP API there")
        })?;
        Ok(Some(Access { api, key, clients }))
    }

    fn demo(&self) -> Option<Demo> {
        let printers: Vec<_> = self
            .printer
            .iter()
            .map(|(name, address)| (name.clone(), Some(address.clone())))
            .collect();
        let named = Demo::default();
        self.demo.then(|| Demo {
            printers: if printers.is_empty() {
                named.printers
            } else {
                printers
            },
            order_every: Duration::from_secs(self.order_every),
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run(Flags::parse()).await else {
        return ExitCode::SUCCESS;
    };
    // For a person, so without a backtrace, whatever the environment says.
    let said = writeln!(std::io::stderr(), "panbot-server: {error:#}");
    // When stderr is gone there is nobody left to tell.
    drop(said);
    ExitCode::FAILURE
}

async fn run(flags: Flags) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm=warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    // Before anything is opened, so that a signal is never too early.
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let secrets = Secrets::from_source(|name| std::env::var(name).ok())?;
    let running = server::start(Options {
        listen: flags.listen,
        centrifugo_config: flags.centrifugo_config.clone(),
        centrifugo: flags.centrifugo()?,
        public_url: flags.public_url.clone(),
        demo: flags.demo(),
        limits: Limits {
            connections: flags.max_connections,
            connections_per_address: flags.max_connections_per_address,
            trusted_proxies: flags.trusted_proxy.clone(),
            ..Limits::default()
        },
        ..Options::new(&flags.database, secrets)
    })
    .await?;
    let mut ready = json!({
        "ready": "panbot-server",
        "url": running.url,
        "realtime": running.realtime,
    });
    if let Some(demo) = &running.demo {
        ready["demo"] = serde_json::to_value(demo)?;
    }
    writeln!(std::io::stdout(), "{ready}").context("nobody reads that the server is ready")?;
    tracing::info!(url = running.url, "ready");
    signals.next().await;
    tracing::info!("stopping");
    running.shutdown().await;
    Ok(())
}

/// The signals by which somebody ends the program.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps)]
    fn listen() -> std::io::Result<Self> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for Ctrl-C");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_is_written_as_name_and_address() {
        let (name, address) = printer("Kitchen=tcp://127.0.0.1:19101").unwrap();
        assert_eq!(
            (name.as_str(), address.to_string().as_str()),
            ("Kitchen", "tcp://127.0.0.1:19101")
        );
        for wrong in [
            "Kitchen",
            "=tcp://127.0.0.1:1",
            "Kitchen=",
            "Kitchen=http://x",
        ] {
            assert!(printer(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_flags_are_sound() {
        use clap::CommandFactory;
        Flags::command().debug_assert();
    }
}
