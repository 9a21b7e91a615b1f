//! Publishes the status of a printer.

use std::collections::BTreeMap;

use api::{
    PrinterId,
    printer::{Health, PrinterStatus},
};
use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::debounce::StatusDebounce;

/// The statuses of all printers.
pub(crate) type Statuses = watch::Sender<BTreeMap<PrinterId, PrinterStatus>>;

/// Publishes the status of one printer; shown changes are debounced.
#[derive(Debug)]
pub(crate) struct StatusPublisher {
    all: Statuses,
    /// As it is.
    real: PrinterStatus,
    /// As it is shown.
    shown: PrinterStatus,
    debounce: StatusDebounce,
    /// A drawer was seen closed. A connector with nothing plugged in reads like an open one.
    has_drawer: bool,
}

impl StatusPublisher {
    /// Shows a printer that nobody has asked yet.
    pub fn new(all: Statuses, printer: PrinterId) -> Self {
        let status = PrinterStatus {
            printer,
            health: Health::Unknown,
            since: Timestamp::now(),
            paper_low: false,
            paused: false,
            drawer_open: None,
            open_jobs: 0,
            last_printed: None,
            detail: None,
            certificate: None,
            device: None,
        };
        all.send_modify(|all| {
            all.insert(printer, status.clone());
        });
        StatusPublisher {
            all,
            real: status.clone(),
            shown: status,
            debounce: StatusDebounce::new(),
            has_drawer: false,
        }
    }

    /// Takes a change; nothing is sent when nothing that is shown changed.
    pub fn update(&mut self, change: impl FnOnce(&mut PrinterStatus)) {
        change(&mut self.real);
        self.publish();
    }

    /// Takes the signal of the drawer's connector, where the printer said it; `known` when a drawer hung on it once.
    pub fn drawer(&mut self, high: Option<bool>, known: bool) {
        self.has_drawer |= known || high == Some(false);
        if self.has_drawer && high.is_some() {
            self.update(|status| status.drawer_open = high);
        }
    }

    /// Waits until something shows that was held back, and shows it.
    pub async fn publish_when_due(&mut self) {
        match self.debounce.due() {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
        self.publish();
    }

    /// How it is, also where that is not shown yet.
    pub fn health(&self) -> Health {
        self.real.health
    }

    /// Whether this printer is one of ours that could print now, as far as anybody knows.
    pub fn could_print(&self, printer: PrinterId) -> bool {
        self.all.borrow().get(&printer).is_some_and(|status| {
            matches!(status.health, Health::Ready | Health::Unknown) && !status.paused
        })
    }

    /// How many tickets wait for it or are on their way.
    pub fn open_jobs(&self) -> u32 {
        self.real.open_jobs
    }

    /// Removes its status.
    pub fn remove(self) {
        self.all.send_modify(|all| {
            all.remove(&self.real.printer);
        });
    }

    fn publish(&mut self) {
        let (health, paper_low) =
            self.debounce
                .take(self.real.health, self.real.paper_low, Instant::now());
        let mut now = PrinterStatus {
            health,
            paper_low,
            since: self.shown.since,
            ..self.real.clone()
        };
        if health != self.real.health {
            // The text belongs to the trouble that is still shown.
            now.detail.clone_from(&self.shown.detail);
        }
        if health != self.shown.health {
            now.since = Timestamp::now();
        }
        if now == self.shown {
            return;
        }
        self.shown = now.clone();
        self.all.send_modify(|all| {
            all.insert(now.printer, now);
        });
    }
}
