//! The hub inside this process.

use api::centrifugo::StreamPosition;
use axum::Router;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::{HubError, config::Config, tokens::Tokens};

/// The hub inside this process. Clones are the same hub.
#[derive(Debug, Clone)]
pub struct Embedded {}

impl Embedded {
    pub(super) fn new(_config: Config, _tokens: Tokens, _cancel: CancellationToken) -> Embedded {
        Embedded {}
    }

    pub(super) fn publish(
        &self,
        _channel: &str,
        _data: &RawValue,
        _key: &str,
    ) -> Result<StreamPosition, HubError> {
        Ok(StreamPosition::default())
    }

    pub(super) fn router(&self) -> Router {
        Router::new()
    }

    pub(super) async fn closed(&self) {}
}
