//! The socket under a [`Connection`]: reads, writes and waits at the same time, so that a client that does not read is
//! still heard, and closed in time.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    codes::Disconnect,
    connection::{Connection, Now},
    outgoing::Waiting,
};

/// How long the last words may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Both clocks.
pub fn now() -> Now {
    Now {
        instant: tokio::time::Instant::now().into_std(),
        time: Timestamp::now(),
    }
}

/// Serves one client until it goes or is sent away.
pub async fn serve(
    socket: WebSocket,
    mut connection: Connection,
    mut waiting: Waiting,
    cancel: CancellationToken,
) {
    let too_slow = waiting.too_slow();
    let (mut sink, mut stream) = socket.split();
    let end = tokio::select! {
        end = read(&mut stream, &mut connection) => end,
        () = write(&mut sink, &mut waiting) => None,
        () = too_slow.cancelled() => Some(Disconnect::SLOW),
        () = cancel.cancelled() => Some(Disconnect::SHUTDOWN),
    };
    let Some(end) = end else {
        tracing::debug!(client = connection.id(), "the client went");
        return;
    };
    tracing::info!(
        client = connection.id(),
        code = end.code,
        reason = end.reason,
        "closing a connection"
    );
    let goodbye = async {
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
    if tokio::time::timeout(GOODBYE, goodbye).await.is_err() {
        tracing::debug!(
            client = connection.id(),
            "the client did not wait for the goodbye"
        );
    }
}

/// `None` when the client went by itself.
async fn read(
    stream: &mut (impl Stream<Item = Result<Message, axum::Error>> + Unpin),
    connection: &mut Connection,
) -> Option<Disconnect> {
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
        };
        if let Err(disconnect) = result {
            return Some(disconnect);
        }
    }
}

async fn write(
    sink: &mut (impl Sink<Message, Error = axum::Error> + Unpin),
    waiting: &mut Waiting,
) {
    while let Some(text) = waiting.next().await {
        if sink.send(Message::Text(text.into())).await.is_err() {
            return;
        }
    }
}
