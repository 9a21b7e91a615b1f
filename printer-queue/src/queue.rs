//! The public interface of the queue, and the owner of all its tasks.

mod earlier;
mod handover;
mod lines;
mod maintenance;
mod papers;
mod people;
mod reports;
mod usb_watch;
mod workers;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use api::{
    JobId, OrderId, Printer, PrinterId, TicketChanged,
    printer::{Address, Learned, PrinterStatus},
};
use printers::ProbeAnswer;
use supervision::{Pause, Policy, Tasks};
use tokio::sync::{broadcast, watch};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    error::QueueError,
    handover::Tickets,
    job::{HistoryRow, NewJob, Submitted},
    options::Options,
    store::{self, Clocks, KnownPrinters, Notifier, Reader, Wakes},
    worker::{WorkerContext, status::Statuses},
};
use maintenance::{prune, settle};
use workers::Workers;

/// What was found when the queue was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The file was damaged; it lies here now, and work goes on with a fresh one.
    pub set_aside: Option<PathBuf>,
}

/// The print queue of a counter. Cheap to clone; ends with [`PrintQueue::shutdown`].
///
/// What changes a job can fail with [`QueueError::Storage`], and with [`QueueError::Closed`] after the shutdown; what
/// names a job also with [`QueueError::UnknownJob`], what names a printer with [`QueueError::UnknownPrinter`], and what a
/// person asks for with [`QueueError::NotNow`] when the job's state does not allow it. Then nothing has changed.
#[derive(Debug, Clone)]
pub struct PrintQueue {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    context: WorkerContext,
    changes: broadcast::Sender<TicketChanged>,
    statuses: Statuses,
    known: watch::Sender<KnownPrinters>,
    workers: Mutex<Workers>,
    /// What runs besides the workers.
    tasks: Tasks,
    /// The workers, each a set of its own.
    worker_tasks: TaskTracker,
    writer_task: Tasks,
    /// The writer ends, after the workers.
    written: CancellationToken,
    /// A queue that is dropped without a shutdown ends as if the plug had been pulled, and leaves no task behind.
    _ends: DropGuard,
}

impl PrintQueue {
    /// Opens the file, makes it if need be, and finds out what was going on when the program last ended. Nothing prints
    /// before [`PrintQueue::set_printers`].
    ///
    /// # Errors
    /// [`QueueError::Storage`], [`QueueError::Newer`], [`QueueError::InUse`].
    pub async fn open(options: Options) -> Result<(PrintQueue, Opened), QueueError> {
        // A queue that was just dropped may need its grace to let go of the file.
        let patience = options.timings.grace * 2 + Duration::from_secs(1);
        let file = store::open(&options.path, patience).await?;
        let set_aside = file.set_aside.clone();
        let reader = Reader(file.read.clone());
        let (changes, _) = broadcast::channel(4_096);
        let (known, knows) = watch::channel(None);
        let wakes = Wakes::default();
        let (paused, pauses) = watch::channel(reader.paused().await?);
        let (open, opens) = watch::channel(reader.open_jobs().await?);
        let notifier = Notifier {
            changes: changes.clone(),
            wakes: wakes.clone(),
            open,
            paused,
        };
        let clocks = Clocks {
            here: options.clock.clone(),
            server: options.server_clock.clone(),
        };
        let parent = options
            .tasks
            .unwrap_or_else(|| Tasks::root(Pause::default()).0);
        let (tasks, writer_task) = (parent.child(), parent.child());
        let (closing, written) = (tasks.stop().clone(), CancellationToken::new());
        let (writer, run) = store::keep(file, knows, notifier, clocks, written.clone());
        writer_task.spawn_once("writer of the print queue", run);
        let interrupted = writer.write(|tx| Box::pin(tx.interrupted())).await?;
        tasks.spawn("pruning of the history", Policy::Restart, {
            let (writer, history, closing) = (writer.clone(), options.history, closing.clone());
            move || prune(writer.clone(), history.clone(), closing.clone())
        });
        let (learned, _) = broadcast::channel(64);
        let inner = Inner {
            context: WorkerContext {
                writer,
                reader,
                supplies: options.supplies,
                timings: options.timings,
                learned,
                missing: watch::channel(BTreeSet::new()).0,
                missing_parts: watch::channel(BTreeSet::new()).0,
                devices: printers::DeviceLocks::until(closing.clone()),
                clock: options.clock,
                server_clock: options.server_clock,
                lease: options.lease,
                ages: options.ages,
                open: opens,
                paused: pauses,
                closing: closing.clone(),
                at_stage: options.at_stage,
            },
            changes,
            statuses: watch::channel(BTreeMap::new()).0,
            known,
            workers: Mutex::new(Workers::new(wakes, interrupted)),
            tasks,
            worker_tasks: TaskTracker::new(),
            writer_task,
            written,
            _ends: closing.clone().drop_guard(),
        };
        let inner = Arc::new(inner);
        let queue = Arc::downgrade(&inner);
        inner
            .tasks
            .spawn("USB watch of the print queue", Policy::Restart, move || {
                usb_watch::watch(queue.clone(), closing.clone())
            });
        Ok((PrintQueue { inner }, Opened { set_aside }))
    }

    /// Exactly the printers that this counter prints on, with their settings. Workers start, stop and learn the new
    /// settings; the tickets of a printer that is not among them are held until a person chooses another one.
    pub async fn set_printers(&self, printers: Vec<Printer>) {
        let inner = &self.inner;
        inner.known.send_replace(Some(Arc::new(
            printers.iter().map(|printer| printer.id).collect(),
        )));
        let orphans = {
            let mut workers = inner.workers.lock().unwrap_or_else(PoisonError::into_inner);
            workers.set(
                printers,
                &inner.context,
                &inner.statuses,
                (&inner.tasks, &inner.worker_tasks),
            );
            workers.orphans()
        };
        for job in orphans {
            let writer = &inner.context.writer;
            let told = writer
                .write(move |tx| Box::pin(tx.nobody_to_ask(job)))
                .await;
            if let Err(error) = told {
                tracing::error!(%job, %error, "a ticket whose printer is gone is asked about at the next start");
            }
        }
        if let Err(error) = settle(&inner.context).await {
            tracing::error!(%error, "tickets without a printer could not be held yet");
            let context = inner.context.clone();
            inner
                .tasks
                .spawn_once("holding of tickets without a printer", async move {
                    loop {
                        tokio::select! {
                            () = context.closing.cancelled() => return,
                            () = tokio::time::sleep(context.timings.storage_retry) => {}
                        }
                        if settle(&context).await.is_ok() {
                            return;
                        }
                    }
                });
        }
    }

    /// Takes a revision of an order with all its tickets, and what other counters make of it, in one transaction, once: a
    /// revision that was taken before adds nothing, whatever its tickets are now.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn submit(
        &self,
        order: OrderId,
        revision: u32,
        tickets: impl Into<Tickets>,
    ) -> Result<Submitted, QueueError> {
        let writer = &self.inner.context.writer;
        let tickets = tickets.into();
        writer
            .write(move |tx| Box::pin(tx.submit(order, revision, tickets)))
            .await
    }

    /// Adds tickets of revisions that were taken already, because a person asked. Whether they came out before nobody
    /// here knows, so they are marked as possible duplicates. A ticket that is there already (its key: order, revision,
    /// ticket, destination, copy) is left alone and not among the answers.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn submit_more(&self, jobs: Vec<NewJob>) -> Result<Vec<JobId>, QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(move |tx| Box::pin(tx.add_all(jobs))).await
    }

    /// Whether this revision was taken.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn is_handled(&self, order: OrderId, revision: u32) -> Result<bool, QueueError> {
        self.read()?.is_handled(order, revision).await
    }

    /// The newest revision of an order that was taken.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn handled_revision(&self, order: OrderId) -> Result<Option<u32>, QueueError> {
        self.read()?.handled_revision(order).await
    }

    /// How many tickets wait for a printer or are on their way to it.
    pub fn open_jobs_of(&self, printer: PrinterId) -> u32 {
        let open = self.inner.context.open.borrow();
        open.get(&printer).copied().unwrap_or_default()
    }

    /// The tickets of an order, oldest first.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn jobs_of(&self, order: OrderId) -> Result<Vec<TicketChanged>, QueueError> {
        self.read()?.jobs_of(order).await
    }

    /// Every ticket that is not over, and the newest `limit` of all, oldest first.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn open_and_recent(&self, limit: u32) -> Result<Vec<TicketChanged>, QueueError> {
        self.read()?.open_and_recent(limit).await
    }

    /// What is on a ticket: its markup, its locale, and the printer it goes to.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn markup_of(
        &self,
        job: JobId,
    ) -> Result<(String, String, Option<PrinterId>), QueueError> {
        self.read()?.markup_of(job).await
    }

    /// Everything that happened to a ticket, oldest first.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn history_of(&self, job: JobId) -> Result<Vec<HistoryRow>, QueueError> {
        self.read()?.history_of(job).await
    }

    /// Every change of a ticket, told after it was committed, in that order. Subscribe first and read then: what comes
    /// twice is the same. Whoever lags behind is told so and reads again.
    pub fn changes(&self) -> broadcast::Receiver<TicketChanged> {
        self.inner.changes.subscribe()
    }

    /// Every ticket that is not over and the newest `limit` of all, oldest first, and every change after exactly that:
    /// none is missing in between, and none comes twice. Whoever lags behind is told so and follows anew.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn follow(
        &self,
        limit: u32,
    ) -> Result<(Vec<TicketChanged>, broadcast::Receiver<TicketChanged>), QueueError> {
        let changes = self.inner.changes.clone();
        let writer = &self.inner.context.writer;
        // Where the writer stands, what was committed was told, and nothing is being written.
        writer
            .write(move |tx| {
                Box::pin(async move {
                    let tickets = tx.open_and_recent(limit).await?;
                    Ok((tickets, changes.subscribe()))
                })
            })
            .await
    }

    /// Asks a device how it is and what it is, between two tickets if it is one of our printers. Prints nothing.
    pub async fn probe(&self, address: &Address) -> ProbeAnswer {
        let context = &self.inner.context;
        let timings = &context.timings.device;
        context.devices.probe(address, timings).await
    }

    /// How the printers are.
    pub fn statuses(&self) -> watch::Receiver<BTreeMap<PrinterId, PrinterStatus>> {
        self.inner.statuses.subscribe()
    }

    /// What test pages have shown of printers; to be kept in their settings.
    pub fn learned(&self) -> broadcast::Receiver<(PrinterId, Learned)> {
        self.inner.context.learned.subscribe()
    }

    /// Ends everything. A ticket that is being printed has [`crate::Timings::grace`] to come to its end; after that it is
    /// found open at the next start, and a person is asked.
    pub async fn shutdown(&self) {
        let inner = &self.inner;
        inner.context.closing.cancel();
        inner.worker_tasks.close();
        inner.worker_tasks.wait().await;
        inner.tasks.shutdown().await;
        inner.written.cancel();
        inner.writer_task.shutdown().await;
    }

    fn read(&self) -> Result<&Reader, QueueError> {
        if self.inner.written.is_cancelled() {
            return Err(QueueError::Closed);
        }
        Ok(&self.inner.context.reader)
    }
}
