//! Wake-ups of the workers. A new job that is alone in its line is handed to its worker with the wake-up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use api::PrinterId;
use tokio::sync::Notify;

use crate::store::Head;

/// The wake-up of a worker. One that finds the worker busy is kept for it.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    notify: Notify,
    only: Mutex<Option<Box<Head>>>,
}

impl Wake {
    /// Waits for a wake-up.
    pub async fn notified(&self) {
        self.notify.notified().await;
    }

    /// Wakes the worker.
    pub fn notify_one(&self) {
        self.notify.notify_one();
    }

    /// The job that is alone in its line, handed over while it is being committed: the printer is looked at meanwhile.
    /// It may have changed since, and its commit may have failed; so whoever takes it has the writer look again before a
    /// byte leaves, as [`WriteTransaction::begin`] does.
    ///
    /// [`WriteTransaction::begin`]: crate::store::transaction::WriteTransaction::begin
    pub fn take(&self) -> Option<Head> {
        self.slot().take().map(|head| *head)
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Box<Head>>> {
        self.only.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wake-ups of all workers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wakes(Arc<Mutex<BTreeMap<PrinterId, Arc<Wake>>>>);

impl Wakes {
    /// For the worker of this printer.
    pub fn of(&self, printer: PrinterId) -> Arc<Wake> {
        let mut wakes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wakes.entry(printer).or_default().clone()
    }

    /// Wakes these.
    pub(super) fn wake(&self, printers: BTreeSet<PrinterId>) {
        let wakes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for printer in printers {
            if let Some(wake) = wakes.get(&printer) {
                wake.notify_one();
            }
        }
    }

    /// Wakes these, and hands them the only job of their line.
    pub(super) fn hand(&self, only: BTreeMap<PrinterId, Head>) {
        let wakes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (printer, head) in only {
            if let Some(wake) = wakes.get(&printer) {
                *wake.slot() = Some(Box::new(head));
                wake.notify_one();
            }
        }
    }
}
