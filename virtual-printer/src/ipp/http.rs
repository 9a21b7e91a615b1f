//! The HTTP side of IPP: POST of a request, GET of the few resources that attributes link to.

use super::answer_faults::Reply;
use super::codec::{self, LONGEST, Message};
use super::codes::Status;
use super::document::{self, LARGEST};
use super::events::{ConnectionContext, ConnectionEvent, EventSender, RequestResult};
use super::icon;
use super::job::Document;
use super::operations::{DocumentOutcome, PendingDocument, refused};
use super::request::Refusal;
use crate::format::Format;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a document may stall.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
const IPP: &str = "application/ipp";

pub(super) fn router(context: ConnectionContext) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/{icon}", get(picture))
        .route(super::description::PATH, post(handle_request))
        .route("/ipp/print/{job}", post(handle_request))
        .with_state(context)
}

async fn home(State(context): State<ConnectionContext>) -> Response {
    match context.page {
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

async fn handle_request(
    State(context): State<ConnectionContext>,
    headers: HeaderMap,
    body: Body,
) -> Response {
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
    let mut body_reader = BodyReader::new(body);
    let (bytes, read) = loop {
        let bytes = &body_reader.bytes;
        match codec::read(bytes) {
            Ok(None) => match body_reader.read_more().await {
                Ok(true) => {}
                // A request that ends in the middle, or whose sender went away.
                Ok(false) => {
                    break (
                        body_reader.bytes.clone(),
                        Err(codec::ReadError::Malformed("the request is not whole")),
                    );
                }
                Err(_) => return StatusCode::BAD_REQUEST.into_response(),
            },
            Ok(Some((message, length))) => {
                body_reader.bytes.drain(..length);
                break (Vec::new(), Ok(message));
            }
            Err(bad) => break (bytes.clone(), Err(bad)),
        }
    };
    let request = match read {
        Ok(message) => message,
        Err(bad) => return refuse_malformed(&context, &bytes, &bad).await,
    };
    let (reply, result) = oneshot::channel();
    if context
        .events
        .send(ConnectionEvent::Request(request, reply))
        .is_err()
    {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match result.await {
        Ok(RequestResult::Answer(reply)) => send_reply(&context, reply).await,
        Ok(RequestResult::AwaitDocument(pending)) => {
            receive_document(&context, pending, body_reader).await
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Answers a malformed request: with its id, if it has one.
async fn refuse_malformed(
    context: &ConnectionContext,
    bytes: &[u8],
    bad: &codec::ReadError,
) -> Response {
    let Some((version, _, id)) = codec::head(bytes) else {
        return (StatusCode::BAD_REQUEST, "this is no IPP request\n").into_response();
    };
    let status = match bad {
        codec::ReadError::TooLong => Status::ValueTooLong,
        codec::ReadError::TooLarge => Status::EntityTooLarge,
        codec::ReadError::Malformed(_) => Status::BadRequest,
    };
    let message = refused((version, id), Refusal::new(status, bad.to_string()));
    send_reply(context, Reply::plain(&message)).await
}

async fn send_reply(context: &ConnectionContext, reply: Reply) -> Response {
    match reply {
        Reply::Send {
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
        Reply::Dropped => {
            context.cut.cancel();
            std::future::pending().await
        }
        Reply::Never => std::future::pending().await,
    }
}

/// Reports the end of a document to the printer task, also when it is dropped (as lost).
struct DocumentGuard<'w> {
    events: &'w EventSender,
    pending: Option<PendingDocument>,
}

impl DocumentGuard<'_> {
    /// Reports the outcome; returns the receiver of the answer.
    fn finish(mut self, outcome: DocumentOutcome) -> Option<oneshot::Receiver<Reply>> {
        let (reply, answer) = oneshot::channel();
        let pending = self.pending.take()?;
        self.events
            .send(ConnectionEvent::DocumentEnded(
                pending,
                outcome,
                Some(reply),
            ))
            .ok()?;
        Some(answer)
    }
}

impl Drop for DocumentGuard<'_> {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            // At shutdown there is no printer task to report to.
            let _ = self.events.send(ConnectionEvent::DocumentEnded(
                pending,
                DocumentOutcome::Lost,
                None,
            ));
        }
    }
}

async fn receive_document(
    context: &ConnectionContext,
    pending: PendingDocument,
    mut body_reader: BodyReader,
) -> Response {
    let (announced, compression) = (pending.announced, pending.compression);
    let guard = DocumentGuard {
        events: &context.events,
        pending: Some(pending),
    };
    let outcome = loop {
        if body_reader.bytes.len() > LARGEST {
            break DocumentOutcome::TooLarge;
        }
        match body_reader.read_more().await {
            Ok(true) => {}
            Ok(false) => {
                let (bytes, paper) = (body_reader.bytes, context.paper);
                let work = move || read(bytes, announced, compression, paper);
                break tokio::task::spawn_blocking(work)
                    .await
                    .unwrap_or_else(|error| {
                        tracing::error!(%error, "a document could not be read");
                        DocumentOutcome::Lost
                    });
            }
            Err(error) => {
                tracing::debug!(%error, "a document was cut off");
                break DocumentOutcome::Lost;
            }
        }
    };
    let Some(answer) = guard.finish(outcome) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    match answer.await {
        Ok(reply) => send_reply(context, reply).await,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn read(
    bytes: Vec<u8>,
    announced: Option<Format>,
    compression: document::Compression,
    paper: document::Paper,
) -> DocumentOutcome {
    if bytes.is_empty() {
        return DocumentOutcome::Empty;
    }
    let bytes = match document::unpack(bytes, compression, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) => {
            return DocumentOutcome::UnpackFailed(format!("it cannot be unpacked: {error}"));
        }
    };
    match document::pages(&bytes, announced, paper) {
        Ok((format, pages)) => DocumentOutcome::Complete(Document {
            format,
            bytes: bytes.into(),
            pages,
        }),
        Err(why) => DocumentOutcome::Unprintable(why),
    }
}

/// Reads a body piece by piece.
struct BodyReader {
    bytes: Vec<u8>,
    rest: axum::body::BodyDataStream,
}

impl BodyReader {
    fn new(body: Body) -> Self {
        Self {
            bytes: Vec::new(),
            rest: body.into_data_stream(),
        }
    }

    /// Reads the next piece; false at the end.
    async fn read_more(&mut self) -> Result<bool, String> {
        match tokio::time::timeout(IDLE_TIMEOUT, self.rest.next()).await {
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
    /// An answer without faults.
    fn plain(message: &Message) -> Self {
        Self::Send {
            status: 200,
            body: codec::write(message),
            delay: Duration::ZERO,
        }
    }
}
