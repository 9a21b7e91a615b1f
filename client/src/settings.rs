//! Settings: local first. A change is kept with its dirty mark in one transaction and is in force at once; the outbox
//! says when the server gets it. One actor task owns them; all others read a `watch`.

mod actor;
mod decide;
mod now;

use std::sync::Arc;

use api::{
    BusinessId, Code, Problem,
    feed::{Claim, Claimed},
    settings::{SettingKey, Versioned},
};
use serde_json::Value;
use supervision::{Policy, Tasks};
use tokio::sync::{Mutex, mpsc, oneshot, watch};

pub use crate::settings::now::SettingsNow;
use crate::{
    outbox::Pace,
    session::Session,
    store::{Store, StoreError},
};

/// The settings of a restaurant on this PC. Clones are the same settings.
#[derive(Debug, Clone)]
pub struct Settings {
    requests: mpsc::Sender<actor::SettingsRequest>,
    now: watch::Receiver<Arc<SettingsNow>>,
    session: Session,
    business: BusinessId,
}

impl Settings {
    /// Reads the stored settings and spawns the actor.
    ///
    /// # Errors
    /// When they cannot be read from this PC.
    pub async fn start(
        store: Store,
        session: Session,
        business: BusinessId,
        pace: Pace,
        tasks: &Tasks,
    ) -> Result<Settings, StoreError> {
        let actor = actor::SettingsActor::load(store, session.clone(), business, pace).await?;
        let (requests, received) = mpsc::channel(64);
        let (tell, now) = watch::channel(Arc::new(actor.now()));
        let shared = Arc::new(Mutex::new((actor, received)));
        let (tell, stop) = (Arc::new(tell), tasks.stop().clone());
        tasks.spawn("settings", Policy::Restart, move || {
            let (shared, tell, stop) = (shared.clone(), tell.clone(), stop.clone());
            async move {
                let (actor, received) = &mut *shared.lock().await;
                tokio::select! {
                    () = actor.run(received, &tell) => stop.cancelled().await,
                    () = stop.cancelled() => {}
                }
            }
        });
        Ok(Settings {
            requests,
            now,
            session,
            business,
        })
    }

    /// What is in force.
    pub fn now(&self) -> Arc<SettingsNow> {
        self.now.borrow().clone()
    }

    /// What is in force, from now on.
    pub fn watch(&self) -> watch::Receiver<Arc<SettingsNow>> {
        self.now.clone()
    }

    /// Changes settings, all or none. When this returns they are kept and in force; the server gets them later.
    ///
    /// # Errors
    /// When this PC cannot store them; then nothing changed.
    pub async fn change(&self, changes: Vec<(SettingKey, Option<Value>)>) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.ask(actor::SettingsRequest::Change { changes, reply }, answer)
            .await?
    }

    /// Reads all settings from the server. What is changed here and not there yet is kept.
    ///
    /// # Errors
    /// What the server said, that it cannot be reached, or that this PC cannot store.
    pub async fn fetch(&self) -> Result<(), Problem> {
        let seen = self.now().versions();
        let rows = self
            .session
            .call(self.business, async |access| {
                access.backend.settings(&access.token, self.business).await
            })
            .await?;
        let rows = rows.into_iter().filter_map(readable).collect();
        let (reply, answer) = oneshot::channel();
        self.ask(actor::SettingsRequest::Merge { seen, rows, reply }, answer)
            .await?
    }

    /// Takes printers at the server. What the settings say of their owners comes with the next [`Settings::fetch`], and the
    /// entry of the feed says when they print here.
    ///
    /// # Errors
    /// What the server said, or that it cannot be reached.
    pub async fn claim(&self, claim: &Claim) -> Result<Claimed, Problem> {
        self.session
            .call(self.business, async |access| {
                access.backend.claim(&access.token, claim).await
            })
            .await
    }

    /// The server can be reached (again), or somebody else signed in: what waited for that is sent now.
    ///
    /// # Errors
    /// When this counter shuts down.
    pub async fn send_what_waits(&self) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.ask(actor::SettingsRequest::Retry { reply }, answer)
            .await
    }

    async fn ask<T>(
        &self,
        ask: actor::SettingsRequest,
        answer: oneshot::Receiver<T>,
    ) -> Result<T, Problem> {
        let gone = || {
            Problem::new(
                Code::Unavailable,
                "This restaurant was closed on this counter.",
            )
        };
        self.requests.send(ask).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

/// A setting of a newer server is no reason to lose the others.
fn readable(row: Value) -> Option<Versioned> {
    match serde_json::from_value(row) {
        Ok(row) => Some(row),
        Err(error) => {
            tracing::warn!(%error, "a setting that this version does not know is ignored");
            None
        }
    }
}

#[cfg(test)]
mod tests;
