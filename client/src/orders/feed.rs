//! What the feed is handled with, and how one order of it is handled.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use api::{BusinessId, CounterId, Order, Owners, Problem};
use jiff::Timestamp;
use printer_queue::{PrintQueue, Tickets};
use tokio::sync::{Mutex, watch};

use crate::{
    clock::ServerClock,
    events::{ClientEvent, EventSender},
    host::Host,
    orders::{
        decision::{EarlierRevisions, RevisionContext, RevisionDecision, decide_revision},
        elsewhere,
        entry::ReceivedOrder,
        paper,
    },
    owners::{OwnersInForce, OwnersNow},
    refusal,
    reports::Reports,
    routing::Earlier,
    session::Session,
    settings::SettingsNow,
    store::{NewRevision, Revision, Store, StoreError},
    view::Handling,
};

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
    /// Who prints on which printer, as far as the feed was handled.
    pub owners: OwnersInForce,
    /// It is followed by one at a time.
    pub following: Arc<Mutex<Following>>,
    /// What other counters made of their tickets.
    pub reports: Reports,
    /// The server's time.
    pub clock: ServerClock,
    /// Reports changes to the view builder.
    pub events: EventSender,
    /// Who is rung at a new order.
    pub host: Arc<dyn Host>,
    /// Counts how often it was followed to its end.
    pub rounds: watch::Sender<u64>,
    /// Which restaurant.
    pub business: BusinessId,
    /// Which counter.
    pub counter: CounterId,
    /// How long reports of the counter that had a printer before are waited for.
    pub take_over_patience: Duration,
    /// How far a counter without a place looks back.
    pub look_back: Duration,
    /// How long orders are kept.
    pub history: Duration,
}

/// What following the feed knows of the last time.
#[derive(Debug, Default)]
pub struct Following {
    /// It came to its end: nothing was given away, taken over or handled that is not behind the place.
    pub(super) settled: bool,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("business", &self.business)
            .finish_non_exhaustive()
    }
}

/// Why the feed was not followed to its end. The place stands at what was handled.
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
    /// The settings in force, with the owners that the queue has its printers by.
    pub(super) fn settings(&self) -> Arc<SettingsNow> {
        self.in_force.borrow().clone()
    }

    /// The same with the owners at a place in the feed; nearly always they are those that the queue has.
    pub(super) fn settings_at(&self, owners: &Owners) -> Arc<SettingsNow> {
        let settings = self.settings();
        let there = OwnersNow {
            owners: Some(owners.clone()),
            added: self.owners.now().added,
        };
        let mut printers = settings.printers.iter();
        if printers.all(|printer| printer.owner == there.of(printer)) {
            settings
        } else {
            Arc::new(settings.owned(&there))
        }
    }

    /// Handles a revision that may have been handled before. The answer is whether it is an order to ring for.
    /// A panic on the way ends as a plain ticket.
    pub(super) async fn handle(
        &self,
        entry: &ReceivedOrder,
        settings: &SettingsNow,
        before_us: bool,
    ) -> Result<bool, FeedError> {
        match supervision::catch(self.handle_revision(entry, settings, before_us)).await {
            Ok(done) => done,
            Err(panic) => {
                self.handle_crashed(entry, settings, before_us, &panic.0)
                    .await
            }
        }
    }

    async fn handle_revision(
        &self,
        entry: &ReceivedOrder,
        settings: &SettingsNow,
        before_us: bool,
    ) -> Result<bool, FeedError> {
        tracing::trace!(target: "panbot::stage", stage = "client.feed_answered", order = %entry.id);
        let newest = self.queue.handled_revision(entry.id).await?;
        // Nearly always it is a new order, of which that says all.
        let is_handled = match newest {
            Some(newest) if newest > entry.revision => {
                self.queue.is_handled(entry.id, entry.revision).await?
            }
            newest => newest == Some(entry.revision),
        };
        let (handling, backlog, new) = if is_handled {
            if self.is_given_twice(entry, settings).await? {
                return Ok(false);
            }
            let (handling, backlog) = self.remembered(entry, before_us).await?;
            (handling, backlog, false)
        } else {
            let earlier = self.earlier(entry, newest).await?;
            if earlier == EarlierRevisions::Shown && self.is_given_twice(entry, settings).await? {
                return Ok(false);
            }
            let known = RevisionContext {
                earlier,
                before_us,
                born: self.store.born().await?,
            };
            let decision = decide_revision(entry, known);
            self.submit(entry, &decision, settings).await?;
            let (handling, backlog) = shown_as(&decision);
            (handling, backlog, decision == RevisionDecision::Print)
        };
        self.keep(entry, handling, backlog).await?;
        if entry.revision > 1 {
            self.reports.touched.add([entry.id]);
        }
        if backlog && !before_us {
            self.events.send(ClientEvent::OverviewChanged).await;
        }
        Ok(new)
    }

    /// Keeps a revision as it was handled, and reports it.
    pub(super) async fn keep(
        &self,
        entry: &ReceivedOrder,
        handling: Handling,
        backlog: bool,
    ) -> Result<(), FeedError> {
        let body = entry.raw.to_string();
        let kept = NewRevision {
            order: entry.id,
            revision: entry.revision,
            seq: entry.seq,
            body: &body,
            handling,
            backlog,
            heard_at: self.clock.now().unwrap_or_else(Timestamp::now),
        };
        self.store.keep_revision(&kept).await?;
        tracing::trace!(target: "panbot::stage", stage = "client.kept", order = %entry.id);
        self.note_stations(entry).await?;
        self.events.send(ClientEvent::Order(entry.id)).await;
        Ok(())
    }

    /// Commits a revision with the tickets that it makes.
    async fn submit(
        &self,
        entry: &ReceivedOrder,
        decision: &RevisionDecision,
        settings: &SettingsNow,
    ) -> Result<(), FeedError> {
        #[cfg(test)]
        crate::orders::crash::inject::panic_at(crate::orders::crash::inject::SUBMIT, &entry.raw);
        let elsewhere = elsewhere::of_revision(decision, entry, settings, self.counter);
        let jobs = match decision {
            RevisionDecision::Change(orders) => {
                let tickets = self.queue.earlier_tickets(entry.id).await?;
                let earlier = Earlier {
                    orders,
                    tickets: &tickets,
                };
                let mut jobs = paper::change_jobs(entry, &earlier, settings, self.counter);
                jobs.elsewhere = elsewhere;
                rendered(entry);
                self.queue
                    .submit_later(entry.id, entry.revision, jobs)
                    .await?;
                submitted(entry);
                return Ok(());
            }
            RevisionDecision::Print => paper::jobs(entry, settings, self.counter),
            RevisionDecision::Show(_) | RevisionDecision::Ask => Vec::new(),
        };
        let tickets = Tickets { jobs, elsewhere };
        rendered(entry);
        self.queue.submit(entry.id, entry.revision, tickets).await?;
        submitted(entry);
        Ok(())
    }

    /// What was decided about a revision that was handled before: as it was kept, or, when the program ended before it
    /// could be kept or its file was set aside, as its tickets tell.
    async fn remembered(
        &self,
        entry: &ReceivedOrder,
        before_us: bool,
    ) -> Result<(Handling, bool), FeedError> {
        let kept = self.store.revisions(entry.id, u32::MAX).await?;
        if let Some(known) = kept.iter().find(|kept| kept.revision == entry.revision) {
            return Ok((known.handling, false));
        }
        let jobs = self.queue.jobs_of(entry.id).await?;
        if jobs.iter().any(|job| job.revision == entry.revision) {
            return Ok((Handling::Routed, false));
        }
        // No ticket was made of it; that is decided again as it was then.
        let known = RevisionContext {
            earlier: routed_before(&kept, entry.revision),
            before_us,
            born: self.store.born().await?,
        };
        Ok(shown_as(&decide_revision(entry, known)))
    }

    /// What became of the earlier revisions of an order that is handled now; `newest` is the newest one that was handled.
    async fn earlier(
        &self,
        entry: &ReceivedOrder,
        newest: Option<u32>,
    ) -> Result<EarlierRevisions, FeedError> {
        match newest {
            None => Ok(EarlierRevisions::Nothing),
            Some(handled) if handled > entry.revision => Ok(EarlierRevisions::Shown),
            Some(_) => {
                let kept = self.store.revisions(entry.id, u32::MAX).await?;
                match routed_before(&kept, entry.revision) {
                    EarlierRevisions::Nothing => self.handled_and_not_kept(entry).await,
                    known @ (EarlierRevisions::Shown | EarlierRevisions::Routed { .. }) => {
                        Ok(known)
                    }
                }
            }
        }
    }

    /// What became of revisions that were handled and are not here: the order was forgotten with the history, or this program
    /// ended between its two commits. Then something is on paper of which nobody here knows what it says, so that what is
    /// new prints in full.
    async fn handled_and_not_kept(
        &self,
        entry: &ReceivedOrder,
    ) -> Result<EarlierRevisions, FeedError> {
        let placed = entry.order.as_ref().ok().map(|order| order.placed_at);
        let oldest = self.clock.now().map(|now| earlier(now, self.history));
        let is_forgotten = placed
            .zip(oldest)
            .is_some_and(|(placed, oldest)| placed < oldest);
        if is_forgotten || self.queue.earlier_tickets(entry.id).await?.is_empty() {
            return Ok(EarlierRevisions::Shown);
        }
        Ok(EarlierRevisions::Routed {
            orders: Vec::new(),
            readable: false,
        })
    }

    async fn note_stations(&self, entry: &ReceivedOrder) -> Result<(), FeedError> {
        let Ok(order) = &entry.order else {
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
            self.events.send(ClientEvent::OverviewChanged).await;
        }
        Ok(())
    }
}

/// The revisions of an order whose tickets were routed before a revision of it; `kept` newest first.
pub(super) fn routed_before(kept: &[Revision], revision: u32) -> EarlierRevisions {
    let mut earlier = kept
        .iter()
        .filter(|kept| kept.revision < revision)
        .peekable();
    if earlier.peek().is_none() {
        return EarlierRevisions::Nothing;
    }
    let routed = earlier.filter(|kept| kept.handling == Handling::Routed);
    let read: Vec<Option<Order>> = routed
        .map(|kept| {
            let order = serde_json::from_str(&kept.body);
            order
                .inspect_err(|error| {
                    tracing::warn!(%error, revision = kept.revision, "a revision that was printed cannot be read");
                })
                .ok()
        })
        .collect();
    let Some(newest) = read.first() else {
        return EarlierRevisions::Shown;
    };
    EarlierRevisions::Routed {
        readable: newest.is_some(),
        orders: read.into_iter().rev().flatten().collect(),
    }
}

fn rendered(entry: &ReceivedOrder) {
    tracing::trace!(target: "panbot::stage", stage = "client.rendered", order = %entry.id);
}

fn submitted(entry: &ReceivedOrder) {
    tracing::trace!(target: "panbot::stage", stage = "client.submitted", order = %entry.id);
}

/// How it is shown, and whether somebody is asked about it.
fn shown_as(decision: &RevisionDecision) -> (Handling, bool) {
    match decision {
        RevisionDecision::Print | RevisionDecision::Change(_) => (Handling::Routed, false),
        RevisionDecision::Show(handling) => (*handling, false),
        RevisionDecision::Ask => (Handling::ShownOnly, true),
    }
}

/// A time before another one.
pub(super) fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    jiff::SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_sub(by).ok())
        .unwrap_or(Timestamp::MIN)
}
