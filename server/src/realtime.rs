//! Tokens for the realtime connection, each for what its user may receive and nothing else.

use api::{
    Code,
    session::{RealtimeToken, RealtimeTokenRequest},
};
use axum::{
    extract::{FromRef, FromRequestParts, State},
    http::request::Parts,
};

use crate::{
    auth::Staff,
    http::{Peer, own_host},
    hub::Hub,
    refusal::{Json, Refusal, no},
};

/// The URL that clients use when it differs from the address that they connect to.
#[derive(Debug, Clone)]
pub(crate) struct PublicUrl(pub Option<String>);

/// `{}` is answered with a connection token and where to connect, a channel with a token for that channel alone.
#[utoipa::path(post, path = "/api/v1/realtime/token", operation_id = "realtime_token", tag = "realtime", request_body = RealtimeTokenRequest,
    responses((status = 200, body = RealtimeToken), (status = 403, body = api::Problem, description = "another restaurant's channel")))]
pub(crate) async fn token(
    State(hub): State<Hub>,
    Staff(claims): Staff,
    base: RealtimeBase,
    Json(request): Json<RealtimeTokenRequest>,
) -> Result<axum::Json<RealtimeToken>, Refusal> {
    let user = claims.sub.to_string();
    let token = match request.channel {
        None => match claims.sid {
            Some(session) => hub.session_token(&user, session, &base.0),
            None => hub.connection_token(&user, &base.0),
        },
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

/// This server as the client reaches it, such as `ws://127.0.0.1:8787`.
#[derive(Debug)]
pub(crate) struct RealtimeBase(String);

impl<S: Send + Sync> FromRequestParts<S> for RealtimeBase
where
    PublicUrl: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        if let Some(url) = PublicUrl::from_ref(state).0 {
            return Ok(RealtimeBase(as_websocket(&url)));
        }
        let local = Peer::of(parts)?.local;
        // Any other Host may be made up: then the address that the client connected to is sent.
        let host = own_host(&parts.headers, local, None)
            .map_or_else(|| local.to_string(), |host| host.to_string());
        Ok(RealtimeBase(format!("ws://{host}")))
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
