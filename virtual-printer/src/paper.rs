//! The paper roll of each printer: the receipts that came out, in memory and on disk.

mod folder;
mod receipt;

pub(crate) use folder::{file_stem, highest_number, write_all};
pub use receipt::{DrawError, JobName, Moment, Receipt};
pub(crate) use receipt::{Printed, Summary};

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{broadcast, mpsc, watch};

/// The newest papers of one printer.
#[derive(Debug)]
pub(crate) struct PaperRoll {
    printer: Arc<str>,
    fonts: templates::Fonts,
    keep: usize,
    first: u64,
    kept: Mutex<VecDeque<Receipt>>,
    count: watch::Sender<u64>,
    to_disk: Option<mpsc::UnboundedSender<Receipt>>,
    news: broadcast::Sender<Receipt>,
}

impl PaperRoll {
    pub(crate) fn new(
        printer: &str,
        fonts: templates::Fonts,
        keep: usize,
        printed_before: u64,
        to_disk: Option<mpsc::UnboundedSender<Receipt>>,
        news: broadcast::Sender<Receipt>,
    ) -> Self {
        Self {
            printer: printer.into(),
            fonts,
            keep: keep.max(1),
            first: printed_before,
            kept: Mutex::default(),
            count: watch::Sender::new(0),
            to_disk,
            news,
        }
    }

    /// Adds a receipt: stored first, then published.
    pub(crate) fn add(&self, printed: Printed) {
        let receipt = Receipt {
            printer: Arc::clone(&self.printer),
            number: self.first + *self.count.borrow() + 1,
            text: printed.paper.text().into(),
            format: printed.format,
            bytes: printed.bytes,
            job: printed.job,
            finished: printed.finished,
            open_line: printed.open_line,
            notes: printed.notes.into(),
            drawer_pulses: printed.drawer_pulses,
            last_byte: printed.last_byte,
            printed: printed.printed,
            paper: Arc::new(printed.paper),
            picture: Arc::default(),
            fonts: self.fonts.clone(),
        };
        for note in receipt.notes.iter() {
            tracing::warn!(printer = %receipt.printer, number = receipt.number, "{note}");
        }
        tracing::info!(printer = %receipt.printer, number = receipt.number, finished = receipt.finished, "printed");
        {
            let mut kept = self.kept();
            if kept.len() == self.keep {
                kept.pop_front();
            }
            kept.push_back(receipt.clone());
        }
        if let Some(to_disk) = &self.to_disk
            && to_disk.send(receipt.clone()).is_err()
        {
            tracing::error!(printer = %receipt.printer, number = receipt.number, "not written: the folder's writer has ended");
        }
        self.count.send_modify(|count| *count += 1);
        // Nobody listening is no error: the page may not be open.
        let _ = self.news.send(receipt);
    }

    /// Those that are still kept, oldest first.
    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        self.kept().iter().cloned().collect()
    }

    /// One of those that are still kept.
    pub(crate) fn receipt(&self, number: u64) -> Option<Receipt> {
        self.kept()
            .iter()
            .find(|receipt| receipt.number == number)
            .cloned()
    }

    /// How many have come out since the start.
    pub(crate) fn count(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Receipt>> {
        // Nothing can panic while it is held; should it, the receipts are whole all the same.
        self.kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
