//! The queue as everybody outside sees it.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use api::{
    JobId, OrderId, Printer, PrinterId, TicketChanged,
    printer::{Learned, PrinterStatus},
};
use tokio::sync::{broadcast, watch};

use crate::{
    error::QueueError,
    job::{HistoryRow, NewJob, Submitted},
    options::Options,
};

/// What was found when the queue was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The file was damaged; it lies here now, and work goes on with a fresh one.
    pub set_aside: Option<PathBuf>,
}

/// The print queue of a counter. Cheap to clone; ends with [`PrintQueue::shutdown`].
#[derive(Debug, Clone)]
pub struct PrintQueue {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    changes: broadcast::Sender<TicketChanged>,
    statuses: watch::Sender<BTreeMap<PrinterId, PrinterStatus>>,
    learned: broadcast::Sender<(PrinterId, Learned)>,
}
#[allow(missing_docs, clippy::unused_async)]
impl PrintQueue {
    pub async fn open(_options: Options) -> Result<(PrintQueue, Opened), QueueError> {
        Ok((
            PrintQueue {
                inner: Arc::new(Inner {
                    changes: broadcast::channel(1024).0,
                    statuses: watch::channel(BTreeMap::new()).0,
                    learned: broadcast::channel(64).0,
                }),
            },
            Opened { set_aside: None },
        ))
    }
    pub async fn set_printers(&self, _printers: Vec<Printer>) {}
    pub async fn submit(
        &self,
        _order: OrderId,
        _revision: u32,
        _jobs: Vec<NewJob>,
    ) -> Result<Submitted, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn submit_more(&self, _jobs: Vec<NewJob>) -> Result<Vec<JobId>, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn is_handled(&self, _order: OrderId, _revision: u32) -> Result<bool, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn handled_revision(&self, _order: OrderId) -> Result<Option<u32>, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn print_test(
        &self,
        _printer: PrinterId,
        _markup: String,
        _locale: String,
    ) -> Result<JobId, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn reprint(&self, _job: JobId) -> Result<JobId, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn it_printed(&self, _job: JobId) -> Result<(), QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn print_again(&self, _job: JobId) -> Result<(), QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn cancel(&self, _job: JobId) -> Result<(), QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn choose_printer(&self, _job: JobId, _printer: PrinterId) -> Result<(), QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn hold_jobs_of(&self, _printer: PrinterId) -> Result<u32, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn cancel_jobs_of(&self, _printer: PrinterId) -> Result<u32, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn move_jobs_of(&self, _from: PrinterId, _to: PrinterId) -> Result<u32, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn open_jobs_of(&self, _printer: PrinterId) -> Result<u32, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn jobs_of(&self, _order: OrderId) -> Result<Vec<TicketChanged>, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn open_and_recent(&self, _limit: u32) -> Result<Vec<TicketChanged>, QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn markup_of(
        &self,
        _job: JobId,
    ) -> Result<(String, String, Option<PrinterId>), QueueError> {
        Err(QueueError::Closed)
    }
    pub async fn history_of(&self, _job: JobId) -> Result<Vec<HistoryRow>, QueueError> {
        Err(QueueError::Closed)
    }
    pub fn changes(&self) -> broadcast::Receiver<TicketChanged> {
        self.inner.changes.subscribe()
    }
    pub fn statuses(&self) -> watch::Receiver<BTreeMap<PrinterId, PrinterStatus>> {
        self.inner.statuses.subscribe()
    }
    pub fn learned(&self) -> broadcast::Receiver<(PrinterId, Learned)> {
        self.inner.learned.subscribe()
    }
    pub async fn shutdown(&self) {}
}
