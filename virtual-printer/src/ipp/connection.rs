//! One sender's connection: bytes go to and fro as the faults allow, and HTTP, plain or inside TLS, is spoken behind them.
//! The first byte says which of both (RFC 8446: a handshake begins with 22).

use super::Ask;
use super::http::{self, Wire};
use crate::escpos::{State, reset};
use crate::faults::Faults;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

const HANDSHAKE: u8 = 22;
/// Bytes on their way between the socket and HTTP.
const PIPE: usize = 64 * 1024;
/// Bytes taken at once.
const MOUTHFUL: usize = 16 * 1024;
/// How long a handshake, or the head of a request, may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long what came before a reset may take to be understood.
const HEARING: Duration = Duration::from_millis(500);
/// How long the rest of what a sender says is listened to after the last answer.
const LINGER: Duration = Duration::from_secs(2);

/// Serves a sender until one of both sides ends it.
pub(super) async fn serve(
    mut stream: TcpStream,
    wire: Wire,
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
        () = stop.cancelled() => Ended::InOrder,
        () = power.cancelled() => Ended::Reset,
        () = wire.cut.cancelled() => Ended::Reset,
        ended = carry(&mut stream, &wire, &state) => ended.unwrap_or_else(|error| {
            tracing::debug!(%error, "sender lost");
            Ended::InOrder
        }),
    };
    if ended == Ended::Reset {
        reset(stream);
    }
    state.send_modify(|state| {
        state.open = state.open.saturating_sub(1);
        state.connected = state.open > 0;
    });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    InOrder,
    Reset,
}

async fn carry(
    stream: &mut TcpStream,
    wire: &Wire,
    state: &watch::Sender<State>,
) -> io::Result<Ended> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may be late");
    }
    let faults = state.borrow().faults.clone();
    if limit(&faults) == Some(0) {
        return Ok(reset_once(wire, &faults));
    }
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(Ended::InOrder);
    }
    let (near, far) = tokio::io::duplex(PIPE);
    let (from, to) = stream.split();
    let (answers, requests) = tokio::io::split(near);
    let speak = speak(far, wire.clone(), first == [HANDSHAKE]);
    let mut up = std::pin::pin!(up(from, requests, wire, state));
    let mut speak = std::pin::pin!(speak);
    let mut down = std::pin::pin!(down(answers, to));
    let (mut heard, mut spoken) = (false, false);
    loop {
        tokio::select! {
            ended = &mut up, if !heard => match ended? {
                Ended::Reset => {
                    // What came before it was heard, and what it belongs to knows that no more comes.
                    if !spoken {
                        let _ = tokio::time::timeout(HEARING, speak).await;
                    }
                    return Ok(Ended::Reset);
                }
                Ended::InOrder => heard = true,
            },
            () = &mut speak, if !spoken => spoken = true,
            said = &mut down => {
                said?;
                break;
            }
        }
    }
    // Closing while the sender still talks would be a reset, and could take the last answer with it.
    if !heard {
        let _ = tokio::time::timeout(LINGER, up).await;
    }
    Ok(Ended::InOrder)
}

fn limit(faults: &Faults) -> Option<u64> {
    [faults.reset_after_bytes, faults.reset_once_after_bytes]
        .into_iter()
        .flatten()
        .min()
}

fn reset_once(wire: &Wire, faults: &Faults) -> Ended {
    if faults.reset_once_after_bytes.is_some() {
        // The printer itself turns the switch; it is gone only when all is.
        let _ = wire.asks.send(Ask::WasReset);
    }
    Ended::Reset
}

/// From the sender to HTTP, as slowly as the faults want it.
async fn up(
    mut from: ReadHalf<'_>,
    mut to: impl AsyncWrite + Unpin,
    wire: &Wire,
    state: &watch::Sender<State>,
) -> io::Result<Ended> {
    let mut changes = state.subscribe();
    let mut received = 0;
    let mut buffer = vec![0; MOUTHFUL];
    loop {
        let faults = changes.borrow_and_update().faults.clone();
        let limit = limit(&faults);
        if limit.is_some_and(|limit| received >= limit) {
            to.shutdown().await?;
            return Ok(reset_once(wire, &faults));
        }
        let until_reset = limit.map_or(u64::MAX, |limit| limit - received);
        let mut most = MOUTHFUL.min(usize::try_from(until_reset).unwrap_or(MOUTHFUL));
        if let Some(speed) = faults.bytes_per_second {
            // Fifty mouthfuls a second look like a steady stream.
            most = most.min((speed as usize / 50).max(1));
        }
        let read = tokio::select! {
            read = from.read(buffer.get_mut(..most).unwrap_or_default()), if !faults.never_read => read?,
            changed = changes.changed() => {
                if changed.is_err() {
                    return Ok(Ended::InOrder);
                }
                continue;
            }
        };
        if read == 0 {
            to.shutdown().await?;
            return Ok(Ended::InOrder);
        }
        received += read as u64;
        state.send_modify(|state| state.received_bytes += read as u64);
        if to
            .write_all(buffer.get(..read).unwrap_or_default())
            .await
            .is_err()
        {
            // Nobody listens any more; what is still said is thrown away.
            tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
            return Ok(Ended::InOrder);
        }
        if let Some(speed) = faults.bytes_per_second {
            let takes = Duration::from_secs_f64(read as f64 / f64::from(speed.max(1)));
            tokio::time::sleep(takes).await;
        }
    }
}

/// From HTTP to the sender.
async fn down(mut from: impl AsyncRead + Unpin, mut to: WriteHalf<'_>) -> io::Result<()> {
    tokio::io::copy(&mut from, &mut to).await?;
    to.shutdown().await
}

async fn speak(far: DuplexStream, wire: Wire, in_tls: bool) {
    if !in_tls {
        return talk(far, wire).await;
    }
    let acceptor = TlsAcceptor::from(wire.certificate.server());
    match tokio::time::timeout(PATIENCE, acceptor.accept(far)).await {
        Ok(Ok(stream)) => talk(stream, wire).await,
        Ok(Err(error)) => tracing::debug!(%error, "no handshake"),
        Err(_) => tracing::debug!("no handshake in time"),
    }
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, wire: Wire) {
    let service = TowerToHyperService::new(http::router(wire));
    let spoken = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Some(Duration::from_secs(600)))
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = spoken {
        tracing::debug!(%error, "the connection broke");
    }
}

/// Where the printer hears of what happens at its wires.
pub(super) type Asks = mpsc::UnboundedSender<Ask>;
