//! The one writer. Everybody sends it what to do; it commits, and only then tells.

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
    options::Clock,
    store::{
        Head,
        file::OpenFile,
        line::STEP,
        page::{Known, Page},
        pen::Pen,
        wakes::Wakes,
    },
};

type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// Something to write that may have to be tried again.
pub(crate) type Deed =
    Box<dyn for<'p> FnOnce(&'p mut Page) -> Doing<'p, Result<(), QueueError>> + Send>;
/// A part of something that is too long for one transaction; says how many jobs it changed.
pub(crate) type Step =
    Box<dyn for<'p> FnOnce(&'p mut Page) -> Doing<'p, Result<u32, QueueError>> + Send>;
type Work = Box<dyn for<'a> FnOnce(&'a mut Writer) -> Doing<'a, ()> + Send>;

/// The way to the writer. Cheap to clone; the writer ends when the last one is gone.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    work: mpsc::Sender<Work>,
}

impl Ledger {
    /// Does this in one transaction. Once begun it is done, also when nobody waits for the answer any more.
    ///
    /// # Errors
    /// What the deed says, or that it could not be stored; then nothing of it is.
    pub async fn write<T, D>(&self, deed: D) -> Result<T, QueueError>
    where
        T: Send + 'static,
        D: for<'p> FnOnce(&'p mut Page) -> Doing<'p, Result<T, QueueError>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |writer| {
            Box::pin(async move {
                // Whoever asked may have gone; then the answer is for nobody.
                let _ = answer.send(writer.page(deed).await);
            })
        });
        self.work.send(work).await.map_err(|_| QueueError::Closed)?;
        answered.await.unwrap_or(Err(QueueError::Closed))
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

/// What is told after a commit, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Told {
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
    pub server: Clock,
}

impl Told {
    /// Tells workers of the only job of their line.
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

/// The writer and the way to it. Whoever calls this runs the future, which ends when `closing` says so or when the
/// last way to it is gone; the file is let go of then.
pub(crate) fn keep(
    file: OpenFile,
    known: watch::Receiver<Known>,
    told: Told,
    clocks: Clocks,
    closing: CancellationToken,
) -> (Ledger, impl Future<Output = ()> + Send) {
    let (work, mut works) = mpsc::channel::<Work>(64);
    let OpenFile {
        pen, read, lock, ..
    } = file;
    let mut writer = Writer {
        pen,
        known,
        told,
        clocks,
    };
    let run = async move {
        loop {
            tokio::select! {
                work = works.recv() => match work {
                    Some(work) => work(&mut writer).await,
                    None => break,
                },
                // What was sent before is still done; what comes after is told that it is too late.
                () = closing.cancelled(), if !works.is_closed() => works.close(),
            }
        }
        read.close().await;
        writer.pen.close().await;
        drop(lock);
    };
    (Ledger { work }, run)
}

struct Writer {
    pen: Pen,
    known: watch::Receiver<Known>,
    told: Told,
    clocks: Clocks,
}

impl Writer {
    async fn page<T, D>(&mut self, deed: D) -> Result<T, QueueError>
    where
        T: Send,
        D: for<'p> FnOnce(&'p mut Page) -> Doing<'p, Result<T, QueueError>> + Send,
    {
        let tx = self.pen.begin().await?;
        let mut page = Page {
            tx,
            now: self.clocks.here.now(),
            server_now: self.clocks.server.now(),
            known: self.known.borrow().clone(),
            changed: BTreeMap::new(),
            wake: BTreeSet::new(),
            fresh: BTreeMap::new(),
            open: BTreeMap::new(),
            paused: BTreeMap::new(),
        };
        let value = match deed(&mut page).await {
            Ok(value) => value,
            Err(error) => {
                self.pen.roll_back(page.tx).await;
                return Err(error);
            }
        };
        self.told.hand(&page.open, page.fresh);
        self.pen.commit(page.tx).await?;
        self.told.count(&page.open);
        for change in page.changed.into_values() {
            // Nobody may be listening; the file has it all the same.
            let _ = self.told.changes.send(change);
        }
        self.told.show_paused(&page.paused);
        self.told.wakes.wake(page.wake);
        Ok(value)
    }
}
