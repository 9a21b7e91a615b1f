//! Authentication commands: `connect`, `refresh`.

use std::time::{Duration, Instant};

use api::centrifugo::{ConnectRequest, ConnectResult, RefreshRequest, RefreshResult};

use super::{Connection, Now, User};
use crate::hub::{
    codes::{CommandError, Disconnect, ReplyError},
    tokens::{Claims, TokenError},
};

impl Connection {
    pub(super) fn connect(
        &mut self,
        request: &ConnectRequest,
        now: Now,
    ) -> Result<ConnectResult, CommandError> {
        if self.user.is_some() || request.token.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        let claims = match self
            .shared
            .tokens
            .connection_claims(&request.token, now.time)
        {
            Ok(claims) => claims,
            Err(TokenError::Expired) => return Err(ReplyError::TOKEN_EXPIRED.into()),
            Err(TokenError::Invalid) => return Err(Disconnect::INVALID_TOKEN.into()),
        };
        if self.shared.has_ended(claims.sid) {
            return Err(Disconnect::INVALID_TOKEN.into());
        }
        let client = &self.shared.config.client;
        let limit = client.user_connection_limit;
        if !self
            .shared
            .channels(|channels| channels.connect(&claims.sub, limit))
        {
            return Err(Disconnect::CONNECTION_LIMIT.into());
        }
        let ttl = seconds_left(&claims, now);
        self.user = Some(User {
            id: claims.sub,
            session: claims.sid,
            closes: deadline(ttl, client.expired_close_delay, now),
        });
        // Jitter, so that clients that reconnected together are not all pinged at once.
        let first = client
            .ping_interval
            .mul_f64(0.5 + self.jitter.clamp(0.0, 1.0) / 2.0);
        self.next_ping = Some(now.instant + first);
        Ok(ConnectResult {
            client: self.id.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            expires: ttl.is_some(),
            ttl: ttl.unwrap_or_default(),
            ping: u32::try_from(client.ping_interval.as_secs()).unwrap_or(u32::MAX),
            pong: !client.pong_timeout.is_zero(),
            ..ConnectResult::default()
        })
    }

    pub(super) fn refresh(
        &mut self,
        request: &RefreshRequest,
        now: Now,
    ) -> Result<RefreshResult, CommandError> {
        if request.token.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        let claims = match self
            .shared
            .tokens
            .connection_claims(&request.token, now.time)
        {
            Ok(claims) => claims,
            Err(TokenError::Expired) => return Err(Disconnect::EXPIRED.into()),
            Err(TokenError::Invalid) => return Err(Disconnect::INVALID_TOKEN.into()),
        };
        if self.shared.has_ended(claims.sid) {
            return Err(Disconnect::INVALID_TOKEN.into());
        }
        let ttl = seconds_left(&claims, now);
        let delay = self.shared.config.client.expired_close_delay;
        match &mut self.user {
            Some(user) if user.id == claims.sub => {
                user.session = claims.sid;
                user.closes = deadline(ttl, delay, now);
            }
            Some(_) | None => return Err(Disconnect::INVALID_TOKEN.into()),
        }
        Ok(RefreshResult {
            client: self.id.clone(),
            expires: ttl.is_some(),
            ttl: ttl.unwrap_or_default(),
        })
    }
}

/// Seconds until a token ends; `None` when it never does.
pub(super) fn seconds_left(claims: &Claims, now: Now) -> Option<u32> {
    let end = claims.exp?;
    Some(u32::try_from(end - now.time.as_second()).unwrap_or(u32::MAX))
}

/// When the connection or subscription ends unless a new token comes.
pub(super) fn deadline(ttl: Option<u32>, delay: Duration, now: Now) -> Option<Instant> {
    ttl.map(|ttl| now.instant + Duration::from_secs(u64::from(ttl)) + delay)
}
