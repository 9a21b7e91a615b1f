//! The session actor. It handles one request at a time, which makes a refresh single: whoever asks while one is under
//! way gets its outcome.

use std::time::{Duration, Instant};

use api::{
    BusinessId, Code, CounterId, Problem,
    session::{Claims, TokenPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    backend::{Backend, Transport},
    identity::{Identity, IdentityFile, LastLogin},
    secrets::Secrets,
    session::state::{Access, SessionState},
};

/// An access token is renewed when less than this is left of its life, or a quarter of it where that is shorter.
const MARGIN: Duration = Duration::from_secs(30);
/// How long a logout waits for the server.
const LOGOUT_LIMIT: Duration = Duration::from_secs(5);

/// A request to the actor.
pub(super) enum SessionRequest {
    Login {
        server: String,
        email: String,
        password: String,
        reply: oneshot::Sender<Result<BusinessId, Problem>>,
    },
    Logout {
        reply: oneshot::Sender<()>,
    },
    Rename {
        id: CounterId,
        reply: oneshot::Sender<Result<(), Problem>>,
    },
    Access {
        business: BusinessId,
        refused: Option<String>,
        asked: Instant,
        reply: oneshot::Sender<Result<Access, Problem>>,
    },
}

pub(super) struct SessionActor {
    file: IdentityFile,
    identity: Identity,
    transport: Transport,
    secrets: Secrets,
    held: Option<Held>,
    ended: Option<Problem>,
    forgotten_at_exit: bool,
    /// The last refresh that failed for reasons that may pass.
    failed: Option<(Instant, Problem)>,
}

/// What proves who we are.
struct Held {
    backend: Backend,
    refresh_token: String,
    access: Option<AccessToken>,
}

struct AccessToken {
    text: String,
    /// Until when it is used, on the monotonic clock.
    good_until: Instant,
}

impl SessionActor {
    /// Reads what the last session left.
    pub(super) async fn take_up(
        file: IdentityFile,
        identity: Identity,
        transport: Transport,
        secrets: Secrets,
    ) -> SessionActor {
        let mut actor = SessionActor {
            file,
            identity,
            transport,
            secrets,
            held: None,
            ended: None,
            forgotten_at_exit: false,
            failed: None,
        };
        let Some(last) = &actor.identity.last_login else {
            return actor;
        };
        match actor.secrets.read().await {
            Ok(Some(refresh_token)) => match Backend::at(&last.server, actor.transport.clone()) {
                Ok(backend) => {
                    actor.held = Some(Held {
                        backend,
                        refresh_token,
                        access: None,
                    });
                }
                Err(problem) => actor.ended = Some(problem),
            },
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "the login could not be read from the keyring");
                actor.ended = Some(Problem::new(
                    Code::LoginEnded,
                    format!("The login of this PC could not be read: {error}. Sign in again."),
                ));
            }
        }
        actor
    }

    pub(super) async fn run(
        &mut self,
        asked: &mut mpsc::Receiver<SessionRequest>,
        tell: &watch::Sender<SessionState>,
        alarm: impl Fn(),
    ) {
        while let Some(ask) = asked.recv().await {
            let was_signed_in = self.held.is_some();
            // Told before it is answered: who called finds the new state.
            let answer = self.answer(ask).await;
            let state = self.state();
            tell.send_if_modified(|told| {
                let changed = *told != state;
                *told = state;
                changed
            });
            if was_signed_in && self.ended.is_some() {
                alarm();
            }
            answer();
        }
    }

    pub(super) fn state(&self) -> SessionState {
        match (&self.held, &self.identity.last_login) {
            (Some(_), Some(login)) => SessionState::SignedIn {
                login: login.clone(),
                forgotten_at_exit: self.forgotten_at_exit,
            },
            (_, last) => SessionState::SignedOut {
                last: last.clone(),
                ended: self.ended.clone(),
            },
        }
    }

    /// Does what is asked; what comes back delivers the answer. Somebody who no longer waits for it is no error.
    async fn answer(&mut self, ask: SessionRequest) -> Box<dyn FnOnce() + Send> {
        match ask {
            SessionRequest::Login {
                server,
                email,
                password,
                reply,
            } => {
                let answer = self.login(&server, email, &password).await;
                Box::new(move || drop(reply.send(answer)))
            }
            SessionRequest::Logout { reply } => {
                self.logout().await;
                Box::new(move || {
                    let _ = reply.send(());
                })
            }
            SessionRequest::Rename { id, reply } => {
                self.identity.id = id;
                let kept = self.keep_identity().await.map_err(|error| {
                    Problem::new(
                        Code::Storage,
                        format!("The file that names this counter cannot be written: {error}."),
                    )
                });
                Box::new(move || drop(reply.send(kept)))
            }
            SessionRequest::Access {
                business,
                refused,
                asked,
                reply,
            } => {
                let answer = self.access(business, refused.as_deref(), asked).await;
                Box::new(move || drop(reply.send(answer)))
            }
        }
    }

    async fn login(
        &mut self,
        server: &str,
        email: String,
        password: &str,
    ) -> Result<BusinessId, Problem> {
        let backend = Backend::at(server, self.transport.clone())?;
        let key = self.secrets.device_key(backend.server(), &email).await;
        let pair = backend.login(&email, password, key).await?;
        let claims = claims(&pair.access_token)?;
        tracing::info!(server = backend.server(), user = %claims.name, "signed in");
        self.identity.last_login = Some(LastLogin {
            server: backend.server().to_owned(),
            email,
            business_id: claims.business_id,
            user_name: claims.name,
            role: claims.role,
        });
        self.ended = None;
        self.failed = None;
        self.take(backend, pair).await;
        if let Err(error) = self.keep_identity().await {
            tracing::error!(%error, "counter.json could not be written");
            self.forgotten_at_exit = true;
        }
        Ok(claims.business_id)
    }

    async fn logout(&mut self) {
        self.ended = None;
        if let Some(held) = self.held.take() {
            let told = held.backend.logout(&held.refresh_token);
            match tokio::time::timeout(LOGOUT_LIMIT, told).await {
                Ok(Ok(())) => tracing::info!("signed out"),
                Ok(Err(problem)) => tracing::warn!(%problem, "signed out here only"),
                Err(_) => tracing::warn!("signed out here only: the server did not answer"),
            }
        }
        self.forget().await;
    }

    async fn access(
        &mut self,
        business: BusinessId,
        refused: Option<&str>,
        asked: Instant,
    ) -> Result<Access, Problem> {
        let nobody = || {
            self.ended.clone().unwrap_or_else(|| {
                Problem::new(Code::Unauthenticated, "Nobody is signed in on this PC.")
            })
        };
        let here = self.identity.last_login.as_ref();
        if here.is_none_or(|login| login.business_id != business) {
            return Err(nobody());
        }
        let Some(held) = &self.held else {
            return Err(nobody());
        };
        if let Some(token) = &held.access
            && refused != Some(token.text.as_str())
            && Instant::now() < token.good_until
        {
            return Ok(Access {
                backend: held.backend.clone(),
                token: token.text.clone(),
            });
        }
        if let Some((at, problem)) = &self.failed
            && *at >= asked
        {
            return Err(problem.clone());
        }
        self.refresh(held.backend.clone(), held.refresh_token.clone())
            .await
    }

    /// Asks for a new pair. Until an answer is here the old refresh token stays the one to ask with: the server gives
    /// the same successor again when an answer got lost.
    async fn refresh(
        &mut self,
        backend: Backend,
        refresh_token: String,
    ) -> Result<Access, Problem> {
        let answer = match backend.refresh(&refresh_token).await {
            Ok(pair) => claims(&pair.access_token).map(|claims| (pair, claims)),
            Err(problem) => Err(problem),
        };
        match answer {
            Ok((pair, claims)) => {
                self.failed = None;
                if let Some(login) = &mut self.identity.last_login {
                    login.user_name = claims.name;
                    login.role = claims.role;
                }
                let token = pair.access_token.clone();
                self.take(backend.clone(), pair).await;
                Ok(Access { backend, token })
            }
            Err(problem) => {
                if ends_the_login(problem.code) {
                    tracing::error!(%problem, "the login has ended; orders do not come in until somebody signs in");
                    self.held = None;
                    self.ended = Some(problem.clone());
                    self.forget().await;
                } else {
                    self.failed = Some((Instant::now(), problem.clone()));
                }
                Err(problem)
            }
        }
    }

    /// Holds a new pair, kept in the keyring before it is used.
    async fn take(&mut self, backend: Backend, pair: TokenPair) {
        if let (Some(key), Some(login)) = (&pair.device_key, &self.identity.last_login) {
            self.secrets
                .keep_device_key(backend.server(), &login.email, key)
                .await;
        }
        let received = Instant::now();
        let life = Duration::from_secs(pair.expires_in.into());
        let kept = self.secrets.keep(Some(&pair.refresh_token)).await;
        if let Err(error) = &kept {
            tracing::warn!(%error, "after a restart somebody has to sign in again");
        }
        self.forgotten_at_exit = kept.is_err();
        self.held = Some(Held {
            backend,
            refresh_token: pair.refresh_token,
            access: Some(AccessToken {
                text: pair.access_token,
                good_until: received + life.saturating_sub(MARGIN.min(life / 4)),
            }),
        });
    }

    async fn forget(&mut self) {
        self.forgotten_at_exit = false;
        if let Err(error) = self.secrets.keep(None).await {
            tracing::warn!(%error, "the old login could not be removed from the keyring");
        }
    }

    async fn keep_identity(&self) -> std::io::Result<()> {
        let (file, identity) = (self.file.clone(), self.identity.clone());
        tokio::task::spawn_blocking(move || file.keep(&identity)).await?
    }
}

/// Only the server's own word ends a login.
fn ends_the_login(code: Code) -> bool {
    matches!(
        code,
        Code::LoginEnded | Code::Unauthenticated | Code::WrongCredentials
    )
}

/// What an access token says. It is not verified: it came from the server by TLS, and the server checks its own.
fn claims(access_token: &str) -> Result<Claims, Problem> {
    let said = access_token.split('.').nth(1).unwrap_or_default();
    URL_SAFE_NO_PAD
        .decode(said)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| {
            Problem::new(
                Code::ServerUnreachable,
                "The server's answer to the login cannot be read by this version. Update PanBot.",
            )
        })
}
