//! One sender's connection: relays bytes as the faults allow to an HTTP server, plain or inside TLS. The first byte tells
//! which of both (RFC 8446: a handshake begins with 22).

use super::events::{ConnectionContext, ConnectionEvent};
use super::http;
use crate::control::State;
use crate::faults::Faults;
use crate::port::reset;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

const HANDSHAKE: u8 = 22;
/// Buffer between the socket and the HTTP server.
const PIPE: usize = 64 * 1024;
/// Bytes taken at once.
const CHUNK: usize = 16 * 1024;
/// How long a handshake, or the head of a request, may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long bytes received before a reset may take to be processed.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);
/// How long the sender is still read from after the last answer.
const LINGER: Duration = Duration::from_secs(2);

/// Serves a sender until one of both sides ends it.
pub(super) async fn serve(
    mut stream: TcpStream,
    context: ConnectionContext,
    state: watch::Sender<State>,
    power: CancellationToken,
    stop: CancellationToken,
) {
    state.send_modify(|state| {
        state.connections += 1;
        state.open += 1;
        state.connected = true;
    });
    let ended = tokio::select! {
        () = stop.cancelled() => End::InOrder,
        () = power.cancelled() => End::Reset,
        () = context.cut.cancelled() => End::Reset,
        ended = relay(&mut stream, &context, &state) => ended.unwrap_or_else(|error| {
            tracing::debug!(%error, "sender lost");
            End::InOrder
        }),
    };
    if ended == End::Reset {
        reset(stream);
    }
    state.send_modify(|state| {
        state.open = state.open.saturating_sub(1);
        state.connected = state.open > 0;
    });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    InOrder,
    Reset,
}

async fn relay(
    stream: &mut TcpStream,
    context: &ConnectionContext,
    state: &watch::Sender<State>,
) -> io::Result<End> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may be late");
    }
    let faults = state.borrow().faults.clone();
    if limit(&faults) == Some(0) {
        return Ok(reset_once(context, &faults));
    }
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(End::InOrder);
    }
    let (near, far) = tokio::io::duplex(PIPE);
    let (from, to) = stream.split();
    let (answers, requests) = tokio::io::split(near);
    let http_server = accept(far, context.clone(), first == [HANDSHAKE]);
    let mut upload = std::pin::pin!(upstream(from, requests, context, state));
    let mut http_server = std::pin::pin!(http_server);
    let mut download = std::pin::pin!(downstream(answers, to));
    let (mut uploaded, mut served) = (false, false);
    loop {
        tokio::select! {
            ended = &mut upload, if !uploaded => match ended? {
                End::Reset => {
                    // What arrived before the reset is processed, and its request sees the end of the body.
                    if !served {
                        let _ = tokio::time::timeout(FLUSH_TIMEOUT, http_server).await;
                    }
                    return Ok(End::Reset);
                }
                End::InOrder => uploaded = true,
            },
            () = &mut http_server, if !served => served = true,
            said = &mut download => {
                said?;
                break;
            }
        }
    }
    // Closing while the sender still talks would be a reset, and could take the last answer with it.
    if !uploaded {
        let _ = tokio::time::timeout(LINGER, upload).await;
    }
    Ok(End::InOrder)
}

fn limit(faults: &Faults) -> Option<u64> {
    [faults.reset_after_bytes, faults.reset_once_after_bytes]
        .into_iter()
        .flatten()
        .min()
}

fn reset_once(context: &ConnectionContext, faults: &Faults) -> End {
    if faults.reset_once_after_bytes.is_some() {
        // The printer task clears the fault; it is gone only at shutdown.
        let _ = context.events.send(ConnectionEvent::ResetDone);
    }
    End::Reset
}

/// From the sender to the HTTP server, throttled by the faults.
async fn upstream(
    mut from: ReadHalf<'_>,
    mut to: impl AsyncWrite + Unpin,
    context: &ConnectionContext,
    state: &watch::Sender<State>,
) -> io::Result<End> {
    let mut changes = state.subscribe();
    let mut received = 0;
    let mut buffer = vec![0; CHUNK];
    loop {
        let faults = changes.borrow_and_update().faults.clone();
        let limit = limit(&faults);
        if limit.is_some_and(|limit| received >= limit) {
            to.shutdown().await?;
            return Ok(reset_once(context, &faults));
        }
        let until_reset = limit.map_or(u64::MAX, |limit| limit - received);
        let mut most = CHUNK.min(usize::try_from(until_reset).unwrap_or(CHUNK));
        if let Some(speed) = faults.bytes_per_second {
            // Fifty chunks a second look like a steady stream.
            most = most.min((speed as usize / 50).max(1));
        }
        let read = tokio::select! {
            read = from.read(buffer.get_mut(..most).unwrap_or_default()), if !faults.never_read => read?,
            changed = changes.changed() => {
                if changed.is_err() {
                    return Ok(End::InOrder);
                }
                continue;
            }
        };
        if read == 0 {
            to.shutdown().await?;
            return Ok(End::InOrder);
        }
        received += read as u64;
        state.send_modify(|state| state.received_bytes += read as u64);
        if to
            .write_all(buffer.get(..read).unwrap_or_default())
            .await
            .is_err()
        {
            // The HTTP server has closed its side; the rest is discarded.
            tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
            return Ok(End::InOrder);
        }
        if let Some(speed) = faults.bytes_per_second {
            let takes = Duration::from_secs_f64(read as f64 / f64::from(speed.max(1)));
            tokio::time::sleep(takes).await;
        }
    }
}

/// From the HTTP server to the sender.
async fn downstream(mut from: impl AsyncRead + Unpin, mut to: WriteHalf<'_>) -> io::Result<()> {
    tokio::io::copy(&mut from, &mut to).await?;
    to.shutdown().await
}

async fn accept(far: DuplexStream, context: ConnectionContext, in_tls: bool) {
    if !in_tls {
        return serve_http(far, context).await;
    }
    let acceptor = TlsAcceptor::from(context.certificate.server());
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(far)).await {
        Ok(Ok(stream)) => serve_http(stream, context).await,
        Ok(Err(error)) => tracing::debug!(%error, "no handshake"),
        Err(_) => tracing::debug!("no handshake in time"),
    }
}

async fn serve_http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    context: ConnectionContext,
) {
    let service = TowerToHyperService::new(http::router(context));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Some(Duration::from_secs(600)))
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "the connection broke");
    }
}
