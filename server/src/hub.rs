//! Realtime publishing: through Centrifugo, or through the hub inside this process, which speaks the same protocol. Both read their namespaces from one file, `infrastructure/centrifugo/config.json`.

pub mod centrifugo;
mod channels;
mod codes;
pub mod config;
mod connection;
pub mod embedded;
mod frame_queue;
mod origin;
mod socket;
mod stream;
pub mod tokens;

use api::{centrifugo::StreamPosition, session::RealtimeToken};
use axum::Router;
use jiff::Timestamp;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{
    centrifugo::{Access, Publisher},
    config::{Config, ConfigError},
    embedded::Embedded,
    tokens::Tokens,
};
use crate::secrets::Secrets;

/// The path at which clients connect to the embedded hub.
pub const PATH: &str = "/connection/websocket";

/// The realtime hub. Cheap to clone; clones share one hub.
#[derive(Debug, Clone)]
pub struct Hub {
    tokens: Tokens,
    backend: Backend,
}

#[derive(Debug, Clone)]
enum Backend {
    Centrifugo(Publisher),
    Embedded(Embedded),
}

/// Why an event was not published.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// No namespace of that name, or not a name.
    #[error("there is no channel {0}; its namespace has to stand in the realtime settings")]
    UnknownChannel(String),
    /// Not JSON, or not what the namespace takes.
    #[error("the data for channel {channel} cannot be published: {detail}")]
    WrongData {
        /// Which.
        channel: String,
        /// Why.
        detail: String,
    },
    /// Centrifugo refused it for good.
    #[error("Centrifugo refused an event: {0}")]
    Refused(String),
    /// Centrifugo cannot be reached or failed.
    #[error("Centrifugo cannot be reached: {0}")]
    Unreachable(String),
}

impl HubError {
    /// Whether a retry with the same idempotency key may succeed.
    pub fn retryable(&self) -> bool {
        match self {
            HubError::Unreachable(_) => true,
            HubError::UnknownChannel(_) | HubError::WrongData { .. } | HubError::Refused(_) => {
                false
            }
        }
    }
}

impl Hub {
    /// A hub in this process. Cancelling `cancel` closes its connections (code 3001); [`Hub::closed`] waits for them.
    ///
    /// # Errors
    /// When a secret is a placeholder.
    pub fn embedded(
        config: Config,
        secrets: &Secrets,
        cancel: CancellationToken,
    ) -> Result<Hub, ConfigError> {
        config.refuse_placeholders(secrets)?;
        let tokens = Tokens::new(&config, secrets.clone());
        let backend = Backend::Embedded(Embedded::new(config, tokens.clone(), cancel));
        Ok(Hub { tokens, backend })
    }

    /// A Centrifugo server. `config` is the file that it was started with: tokens need its audience and issuer.
    ///
    /// # Errors
    /// When a secret is a placeholder.
    pub fn centrifugo(
        config: &Config,
        secrets: &Secrets,
        access: Access,
    ) -> Result<Hub, ConfigError> {
        config.refuse_placeholders(secrets)?;
        let tokens = Tokens::new(config, secrets.clone());
        let backend = Backend::Centrifugo(Publisher::new(access, config)?);
        Ok(Hub { tokens, backend })
    }

    /// Sets the lifetime of tokens, in whole seconds.
    #[must_use]
    pub fn with_token_life(mut self, life: std::time::Duration) -> Hub {
        self.tokens = self.tokens.with_life(life);
        self
    }

    /// Publishes JSON in a channel. A repeated idempotency key within five minutes publishes nothing and gives the
    /// same position. Order in a channel holds for one caller that waits for each answer.
    ///
    /// # Errors
    /// When the channel does not exist, the data is not JSON, or the hub cannot be reached.
    pub async fn publish(
        &self,
        channel: &str,
        data: &str,
        idempotency_key: &str,
    ) -> Result<StreamPosition, HubError> {
        let data: &RawValue = serde_json::from_str(data).map_err(|error| HubError::WrongData {
            channel: channel.to_owned(),
            detail: error.to_string(),
        })?;
        match &self.backend {
            Backend::Centrifugo(hub) => hub.publish(channel, data, idempotency_key).await,
            Backend::Embedded(hub) => hub.publish(channel, data, idempotency_key),
        }
    }

    /// Where clients connect. `server` is this server as they reach it, such as `ws://127.0.0.1:8787`.
    pub fn clients(&self, server: &str) -> String {
        match &self.backend {
            Backend::Centrifugo(hub) => hub.clients().to_owned(),
            Backend::Embedded(_) => format!("{}{PATH}", server.trim_end_matches('/')),
        }
    }

    /// A connection token for a user who reaches this server at `server`, as in [`Hub::clients`].
    pub fn connection_token(&self, user: &str, server: &str) -> RealtimeToken {
        RealtimeToken {
            url: Some(self.clients(server)),
            ..self.tokens.connection(user, Timestamp::now())
        }
    }

    /// The same for a session of the user: it is refused once the session has ended.
    pub fn session_token(&self, user: &str, session: Uuid, server: &str) -> RealtimeToken {
        RealtimeToken {
            url: Some(self.clients(server)),
            ..self.tokens.of_session(user, session, Timestamp::now())
        }
    }

    /// Ends the connections of a session and refuses its tokens.
    ///
    /// At Centrifugo all connections of the user end, and those of other sessions come back with new tokens. Its API can
    /// end one connection by `client` or `session`, but gives these ids to that client alone: they are not in our tokens,
    /// presence would have to be kept for every channel to learn them, and only its PRO edition revokes a token.
    ///
    /// # Errors
    /// When Centrifugo cannot be reached, or refuses.
    pub async fn end_session(&self, user: &str, session: Uuid) -> Result<(), HubError> {
        match &self.backend {
            Backend::Centrifugo(hub) => hub.disconnect(user).await,
            Backend::Embedded(hub) => {
                hub.end_session(session, self.tokens.life());
                Ok(())
            }
        }
    }

    /// Refuses tokens of sessions that ended before this start.
    pub fn refuse_sessions(&self, sessions: impl IntoIterator<Item = Uuid>) {
        if let Backend::Embedded(hub) = &self.backend {
            for session in sessions {
                hub.end_session(session, self.tokens.life());
            }
        }
    }

    /// A subscription token for one channel. The caller has checked that the user may have it.
    pub fn subscription_token(&self, user: &str, channel: &str) -> RealtimeToken {
        self.tokens.subscription(user, channel, Timestamp::now())
    }

    /// The route of the WebSocket at [`PATH`]; empty when Centrifugo serves clients.
    pub fn router(&self) -> Router {
        match &self.backend {
            Backend::Centrifugo(_) => Router::new(),
            Backend::Embedded(hub) => hub.router(),
        }
    }

    /// Waits until every connection has ended, after the token of [`Hub::embedded`] was cancelled.
    pub async fn closed(&self) {
        match &self.backend {
            Backend::Centrifugo(_) => {}
            Backend::Embedded(hub) => hub.closed().await,
        }
    }
}
