//! How the printers are, for everybody to see.

use std::collections::BTreeMap;

use api::{
    PrinterId,
    printer::{Health, PrinterStatus},
};
use jiff::Timestamp;
use tokio::sync::watch;

/// The statuses of all printers.
pub(crate) type Statuses = watch::Sender<BTreeMap<PrinterId, PrinterStatus>>;

/// One printer's place among them.
#[derive(Debug)]
pub(crate) struct Board {
    all: Statuses,
    mine: PrinterStatus,
}

impl Board {
    /// Shows a printer that nobody has asked yet.
    pub fn new(all: Statuses, printer: PrinterId) -> Self {
        let mine = PrinterStatus {
            printer,
            health: Health::Unknown,
            since: Timestamp::now(),
            paper_low: false,
            paused: false,
            open_jobs: 0,
            last_printed: None,
            detail: None,
            certificate: None,
        };
        all.send_modify(|all| {
            all.insert(printer, mine.clone());
        });
        Board { all, mine }
    }

    /// Shows a change; nothing is sent when nothing changed.
    pub fn show(&mut self, change: impl FnOnce(&mut PrinterStatus)) {
        let before = self.mine.clone();
        change(&mut self.mine);
        if self.mine == before {
            return;
        }
        if self.mine.health != before.health {
            self.mine.since = Timestamp::now();
        }
        let mine = self.mine.clone();
        self.all.send_modify(|all| {
            all.insert(mine.printer, mine);
        });
    }

    /// What is shown now.
    pub fn health(&self) -> Health {
        self.mine.health
    }

    /// Whether this printer is one of ours that could print now, as far as anybody knows.
    pub fn could_print(&self, printer: PrinterId) -> bool {
        self.all.borrow().get(&printer).is_some_and(|status| {
            matches!(status.health, Health::Ready | Health::Unknown) && !status.paused
        })
    }

    /// How many tickets wait for it or are on their way.
    pub fn open_jobs(&self) -> u32 {
        self.mine.open_jobs
    }

    /// Takes it off the board.
    pub fn leave(self) {
        self.all.send_modify(|all| {
            all.remove(&self.mine.printer);
        });
    }
}
