//! What connections and the printer task tell each other.

use super::answer_faults::Reply;
use super::codec::Message;
use super::document;
use super::operations::{DocumentOutcome, PendingDocument};
use super::tls::Certificate;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// What a connection tells the printer task.
#[derive(Debug)]
pub(super) enum ConnectionEvent {
    /// A request, without its document.
    Request(Message, oneshot::Sender<RequestResult>),
    /// The document of a request ended; answered when a sender is left.
    DocumentEnded(
        PendingDocument,
        DocumentOutcome,
        Option<oneshot::Sender<Reply>>,
    ),
    /// The fault `reset_once_after_bytes` has fired.
    ResetDone,
}

/// What follows a request: an answer, or its document.
#[derive(Debug)]
pub(super) enum RequestResult {
    Answer(Reply),
    AwaitDocument(PendingDocument),
}

/// What the requests of one connection share.
#[derive(Debug, Clone)]
pub(super) struct ConnectionContext {
    pub events: EventSender,
    pub certificate: Arc<Certificate>,
    /// Resets the connection.
    pub cut: CancellationToken,
    /// URL of the web page.
    pub page: Option<String>,
    pub paper: document::Paper,
}

/// Sends events to the printer task.
pub(super) type EventSender = mpsc::UnboundedSender<ConnectionEvent>;
