//! Who is signed in, and what proves it.

use serde::{Deserialize, Serialize};

use crate::{BusinessId, UserId};

/// The body of `POST /api/v1/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Compared without regard to case.
    pub email: String,
    /// In the clear, so over TLS.
    pub password: String,
    /// The [`TokenPair::device_key`] of an earlier login of this account on this counter. With it, wrong passwords that
    /// others try do not make this counter wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<String>,
}

impl std::fmt::Debug for Login {
    /// A password is never written to a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// The answer to a login and to a refresh.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenPair {
    /// A JWT with [`Claims`]; lives in memory only.
    pub access_token: String,
    /// Opaque, and good for one refresh; lives in the OS keyring only.
    pub refresh_token: String,
    /// Seconds until the access token ends.
    pub expires_in: u32,
    /// Opaque; in the answer to a login or refresh of a counter that names itself by `X-Counter`. Kept beside the refresh token and
    /// sent with the next login of this account on this counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<String>,
}

impl std::fmt::Debug for TokenPair {
    /// A token is never written to a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenPair")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// The body of `POST /api/v1/auth/refresh` and `POST /api/v1/auth/logout`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The newest one that was received.
    pub refresh_token: String,
}

impl std::fmt::Debug for Refresh {
    /// A token is never written to a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refresh").finish_non_exhaustive()
    }
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who.
    pub sub: UserId,
    /// The name to greet.
    pub name: String,
    /// For which restaurant.
    pub business_id: BusinessId,
    /// What they may do.
    pub role: Role,
    /// The login that it belongs to: when that ends, so does the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<uuid::Uuid>,
    /// Unix seconds.
    pub iat: i64,
    /// Unix seconds.
    pub exp: i64,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works at the counter: everything but the restaurant's own data and templates.
    Staff,
    /// Owns the restaurant: everything.
    Owner,
}

/// The body of `POST /api/v1/realtime/token`: `{}` for the connection, a channel for a subscription to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RealtimeTokenRequest {
    /// Such as `business:{id}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// What opens the realtime connection, or a channel on it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RealtimeToken {
    /// Where to connect; with a connection token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// For which channel; with a subscription token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// A JWT for the realtime server.
    pub token: String,
    /// Seconds until it ends.
    pub expires_in: u32,
}

impl std::fmt::Debug for RealtimeToken {
    /// A token is never written to a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RealtimeToken")
            .field("url", &self.url)
            .field("channel", &self.channel)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
