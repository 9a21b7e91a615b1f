//! Drives the WebSocket of a [`Connection`]: reads, writes and timeouts run concurrently, so that a client that does not
//! read is still noticed and closed in time.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    codes::Disconnect,
    connection::{Connection, Now},
    frame_queue::FrameReceiver,
};
use crate::http::Slot;

/// How long sending the close frame may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The current time on both clocks.
pub fn now() -> Now {
    Now {
        instant: tokio::time::Instant::now().into_std(),
        time: Timestamp::now(),
    }
}

/// Serves one client until either side ends the connection.
pub async fn serve(
    socket: WebSocket,
    mut connection: Connection,
    mut waiting: FrameReceiver,
    slot: Option<Arc<Slot>>,
    cancel: CancellationToken,
) {
    let too_slow = waiting.too_slow();
    let (mut sink, mut stream) = socket.split();
    let end = tokio::select! {
        end = read(&mut stream, &mut connection, slot.as_deref()) => end,
        () = write(&mut sink, &mut waiting) => None,
        () = too_slow.cancelled() => Some(Disconnect::SLOW),
        () = evicted(slot.as_deref()) => Some(Disconnect::EVICTED),
        () = cancel.cancelled() => Some(Disconnect::SHUTDOWN),
    };
    let Some(end) = end else {
        tracing::debug!(client = connection.id(), "the client closed the connection");
        return;
    };
    tracing::info!(
        client = connection.id(),
        code = end.code,
        reason = end.reason,
        "closing a connection"
    );
    let closing = async {
        if end != Disconnect::SLOW
            && let Some(rest) = waiting.rest()
        {
            sink.send(Message::Text(rest.into())).await?;
        }
        sink.send(Message::Close(Some(CloseFrame {
            code: end.code,
            reason: end.reason.into(),
        })))
        .await?;
        // The client answers the close frame; a socket that is dropped before can take the frame with it.
        while let Some(Ok(_)) = stream.next().await {}
        Ok::<_, axum::Error>(())
    };
    if tokio::time::timeout(CLOSE_TIMEOUT, closing).await.is_err() {
        tracing::debug!(
            client = connection.id(),
            "the client did not answer the close frame"
        );
    }
}

/// Resolves when the connection has to make room for another.
async fn evicted(slot: Option<&Slot>) {
    match slot {
        Some(slot) => slot.evicted().await,
        None => std::future::pending().await,
    }
}

/// `None` when the client closed the connection.
async fn read(
    stream: &mut (impl Stream<Item = Result<Message, axum::Error>> + Unpin),
    connection: &mut Connection,
    slot: Option<&Slot>,
) -> Option<Disconnect> {
    let mut ended_sessions = connection.ended_sessions();
    loop {
        let due = tokio::time::Instant::from_std(connection.next_timeout());
        let result = tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => connection.on_message(&text, now()),
                Some(Ok(Message::Binary(_))) => Err(Disconnect::BAD_REQUEST),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            },
            () = tokio::time::sleep_until(due) => connection.on_timeout(now()),
            Ok(()) = ended_sessions.changed() => connection.on_ended_sessions(),
        };
        if let Err(disconnect) = result {
            return Some(disconnect);
        }
        if connection.is_authenticated()
            && let Some(slot) = slot
        {
            slot.authenticated();
        }
    }
}

async fn write(
    sink: &mut (impl Sink<Message, Error = axum::Error> + Unpin),
    waiting: &mut FrameReceiver,
) {
    while let Some(text) = waiting.next().await {
        if sink.send(Message::Text(text.into())).await.is_err() {
            return;
        }
    }
}
