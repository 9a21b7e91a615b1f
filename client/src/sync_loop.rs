//! The sync loop: while somebody is signed in, it asks the server for what is new. Start, event, reconnect and timer all
//! go through it. Settings are asked for before orders, since an order goes where the newest settings say.

mod link;
mod tokens;

use std::time::Duration;

use api::{BusinessId, Code, Event, Problem};
use jiff::Timestamp;
use supervision::{Policy, Tasks};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::{
    connection::backoff::{Jitter, delay},
    events::{ClientEvent, EventSender},
    orders::Feed,
    printers::Printers,
    realtime::{self, RealtimeState, Wake},
    refusal,
    reports::Reports,
    session::{Session, SessionState},
    settings::Settings,
    store::Store,
    sync_loop::{
        link::{LastAnswer, link},
        tokens::Tokens,
    },
    view::{LinkView, Notice},
};

/// How long orders wait for settings.
const IMPATIENCE: Duration = Duration::from_secs(3);

fn late() -> Problem {
    Problem::new(
        Code::ServerUnreachable,
        "The server did not answer in time when it was asked for its settings.",
    )
}

/// What the sync loop works with.
#[derive(Debug, Clone)]
pub struct SyncLoop {
    /// Who is signed in.
    pub session: Session,
    /// For which restaurant.
    pub business: BusinessId,
    /// What people call this PC.
    pub counter_name: String,
    /// The restaurant's file.
    pub store: Store,
    /// What people decided.
    pub settings: Settings,
    /// Which printers are ours.
    pub printers: Printers,
    /// Where orders come from.
    pub feed: Feed,
    /// What became of tickets here and at other counters.
    pub reports: Reports,
    /// Reports changes to the view builder.
    pub events: EventSender,
    /// How often the server is asked when nothing wakes us.
    pub poll: Duration,
    /// Between tries.
    pub backoff: (Duration, Duration),
}

impl SyncLoop {
    /// Runs whenever somebody is signed in, until the restaurant is closed.
    pub async fn run(self, link: watch::Sender<LinkView>, tasks: Tasks) {
        let stop = tasks.stop();
        let mut state = self.session.state();
        loop {
            let here = |state: &SessionState| state.business() == Some(self.business);
            if here(&state.borrow_and_update()) {
                let end = tasks.child();
                let _ends = end.stop().clone().drop_guard();
                let work = SignedInSession::begin(&self, &end).work(&link);
                tokio::pin!(work);
                tokio::select! {
                    () = &mut work => {}
                    ended = state.wait_for(|state| !here(state)) => drop(ended),
                    () = stop.cancelled() => {}
                }
                // Before the receiver of its wake-ups is dropped.
                end.shutdown().await;
                link.send_replace(LinkView::Off);
            }
            tokio::select! {
                changed = state.changed() => if changed.is_err() { return },
                () = stop.cancelled() => return,
            }
        }
    }
}

/// The loop's state during one login.
struct SignedInSession<'a> {
    sync: &'a SyncLoop,
    wakes: mpsc::Receiver<Wake>,
    realtime: watch::Receiver<RealtimeState>,
    was_live: bool,
    request: SyncRequest,
    answer: LastAnswer,
    settings: SettingsRetry,
}

impl<'a> SignedInSession<'a> {
    fn begin(sync: &'a SyncLoop, tasks: &Tasks) -> Self {
        let (wake, wakes) = mpsc::channel(256);
        let (status, realtime) = watch::channel(RealtimeState::Connecting);
        let mut settings = realtime::Settings::new(format!("business:{}", sync.business));
        settings.backoff = sync.backoff;
        let tokens = Tokens {
            session: sync.session.clone(),
            business: sync.business,
        };
        let stop = tasks.stop().clone();
        tasks.spawn("realtime", Policy::Restart, move || {
            let (settings, tokens) = (settings.clone(), tokens.clone());
            realtime::run(settings, tokens, wake.clone(), status.clone(), stop.clone())
        });
        SignedInSession {
            sync,
            wakes,
            realtime,
            was_live: false,
            request: SyncRequest::EVERYTHING,
            answer: LastAnswer::None,
            settings: SettingsRetry::default(),
        }
    }

    /// Asks the server, shows the result, waits for a reason to ask again.
    async fn work(mut self, show: &watch::Sender<LinkView>) {
        let mut failures = 0;
        let mut jitter = Jitter::new(rand::random());
        loop {
            let asked = self.sync.ask(&self.request).await;
            if let Some(settings) = asked.settings {
                let pause = delay(self.settings.failures, self.sync.backoff, &mut jitter);
                self.settings_answered(settings, asked.orders.is_ok(), pause)
                    .await;
            }
            self.answer = self
                .answer
                .then(asked.orders.as_ref().err(), Timestamp::now());
            let pause = match asked.orders {
                Ok(()) => {
                    failures = 0;
                    self.request = SyncRequest::NOTHING;
                    self.sync.poll
                }
                Err(problem) => {
                    // Whatever was missed meanwhile is asked for when the server answers again.
                    self.request = SyncRequest::EVERYTHING;
                    self.sync.failed(problem).await;
                    failures += 1;
                    delay(failures - 1, self.sync.backoff, &mut jitter)
                }
            };
            self.wait(pause, failures > 0, show).await;
        }
    }

    /// Settings that cannot be read hold up no order: they are asked for again on a schedule of their own. One failure
    /// may pass; a second one in a row is shown until it is over.
    async fn settings_answered(
        &mut self,
        answer: Result<(), Problem>,
        orders_come: bool,
        pause: Duration,
    ) {
        let before = std::mem::take(&mut self.settings);
        let notice = match answer {
            Ok(()) => None,
            Err(problem) => {
                self.settings.failures = before.failures.saturating_add(1);
                self.settings.due = Some(Instant::now() + pause);
                let detail = problem.message.clone();
                if orders_come {
                    self.sync.failed(problem).await;
                }
                let again = orders_come && before.failures > 0;
                again.then_some(Notice::SettingsNotRead { detail })
            }
        };
        let events = &self.sync.events;
        if let Some(over) = before.shown.filter(|shown| notice.as_ref() != Some(shown)) {
            events.send(ClientEvent::NoticeOver(over)).await;
        }
        if let Some(notice) = &notice {
            events.send(ClientEvent::Notice(notice.clone())).await;
        }
        self.settings.shown = notice;
    }

    /// Waits for a reason to ask, at the longest for a pause. After a failure only a new connection cuts the pause short.
    async fn wait(&mut self, pause: Duration, failed: bool, show: &watch::Sender<LinkView>) {
        let over = tokio::time::sleep(pause);
        tokio::pin!(over);
        loop {
            self.show(show);
            tokio::select! {
                Some(wake) = self.wakes.recv() => {
                    let mut reached = self.hear(&wake);
                    while let Ok(wake) = self.wakes.try_recv() {
                        reached |= self.hear(&wake);
                    }
                    if reached || (!failed && self.request != SyncRequest::NOTHING) {
                        return;
                    }
                }
                Ok(()) = self.realtime.changed() => {
                    let live = matches!(&*self.realtime.borrow_and_update(), RealtimeState::Live);
                    let went_down = self.was_live && !live;
                    self.was_live = live;
                    if went_down && !failed {
                        // Whether the server is gone as well, the window has to know at once.
                        self.request.because_events_stopped();
                        return;
                    }
                }
                () = until(self.settings.due), if !failed => {
                    self.request.counters = true;
                    self.request.settings = true;
                    return;
                }
                () = &mut over => {
                    self.request.orders = true;
                    self.request.forget = true;
                    // Without events nobody tells us that a setting changed.
                    self.request.settings |= !self.was_live;
                    return;
                }
            }
        }
    }

    /// Notes what a wake-up is about; whether it says that the server can be reached.
    fn hear(&mut self, wake: &Wake) -> bool {
        self.request.because(wake, &self.sync.settings);
        self.sync.reports.hear(wake);
        matches!(wake, Wake::Connected | Wake::Recovered { .. })
    }

    fn show(&self, show: &watch::Sender<LinkView>) {
        let now = link(&self.realtime.borrow(), &self.answer);
        show.send_if_modified(|shown| {
            let changed = *shown != now;
            *shown = now;
            changed
        });
    }
}

/// What to ask the server for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SyncRequest {
    /// Who else there is; and settings that waited for the server are sent.
    counters: bool,
    settings: bool,
    orders: bool,
    /// Old orders are forgotten.
    forget: bool,
}

impl SyncRequest {
    const NOTHING: SyncRequest = SyncRequest {
        counters: false,
        settings: false,
        orders: false,
        forget: false,
    };
    const EVERYTHING: SyncRequest = SyncRequest {
        counters: true,
        settings: true,
        orders: true,
        forget: false,
    };

    /// The last of what was missed may be that another counter prints from now on: an order that is asked for before the
    /// settings would come out at both.
    fn because_events_stopped(&mut self) {
        self.settings = true;
        self.orders = true;
    }

    fn because(&mut self, wake: &Wake, settings: &Settings) {
        match wake {
            Wake::Connected | Wake::Recovered { .. } => *self = SyncRequest::EVERYTHING,
            Wake::Event(Event::OrderCreated { .. } | Event::OrderUpdated { .. }) => {
                self.orders = true
            }
            Wake::Event(Event::SettingsUpdated { key, version, .. }) => {
                // Our own changes come back as events as well.
                // A lower one is of a server that was brought back from an older copy.
                self.settings |= settings.now().version(key) != *version;
            }
            Wake::Event(Event::OwnershipChanged { .. }) => self.orders = true,
            Wake::Event(
                Event::TicketsReported { .. } | Event::UnprintedChanged { .. } | Event::Unknown,
            ) => {}
        }
    }
}

/// Settings that could not be read.
#[derive(Debug, Default)]
struct SettingsRetry {
    /// In a row.
    failures: u32,
    /// When they are asked for again.
    due: Option<Instant>,
    /// What the window shows of it.
    shown: Option<Notice>,
}

/// What the server answered.
struct Asked {
    /// `None` when it was not asked for settings.
    settings: Option<Result<(), Problem>>,
    orders: Result<(), Problem>,
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

impl SyncLoop {
    /// Asks for settings first and for orders after them. Where what goes where is known, orders and who prints them wait
    /// for settings no longer than [`IMPATIENCE`].
    async fn ask(&self, request: &SyncRequest) -> Asked {
        let mut request = *request;
        let settings = if request.settings || request.counters {
            let asking = self.ask_about_settings(&mut request);
            Some(if self.settings.now().known {
                tokio::time::timeout(IMPATIENCE, asking)
                    .await
                    .unwrap_or_else(|_| Err(late()))
            } else {
                asking.await
            })
        } else {
            None
        };
        let orders = match &settings {
            // Nobody knows what goes where.
            Some(Err(problem)) if !self.settings.now().known => Err(problem.clone()),
            Some(_) | None => self.ask_for_orders(&request).await,
        };
        Asked { settings, orders }
    }

    async fn ask_for_orders(&self, request: &SyncRequest) -> Result<(), Problem> {
        if request.orders {
            self.printers.settled().await;
            self.feed.catch_up().await?;
        }
        if request.forget {
            self.feed.prune().await?;
        }
        Ok(())
    }

    async fn ask_about_settings(&self, request: &mut SyncRequest) -> Result<(), Problem> {
        if request.counters {
            self.register().await?;
            self.settings.send_what_waits().await?;
        }
        if request.settings {
            self.settings.fetch().await?;
            // The entry in the feed says that they are ours.
            request.orders |= self.printers.claim().await?;
        }
        Ok(())
    }

    /// Says who we are, and hears who else there is.
    async fn register(&self) -> Result<(), Problem> {
        let name = &self.counter_name;
        let counters = self
            .session
            .call(self.business, async |access| {
                access.backend.counters(&access.token, name).await
            })
            .await?;
        let kept = self.store.set_counters(&counters).await;
        kept.map_err(|error| refusal::storage(&error))?;
        self.events.send(ClientEvent::OverviewChanged).await;
        Ok(())
    }

    async fn failed(&self, problem: Problem) {
        tracing::warn!(%problem, "this counter is not up to date");
        if problem.code == Code::Storage {
            let detail = problem.message;
            self.events
                .send(ClientEvent::Notice(Notice::Storage { detail }))
                .await;
        }
    }
}

#[cfg(test)]
mod tests;
