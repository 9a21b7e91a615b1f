//! Authentication: login, token refresh, logout, and the extractor [`Staff`] for signed-in requests.

mod limits;
mod password;
mod sessions;
mod signed;
mod throttle;
mod token;
mod users;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use api::{
    Code, CounterId,
    session::{Claims, Login, Refresh, TokenPair},
};
use axum::{
    extract::{FromRef, FromRequestParts, State},
    http::{StatusCode, header, request::Parts},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use self::{
    limits::{Attempt, LoginLimits},
    password::{HashError, HashPool},
    sessions::Rotation,
    users::{normalized, role},
};
pub(crate) use self::{
    sessions::ALIVE,
    signed::{Signed, Staff},
    users::{NewUser, add, hash},
};
use crate::{
    counters::CounterHeader,
    db::{Db, user},
    http::{self, ClientAddress},
    hub::Hub,
    refusal::{Json, Refusal, no, unreadable},
};

/// The longest password, in bytes: it is hashed before the caller is authenticated.
pub(crate) const MAX_PASSWORD: usize = 1024;
/// The longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3).
pub(crate) const MAX_EMAIL: usize = 254;
/// The largest body of login, refresh and logout: the longest e-mail and password, each byte escaped.
pub(crate) const MAX_BODY: usize = 16 * 1024;

/// Shared state of authentication; cheap to clone.
#[derive(Clone)]
pub(crate) struct Auth(Arc<Inner>);

struct Inner {
    db: Db,
    hub: Hub,
    keys: token::Keys,
    access_life: Duration,
    limits: Mutex<LoginLimits>,
    hashes: HashPool,
    /// Apart, so that counters with a device key do not queue behind logins of strangers.
    device_hashes: HashPool,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

impl Auth {
    pub(crate) fn new(db: Db, hub: Hub, secret: &str, access_life: Duration) -> Self {
        Auth(Arc::new(Inner {
            db,
            hub,
            keys: token::Keys::new(secret),
            access_life,
            limits: Mutex::default(),
            hashes: HashPool::with_permit_per_core(),
            device_hashes: HashPool::with_permits(1),
        }))
    }

    /// The claims of the access token of a request.
    pub(crate) fn claims(&self, parts: &Parts) -> Result<Claims, Refusal> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| {
                no(
                    Code::Unauthenticated,
                    "sign in first and send the access token as Authorization: Bearer TOKEN",
                )
            })?;
        self.0.keys.claims(token).map_err(|bad| match bad {
            token::TokenError::Expired => {
                no(Code::TokenExpired, "the access token has ended: refresh it")
            }
            token::TokenError::Invalid => no(
                Code::Unauthenticated,
                "the access token is not one of this server: sign in again",
            ),
        })
    }

    /// The same with its session, of which nobody has asked yet whether it is still alive.
    fn signed(&self, parts: &Parts) -> Result<Signed, Refusal> {
        let claims = self.claims(parts)?;
        let session = claims.sid.ok_or_else(|| {
            no(
                Code::TokenExpired,
                "the access token names no login: refresh it",
            )
        })?;
        let peer = parts.extensions.get().cloned();
        Ok(Signed::new(claims, session, now_ms(), peer))
    }

    /// Ends what the tokens of an ended session have opened.
    async fn close(&self, ended: sessions::Ended) {
        let user = ended.user.to_string();
        if let Err(error) = self.0.hub.end_session(&user, ended.session).await {
            tracing::warn!(%error, session = %ended.session, "realtime connections of an ended login stay until their tokens expire");
        }
    }

    fn pair(
        &self,
        user: user::Model,
        session: Uuid,
        refresh_token: String,
        counter: Option<CounterId>,
    ) -> Result<TokenPair, Refusal> {
        let keys = &self.0.keys;
        let device_key =
            counter.map(|counter| keys.device_key(user.id, counter, &user.password_hash));
        let life = u32::try_from(self.0.access_life.as_secs()).unwrap_or(u32::MAX);
        let now = jiff::Timestamp::now().as_second();
        let claims = Claims {
            sub: user.id.into(),
            name: user.name,
            business_id: user.business_id.into(),
            role: role(&user.role)?,
            sid: Some(session),
            iat: now,
            exp: now + i64::from(life),
        };
        let access_token = keys
            .access(&claims)
            .map_err(|error| unreadable("signing key", &error))?;
        Ok(TokenPair {
            access_token,
            refresh_token,
            expires_in: life,
            device_key,
        })
    }
}

/// The sessions that have ended lately, whose tokens may not have expired yet.
pub(crate) async fn ended_sessions(db: &Db) -> Result<Vec<Uuid>, DbErr> {
    sessions::ended(db).await
}

impl<S: Send + Sync> FromRequestParts<S> for Signed
where
    Auth: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        Auth::from_ref(state).signed(parts)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Staff
where
    Auth: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let auth = Auth::from_ref(state);
        let signed = auth.signed(parts)?;
        let is_alive = sessions::is_alive(&auth.0.db, &signed).await?;
        signed.proven(is_alive)
    }
}

/// Signs in.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "session", request_body = Login, security(()),
    responses((status = 200, body = TokenPair), (status = 401, body = api::Problem, description = "wrong_credentials"),
        (status = 422, body = api::Problem, description = "no e-mail address is that long"),
        (status = 429, body = api::Problem, description = "too_many: Retry-After says how many seconds to wait")))]
pub(crate) async fn login(
    State(auth): State<Auth>,
    CounterHeader(counter): CounterHeader,
    ClientAddress(address): ClientAddress,
    Json(login): Json<Login>,
) -> Result<axum::Json<TokenPair>, Refusal> {
    let email = normalized(&login.email);
    if email.len() > MAX_EMAIL {
        return Err(no(
            Code::Invalid,
            format!("an e-mail address has at most {MAX_EMAIL} bytes"),
        )
        .at("email"));
    }
    if login.password.len() > MAX_PASSWORD {
        return Err(wrong_credentials());
    }
    let user = user::Entity::find()
        .filter(user::Column::Email.eq(&email))
        .one(auth.0.db.read())
        .await?;
    let keys = &auth.0.keys;
    let device = user.as_ref().zip(counter).filter(|(user, counter)| {
        login
            .device_key
            .as_ref()
            .is_some_and(|key| keys.is_device_key(key, user.id, *counter, &user.password_hash))
    });
    let attempt = match device {
        Some((user, counter)) => Attempt::Device {
            user: user.id,
            counter,
        },
        None => Attempt::Stranger {
            email,
            network: http::network(address),
        },
    };
    auth.limits(|limits| limits.begin(&attempt, Instant::now()))
        .map_err(too_many)?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let hashes = match attempt {
        Attempt::Device { .. } => &auth.0.device_hashes,
        Attempt::Stranger { .. } => &auth.0.hashes,
    };
    let checked = hashes
        .run(move || password::verify(&login.password, hash.as_deref()))
        .await;
    let fits = checked.map_err(|error| {
        auth.limits(|limits| limits.undo(&attempt));
        match error {
            HashError::Busy => no(
                Code::Unavailable,
                "too many people sign in at this moment; try again in a moment",
            ),
            HashError::Panicked => no(
                Code::Internal,
                "the password could not be checked; the server's log has the cause",
            ),
        }
    })?;
    let Some(user) = user.filter(|_| fits) else {
        return Err(wrong_credentials());
    };
    auth.limits(|limits| limits.succeeded(&attempt));
    let (session, refresh) = sessions::start(&auth.0.db, user.id, now_ms()).await?;
    auth.pair(user, session, refresh, counter).map(axum::Json)
}

/// Exchanges a refresh token for its successor and a new access token. Repeating it gives the same successor until that
/// was first used; after that it ends the login.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "session", request_body = Refresh, security(()),
    responses((status = 200, body = TokenPair), (status = 401, body = api::Problem, description = "login_ended")))]
pub(crate) async fn refresh(
    State(auth): State<Auth>,
    CounterHeader(counter): CounterHeader,
    Json(shown): Json<Refresh>,
) -> Result<axum::Json<TokenPair>, Refusal> {
    let Inner { db, keys, .. } = &*auth.0;
    match sessions::rotate(db, keys, &shown.refresh_token, now_ms()).await? {
        Rotation::Rotated {
            session,
            user,
            successor,
        } => {
            let pair = auth.pair(user, session, successor, counter)?;
            return Ok(axum::Json(pair));
        }
        Rotation::Refused => {}
        Rotation::Reused(ended) => auth.close(ended).await,
    }
    Err(no(Code::LoginEnded, "this login has ended: sign in again"))
}

/// Ends the login: its refresh tokens and access tokens are refused from now on, and its realtime connections end.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "session", request_body = Refresh, security(()),
    responses((status = 204)))]
pub(crate) async fn logout(
    State(auth): State<Auth>,
    Json(shown): Json<Refresh>,
) -> Result<StatusCode, Refusal> {
    if let Some(ended) = sessions::end(&auth.0.db, &shown.refresh_token, now_ms()).await? {
        auth.close(ended).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

impl Auth {
    fn limits<T>(&self, with: impl FnOnce(&mut LoginLimits) -> T) -> T {
        with(&mut self.0.limits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn too_many(wait: Duration) -> Refusal {
    let seconds = wait.as_secs() + 1;
    Refusal {
        retry_after: Some(seconds),
        ..no(
            Code::TooMany,
            format!("too many wrong passwords; try again in {seconds} s"),
        )
    }
}

fn wrong_credentials() -> Refusal {
    no(
        Code::WrongCredentials,
        "this e-mail and this password do not belong together; check both and try again",
    )
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
