//! The settings actor: it stores a change before it answers, and sends one setting at a time while it goes on taking
//! changes.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use api::{
    BusinessId, Code, Problem,
    settings::{SettingKey, Versioned},
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    backend::PutRefused,
    outbox::{Pace, decide},
    refusal,
    session::Session,
    settings::{
        decide::{Sent, after_put, after_read, has_failed, keep_owner, waiting},
        now::{SettingsNow, unreadable},
    },
    store::{DirtyMark, SettingRow, Store, StoreError},
};

/// How long it rests when this PC cannot store what the server said.
const STORAGE_PAUSE: Duration = Duration::from_secs(5);

type Reply = oneshot::Sender<Result<(), Problem>>;

/// A request to the actor.
pub(super) enum SettingsRequest {
    Change {
        changes: Vec<(SettingKey, Option<Value>)>,
        reply: Reply,
    },
    Merge {
        /// What was known here when the server was asked.
        seen: BTreeMap<SettingKey, i64>,
        rows: Vec<Versioned>,
        reply: Reply,
    },
    Retry {
        reply: oneshot::Sender<()>,
    },
}

type InFlight = Pin<Box<dyn Future<Output = (Sent, Result<Versioned, PutRefused>)> + Send>>;

pub(super) struct SettingsActor {
    store: Store,
    session: Session,
    business: BusinessId,
    pace: Pace,
    known: bool,
    rows: BTreeMap<SettingKey, SettingRow>,
}

impl SettingsActor {
    pub(super) async fn load(
        store: Store,
        session: Session,
        business: BusinessId,
        pace: Pace,
    ) -> Result<SettingsActor, StoreError> {
        let mut rows = store.settings().await?;
        rows.retain(|row| match unreadable(row) {
            None => true,
            Some(error) => {
                let key = &row.key;
                store
                    .damage()
                    .note(format!("the setting {key} cannot be read: {error}"));
                false
            }
        });
        Ok(SettingsActor {
            known: store.settings_known().await?.unwrap_or(!rows.is_empty()),
            rows: rows.into_iter().map(|row| (row.key.clone(), row)).collect(),
            store,
            session,
            business,
            pace,
        })
    }

    pub(super) fn now(&self) -> SettingsNow {
        SettingsNow::of(&self.rows, self.known, &self.pace, Timestamp::now())
    }

    pub(super) async fn run(
        &mut self,
        asked: &mut mpsc::Receiver<SettingsRequest>,
        tell: &watch::Sender<Arc<SettingsNow>>,
    ) {
        let mut in_flight: Option<InFlight> = None;
        loop {
            let pause = self.next(&mut in_flight);
            tokio::select! {
                ask = asked.recv() => match ask {
                    Some(ask) => self.answer(ask, tell).await,
                    None => return,
                },
                (sent, answer) = outcome(&mut in_flight) => {
                    in_flight = None;
                    self.sent(&sent, answer, tell).await;
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends what is due, if nothing is on its way; how long nothing else is.
    fn next(&self, in_flight: &mut Option<InFlight>) -> Duration {
        const LONGEST: Duration = Duration::from_secs(60);
        if in_flight.is_some() {
            return LONGEST;
        }
        let waits: Vec<_> = self.rows.values().filter_map(waiting).collect();
        let now = Timestamp::now();
        let decision = decide(&waits, &self.pace, now);
        let due = decision.due.first().and_then(|key| self.rows.get(key));
        if let Some(sent) = due.and_then(Sent::of) {
            *in_flight = Some(self.send(sent));
            return LONGEST;
        }
        // No longer than a minute, since the clock of this PC may be set in between.
        decision.wake_at.map_or(LONGEST, |at| {
            Duration::try_from(at.duration_since(now))
                .unwrap_or_default()
                .min(LONGEST)
        })
    }

    fn send(&self, sent: Sent) -> InFlight {
        let (session, business) = (self.session.clone(), self.business);
        Box::pin(async move {
            let put = session
                .call(business, async |access| {
                    let (version, value) = (sent.version, sent.value.clone());
                    access
                        .backend
                        .put_setting(&access.token, business, &sent.key, version, value)
                        .await
                })
                .await;
            (sent, put)
        })
    }

    async fn sent(
        &mut self,
        sent: &Sent,
        answer: Result<Versioned, PutRefused>,
        tell: &watch::Sender<Arc<SettingsNow>>,
    ) {
        match &answer {
            Ok(taken) => tracing::info!(key = %sent.key, version = taken.version, "setting sent"),
            Err(refused) => {
                tracing::warn!(key = %sent.key, problem = %refused.problem, "setting not sent")
            }
        }
        let Some(row) = self.rows.get(&sent.key).cloned() else {
            return;
        };
        let row = after_put(
            row,
            sent,
            answer,
            (&self.pace, rand::random(), Timestamp::now()),
        );
        if let Err(problem) = self.keep(vec![row], tell).await {
            // It is sent again then, and the server says that it has it.
            tracing::error!(%problem, "what the server said about a setting could not be stored");
            tokio::time::sleep(STORAGE_PAUSE).await;
        }
    }

    async fn answer(&mut self, ask: SettingsRequest, tell: &watch::Sender<Arc<SettingsNow>>) {
        match ask {
            SettingsRequest::Change { changes, reply } => {
                let rows = changes
                    .into_iter()
                    .map(|(key, value)| self.changed(key, value))
                    .collect();
                let kept = self.keep(rows, tell).await;
                drop(reply.send(kept));
            }
            SettingsRequest::Merge { seen, rows, reply } => {
                let merged = self.merge(&seen, rows, tell).await;
                drop(reply.send(merged));
            }
            SettingsRequest::Retry { reply } => {
                let rows = self.rows.values().filter_map(tried_again).collect();
                if let Err(problem) = self.keep(rows, tell).await {
                    tracing::error!(%problem, "settings that wait are sent later");
                }
                let _ = reply.send(());
            }
        }
    }

    fn changed(&self, key: SettingKey, mut value: Option<Value>) -> SettingRow {
        let before = self.rows.get(&key);
        keep_owner(&key, before.and_then(|row| row.value.as_ref()), &mut value);
        SettingRow {
            version: before.map_or(0, |row| row.version),
            key,
            value,
            dirty: Some(DirtyMark {
                changed_at: Timestamp::now(),
                failures: 0,
                next_try: None,
                problem: None,
            }),
        }
    }

    /// Takes over what the server has. A setting that its answer does not name stays as it is here: deleted is only what
    /// comes with the value `null`.
    async fn merge(
        &mut self,
        seen: &BTreeMap<SettingKey, i64>,
        read: Vec<Versioned>,
        tell: &watch::Sender<Arc<SettingsNow>>,
    ) -> Result<(), Problem> {
        let rows: Vec<SettingRow> = read
            .into_iter()
            .filter_map(|read| {
                let row = self.rows.get(&read.key);
                let same = row.is_some_and(|row| seen.get(&row.key) == Some(&row.version));
                after_read(row, read, same)
            })
            .collect();
        self.keep(rows, tell).await?;
        if !self.known {
            self.store
                .set_settings_known()
                .await
                .map_err(|error| refusal::storage(&error))?;
            self.known = true;
            tell.send_replace(Arc::new(self.now()));
        }
        Ok(())
    }

    /// Committed first, in force second, told third.
    async fn keep(
        &mut self,
        rows: Vec<SettingRow>,
        tell: &watch::Sender<Arc<SettingsNow>>,
    ) -> Result<(), Problem> {
        if rows.is_empty() {
            return Ok(());
        }
        self.store
            .keep_settings(&rows)
            .await
            .map_err(|error| refusal::storage(&error))?;
        self.rows
            .extend(rows.into_iter().map(|row| (row.key.clone(), row)));
        tell.send_replace(Arc::new(self.now()));
        Ok(())
    }
}

/// A row whose last failure may be over now: the server is back, or somebody with more rights signed in.
fn tried_again(row: &SettingRow) -> Option<SettingRow> {
    let dirty = row.dirty.as_ref()?;
    let forbidden = |problem: &Problem| problem.code == Code::Forbidden;
    let retried = dirty.next_try.is_some()
        || (has_failed(dirty) && dirty.problem.as_ref().is_some_and(forbidden));
    retried.then(|| SettingRow {
        dirty: Some(DirtyMark {
            next_try: None,
            problem: None,
            ..dirty.clone()
        }),
        ..row.clone()
    })
}

async fn outcome(in_flight: &mut Option<InFlight>) -> (Sent, Result<Versioned, PutRefused>) {
    match in_flight {
        Some(put) => put.await,
        None => std::future::pending().await,
    }
}
