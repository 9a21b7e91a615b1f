//! The printers of this counter, handed to the queue as they change, and what they teach, kept as it comes.

use std::sync::Arc;

use ::printers::discovery::{Found, Interfaces, Search};
use api::{
    Code, CounterId, Printer, PrinterId, Problem,
    printer::{Address, Learned},
    settings::SettingKey,
};
use printer_queue::PrintQueue;
use serde::Serialize;
use serde_json::Value;
use supervision::Tasks;
use templates::Pictures;
use tokio::sync::{broadcast::error::RecvError, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    events::EventSender,
    owners::{OwnersInForce, OwnersNow},
    refusal,
    settings::{Settings, SettingsNow},
    store::Store,
    view::FindView,
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
    /// Which counter.
    pub counter: CounterId,
    /// Parent of what is asked in the background.
    pub tasks: Tasks,
    /// Ends it.
    pub stop: CancellationToken,
    /// Who prints on which printer, as far as the feed was handled.
    pub owners: OwnersInForce,
    /// The settings whose printers the queue has, with the owners in force: what orders are routed by. A ticket for a
    /// printer that the queue does not know yet would be held.
    pub in_force: watch::Sender<Arc<SettingsNow>>,
    /// What the settings in force were made of.
    pub given: watch::Sender<Option<(Arc<SettingsNow>, OwnersNow)>>,
    /// What the queue's papers show besides text; among it the logo of this restaurant.
    pub pictures: Pictures,
    /// Where printers are looked for. Its networks are searched on a person's word alone.
    pub search: Search,
    /// What a search has found so far, for the window.
    pub finds: watch::Sender<FindView>,
    /// The same with what tells a device from all others.
    pub seen: watch::Sender<Vec<Found>>,
    /// Reports changes to the view builder.
    pub events: EventSender,
}

impl Printers {
    /// Hands the printers of this counter to the queue, now and after each change of a setting or of an owner, and keeps what they teach. An ask is
    /// answered when the queue has what is in force.
    pub async fn follow(self, asked: &mut mpsc::Receiver<oneshot::Sender<()>>) {
        let mut settings = self.settings.watch();
        let mut owners = self.owners.watch();
        let mut learned = self.queue.learned();
        let mut given = None;
        let mut waits: Vec<oneshot::Sender<()>> = Vec::new();
        loop {
            let now = settings.borrow_and_update().clone();
            let by = owners.borrow_and_update().clone();
            if self.give(&Arc::new(now.owned(&by)), &mut given).await {
                self.given.send_replace(Some((now, by)));
            }
            for answer in waits.drain(..) {
                // Who no longer waits for it needs no answer.
                let _ = answer.send(());
            }
            tokio::select! {
                changed = settings.changed() => if changed.is_err() { return },
                changed = owners.changed() => if changed.is_err() { return },
                ask = asked.recv() => match ask {
                    Some(answer) => waits.push(answer),
                    None => return,
                },
                taught = learned.recv() => match taught {
                    Ok((printer, learned)) => self.keep_learned(printer, learned).await,
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// Changes settings of printers; when this returns, the queue has them.
    pub(super) async fn change(
        &self,
        changes: Vec<(SettingKey, Option<Value>)>,
    ) -> Result<(), Problem> {
        self.settings.change(changes).await?;
        self.owners.settled().await;
        Ok(())
    }

    /// What people decided, with the owners of the printers as far as the feed was handled.
    pub fn now(&self) -> SettingsNow {
        self.settings.now().owned(&self.owners.now())
    }

    /// Waits until the queue has the printers that are in force now. Nearly always it has them, and an order that comes
    /// waits for nobody.
    pub async fn settled(&self) {
        let now = (self.settings.now(), self.owners.now());
        let has = |given: &(Arc<SettingsNow>, OwnersNow)| {
            Arc::ptr_eq(&given.0, &now.0) && given.1 == now.1
        };
        if !self.given.borrow().as_ref().is_some_and(has) {
            self.owners.settled().await;
        }
    }

    /// Gives the queue what is this counter's, if that is known. It holds the tickets of a printer that went to another
    /// counter or is gone.
    async fn give(&self, now: &Arc<SettingsNow>, given: &mut Option<Vec<Printer>>) -> bool {
        if !now.known && now.printers.is_empty() {
            // Nothing was ever read: tickets that wait from before wait on.
            return false;
        }
        let mine = match self.mine(now).await {
            Ok(mine) => mine,
            Err(problem) => {
                tracing::error!(%problem, "the printers of this PC cannot be read");
                return false;
            }
        };
        // Before anything is routed by these settings, so that the first ticket has the logo too.
        if let Err(error) = self.pictures.set_logo(now.business.as_ref()) {
            tracing::warn!(%error, "the logo in the settings cannot be used");
        }
        if given.as_ref() != Some(&mine) {
            self.queue.set_printers(mine.clone()).await;
            *given = Some(mine);
        }
        self.in_force.send_replace(now.clone());
        true
    }

    async fn mine(&self, now: &SettingsNow) -> Result<Vec<Printer>, Problem> {
        let bindings = self.bindings().await?;
        Ok(now
            .printers
            .iter()
            .filter(|printer| printer.owner == Some(self.counter))
            .map(|printer| standing(printer, &bindings, self.search.interfaces))
            .collect())
    }

    /// A new printer prints from here from now on, and the feed says so when the server has it.
    pub(super) async fn add_ours(&self, id: PrinterId) -> Result<(), Problem> {
        self.owners.add(id);
        let kept = self.store.set_added(&self.owners.now().added).await;
        kept.map_err(|error| refusal::storage(&error))
    }

    /// Where a printer stands, seen from this PC.
    pub(super) async fn stands(&self, printer: &Printer) -> Result<Option<Address>, Problem> {
        let bindings = self.bindings().await?;
        Ok(standing(printer, &bindings, self.search.interfaces).address)
    }

    /// Where another PC finds it as well.
    pub fn shared_address(&self, printer: &Printer) -> Option<Address> {
        standing(printer, &[], self.search.interfaces).address
    }

    /// Keeps the address that a printer has at this PC alone, or forgets it.
    pub(super) async fn bind(&self, id: PrinterId, at: Option<&Address>) -> Result<(), Problem> {
        let bound = self.store.bind(id, at).await;
        bound.map_err(|error| refusal::storage(&error))
    }

    pub(super) async fn bindings(&self) -> Result<Vec<(PrinterId, Address)>, Problem> {
        let bindings = self.store.bindings().await;
        bindings.map_err(|error| refusal::storage(&error))
    }

    /// Asks a printer who it is, and keeps the answer.
    pub(super) async fn ask(&self, id: PrinterId, address: Address) {
        let answer = tokio::select! {
            answer = self.queue.probe(&address) => answer,
            () = self.stop.cancelled() => return,
        };
        tracing::info!(%address, health = ?answer.health, learned = ?answer.learned, "asked a printer");
        let stands = match self.settings.now().printer(id) {
            Some(printer) => self.stands(printer).await,
            None => return,
        };
        if stands.as_ref() != Ok(&Some(address)) {
            // By now the printer is another device.
            return;
        }
        self.keep_learned(id, answer.learned).await;
    }

    pub(super) async fn keep_learned(&self, id: PrinterId, taught: Learned) {
        let now = self.settings.now();
        let Some(printer) = now.printer(id) else {
            return;
        };
        let learned = taught.after(&printer.learned);
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

/// Whether an address is a binding of this PC: another PC would reach something else there, itself or nothing. A counter
/// that was started for this PC alone (a demo, a test) takes such addresses from the settings too.
pub(super) fn is_binding(address: &Address, search: Interfaces) -> bool {
    match search {
        Interfaces::All => !address.can_be_shared(),
        Interfaces::Loopback | Interfaces::None => address.is_of_this_pc(),
    }
}

/// A printer with the address that it has at this PC. One from the settings that means this PC itself is never used: it
/// belongs to another PC, or somebody aims at this one.
pub(super) fn standing(
    printer: &Printer,
    bindings: &[(PrinterId, Address)],
    search: Interfaces,
) -> Printer {
    let bound = bindings.iter().find(|(id, _)| *id == printer.id);
    let shared = printer.address.clone();
    Printer {
        address: shared
            .filter(|address| search != Interfaces::All || address.can_be_shared())
            .or_else(|| bound.map(|(_, address)| address.clone())),
        ..printer.clone()
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

#[cfg(test)]
mod tests {
    use api::printer::{PrintPolicy, ProfileOverrides};
    use uuid::Uuid;

    use super::*;

    fn printer(address: &str) -> Printer {
        Printer {
            id: PrinterId(Uuid::from_u128(1)),
            name: "Kitchen".into(),
            enabled: true,
            owner: None,
            address: Some(address.parse().unwrap()),
            profile_id: "generic-80".into(),
            overrides: ProfileOverrides::default(),
            learned: Learned::default(),
            backups: Vec::new(),
            policy: PrintPolicy::default(),
        }
    }

    #[test]
    fn an_address_from_the_server_that_means_this_pc_itself_is_not_used() {
        let aimed = [
            "file:///tmp/x",
            "127.0.0.1:9100",
            "localhost:9100",
            "0.0.0.0:631",
        ];
        for address in aimed.map(printer) {
            assert_eq!(standing(&address, &[], Interfaces::All).address, None);
            // A demo prints on this PC alone, and says so at its start.
            assert_eq!(standing(&address, &[], Interfaces::Loopback), address);
            let own: Address = "127.0.0.1:9101".parse().unwrap();
            let bound = [(address.id, own.clone())];
            assert_eq!(
                standing(&address, &bound, Interfaces::All).address,
                Some(own)
            );
        }
        let shared = printer("192.168.1.20:9100");
        assert_eq!(standing(&shared, &[], Interfaces::All), shared);
    }

    #[test]
    fn a_loopback_address_that_a_person_types_is_kept_at_this_pc() {
        let address: Address = "127.0.0.1:9100".parse().unwrap();
        assert!(is_binding(&address, Interfaces::All));
        assert!(!is_binding(&address, Interfaces::Loopback));
    }
}
