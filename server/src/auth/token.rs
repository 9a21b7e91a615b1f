//! Signing and verifying access tokens; deriving refresh tokens and device keys.

use api::{CounterId, session::Claims};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The keys for tokens.
#[derive(Clone)]
pub(crate) struct Keys {
    sign: EncodingKey,
    read: DecodingKey,
    /// Derived from the signing key, so that a refresh token reveals nothing about it.
    chain: [u8; 32],
    device: [u8; 32],
}

/// Why an access token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// Its lifetime is over.
    Expired,
    /// Its signature is wrong, or it is no token at all.
    Invalid,
}

impl Keys {
    pub(crate) fn new(secret: &str) -> Self {
        Keys {
            sign: EncodingKey::from_secret(secret.as_bytes()),
            read: DecodingKey::from_secret(secret.as_bytes()),
            chain: mac(secret.as_bytes(), b"panbot refresh token chain"),
            device: mac(secret.as_bytes(), b"panbot device key"),
        }
    }

    /// The device key of an account on a counter. It is derived, so nothing that could be stolen is stored, and it
    /// ends when the account gets another password.
    pub(crate) fn device_key(&self, user: Uuid, counter: CounterId, password_hash: &str) -> String {
        let mac = self.device_mac(user, counter, password_hash);
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether this is the device key of the account on the counter; compared in constant time.
    pub(crate) fn is_device_key(
        &self,
        key: &str,
        user: Uuid,
        counter: CounterId,
        password_hash: &str,
    ) -> bool {
        URL_SAFE_NO_PAD.decode(key).is_ok_and(|key| {
            self.device_mac(user, counter, password_hash)
                .verify_slice(&key)
                .is_ok()
        })
    }

    fn device_mac(&self, user: Uuid, counter: CounterId, password_hash: &str) -> Hmac<Sha256> {
        let mut mac = keyed(&self.device);
        // Both ids have a fixed length, so no two triples give the same message.
        mac.update(user.as_bytes());
        mac.update(counter.0.as_bytes());
        mac.update(password_hash.as_bytes());
        mac
    }

    /// Signs an access token: a JWT with HS256.
    pub(crate) fn access(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        encode(&Header::new(Algorithm::HS256), claims, &self.sign)
    }

    /// Verifies an access token and returns its claims.
    pub(crate) fn claims(&self, token: &str) -> Result<Claims, TokenError> {
        let mut checks = Validation::new(Algorithm::HS256);
        checks.leeway = 0;
        checks.validate_nbf = true;
        decode::<Claims>(token, &self.read, &checks)
            .map(|data| data.claims)
            .map_err(|error| {
                if matches!(error.kind(), ErrorKind::ExpiredSignature) {
                    TokenError::Expired
                } else {
                    TokenError::Invalid
                }
            })
    }

    /// The successor of a refresh token. It is derived, so a lost answer can be repeated without storing the token.
    pub(crate) fn successor(&self, refresh: &str) -> String {
        URL_SAFE_NO_PAD.encode(mac(&self.chain, refresh.as_bytes()))
    }
}

/// The first refresh token of a login.
pub(crate) fn first_refresh() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// The stored form of a refresh token. It has 256 random bits, so an unsalted hash cannot be reversed.
pub(crate) fn fingerprint(refresh: &str) -> Vec<u8> {
    Sha256::digest(refresh.as_bytes()).to_vec()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length (RFC 2104)")
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::session::Role;

    fn claims(exp: i64) -> Claims {
        Claims {
            sub: uuid::Uuid::from_u128(1).into(),
            name: "Rosa".into(),
            business_id: uuid::Uuid::from_u128(2).into(),
            role: Role::Owner,
            sid: None,
            iat: exp - 900,
            exp,
        }
    }

    #[test]
    fn a_token_says_what_was_put_in_and_no_other_key_reads_it() {
        let keys = Keys::new("0123456789abcdef0123456789abcdef");
        let claims = claims(4_102_444_800);
        let token = keys.access(&claims).expect("signs");
        assert_eq!(keys.claims(&token), Ok(claims));
        let other = Keys::new("another-secret-another-secret-ab");
        assert_eq!(other.claims(&token), Err(TokenError::Invalid));
        assert_eq!(keys.claims("x.y.z"), Err(TokenError::Invalid));
    }

    #[test]
    fn an_old_token_is_called_old_and_an_unsigned_one_is_not_ours() {
        let keys = Keys::new("0123456789abcdef0123456789abcdef");
        let token = keys.access(&claims(1_000_000)).expect("signs");
        assert_eq!(keys.claims(&token), Err(TokenError::Expired));
        let body = token.split('.').nth(1).expect("a body");
        let unsigned = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
        assert_eq!(keys.claims(&unsigned), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_of_tomorrow_is_not_taken_today() {
        let keys = Keys::new("0123456789abcdef0123456789abcdef");
        let mut claims = serde_json::to_value(claims(4_102_444_800)).expect("JSON");
        for (nbf, expected) in [(1_000_000_000, true), (4_000_000_000_i64, false)] {
            claims["nbf"] = nbf.into();
            let token = encode(&Header::new(Algorithm::HS256), &claims, &keys.sign);
            let taken = keys.claims(&token.expect("signs"));
            assert_eq!(taken.is_ok(), expected, "{taken:?}");
        }
    }

    #[test]
    fn a_device_key_is_good_for_its_account_its_counter_and_its_password_alone() {
        let keys = Keys::new("0123456789abcdef0123456789abcdef");
        let (user, counter) = (Uuid::from_u128(1), CounterId(Uuid::from_u128(2)));
        let key = keys.device_key(user, counter, "hash");
        assert!(keys.is_device_key(&key, user, counter, "hash"));
        let others = [
            (Uuid::from_u128(3), counter, "hash"),
            (user, CounterId(Uuid::from_u128(3)), "hash"),
            (user, counter, "another hash"),
        ];
        for (user, counter, hash) in others {
            assert!(!keys.is_device_key(&key, user, counter, hash));
        }
        for wrong in ["", "x", &key[..10], "ä"] {
            assert!(!keys.is_device_key(wrong, user, counter, "hash"), "{wrong}");
        }
        let other = Keys::new("another-secret-another-secret-ab");
        assert!(!other.is_device_key(&key, user, counter, "hash"));
    }

    #[test]
    fn a_successor_is_the_same_each_time_and_needs_the_secret() {
        let keys = Keys::new("0123456789abcdef0123456789abcdef");
        let first = first_refresh();
        assert_eq!(keys.successor(&first), keys.successor(&first));
        assert_ne!(keys.successor(&first), first);
        let other = Keys::new("another-secret-another-secret-ab");
        assert_ne!(keys.successor(&first), other.successor(&first));
    }
}
