//! What the feed is handled with, and how one entry of it is handled.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use api::{BusinessId, CounterId, Problem, order::OrderPage};
use jiff::Timestamp;
use printer_queue::PrintQueue;
use serde_json::Value;
use tokio::sync::watch;

use crate::{
    clock::ServerClock,
    host::Host,
    orders::{
        fate::{Earlier, Fate, Known, fate},
        heard::Heard,
        paper,
    },
    refusal,
    session::Session,
    settings::SettingsNow,
    store::{NewRevision, Revision, Store, StoreError},
    told::{Tell, Told},
    view::Handling,
};

/// Entries of a page of the feed.
pub(super) const PAGE: u32 = 200;

/// The feed of a restaurant, and what it is handled with.
#[derive(Clone)]
pub struct Feed {
    /// The restaurant's file.
    pub store: Store,
    /// Its queue.
    pub queue: PrintQueue,
    /// Who is signed in.
    pub session: Session,
    /// What goes where, as far as the queue has the printers for it.
    pub in_force: watch::Receiver<Arc<SettingsNow>>,
    /// The server's time.
    pub clock: ServerClock,
    /// Where changes are told.
    pub tell: Tell,
    /// Who is rung at a new order.
    pub host: Arc<dyn Host>,
    /// Which restaurant.
    pub business: BusinessId,
    /// Which counter.
    pub counter: CounterId,
    /// How far a counter without a position looks back.
    pub look_back: Duration,
    /// How long orders are kept.
    pub history: Duration,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("business", &self.business)
            .finish_non_exhaustive()
    }
}

/// Why the feed was not followed to its end. The position stands at what was handled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FeedError {
    /// What the server said, or that it cannot be reached.
    #[error("{0}")]
    Server(Problem),
    /// This PC cannot store.
    #[error("{0}")]
    Here(Problem),
}

impl From<FeedError> for Problem {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Server(problem) | FeedError::Here(problem) => problem,
        }
    }
}

impl From<StoreError> for FeedError {
    fn from(error: StoreError) -> Self {
        FeedError::Here(refusal::storage(&error))
    }
}

impl From<printer_queue::QueueError> for FeedError {
    fn from(error: printer_queue::QueueError) -> Self {
        FeedError::Here(refusal::queue(&error))
    }
}

impl Feed {
    pub(super) async fn page_after(&self, position: i64) -> Result<OrderPage<Value>, FeedError> {
        self.session
            .call(self.business, async |access| {
                access
                    .backend
                    .orders_after(&access.token, position, PAGE)
                    .await
            })
            .await
            .map_err(FeedError::Server)
    }

    /// The settings in force.
    pub(super) fn settings(&self) -> Arc<SettingsNow> {
        self.in_force.borrow().clone()
    }

    /// Handles a revision that may have been handled before. The answer is whether it is an order to ring for.
    pub(super) async fn handle(&self, heard: &Heard, before_us: bool) -> Result<bool, FeedError> {
        let (handling, backlog, new) = if self.queue.is_handled(heard.id, heard.revision).await? {
            let (handling, backlog) = self.remembered(heard, before_us).await?;
            (handling, backlog, false)
        } else {
            let known = Known {
                earlier: self.earlier(heard).await?,
                before_us,
                born: self.store.born().await?,
            };
            let fate = fate(heard, known);
            let jobs = match &fate {
                Fate::Print => paper::jobs(heard, &self.settings(), self.counter),
                Fate::Change(before) => {
                    paper::change_jobs(heard, before, &self.settings(), self.counter)
                }
                Fate::Show(_) | Fate::Ask => Vec::new(),
            };
            self.queue.submit(heard.id, heard.revision, jobs).await?;
            let (handling, backlog) = shown_as(&fate);
            (handling, backlog, fate == Fate::Print)
        };
        let body = heard.raw.to_string();
        let kept = NewRevision {
            order: heard.id,
            revision: heard.revision,
            seq: heard.seq,
            body: &body,
            handling,
            backlog,
            heard_at: self.clock.now(),
        };
        self.store.keep_revision(&kept).await?;
        self.note_stations(heard).await?;
        self.tell.tell(Told::Order(heard.id)).await;
        if backlog && !before_us {
            self.tell.tell(Told::Around).await;
        }
        Ok(new)
    }

    /// What was decided about a revision that was handled before: as it was kept, or, when the program ended before it
    /// could be kept or its file was set aside, as its tickets tell.
    async fn remembered(
        &self,
        heard: &Heard,
        before_us: bool,
    ) -> Result<(Handling, bool), FeedError> {
        let kept = self.store.revisions(heard.id, u32::MAX).await?;
        if let Some(known) = kept.iter().find(|kept| kept.revision == heard.revision) {
            return Ok((known.handling, false));
        }
        let jobs = self.queue.jobs_of(heard.id).await?;
        if jobs.iter().any(|job| job.revision == heard.revision) {
            return Ok((Handling::Routed, false));
        }
        // No ticket was made of it; that is decided again as it was then.
        let known = Known {
            earlier: told_last(&kept, heard.revision),
            before_us,
            born: self.store.born().await?,
        };
        Ok(shown_as(&fate(heard, known)))
    }

    /// What became of the earlier revisions of an order that is handled now.
    async fn earlier(&self, heard: &Heard) -> Result<Earlier, FeedError> {
        match self.queue.handled_revision(heard.id).await? {
            None => Ok(Earlier::Nothing),
            Some(handled) if handled > heard.revision => Ok(Earlier::Shown),
            Some(_) => {
                let kept = self.store.revisions(heard.id, u32::MAX).await?;
                let known = told_last(&kept, heard.revision);
                // Handled, and forgotten since.
                let forgotten = known == Earlier::Nothing;
                Ok(if forgotten { Earlier::Shown } else { known })
            }
        }
    }

    async fn note_stations(&self, heard: &Heard) -> Result<(), FeedError> {
        let Ok(order) = &heard.order else {
            return Ok(());
        };
        let stations: BTreeSet<&String> = order
            .lines
            .iter()
            .filter_map(|line| line.station.as_ref())
            .collect();
        let mut new = false;
        for station in stations {
            new |= self.store.add_station(station).await?;
        }
        if new {
            self.tell.tell(Told::Around).await;
        }
        Ok(())
    }
}

/// What the places of an order were told last before a revision of it; `kept` newest first.
fn told_last(kept: &[Revision], revision: u32) -> Earlier {
    let mut earlier = kept
        .iter()
        .filter(|kept| kept.revision < revision)
        .peekable();
    if earlier.peek().is_none() {
        return Earlier::Nothing;
    }
    let routed = earlier.find(|kept| kept.handling == Handling::Routed);
    let Some(told) = routed else {
        return Earlier::Shown;
    };
    match serde_json::from_str(&told.body) {
        Ok(order) => Earlier::Told(Box::new(order)),
        Err(error) => {
            tracing::warn!(%error, "the revision that was printed cannot be read; the later one prints in full");
            Earlier::Unreadable
        }
    }
}

/// How it is shown, and whether somebody is asked about it.
fn shown_as(fate: &Fate) -> (Handling, bool) {
    match fate {
        Fate::Print | Fate::Change(_) => (Handling::Routed, false),
        Fate::Show(handling) => (*handling, false),
        Fate::Ask => (Handling::ShownOnly, true),
    }
}

/// There may be another page behind this one.
pub(super) fn is_full(page: &OrderPage<Value>) -> bool {
    u32::try_from(page.orders.len()).is_ok_and(|orders| orders >= PAGE)
}

/// A time before another one.
pub(super) fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    jiff::SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_sub(by).ok())
        .unwrap_or(Timestamp::MIN)
}
