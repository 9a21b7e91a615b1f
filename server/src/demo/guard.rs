//! Keeps pages of other sites away from the demo, whose routes need no login.

use api::Code;
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, StatusCode, header, request::Parts, uri::Authority},
};

use crate::{
    http::{Peer, own_host},
    realtime::PublicUrl,
    refusal::{Refusal, no},
};

/// A request whose `Host` names this server.
#[derive(Debug)]
pub(super) struct OwnHost(Authority);

impl<S: Send + Sync> FromRequestParts<S> for OwnHost
where
    PublicUrl: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let local = Peer::of(parts)?.local;
        let public_url = PublicUrl::from_ref(state).0;
        own_host(&parts.headers, local, public_url.as_deref())
            .map(OwnHost)
            .ok_or_else(|| {
                no(
                    Code::Forbidden,
                    format!("the demo is open at its own address only: http://{local}/demo"),
                )
                .at("host")
            })
    }
}

/// A change that the demo's own page asks for, or a program that is no web page.
#[derive(Debug)]
pub(super) struct OwnPage;

impl<S: Send + Sync> FromRequestParts<S> for OwnPage
where
    PublicUrl: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let OwnHost(host) = OwnHost::from_request_parts(parts, state).await?;
        check(&parts.headers, host.as_str()).map(|()| OwnPage)
    }
}

fn check(headers: &HeaderMap, host: &str) -> Result<(), Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let own_origin = |origin: &str| {
        origin
            .split_once("://")
            .is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
    };
    let origin = text(header::ORIGIN).is_none_or(own_origin);
    let site = text(header::HeaderName::from_static("sec-fetch-site"))
        .is_none_or(|site| site == "same-origin" || site == "none");
    if !origin || !site {
        return Err(no(
            Code::Forbidden,
            "the demo takes orders from its own page only, not from another site",
        )
        .at("origin"));
    }
    // A form of another site cannot send this type without being asked first.
    let json = text(header::CONTENT_TYPE)
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !json {
        return Err(Refusal {
            status: Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ..no(
                Code::Malformed,
                "send the order as JSON, with Content-Type: application/json",
            )
            .at("content-type")
        });
    }
    Ok(())
}
