//! The board: the one place where what happened becomes what is shown. It looks at the other parts, shows what differs
//! from what it showed last, and answers for a snapshot in between, so that after a snapshot no change is missed.

mod look;
mod streams;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use api::{
    CounterId, JobState, OrderId, PrinterId, Problem, TicketChanged, job::HeldCause,
    printer::Health, settings::SettingKey,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    board::{
        look::{Around, around, order_view, orders},
        streams::{Heard, Streams},
    },
    host::{Host, Ring},
    restaurant::Restaurant,
    session::SessionState,
    told::Told,
    view::{CounterView, Notice, PrinterView, RulesView, SessionView, Snapshot, SyncView, Update},
};

/// What the board is asked.
#[derive(Debug)]
pub enum Ask {
    /// Everything, once.
    Snapshot(oneshot::Sender<Result<Snapshot, Problem>>),
    /// The person has read the notices.
    Dismiss(oneshot::Sender<()>),
}

/// The board.
pub struct Board {
    /// This counter.
    pub id: CounterId,
    /// What people call it.
    pub name: String,
    /// Where changes are shown.
    pub host: Arc<dyn Host>,
    /// Who is signed in.
    pub session: watch::Receiver<SessionState>,
    /// The restaurant that is open.
    pub open: watch::Receiver<Option<Restaurant>>,
    /// What the other parts tell.
    pub told: mpsc::Receiver<Told>,
    /// What it is asked.
    pub asks: mpsc::Receiver<Ask>,
    /// Newest first.
    pub notices: Vec<Notice>,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Board {
    /// Shows, until it is stopped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut streams = Streams::of(self.open.borrow_and_update().clone());
        let mut shown = Shown::default();
        let mut health = BTreeMap::new();
        let mut look_around = true;
        loop {
            if look_around {
                self.alarm(&streams, &mut health);
                self.look_around(&streams, &mut shown).await;
            }
            look_around = true;
            let mut touched = BTreeSet::new();
            tokio::select! {
                // A restaurant that was just opened is seen before anybody is answered.
                biased;
                () = stop.cancelled() => return,
                changed = self.open.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    streams = Streams::of(self.open.borrow_and_update().clone());
                    shown = Shown::default();
                    health.clear();
                    self.host.emit(Update::Reset);
                }
                Ok(()) = self.session.changed() => {}
                Some(ask) = self.asks.recv() => self.answer(ask, &streams, &mut shown).await,
                Some(told) = self.told.recv() => {
                    look_around = self.hear(told, &mut touched);
                    while let Ok(told) = self.told.try_recv() {
                        look_around |= self.hear(told, &mut touched);
                    }
                }
                heard = streams.heard() => match heard {
                    Heard::Ticket(ticket) => {
                        // The banner of old tickets comes and goes with them.
                        let asked = shown.counter.as_ref().is_some_and(|c| c.too_old.is_some());
                        look_around = asked || is_too_old(&ticket);
                        if ticket.state.needs_a_person() {
                            self.host.ring(Ring::Alarm);
                        }
                        touched.extend(ticket.order);
                    }
                    Heard::Missed => self.host.emit(Update::Reset),
                    Heard::Around => {}
                    Heard::Found(found) => {
                        look_around = false;
                        self.host.emit(Update::Found(found));
                    }
                },
            }
            for order in touched {
                self.show_order(&streams, order).await;
            }
        }
    }

    /// Hears what a part tells; whether there is something to look at besides orders.
    fn hear(&mut self, told: Told, touched: &mut BTreeSet<OrderId>) -> bool {
        match told {
            Told::Order(order) => {
                touched.insert(order);
                false
            }
            Told::Gone(orders) => {
                self.host.emit(Update::OrdersGone(orders));
                false
            }
            Told::Around => true,
            Told::Notice(notice) => {
                let known = self.notices.contains(&notice);
                if !known {
                    // A printer that moved prints; nobody has to run.
                    if !matches!(notice, Notice::PrinterMoved { .. }) {
                        self.host.ring(Ring::Alarm);
                    }
                    self.notices.insert(0, notice);
                }
                !known
            }
        }
    }

    async fn answer(&mut self, ask: Ask, streams: &Streams, shown: &mut Shown) {
        match ask {
            Ask::Snapshot(reply) => {
                self.look_around(streams, shown).await;
                let orders = match streams.open() {
                    Some(open) => orders(open).await,
                    None => Ok(Vec::new()),
                };
                let snapshot = orders.map(|orders| Snapshot {
                    counter: shown
                        .counter
                        .clone()
                        .unwrap_or_else(|| self.counter(Around::default())),
                    orders,
                    printers: shown.printers.clone().unwrap_or_default(),
                    rules: shown
                        .rules
                        .clone()
                        .unwrap_or_else(|| rules(streams, &Around::default())),
                });
                // A window that was closed meanwhile needs no answer.
                drop(reply.send(snapshot));
            }
            Ask::Dismiss(reply) => {
                self.notices.clear();
                let _ = reply.send(());
            }
        }
    }

    /// Shows what differs from what was shown last.
    async fn look_around(&self, streams: &Streams, shown: &mut Shown) {
        let around = match streams.open() {
            Some(open) => around(open, self.id).await,
            None => Around::default(),
        };
        let printers = around.printers.clone();
        let rules = rules(streams, &around);
        let counter = self.counter(around);
        if shown.printers.as_ref() != Some(&printers) {
            self.host.emit(Update::Printers(printers.clone()));
            shown.printers = Some(printers);
        }
        if shown.rules.as_ref() != Some(&rules) {
            self.host.emit(Update::Rules(rules.clone()));
            shown.rules = Some(rules);
        }
        if shown.counter.as_ref() != Some(&counter) {
            self.host.emit(Update::Counter(counter.clone()));
            shown.counter = Some(counter);
        }
    }

    fn counter(&self, around: Around) -> CounterView {
        let session = self.session.borrow().clone();
        let signed_in = matches!(session, SessionState::SignedIn { .. });
        CounterView {
            id: self.id,
            name: self.name.clone(),
            session: session_view(session),
            link: around.link,
            business: around.business,
            backlog: around.backlog,
            too_old: around.too_old,
            print_here: around.print_here.filter(|_| signed_in),
            notices: self.notices.clone(),
        }
    }

    async fn show_order(&self, streams: &Streams, order: OrderId) {
        let Some(open) = streams.open() else { return };
        match order_view(open, order).await {
            Ok(Some(view)) => self.host.emit(Update::Order(Box::new(view))),
            // Its ticket was committed a moment before the order is kept here; it is told again then.
            Ok(None) => {}
            Err(problem) => {
                tracing::error!(%order, %problem, "an order cannot be shown");
                self.host.emit(Update::Reset);
            }
        }
    }

    /// Rings when a printer can print no longer.
    fn alarm(&self, streams: &Streams, health: &mut BTreeMap<PrinterId, Health>) {
        let Some(open) = streams.open() else { return };
        let now: BTreeMap<PrinterId, Health> = open
            .queue
            .statuses()
            .borrow()
            .iter()
            .map(|(printer, status)| (*printer, status.health))
            .collect();
        for (printer, state) in &now {
            let before = health.get(printer).copied().unwrap_or(Health::Unknown);
            if is_trouble(*state) && !is_trouble(before) {
                tracing::warn!(%printer, health = ?state, "a printer cannot print");
                self.host.ring(Ring::Alarm);
            }
        }
        *health = now;
    }
}

/// What was shown last.
#[derive(Debug, Default)]
struct Shown {
    counter: Option<CounterView>,
    printers: Option<Vec<PrinterView>>,
    rules: Option<RulesView>,
}

fn is_too_old(ticket: &TicketChanged) -> bool {
    let cause = HeldCause::TooOld;
    ticket.state == JobState::Held { cause }
}

fn is_trouble(health: Health) -> bool {
    match health {
        Health::Unknown | Health::Ready | Health::Disabled => false,
        Health::NoAddress
        | Health::Unreachable
        | Health::Offline
        | Health::PaperOut
        | Health::CoverOpen
        | Health::CutterError
        | Health::Fault
        | Health::Stranger => true,
    }
}

fn session_view(state: SessionState) -> SessionView {
    match state {
        SessionState::SignedOut { last, ended } => {
            let (server, email) = last.map(|last| (last.server, last.email)).unzip();
            SessionView::SignedOut {
                server,
                email,
                ended,
            }
        }
        SessionState::SignedIn {
            login,
            forgotten_at_exit,
        } => SessionView::SignedIn {
            server: login.server,
            name: login.user_name,
            role: login.role,
            forgotten_at_exit,
        },
    }
}

fn rules(streams: &Streams, around: &Around) -> RulesView {
    let now = streams.open().map(|open| open.settings.now());
    RulesView {
        rules: now
            .as_ref()
            .map(|now| now.rules.clone())
            .unwrap_or_default(),
        stations: around.stations.clone(),
        sync: now.map_or(SyncView::Synced, |now| now.sync(&SettingKey::Rules)),
    }
}
