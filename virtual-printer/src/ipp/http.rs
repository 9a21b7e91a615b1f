//! What is spoken on a connection: POST of an IPP request, GET of the few things that its attributes point at.

use super::codec::{self, LONGEST, Message};
use super::connection::Asks;
use super::document::{self, LARGEST};
use super::icon;
use super::job::Document;
use super::operations::{Awaited, Heard, refused};
use super::request::Refusal;
use super::spoil::Reply;
use super::tls::Certificate;
use super::words::Status;
use super::{Ask, Begun};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// How long nothing may come of a document.
const PATIENCE: Duration = Duration::from_secs(120);
const IPP: &str = "application/ipp";

/// A connection, as the requests on it see it.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub asks: Asks,
    pub certificate: Arc<Certificate>,
    /// Resets the connection.
    pub cut: CancellationToken,
    /// Where the page with the rolls is.
    pub page: Option<String>,
    pub paper: document::Paper,
}

pub(super) fn router(wire: Wire) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/{icon}", get(picture))
        .route(super::description::PATH, post(print))
        .route("/ipp/print/{job}", post(print))
        .with_state(wire)
}

async fn home(State(wire): State<Wire>) -> Response {
    match wire.page {
        Some(page) => Redirect::temporary(&page).into_response(),
        None => {
            "This is a printer without paper. It takes jobs by IPP at /ipp/print.\n".into_response()
        }
    }
}

async fn picture(Path(name): Path<String>) -> Response {
    let size = name
        .strip_prefix("icon-")
        .and_then(|name| name.strip_suffix(".png"))
        .and_then(|size| size.parse().ok());
    match size {
        Some(size @ (48 | 128 | 512)) => {
            ([(header::CONTENT_TYPE, "image/png")], icon::png(size)).into_response()
        }
        Some(_) | None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn print(State(wire): State<Wire>, headers: HeaderMap, body: Body) -> Response {
    let is_ipp = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|kind| kind.trim() == IPP)
        });
    if !is_ipp {
        let says = format!("requests are {IPP}\n");
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, says).into_response();
    }
    let mut coming = Coming::of(body);
    let (bytes, read) = loop {
        let bytes = &coming.bytes;
        match codec::read(bytes) {
            Ok(None) => match coming.more().await {
                Ok(true) => {}
                // A request that ends in the middle, or whose sender went away.
                Ok(false) => {
                    break (
                        coming.bytes.clone(),
                        Err(codec::Bad::Malformed("the request is not whole")),
                    );
                }
                Err(_) => return StatusCode::BAD_REQUEST.into_response(),
            },
            Ok(Some((message, length))) => {
                coming.bytes.drain(..length);
                break (Vec::new(), Ok(message));
            }
            Err(bad) => break (bytes.clone(), Err(bad)),
        }
    };
    let asked = match read {
        Ok(message) => message,
        Err(bad) => return unread(&wire, &bytes, &bad).await,
    };
    let (reply, begun) = oneshot::channel();
    if wire.asks.send(Ask::Begin(asked, reply)).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match begun.await {
        Ok(Begun::Answer(reply)) => say(&wire, reply).await,
        Ok(Begun::Hear(awaited)) => hear(&wire, awaited, coming).await,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Answers bytes that are no request: with their id, when they have one.
async fn unread(wire: &Wire, bytes: &[u8], bad: &codec::Bad) -> Response {
    let Some((version, _, id)) = codec::head(bytes) else {
        return (StatusCode::BAD_REQUEST, "this is no IPP request\n").into_response();
    };
    let status = match bad {
        codec::Bad::TooLong => Status::ValueTooLong,
        codec::Bad::TooLarge => Status::EntityTooLarge,
        codec::Bad::Malformed(_) => Status::BadRequest,
    };
    let message = refused((version, id), Refusal::new(status, bad.to_string()));
    say(wire, Reply::plain(&message)).await
}

async fn say(wire: &Wire, reply: Reply) -> Response {
    match reply {
        Reply::Say {
            status,
            body,
            delay,
        } => {
            tokio::time::sleep(delay).await;
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if !status.is_success() {
                return status.into_response();
            }
            ([(header::CONTENT_TYPE, IPP)], body).into_response()
        }
        Reply::Lost => {
            wire.cut.cancel();
            std::future::pending().await
        }
        Reply::Never => std::future::pending().await,
    }
}

/// A document on its way; whatever happens to the connection, the printer hears how it ended.
struct Way<'w> {
    asks: &'w Asks,
    awaited: Option<Awaited>,
}

impl Way<'_> {
    /// The end of the way; the answer to it.
    fn ended(mut self, heard: Heard) -> Option<oneshot::Receiver<Reply>> {
        let (reply, answer) = oneshot::channel();
        let awaited = self.awaited.take()?;
        self.asks
            .send(Ask::Heard(awaited, heard, Some(reply)))
            .ok()?;
        Some(answer)
    }
}

impl Drop for Way<'_> {
    fn drop(&mut self) {
        if let Some(awaited) = self.awaited.take() {
            // Without a printer there is nobody to tell.
            let _ = self.asks.send(Ask::Heard(awaited, Heard::Lost, None));
        }
    }
}

async fn hear(wire: &Wire, awaited: Awaited, mut coming: Coming) -> Response {
    let (announced, compression) = (awaited.announced, awaited.compression);
    let way = Way {
        asks: &wire.asks,
        awaited: Some(awaited),
    };
    let heard = loop {
        if coming.bytes.len() > LARGEST {
            break Heard::TooLarge;
        }
        match coming.more().await {
            Ok(true) => {}
            Ok(false) => {
                let (bytes, paper) = (coming.bytes, wire.paper);
                let work = move || read(bytes, announced, compression, paper);
                break tokio::task::spawn_blocking(work)
                    .await
                    .unwrap_or_else(|error| {
                        tracing::error!(%error, "a document could not be read");
                        Heard::Lost
                    });
            }
            Err(error) => {
                tracing::debug!(%error, "a document was cut off");
                break Heard::Lost;
            }
        }
    };
    let Some(answer) = way.ended(heard) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    match answer.await {
        Ok(reply) => say(wire, reply).await,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn read(
    bytes: Vec<u8>,
    announced: Option<document::Format>,
    compression: document::Compression,
    paper: document::Paper,
) -> Heard {
    if bytes.is_empty() {
        return Heard::Nothing;
    }
    let bytes = match document::unpack(bytes, compression, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) => return Heard::BadlyPacked(format!("it cannot be unpacked: {error}")),
    };
    match document::pages(&bytes, announced, paper) {
        Ok((format, pages)) => Heard::Whole(Document {
            format,
            bytes: bytes.into(),
            pages,
        }),
        Err(why) => Heard::Unprintable(why),
    }
}

/// A body, as far as it has come.
struct Coming {
    bytes: Vec<u8>,
    rest: axum::body::BodyDataStream,
}

impl Coming {
    fn of(body: Body) -> Self {
        Self {
            bytes: Vec::new(),
            rest: body.into_data_stream(),
        }
    }

    /// Takes what comes next; false at the end.
    async fn more(&mut self) -> Result<bool, String> {
        match tokio::time::timeout(PATIENCE, self.rest.next()).await {
            Ok(Some(Ok(chunk))) => {
                self.bytes.extend_from_slice(&chunk);
                Ok(true)
            }
            Ok(Some(Err(error))) => Err(error.to_string()),
            Ok(None) => Ok(false),
            Err(_) => Err("nothing came for a long time".to_owned()),
        }
    }
}

const _: () = assert!(LONGEST < LARGEST);

impl Reply {
    /// An answer that nothing is done to.
    fn plain(message: &Message) -> Self {
        Self::Say {
            status: 200,
            body: codec::write(message),
            delay: Duration::ZERO,
        }
    }
}
