//! What opens the realtime connection: tokens for the hub, each for what its owner may hear and nothing else.

use api::{
    Code,
    session::{RealtimeToken, RealtimeTokenRequest},
};
use axum::{
    extract::{FromRef, FromRequestParts, State},
    http::{header, request::Parts},
};

use crate::{
    auth::Staff,
    hub::Hub,
    refusal::{Json, Refusal, no},
};

/// How clients call this server, where that is not what they connect to.
#[derive(Debug, Clone)]
pub(crate) struct Public(pub Option<String>);

/// `{}` is answered with a connection token and where to connect, a channel with a token for that channel alone.
#[utoipa::path(post, path = "/api/v1/realtime/token", operation_id = "realtime_token", tag = "realtime", request_body = RealtimeTokenRequest,
    responses((status = 200, body = RealtimeToken), (status = 403, body = api::Problem, description = "another restaurant's channel")))]
pub(crate) async fn token(
    State(hub): State<Hub>,
    Staff(claims): Staff,
    host: Host,
    Json(asked): Json<RealtimeTokenRequest>,
) -> Result<axum::Json<RealtimeToken>, Refusal> {
    let user = claims.sub.to_string();
    let token = match asked.channel {
        None => hub.connection_token(&user, &host.0),
        Some(channel) if channel == format!("business:{}", claims.business_id) => {
            hub.subscription_token(&user, &channel)
        }
        Some(_) => {
            return Err(no(
                Code::Forbidden,
                "only the channel of your own restaurant is open to you",
            )
            .at("channel"));
        }
    };
    Ok(axum::Json(token))
}

/// This server as the sender of a request reaches it, such as `ws://127.0.0.1:8787`.
#[derive(Debug)]
pub(crate) struct Host(String);

impl<S: Send + Sync> FromRequestParts<S> for Host
where
    Public: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        if let Some(url) = Public::from_ref(state).0 {
            return Ok(Host(as_websocket(&url)));
        }
        let header = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let host = header(header::HOST)
            .or_else(|| parts.uri.authority().map(|authority| authority.as_str()))
            .ok_or_else(|| no(Code::Malformed, "the header Host is missing").at("host"))?;
        // A proxy that ends TLS in front of us says so.
        let secure = parts
            .headers
            .get("x-forwarded-proto")
            .is_some_and(|proto| proto == "https");
        Ok(Host(format!(
            "{}://{host}",
            if secure { "wss" } else { "ws" }
        )))
    }
}

fn as_websocket(url: &str) -> String {
    let url = url.trim_end_matches('/');
    match url.strip_prefix("http") {
        Some(rest) => format!("ws{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_becomes_a_websocket_url() {
        assert_eq!(
            as_websocket("https://api.example.com/"),
            "wss://api.example.com"
        );
        assert_eq!(as_websocket("http://127.0.0.1:8787"), "ws://127.0.0.1:8787");
        assert_eq!(as_websocket("wss://x"), "wss://x");
    }
}
