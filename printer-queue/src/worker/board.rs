//! How the printers are, for everybody to see.

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

use super::steady::Steady;

/// The statuses of all printers.
pub(crate) type Statuses = watch::Sender<BTreeMap<PrinterId, PrinterStatus>>;

/// One printer's place among them.
#[derive(Debug)]
pub(crate) struct Board {
    all: Statuses,
    /// As it is.
    real: PrinterStatus,
    /// As it is shown.
    shown: PrinterStatus,
    steady: Steady,
    /// A drawer was seen closed. A connector with nothing plugged in reads like an open one.
    has_drawer: bool,
}

impl Board {
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
        Board {
            all,
            real: status.clone(),
            shown: status,
            steady: Steady::new(),
            has_drawer: false,
        }
    }

    /// Takes a change; nothing is sent when nothing that is shown changed.
    pub fn show(&mut self, change: impl FnOnce(&mut PrinterStatus)) {
        change(&mut self.real);
        self.settle();
    }

    /// Takes the signal of the drawer's connector, where the printer said it; `known` when a drawer hung on it once.
    pub fn drawer(&mut self, high: Option<bool>, known: bool) {
        self.has_drawer |= known || high == Some(false);
        if self.has_drawer && high.is_some() {
            self.show(|status| status.drawer_open = high);
        }
    }

    /// Waits until something shows that was held back, and shows it.
    pub async fn calm_down(&mut self) {
        match self.steady.due() {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
        self.settle();
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

    /// Takes it off the board.
    pub fn leave(self) {
        self.all.send_modify(|all| {
            all.remove(&self.real.printer);
        });
    }

    fn settle(&mut self) {
        let (health, paper_low) =
            self.steady
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
