//! The single writer task. It runs write operations in transactions, commits, and then publishes the changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
};

use api::{PrinterId, TicketChanged};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    error::QueueError,
    options::{Clock, ServerClock},
    store::{
        Head,
        attempts::STEP,
        connection::WriteConnection,
        file::OpenFile,
        storage,
        transaction::{KnownPrinters, WriteTransaction},
        wakes::Wakes,
    },
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// A write operation that may have to be retried.
pub(crate) type WriteOperation = Box<
    dyn for<'p> FnOnce(&'p mut WriteTransaction) -> BoxFuture<'p, Result<(), QueueError>> + Send,
>;
/// A part of something that is too long for one transaction; says how many jobs it changed.
pub(crate) type Step = Box<
    dyn for<'p> FnOnce(&'p mut WriteTransaction) -> BoxFuture<'p, Result<u32, QueueError>> + Send,
>;
type WriterCommand = Box<dyn for<'a> FnOnce(&'a mut Writer) -> BoxFuture<'a, ()> + Send>;

/// A handle of the writer task. Cheap to clone; dropping the last one ends the task.
#[derive(Debug, Clone)]
pub(crate) struct WriterHandle {
    work: mpsc::Sender<WriterCommand>,
}

impl WriterHandle {
    /// Runs this in one transaction, also when the caller stops waiting for the answer.
    ///
    /// # Errors
    /// The error of the operation or of the commit; then nothing is stored.
    pub async fn write<T, D>(&self, operation: D) -> Result<T, QueueError>
    where
        T: Send + 'static,
        D: for<'p> FnOnce(&'p mut WriteTransaction) -> BoxFuture<'p, Result<T, QueueError>>
            + Send
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: WriterCommand = Box::new(move |writer| {
            Box::pin(async move {
                // Whoever asked may have gone; then the answer is for nobody.
                let _ = answer.send(writer.transaction(operation).await);
            })
        });
        self.work.send(work).await.map_err(|_| QueueError::Closed)?;
        answered.await.unwrap_or_else(|_| {
            Err(if self.work.is_closed() {
                QueueError::Closed
            } else {
                storage("the program failed while it wrote; the log says where")
            })
        })
    }

    /// Takes steps until one finds less to do than it could; others have their turn in between. Says how many jobs were
    /// changed.
    ///
    /// # Errors
    /// What a step says. Those before it are done.
    pub async fn in_steps(&self, step: impl Fn() -> Step) -> Result<u32, QueueError> {
        let mut all = 0_u32;
        loop {
            let count = self.write(step()).await?;
            all = all.saturating_add(count);
            if count < STEP {
                return Ok(all);
            }
        }
    }
}

/// Publishes what was committed.
#[derive(Debug, Clone)]
pub(crate) struct Notifier {
    /// Everybody outside.
    pub changes: broadcast::Sender<TicketChanged>,
    /// The workers.
    pub wakes: Wakes,
    /// How many jobs wait for each printer or are on their way to it.
    pub open: watch::Sender<BTreeMap<PrinterId, u32>>,
    /// Everybody who has to know whose line is stopped.
    pub paused: watch::Sender<BTreeSet<PrinterId>>,
}

/// What time it is here, and at the server.
#[derive(Debug, Clone)]
pub(crate) struct Clocks {
    pub here: Clock,
    pub server: ServerClock,
}

impl Notifier {
    /// Hands workers the only job of their line.
    fn hand(&self, changes: &BTreeMap<PrinterId, i64>, mut fresh: BTreeMap<PrinterId, Head>) {
        let open = self.open.borrow();
        fresh.retain(|printer, _| {
            let before = open.get(printer).copied().unwrap_or_default();
            let more = changes.get(printer).copied().unwrap_or_default();
            i64::from(before) + more == 1
        });
        drop(open);
        self.wakes.hand(fresh);
    }

    fn count(&self, changes: &BTreeMap<PrinterId, i64>) {
        if changes.values().all(|more| *more == 0) {
            return;
        }
        self.open.send_modify(|open| {
            for (printer, more) in changes {
                let count = open.entry(*printer).or_default();
                *count = u32::try_from(i64::from(*count) + more).unwrap_or_default();
            }
        });
    }

    fn show_paused(&self, changes: &BTreeMap<PrinterId, bool>) {
        if changes.is_empty() {
            return;
        }
        self.paused.send_modify(|paused| {
            for (printer, stopped) in changes {
                if *stopped {
                    paused.insert(*printer);
                } else {
                    paused.remove(printer);
                }
            }
        });
    }
}

/// The writer task and a handle of it. The caller spawns the future; it ends when `closing` is cancelled or the last
/// handle is dropped, and then closes the file.
pub(crate) fn keep(
    file: OpenFile,
    known: watch::Receiver<KnownPrinters>,
    notifier: Notifier,
    clocks: Clocks,
    closing: CancellationToken,
) -> (WriterHandle, impl Future<Output = ()> + Send) {
    let (work, mut commands) = mpsc::channel::<WriterCommand>(64);
    let OpenFile {
        connection,
        read,
        lock,
        ..
    } = file;
    let mut writer = Writer {
        connection,
        known,
        notifier,
        clocks,
    };
    let run = async move {
        loop {
            tokio::select! {
                work = commands.recv() => match work {
                    // Its transaction is dropped with its connection; the next one makes a new one.
                    Some(work) => if let Err(panic) = supervision::catch(work(&mut writer)).await {
                        tracing::error!(%panic, "a write operation panicked; nothing of it is stored");
                    },
                    None => break,
                },
                // What was sent before is still done; what comes after is told that it is too late.
                () = closing.cancelled(), if !commands.is_closed() => commands.close(),
            }
        }
        read.close().await;
        writer.connection.close().await;
        drop(lock);
    };
    (WriterHandle { work }, run)
}

struct Writer {
    connection: WriteConnection,
    known: watch::Receiver<KnownPrinters>,
    notifier: Notifier,
    clocks: Clocks,
}

impl Writer {
    async fn transaction<T, D>(&mut self, operation: D) -> Result<T, QueueError>
    where
        T: Send,
        D: for<'p> FnOnce(&'p mut WriteTransaction) -> BoxFuture<'p, Result<T, QueueError>> + Send,
    {
        let connection = self.connection.begin().await?;
        let mut tx = WriteTransaction {
            connection,
            now: self.clocks.here.now(),
            server_now: self.clocks.server.now(),
            known: self.known.borrow().clone(),
            changed: BTreeMap::new(),
            wake: BTreeSet::new(),
            fresh: BTreeMap::new(),
            open: BTreeMap::new(),
            paused: BTreeMap::new(),
        };
        let value = match operation(&mut tx).await {
            Ok(value) => value,
            Err(error) => {
                self.connection.roll_back(tx.connection).await;
                return Err(error);
            }
        };
        self.notifier.hand(&tx.open, tx.fresh);
        self.connection.commit(tx.connection).await?;
        self.notifier.count(&tx.open);
        for change in tx.changed.into_values() {
            // Nobody may be listening; the file has it all the same.
            let _ = self.notifier.changes.send(change);
        }
        self.notifier.show_paused(&tx.paused);
        self.notifier.wakes.wake(tx.wake);
        Ok(value)
    }
}
