//! Starts and stops the workers. A printer never has two, not even while the old one finishes its last ticket.

use std::collections::BTreeMap;

use api::{
    JobId, Printer, PrinterId,
    printer::{Address, Learned},
};
use supervision::{Policy, Tasks};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    store::{Interrupted, Wakes},
    worker::{
        Worker, WorkerContext,
        status::{StatusPublisher, Statuses},
    },
};

/// The workers of this queue.
#[derive(Debug)]
pub(super) struct Workers {
    wakes: Wakes,
    /// Not yet told to their workers.
    interrupted: Vec<Interrupted>,
    running: BTreeMap<PrinterId, Running>,
    /// Says when the last worker of a printer was done.
    ended: BTreeMap<PrinterId, CancellationToken>,
}

#[derive(Debug)]
struct Running {
    settings: watch::Sender<Printer>,
    stop: CancellationToken,
}

impl Workers {
    /// None yet.
    pub fn new(wakes: Wakes, interrupted: Vec<Interrupted>) -> Self {
        Workers {
            wakes,
            interrupted,
            running: BTreeMap::new(),
            ended: BTreeMap::new(),
        }
    }

    /// Exactly these from now on.
    pub fn set(
        &mut self,
        printers: Vec<Printer>,
        context: &WorkerContext,
        statuses: &Statuses,
        tasks: (&Tasks, &TaskTracker),
    ) {
        if context.closing.is_cancelled() {
            return;
        }
        self.running.retain(|id, running| {
            let stays = printers.iter().any(|printer| printer.id == *id);
            if !stays {
                running.stop.cancel();
            }
            stays
        });
        self.ended.retain(|_, ended| !ended.is_cancelled());
        for printer in printers {
            match self.running.get(&printer.id) {
                Some(running) => {
                    running.settings.send_if_modified(|settings| {
                        let changed = *settings != printer;
                        *settings = printer;
                        changed
                    });
                }
                None => self.start(printer, context, statuses, tasks),
            }
        }
    }

    /// Has the printers at such an address looked at now.
    pub fn wake(&self, meant: impl Fn(&Address) -> bool) {
        for (id, running) in &self.running {
            if running
                .settings
                .borrow()
                .address
                .as_ref()
                .is_some_and(&meant)
            {
                self.wakes.of(*id).notify_one();
            }
        }
    }

    /// From now on the printer is the one that shows this of itself. What is known of it then; `None` when it has no
    /// worker.
    pub fn trust(&self, printer: PrinterId, shown: Learned) -> Option<Learned> {
        let running = self.running.get(&printer)?;
        running.settings.send_modify(|settings| {
            settings.learned = shown.after(&settings.learned);
        });
        Some(running.settings.borrow().learned.clone())
    }

    /// Tickets that a printer had when the program ended which is not here any more.
    pub fn orphans(&mut self) -> Vec<JobId> {
        let (here, gone) = std::mem::take(&mut self.interrupted)
            .into_iter()
            .partition(|job| job.remote.is_none());
        self.interrupted = here;
        gone.into_iter().map(|job| job.job).collect()
    }

    fn start(
        &mut self,
        printer: Printer,
        context: &WorkerContext,
        statuses: &Statuses,
        tasks: (&Tasks, &TaskTracker),
    ) {
        let id = printer.id;
        let (settings, settings_seen) = watch::channel(printer);
        let own = tasks.0.child();
        let stop = own.stop().clone();
        let ended = CancellationToken::new();
        let before = self.ended.insert(id, ended.clone());
        let (mine, others) = std::mem::take(&mut self.interrupted)
            .into_iter()
            .partition(|job| job.printer == Some(id));
        self.interrupted = others;
        let (context, statuses, wake) = (context.clone(), statuses.clone(), self.wakes.of(id));
        let halt = stop.clone();
        tasks.1.spawn(async move {
            let _done = ended.drop_guard();
            if let Some(before) = before {
                before.cancelled().await;
            }
            let (mut mine, mut runs) = (Some(mine), 0_u32);
            own.spawn("worker of a printer", Policy::Restart, move || {
                let status = StatusPublisher::new(statuses.clone(), id);
                let (settings, wake) = (settings_seen.clone(), wake.clone());
                let worker = Worker::new(context.clone(), settings, wake, halt.clone(), status);
                runs = runs.saturating_add(1);
                worker.run(mine.take().unwrap_or_default(), runs > 1)
            });
            own.stop().cancelled().await;
            own.shutdown().await;
        });
        self.running.insert(id, Running { settings, stop });
    }
}
