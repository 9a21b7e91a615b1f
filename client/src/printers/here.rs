//! The printers of this counter, handed to the queue as they change, and what they teach, kept as it comes.

use std::{collections::BTreeSet, sync::Arc};

use api::{
    BusinessId, Code, CounterId, Printer, PrinterId, Problem,
    printer::{Address, Learned},
    settings::SettingKey,
};
use printer_queue::{PrintQueue, Timings};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    refusal,
    settings::{Settings, SettingsNow},
    store::Store,
};

/// The printers of a restaurant, seen from this counter. Clones are the same printers.
#[derive(Debug, Clone)]
pub struct Printers {
    /// The restaurant's file.
    pub store: Store,
    /// What people decided.
    pub settings: Settings,
    /// Where tickets wait.
    pub queue: PrintQueue,
    /// Which restaurant.
    pub business: BusinessId,
    /// Which counter.
    pub counter: CounterId,
    /// How long a printer may take to answer.
    pub timings: Timings,
    /// Parent of what is asked in the background.
    pub tasks: TaskTracker,
    /// Ends it.
    pub stop: CancellationToken,
}

impl Printers {
    /// Hands the printers of this counter to the queue, now and after each change, and keeps what they teach.
    pub async fn follow(self) {
        let mut settings = self.settings.watch();
        let mut learned = self.queue.learned();
        let mut given = None;
        loop {
            let now = settings.borrow_and_update().clone();
            self.give(&now, &mut given).await;
            tokio::select! {
                changed = settings.changed() => if changed.is_err() { return },
                taught = learned.recv() => match taught {
                    Ok((printer, learned)) => self.keep_learned(printer, learned).await,
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// Gives the queue what is this counter's. Tickets of a printer that went to another counter, or is gone, are held:
    /// nobody would print them.
    async fn give(&self, now: &Arc<SettingsNow>, given: &mut Option<Vec<Printer>>) {
        if !now.known && now.printers.is_empty() {
            // Nothing was ever read: tickets that wait from before wait on.
            return;
        }
        let mine = match self.mine(now).await {
            Ok(mine) => mine,
            Err(problem) => {
                tracing::error!(%problem, "the printers of this PC cannot be read");
                return;
            }
        };
        if given.as_ref() == Some(&mine) {
            return;
        }
        self.queue.set_printers(mine.clone()).await;
        let here: BTreeSet<PrinterId> = mine.iter().map(|printer| printer.id).collect();
        if now.known {
            self.hold_strays(&here).await;
        }
        *given = Some(mine);
    }

    async fn mine(&self, now: &SettingsNow) -> Result<Vec<Printer>, Problem> {
        let bindings = self
            .store
            .bindings()
            .await
            .map_err(|error| refusal::storage(&error))?;
        let bound = |id| {
            bindings
                .iter()
                .find(|(printer, _)| *printer == id)
                .map(|(_, address)| address.clone())
        };
        Ok(now
            .printers
            .iter()
            .filter(|printer| printer.owner == Some(self.counter))
            .cloned()
            .map(|printer| Printer {
                address: printer.address.or_else(|| bound(printer.id)),
                ..printer
            })
            .collect())
    }

    async fn hold_strays(&self, here: &BTreeSet<PrinterId>) {
        let open = match self.queue.open_and_recent(0).await {
            Ok(open) => open,
            Err(error) => {
                tracing::error!(%error, "open tickets cannot be read");
                return;
            }
        };
        let strays: BTreeSet<PrinterId> = open
            .iter()
            .filter(|ticket| !ticket.state.is_over())
            .filter_map(|ticket| ticket.destination)
            .filter(|destination| !here.contains(destination))
            .collect();
        for printer in strays {
            match self.queue.hold_jobs_of(printer).await {
                Ok(0) => {}
                Ok(held) => {
                    tracing::warn!(%printer, held, "tickets of a printer that is no longer here are held")
                }
                Err(error) => tracing::error!(%printer, %error, "tickets could not be held"),
            }
        }
    }

    /// Asks a printer who it is, and keeps the answer.
    pub(super) async fn ask(&self, id: PrinterId, address: Address) {
        let answer = tokio::select! {
            answer = printer_queue::probe(&address, &self.timings) => answer,
            () = self.stop.cancelled() => return,
        };
        tracing::info!(%address, health = ?answer.health, model = ?answer.model, "asked a printer");
        let learned = Learned {
            // One that gave no answer may be off; only a yes is knowledge.
            status: answer.status.then_some(true),
            confirm: None,
            model: answer.model,
        };
        self.keep_learned(id, learned).await;
    }

    async fn keep_learned(&self, id: PrinterId, taught: Learned) {
        let now = self.settings.now();
        let Some(printer) = now.printer(id) else {
            return;
        };
        let learned = Learned {
            status: taught.status.or(printer.learned.status),
            confirm: taught.confirm.or(printer.learned.confirm),
            model: taught.model.or_else(|| printer.learned.model.clone()),
        };
        if learned == printer.learned {
            return;
        }
        let printer = Printer {
            learned,
            ..printer.clone()
        };
        let kept = match change(&printer) {
            Ok(change) => self.settings.change(vec![change]).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = kept {
            tracing::error!(printer = %printer.name, %problem, "what the printer taught could not be kept");
        }
    }
}

/// The printer, as long as there is one.
pub(super) fn known(now: &SettingsNow, id: PrinterId) -> Result<&Printer, Problem> {
    now.printer(id)
        .ok_or_else(|| Problem::new(Code::NotFound, "There is no such printer any more."))
}

/// A printer as a change of its setting.
pub(super) fn change(printer: &Printer) -> Result<(SettingKey, Option<Value>), Problem> {
    Ok((SettingKey::Printer(printer.id), Some(value(printer)?)))
}

/// A setting as JSON.
pub(super) fn value<T: Serialize>(setting: &T) -> Result<Value, Problem> {
    serde_json::to_value(setting).map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("A setting cannot be written: {error}."),
        )
    })
}
