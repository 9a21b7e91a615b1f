//! The session: login, one refresh at a time, logout. One actor task holds the tokens; the access token lives in its
//! memory, the refresh token in the keyring as well. A server that cannot be reached is no lost session: only the
//! server's own word ends one.

mod actor;
mod state;

use std::{future::Future, sync::Arc, time::Instant};

use api::{BusinessId, Code, CounterId, Problem};
use supervision::{Policy, Tasks};
use tokio::sync::{Mutex, mpsc, oneshot, watch};

pub use crate::session::state::{Access, SessionState};
use crate::{
    backend::{PutRefused, Transport},
    host::{Host, Ring},
    identity::{Identity, IdentityFile},
    secrets::Secrets,
};

/// The session. Clones share one actor.
#[derive(Debug, Clone)]
pub struct Session {
    requests: mpsc::Sender<actor::SessionRequest>,
    state: watch::Receiver<SessionState>,
}

impl Session {
    /// Takes up the last session, if its refresh token was kept, and spawns the actor.
    pub async fn start(
        file: IdentityFile,
        identity: Identity,
        transport: Transport,
        secrets: Secrets,
        host: Arc<dyn Host>,
        tasks: &Tasks,
    ) -> Session {
        let actor = actor::SessionActor::take_up(file, identity, transport, secrets).await;
        let (requests, received) = mpsc::channel(64);
        let (tell, state) = watch::channel(actor.state());
        if matches!(
            &*state.borrow(),
            SessionState::SignedOut { ended: Some(_), .. }
        ) {
            host.ring(Ring::Alarm);
        }
        let shared = Arc::new(Mutex::new((actor, received)));
        let (tell, stop) = (Arc::new(tell), tasks.stop().clone());
        tasks.spawn("session", Policy::Restart, move || {
            let (shared, tell) = (shared.clone(), tell.clone());
            let (host, stop) = (host.clone(), stop.clone());
            async move {
                let (actor, received) = &mut *shared.lock().await;
                let alarm = move || host.ring(Ring::Alarm);
                tokio::select! {
                    () = actor.run(received, &tell, alarm) => stop.cancelled().await,
                    () = stop.cancelled() => {}
                }
            }
        });
        Session { requests, state }
    }

    /// Who is signed in, now and from now on.
    pub fn state(&self) -> watch::Receiver<SessionState> {
        self.state.clone()
    }

    /// Signs in; the answer is for which restaurant.
    ///
    /// # Errors
    /// What the server said, or that it cannot be reached.
    pub async fn login(
        &self,
        server: &str,
        email: &str,
        password: &str,
    ) -> Result<BusinessId, Problem> {
        let (reply, answer) = oneshot::channel();
        let ask = actor::SessionRequest::Login {
            server: server.to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
            reply,
        };
        self.ask(ask, answer).await?
    }

    /// Signs out, here in any case and at the server if it can be reached.
    ///
    /// # Errors
    /// When this counter shuts down.
    pub async fn logout(&self) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.ask(actor::SessionRequest::Logout { reply }, answer)
            .await
    }

    /// From the next start on this is another counter.
    ///
    /// # Errors
    /// When this PC cannot store, or this counter shuts down.
    pub async fn rename(&self, id: CounterId) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.ask(actor::SessionRequest::Rename { id, reply }, answer)
            .await?
    }

    /// Calls the server for a restaurant, with an access token that lives. When the server does not take the token, it
    /// is refreshed and the call is made once more.
    ///
    /// # Errors
    /// What the server said, that it cannot be reached, or [`Code::Unauthenticated`] when nobody is signed in there.
    pub async fn call<T, E, F, C>(&self, business: BusinessId, call: C) -> Result<T, E>
    where
        C: Fn(Access) -> F,
        F: Future<Output = Result<T, E>>,
        E: From<Problem> + AsProblem,
    {
        let first = self.access(business, None).await?;
        let token = first.token.clone();
        match call(first).await {
            Err(error)
                if matches!(
                    error.problem().code,
                    Code::TokenExpired | Code::Unauthenticated
                ) =>
            {
                call(self.access(business, Some(token)).await?).await
            }
            answer => answer,
        }
    }

    async fn access(
        &self,
        business: BusinessId,
        refused: Option<String>,
    ) -> Result<Access, Problem> {
        let (reply, answer) = oneshot::channel();
        let ask = actor::SessionRequest::Access {
            business,
            refused,
            asked: Instant::now(),
            reply,
        };
        self.ask(ask, answer).await?
    }

    async fn ask<T>(
        &self,
        ask: actor::SessionRequest,
        answer: oneshot::Receiver<T>,
    ) -> Result<T, Problem> {
        let gone = || Problem::new(Code::Unavailable, "This counter is shutting down.");
        self.requests.send(ask).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

/// An error that carries a problem.
pub trait AsProblem {
    /// It.
    fn problem(&self) -> &Problem;
}

impl AsProblem for Problem {
    fn problem(&self) -> &Problem {
        self
    }
}

impl AsProblem for PutRefused {
    fn problem(&self) -> &Problem {
        &self.problem
    }
}

#[cfg(test)]
mod tests;
