//! Signs realtime tokens for signed-in users and verifies them for the embedded hub; Centrifugo verifies the same ones. HS256. Source: Centrifugo v6, "Client JWT authentication" and "Channel JWT authorization".

use std::time::Duration;

use api::session::RealtimeToken;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::config::{Config, TokenConfig};
use crate::secrets::Secrets;

/// The default lifetime of a token.
pub const LIFE: Duration = Duration::from_secs(600);

/// Signs and verifies tokens.
#[derive(Clone)]
pub struct Tokens {
    secrets: Secrets,
    connection: TokenConfig,
    subscription: TokenConfig,
    life: Duration,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

/// The claims of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    #[serde(default)]
    pub sub: String,
    /// Of a subscription token.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// Unix seconds; absent never ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Not valid before, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// The login that it belongs to; Centrifugo ignores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// When it was made, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// For which server: a text or a list of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<serde_json::Value>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its lifetime is over.
    #[error("the token has ended")]
    Expired,
    /// Its signature, audience or issuer is wrong.
    #[error("the token is not one of ours")]
    Invalid,
}

impl Tokens {
    /// Tokens with the default lifetime [`LIFE`].
    pub fn new(config: &Config, secrets: Secrets) -> Tokens {
        Tokens {
            secrets,
            connection: config.client.token.clone(),
            subscription: config.client.subscription_token.clone(),
            life: LIFE,
        }
    }

    /// Sets the lifetime, in whole seconds.
    #[must_use]
    pub fn with_life(self, life: Duration) -> Tokens {
        Tokens { life, ..self }
    }

    pub(super) fn connection_claims(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Claims, TokenError> {
        read(
            token,
            self.secrets.realtime.as_bytes(),
            &self.connection,
            now,
        )
    }

    pub(super) fn subscription_claims(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Claims, TokenError> {
        read(
            token,
            self.secrets.realtime_sub.as_bytes(),
            &self.subscription,
            now,
        )
    }

    /// A connection token. The caller adds the `url`.
    pub fn connection(&self, user: &str, now: Timestamp) -> RealtimeToken {
        self.sign(user, "", None, now)
    }

    /// A connection token of one session of a user.
    pub fn of_session(&self, user: &str, session: Uuid, now: Timestamp) -> RealtimeToken {
        self.sign(user, "", Some(session), now)
    }

    pub(super) fn life(&self) -> Duration {
        self.life
    }

    /// A subscription token for one channel. The caller has checked that the user may have it.
    pub fn subscription(&self, user: &str, channel: &str, now: Timestamp) -> RealtimeToken {
        self.sign(user, channel, None, now)
    }

    fn sign(
        &self,
        user: &str,
        channel: &str,
        session: Option<Uuid>,
        now: Timestamp,
    ) -> RealtimeToken {
        let (secret, config) = if channel.is_empty() {
            (self.secrets.realtime.as_bytes(), &self.connection)
        } else {
            (self.secrets.realtime_sub.as_bytes(), &self.subscription)
        };
        let life = u32::try_from(self.life.as_secs()).unwrap_or(u32::MAX);
        let claims = Claims {
            sub: user.to_owned(),
            channel: channel.to_owned(),
            sid: session,
            nbf: None,
            exp: Some(now.as_second() + i64::from(life)),
            iat: Some(now.as_second()),
            aud: config.audience.clone().map(serde_json::Value::String),
            iss: config.issuer.clone(),
        };
        let key = EncodingKey::from_secret(secret);
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
            .expect("plain claims are JSON, and HMAC takes a key of any length");
        RealtimeToken {
            url: None,
            channel: (!channel.is_empty()).then(|| channel.to_owned()),
            token,
            expires_in: life,
        }
    }
}

fn read(
    token: &str,
    secret: &[u8],
    config: &TokenConfig,
    now: Timestamp,
) -> Result<Claims, TokenError> {
    let mut rules = Validation::new(Algorithm::HS256);
    // `exp` and `nbf` are compared below with the time that the caller passes.
    rules.validate_exp = false;
    rules.set_required_spec_claims::<&str>(&[]);
    match &config.audience {
        Some(audience) => rules.set_audience(&[audience]),
        None => rules.validate_aud = false,
    }
    if let Some(issuer) = &config.issuer {
        rules.set_issuer(&[issuer]);
    }
    let key = DecodingKey::from_secret(secret);
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules)
        .map_err(|_| TokenError::Invalid)?
        .claims;
    // The library accepts an absent claim; a configured one is required.
    if (config.audience.is_some() && claims.aud.is_none())
        || (config.issuer.is_some() && claims.iss.is_none())
    {
        return Err(TokenError::Invalid);
    }
    if claims.nbf.is_some_and(|start| start > now.as_second()) {
        return Err(TokenError::Invalid);
    }
    match claims.exp {
        Some(end) if end <= now.as_second() => Err(TokenError::Expired),
        Some(_) | None => Ok(claims),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTION: &str = "connection-secret-for-tests-0123456789";
    const SUBSCRIPTION: &str = "subscription-secret-for-tests-012345";

    fn tokens() -> Tokens {
        let config = Config::built_in().unwrap();
        let secrets = Secrets {
            jwt: String::new(),
            realtime: CONNECTION.into(),
            realtime_sub: SUBSCRIPTION.into(),
        };
        Tokens::new(&config, secrets)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_opens_the_door_for_ten_minutes() {
        let tokens = tokens();
        let token = tokens.connection("u1", at(1_000));
        assert_eq!(token.expires_in, 600);
        let claims = tokens.connection_claims(&token.token, at(1_599)).unwrap();
        assert_eq!((claims.sub.as_str(), claims.exp), ("u1", Some(1_600)));
        let late = tokens.connection_claims(&token.token, at(1_600));
        assert_eq!(late, Err(TokenError::Expired));
    }

    #[test]
    fn a_subscription_token_names_its_channel_and_is_no_connection_token() {
        let tokens = tokens();
        let token = tokens.subscription("u1", "business:42", at(0));
        assert_eq!(token.channel.as_deref(), Some("business:42"));
        let claims = tokens.subscription_claims(&token.token, at(1)).unwrap();
        assert_eq!(
            (claims.sub.as_str(), claims.channel.as_str()),
            ("u1", "business:42")
        );
        assert_eq!(
            tokens.connection_claims(&token.token, at(1)),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn a_token_for_somebody_else_is_refused() {
        let tokens = tokens();
        let sign = |claims: serde_json::Value| {
            let key = EncodingKey::from_secret(CONNECTION.as_bytes());
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
        };
        let good = serde_json::json!({"sub": "u1", "aud": "centrifugo", "iss": "panbot"});
        assert!(tokens.connection_claims(&sign(good.clone()), at(1)).is_ok());
        let mut later = good;
        later["nbf"] = 100.into();
        assert!(
            tokens
                .connection_claims(&sign(later.clone()), at(100))
                .is_ok()
        );
        let early = tokens.connection_claims(&sign(later), at(99));
        assert_eq!(early, Err(TokenError::Invalid));
        for wrong in [
            serde_json::json!({"sub": "u1", "iss": "panbot"}),
            serde_json::json!({"sub": "u1", "aud": "centrifugo"}),
            serde_json::json!({"sub": "u1", "aud": "other", "iss": "panbot"}),
            serde_json::json!({"sub": "u1", "aud": "centrifugo", "iss": "other"}),
        ] {
            let token = sign(wrong.clone());
            assert_eq!(
                tokens.connection_claims(&token, at(1)),
                Err(TokenError::Invalid),
                "{wrong}"
            );
        }
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        let body = "eyJzdWIiOiJ1MSIsImF1ZCI6ImNlbnRyaWZ1Z28iLCJpc3MiOiJwYW5ib3QifQ";
        for token in [format!("{header}.{body}."), String::new(), "a.b.c".into()] {
            assert_eq!(
                tokens().connection_claims(&token, at(1)),
                Err(TokenError::Invalid)
            );
        }
    }
}
