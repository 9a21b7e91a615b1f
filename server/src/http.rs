//! Serves HTTP/1 connections within limits: how many there may be, and how long one may stay without authenticating.
//!
//! `axum::serve` has neither limit: silent sockets and headers that trickle would take every file descriptor.

mod connections;
mod host;

use std::{
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::connections::Connections;
pub(crate) use self::{
    connections::{Slot, network},
    host::own_host,
};
use crate::refusal::{Refusal, unreadable};

/// How long pending requests may take at a shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of one request's head, and of what is buffered for one connection.
const MAX_BUFFER: usize = 64 * 1024;
/// Before the next try when no connection can be accepted.
const ACCEPT_DELAY: Duration = Duration::from_millis(100);

/// Limits on connections.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Open connections in all; the process needs some more file descriptors than these.
    pub connections: usize,
    /// Open connections of one address (of one /64 network in IPv6), unless it is a trusted proxy.
    pub connections_per_address: usize,
    /// How long a connection that has not authenticated may be silent, or take for the head of a request.
    pub unauthenticated_timeout: Duration,
    /// How long an authenticated connection may be idle. Longer than clients keep theirs, so that none is closed at the
    /// moment in which a client uses it again.
    pub idle_timeout: Duration,
    /// Proxies in front of this server: they are believed what they say in `X-Forwarded-For`.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 800,
            connections_per_address: 200,
            unauthenticated_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(120),
            trusted_proxies: Vec::new(),
        }
    }
}

/// The connection of a request; an extension of every request.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// The client, or the proxy in front of it.
    pub address: IpAddr,
    /// The address of this server that the client connected to.
    pub local: SocketAddr,
    /// Its place among the open connections.
    pub slot: Arc<Slot>,
}

impl Peer {
    /// The connection of a request.
    pub(crate) fn of(parts: &Parts) -> Result<&Peer, Refusal> {
        let peer = parts.extensions.get::<Peer>();
        peer.ok_or_else(|| unreadable("connection", &"the request has none"))
    }

    /// The address of the client itself: that of the connection, or what a trusted proxy says.
    pub(crate) fn client(&self, headers: &HeaderMap) -> IpAddr {
        let trusted = |address| self.slot.limits().trusted_proxies.contains(&address);
        if !trusted(self.address) {
            return self.address;
        }
        headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|value| value.trim().parse::<IpAddr>().ok())
            .map(|address| address.to_canonical())
            // Each proxy appends the address that it saw; what comes before may be made up.
            .rfind(|&address| !trusted(address))
            .unwrap_or(self.address)
    }
}

/// The address of the client that sent a request.
#[derive(Debug)]
pub(crate) struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let peer = Peer::of(parts)?;
        Ok(ClientAddress(peer.client(&parts.headers)))
    }
}

/// The HTTP server. It outlives a panic of the task that accepts: open connections are counted and waited for as before.
#[derive(Debug)]
pub(crate) struct HttpServer {
    listener: TcpListener,
    router: TowerToHyperService<Router>,
    connections: Connections,
    open: TaskTracker,
    stop: CancellationToken,
    abort: CancellationToken,
}

impl HttpServer {
    pub(crate) fn new(
        listener: TcpListener,
        router: Router,
        limits: Limits,
        stop: CancellationToken,
    ) -> Self {
        HttpServer {
            listener,
            router: TowerToHyperService::new(router),
            connections: Connections::new(limits),
            open: TaskTracker::new(),
            stop,
            abort: CancellationToken::new(),
        }
    }

    /// Accepts connections and serves them until `stop` is cancelled; then pending requests have [`SHUTDOWN_TIMEOUT`].
    pub(crate) async fn run(&self) {
        while let Some(accepted) = self.stop.run_until_cancelled(self.listener.accept()).await {
            match accepted {
                Ok((stream, remote)) => self.serve(stream, remote),
                Err(error) => accept_failed(&self.connections, &error).await,
            }
        }
        self.open.close();
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, self.open.wait())
            .await
            .is_err()
        {
            tracing::warn!("some requests were still pending and are aborted");
            self.abort.cancel();
            self.open.wait().await;
        }
    }

    /// Serves one connection beside the others, if there is room for it.
    fn serve(&self, stream: TcpStream, remote: SocketAddr) {
        let address = remote.ip().to_canonical();
        let (Ok(local), Some(slot)) = (
            stream.local_addr(),
            self.connections.admit(address, Instant::now()),
        ) else {
            // Dropping the stream closes it. The client of an address at its limit is told no more.
            tracing::debug!(%remote, "a connection was refused: there are as many as may be");
            return;
        };
        let peer = Peer {
            address,
            local: SocketAddr::new(local.ip().to_canonical(), local.port()),
            slot: Arc::new(slot),
        };
        let connection = serve_connection(stream, self.router.clone(), peer, self.stop.clone());
        let abort = self.abort.clone();
        self.open.spawn(async move {
            let served = supervision::catch(abort.run_until_cancelled(connection));
            if let Err(panic) = served.await {
                tracing::error!(%remote, %panic, "serving a connection panicked");
            }
        });
    }
}

async fn accept_failed(connections: &Connections, error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    // Out of file descriptors, most likely: one that does nothing makes room.
    tracing::error!(%error, "no connection can be accepted");
    connections.evict();
    tokio::time::sleep(ACCEPT_DELAY).await;
}

async fn serve_connection(
    stream: TcpStream,
    router: TowerToHyperService<Router>,
    peer: Peer,
    stop: CancellationToken,
) {
    // Answers are small and waited for: send them without Nagle's delay.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let slot = Arc::clone(&peer.slot);
    let idle_timeout = slot.limits().idle_timeout;
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        let pending = peer.slot.begin_request();
        request.extensions_mut().insert(peer.clone());
        let response = router.call(request);
        async move {
            let response = response.await;
            drop(pending);
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // It also runs between two requests.
        .header_read_timeout(idle_timeout)
        .max_buf_size(MAX_BUFFER)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = slot.evicted() => return,
        () = slot.overdue() => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection failed");
    }
}

#[cfg(test)]
mod tests;
