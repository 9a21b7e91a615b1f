//! Builds what is shown from the state of the other parts and emits what differs from what was emitted last. Snapshots
//! are answered between two updates, so no change after a snapshot is missed.

mod others;
mod overview;
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
    events::ClientEvent,
    host::{Host, Ring},
    restaurant::Restaurant,
    session::SessionState,
    view::{CounterView, Notice, PrinterView, RulesView, SessionView, Snapshot, SyncView, Update},
    view_builder::{
        overview::{Overview, order_view, orders, overview},
        streams::{StreamEvent, Streams},
    },
};

/// A request to the view builder.
#[derive(Debug)]
pub enum ViewRequest {
    /// Everything, once.
    Snapshot(oneshot::Sender<Result<Snapshot, Problem>>),
    /// The person has read the notices.
    Dismiss(oneshot::Sender<()>),
}

/// The task that builds views.
pub struct ViewBuilder {
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
    /// Events of the other parts.
    pub events: mpsc::Receiver<ClientEvent>,
    /// Requests of the handles.
    pub requests: mpsc::Receiver<ViewRequest>,
    /// Newest first.
    pub notices: Vec<Notice>,
}

impl std::fmt::Debug for ViewBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ViewBuilder")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl ViewBuilder {
    /// Runs until it is stopped.
    pub async fn run(&mut self, stop: &CancellationToken) {
        let mut streams = Streams::of(self.open.borrow_and_update().clone());
        let mut shown = Shown::default();
        let mut health = BTreeMap::new();
        let mut refresh_overview = true;
        loop {
            if refresh_overview {
                self.alarm(&streams, &mut health);
                self.refresh_overview(&streams, &mut shown).await;
            }
            refresh_overview = true;
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
                Some(request) = self.requests.recv() => self.answer(request, &streams, &mut shown).await,
                Some(event) = self.events.recv() => {
                    refresh_overview = self.handle_event(event, &mut touched);
                    while let Ok(event) = self.events.try_recv() {
                        refresh_overview |= self.handle_event(event, &mut touched);
                    }
                }
                event = streams.next() => match event {
                    StreamEvent::Ticket(ticket) => {
                        // The banner of old tickets comes and goes with them.
                        let asked = shown.counter.as_ref().is_some_and(|c| c.too_old.is_some());
                        refresh_overview = asked || is_too_old(&ticket);
                        if ticket.state.needs_a_person() {
                            self.host.ring(Ring::Alarm);
                        }
                        touched.extend(ticket.order);
                    }
                    StreamEvent::Missed => self.host.emit(Update::Reset),
                    StreamEvent::Overview => {}
                    StreamEvent::Found(found) => {
                        refresh_overview = false;
                        self.host.emit(Update::Found(found));
                    }
                },
            }
            for order in touched {
                self.show_order(&streams, order).await;
            }
        }
    }

    /// Handles an event; whether the overview has to be refreshed.
    fn handle_event(&mut self, event: ClientEvent, touched: &mut BTreeSet<OrderId>) -> bool {
        match event {
            ClientEvent::Order(order) => {
                touched.insert(order);
                false
            }
            ClientEvent::OrdersPruned(orders) => {
                self.host.emit(Update::OrdersGone(orders));
                false
            }
            ClientEvent::OverviewChanged => true,
            ClientEvent::NoticeOver(notice) => {
                let before = self.notices.len();
                self.notices.retain(|shown| *shown != notice);
                self.notices.len() != before
            }
            ClientEvent::Notice(notice) => {
                let known = self.notices.contains(&notice);
                if !known {
                    if rings(&notice, &self.notices) {
                        self.host.ring(Ring::Alarm);
                    }
                    if matches!(notice, Notice::NotPrinted { .. }) {
                        self.notices
                            .retain(|shown| !matches!(shown, Notice::NotPrinted { .. }));
                    }
                    self.notices.insert(0, notice);
                }
                !known
            }
        }
    }

    async fn answer(&mut self, request: ViewRequest, streams: &Streams, shown: &mut Shown) {
        match request {
            ViewRequest::Snapshot(reply) => {
                self.refresh_overview(streams, shown).await;
                let orders = match streams.open() {
                    Some(open) => orders(open).await,
                    None => Ok(Vec::new()),
                };
                let snapshot = orders.map(|orders| Snapshot {
                    counter: shown
                        .counter
                        .clone()
                        .unwrap_or_else(|| self.counter(Overview::default())),
                    orders,
                    printers: shown.printers.clone().unwrap_or_default(),
                    rules: shown
                        .rules
                        .clone()
                        .unwrap_or_else(|| rules(streams, &Overview::default())),
                });
                // A window that was closed meanwhile needs no answer.
                drop(reply.send(snapshot));
            }
            ViewRequest::Dismiss(reply) => {
                // What goes away by itself stands as long as its cause.
                self.notices.retain(goes_by_itself);
                let _ = reply.send(());
            }
        }
    }

    /// Emits what differs from what was emitted last.
    async fn refresh_overview(&self, streams: &Streams, shown: &mut Shown) {
        let overview = match streams.open() {
            Some(open) => overview(open, self.id).await,
            None => Overview::default(),
        };
        let printers = overview.printers.clone();
        let rules = rules(streams, &overview);
        let counter = self.counter(overview);
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

    fn counter(&self, overview: Overview) -> CounterView {
        let session = self.session.borrow().clone();
        let signed_in = matches!(session, SessionState::SignedIn { .. });
        CounterView {
            id: self.id,
            name: self.name.clone(),
            session: session_view(session),
            link: overview.link,
            business: overview.business,
            backlog: overview.backlog,
            too_old: overview.too_old,
            print_here: overview.print_here.filter(|_| signed_in),
            notices: self.notices.clone(),
        }
    }

    async fn show_order(&self, streams: &Streams, order: OrderId) {
        let Some(open) = streams.open() else { return };
        match order_view(open, order).await {
            Ok(Some(view)) => self.host.emit(Update::Order(Box::new(view))),
            // Its ticket was committed a moment before the order is kept here; it is event again then.
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

/// A printer that moved prints, so does a ticket of which a part does not come out, and an order that was taken care of leaves a list that was rung for: nobody has to run.
fn rings(notice: &Notice, shown: &[Notice]) -> bool {
    if let Notice::NotPrinted { orders } = notice {
        let known = |order| {
            let mut shown = shown.iter();
            shown.any(
                |shown| matches!(shown, Notice::NotPrinted { orders } if orders.contains(order)),
            )
        };
        return !orders.iter().all(known);
    }
    !matches!(
        notice,
        Notice::PrinterMoved { .. }
            | Notice::SettingsNotRead { .. }
            | Notice::LettersMissing { .. }
            | Notice::PartsMissing { .. }
    )
}

fn goes_by_itself(notice: &Notice) -> bool {
    match notice {
        Notice::SettingsNotRead { .. } | Notice::NotPrinted { .. } | Notice::CounterCloned => true,
        Notice::FileSetAside { .. }
        | Notice::CounterRecovered { .. }
        | Notice::RowsSkipped { .. }
        | Notice::TaskFailed { .. }
        | Notice::ServerRestored { .. }
        | Notice::StandsIn { .. }
        | Notice::TicketsUnknown { .. }
        | Notice::Storage { .. }
        | Notice::LettersMissing { .. }
        | Notice::PartsMissing { .. }
        | Notice::PrinterMoved { .. } => false,
    }
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

fn rules(streams: &Streams, overview: &Overview) -> RulesView {
    let now = streams.open().map(|open| open.settings.now());
    RulesView {
        rules: now
            .as_ref()
            .map(|now| now.rules.clone())
            .unwrap_or_default(),
        stations: overview.stations.clone(),
        sync: now.map_or(SyncView::Synced, |now| now.sync(&SettingKey::Rules)),
    }
}

#[cfg(test)]
mod tests {
    use api::unprinted::UnprintedOrder;
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_order_that_nobody_printed_rings_once_and_not_again_when_another_is_taken_care_of() {
        let not_printed = |numbers: &[u32]| Notice::NotPrinted {
            orders: numbers
                .iter()
                .map(|number| UnprintedOrder {
                    order: OrderId(Uuid::from_u128((*number).into())),
                    number: *number,
                    placed_at: Timestamp::UNIX_EPOCH,
                })
                .collect(),
        };
        assert!(rings(&not_printed(&[1]), &[]));
        assert!(rings(&not_printed(&[1, 2]), &[not_printed(&[1])]));
        assert!(!rings(&not_printed(&[2]), &[not_printed(&[1, 2])]));
    }
}
