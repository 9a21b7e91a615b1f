//! The three secrets of a server. They come from the environment and are never stored or logged.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The name of the environment variable of [`Secrets::jwt`].
pub const JWT: &str = "PANBOT_JWT_SECRET";
/// The name of the environment variable of [`Secrets::realtime`].
pub const REALTIME: &str = "PANBOT_REALTIME_SECRET";
/// The name of the environment variable of [`Secrets::realtime_sub`].
pub const REALTIME_SUB: &str = "PANBOT_REALTIME_SUB_SECRET";

/// The shortest secret in bytes: the output length of HMAC-SHA-256 (RFC 7518, 3.2).
pub const SHORTEST: usize = 32;

/// The secrets that sign tokens.
#[derive(Clone)]
pub struct Secrets {
    /// Signs access tokens, and refresh tokens follow from it.
    pub jwt: String,
    /// Signs realtime connection tokens.
    pub realtime: String,
    /// Signs realtime subscription tokens.
    pub realtime_sub: String,
}

impl fmt::Debug for Secrets {
    /// A secret is never written to a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// Why a server cannot start with these secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The environment has no such variable.
    #[error(
        "{0} is not set: put at least {SHORTEST} random bytes there, for example `openssl rand -hex 32`"
    )]
    Missing(&'static str),
    /// Short enough to be guessed.
    #[error(
        "{0} is shorter than {SHORTEST} bytes: take another, for example `openssl rand -hex 32`"
    )]
    TooShort(&'static str),
    /// A token of one kind would pass as another.
    #[error("{0} and {1} are the same: each needs a secret of its own")]
    Same(&'static str, &'static str),
}

impl Secrets {
    /// Takes them from a source of named values, which is the environment for the program.
    ///
    /// # Errors
    /// The first one that is missing, too short or used twice.
    pub fn from_source(source: impl Fn(&str) -> Option<String>) -> Result<Self, SecretError> {
        let take = |name: &'static str| match source(name) {
            None => Err(SecretError::Missing(name)),
            Some(value) if value.is_empty() => Err(SecretError::Missing(name)),
            Some(value) if value.len() < SHORTEST => Err(SecretError::TooShort(name)),
            Some(value) => Ok(value),
        };
        let secrets = Secrets {
            jwt: take(JWT)?,
            realtime: take(REALTIME)?,
            realtime_sub: take(REALTIME_SUB)?,
        };
        if secrets.jwt == secrets.realtime {
            return Err(SecretError::Same(JWT, REALTIME));
        }
        if secrets.jwt == secrets.realtime_sub {
            return Err(SecretError::Same(JWT, REALTIME_SUB));
        }
        if secrets.realtime == secrets.realtime_sub {
            return Err(SecretError::Same(REALTIME, REALTIME_SUB));
        }
        Ok(secrets)
    }

    /// New ones, for a server that lives no longer than its process.
    pub fn random() -> Self {
        let one = || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        Secrets {
            jwt: one(),
            realtime: one(),
            realtime_sub: one(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(jwt: &str, realtime: &str, sub: &str) -> Result<Secrets, SecretError> {
        Secrets::from_source(|name| {
            Some(match name {
                JWT => jwt.to_owned(),
                REALTIME => realtime.to_owned(),
                _ => sub.to_owned(),
            })
        })
    }

    #[test]
    fn a_secret_that_is_missing_short_or_used_twice_stops_the_start() {
        let (a, b, c) = ("a".repeat(32), "b".repeat(32), "c".repeat(32));
        assert!(source(&a, &b, &c).is_ok());
        assert_eq!(
            Secrets::from_source(|_| None).unwrap_err(),
            SecretError::Missing(JWT)
        );
        assert_eq!(
            source(&a, "short", &c).unwrap_err(),
            SecretError::TooShort(REALTIME)
        );
        assert_eq!(
            source(&a, &b, "").unwrap_err(),
            SecretError::Missing(REALTIME_SUB)
        );
        assert_eq!(
            source(&a, &b, &b).unwrap_err(),
            SecretError::Same(REALTIME, REALTIME_SUB)
        );
    }

    #[test]
    fn a_secret_is_never_in_a_log() {
        let secrets = Secrets::random();
        assert!(!format!("{secrets:?}").contains(&secrets.jwt));
    }
}
