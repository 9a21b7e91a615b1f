//! The hub inside this process: for demos, for development and for a single restaurant. History lives in memory; each
//! start begins new streams, whose epoch tells clients that their positions are worth nothing any more.

use std::{sync::Arc, time::Duration};

use api::centrifugo::StreamPosition;
use axum::{
    Extension, Router,
    extract::{RawQuery, State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::any,
};
use serde_json::value::RawValue;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    HubError, PATH,
    config::Config,
    connection::{Connection, Shared},
    frame_queue::frame_queue,
    origin, socket,
    tokens::Tokens,
};
use crate::http::Peer;

/// Bytes of one message from a client, as Centrifugo's default.
const MESSAGE_SIZE: usize = 65_536;

/// The hub inside this process. Clones share one hub.
#[derive(Debug, Clone)]
pub struct Embedded {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

impl Embedded {
    /// An empty hub. Cancelling `cancel` closes its connections.
    pub fn new(config: Config, tokens: Tokens, cancel: CancellationToken) -> Embedded {
        if !config.left.is_empty() {
            let keys = config.left.join(", ");
            tracing::info!(keys, "realtime settings that only Centrifugo applies");
        }
        Embedded {
            shared: Arc::new(Shared::new(config, tokens, socket::now().instant)),
            tasks: TaskTracker::new(),
            cancel,
        }
    }

    /// Publishes once per key.
    ///
    /// # Errors
    /// When there is no such namespace, or the data does not fit it.
    pub fn publish(
        &self,
        channel: &str,
        data: &RawValue,
        key: &str,
    ) -> Result<StreamPosition, HubError> {
        let config = &self.shared.config;
        let (namespace, _) = config
            .namespace(channel)
            .filter(|_| !channel.is_empty() && channel.len() <= config.channel_max_length)
            .ok_or_else(|| HubError::UnknownChannel(channel.to_owned()))?;
        if namespace.data_must_be_object && !data.get().trim_start().starts_with('{') {
            return Err(HubError::WrongData {
                channel: channel.to_owned(),
                detail: "its namespace takes JSON objects only".to_owned(),
            });
        }
        let now = socket::now().instant;
        Ok(self.shared.channels(|channels| {
            channels.sweep(config, now);
            channels.publish(channel, namespace, data, key, now)
        }))
    }

    /// Ends the connections of a session and refuses its tokens, which live no longer than `life`.
    pub fn end_session(&self, session: Uuid, life: Duration) {
        self.shared
            .end_session(session, life, socket::now().instant);
    }

    /// The WebSocket at [`PATH`].
    pub fn router(&self) -> Router {
        Router::new()
            .route(PATH, any(upgrade))
            .with_state(self.clone())
    }

    /// Waits until every connection has ended.
    pub async fn closed(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn upgrade(
    State(hub): State<Embedded>,
    RawQuery(query): RawQuery,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let origin = headers
        .get(header::ORIGIN)
        .map(|origin| origin.to_str().unwrap_or("not text"));
    if !origin::is_allowed(origin, &hub.shared.config.client.allowed_origins) {
        tracing::warn!(
            origin,
            "a web page that is not in client.allowed_origins was refused"
        );
        return StatusCode::FORBIDDEN.into_response();
    }
    if query.is_some_and(|query| query.contains("cf_protocol=protobuf")) {
        return (StatusCode::BAD_REQUEST, "this hub speaks JSON only").into_response();
    }
    // Held while the connection lives, so that `closed` waits for it.
    let task = hub.tasks.token();
    upgrade
        .max_message_size(MESSAGE_SIZE)
        // By default a client may announce 16 MiB, for which room would be made.
        .max_frame_size(MESSAGE_SIZE)
        .on_upgrade(move |stream| async move {
            let (outgoing, waiting) = frame_queue(hub.shared.config.client.queue_max_size);
            let now = socket::now();
            let connection = Connection::new(hub.shared, outgoing, rand::random(), now);
            let slot = peer.map(|Extension(peer)| peer.slot);
            socket::serve(stream, connection, waiting, slot, hub.cancel).await;
            drop(task);
        })
}
