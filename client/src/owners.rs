//! Who prints on which printer, as the feed says it up to where it was handled. What a setting says about the owner of a
//! printer may be newer or older than the orders that are routed; it counts only for a printer that the feed has not named.

use std::collections::BTreeSet;

use api::{CounterId, Owners, Printer, PrinterId};
use tokio::sync::{mpsc, oneshot, watch};

/// The owners at a place in the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnersNow {
    /// As the feed says; `None` before it was read for the first time, then the settings count.
    pub owners: Option<Owners>,
    /// Printers that were added here and that the feed has not named yet.
    pub added: BTreeSet<PrinterId>,
}

impl OwnersNow {
    /// Who prints on it.
    pub fn of(&self, printer: &Printer) -> Option<CounterId> {
        match &self.owners {
            None => printer.owner,
            Some(owners) => owners.get(&printer.id).copied().or_else(|| {
                let added = self.added.contains(&printer.id);
                printer.owner.filter(|_| added)
            }),
        }
    }
}

/// The owners that the queue has its printers by. Clones are the same owners.
#[derive(Debug, Clone)]
pub struct OwnersInForce {
    now: watch::Sender<OwnersNow>,
    /// To the task that hands printers to the queue.
    apply_requests: mpsc::Sender<oneshot::Sender<()>>,
}

impl OwnersInForce {
    /// As they were kept; `apply_requests` are answered when the queue has the printers that are in force.
    pub fn new(kept: OwnersNow, apply_requests: mpsc::Sender<oneshot::Sender<()>>) -> Self {
        OwnersInForce {
            now: watch::Sender::new(kept),
            apply_requests,
        }
    }

    /// The owners in force.
    pub fn now(&self) -> OwnersNow {
        self.now.borrow().clone()
    }

    /// The owners in force, from now on.
    pub fn watch(&self) -> watch::Receiver<OwnersNow> {
        self.now.subscribe()
    }

    /// From here on these own printers; when this returns, the queue has its printers by them.
    pub async fn set(&self, owners: Owners) {
        let changed = self.now.send_if_modified(|now| {
            let changed = now.owners.as_ref() != Some(&owners);
            now.added.retain(|id| !owners.contains_key(id));
            now.owners = Some(owners);
            changed
        });
        if changed {
            self.settled().await;
        }
    }

    /// A printer was added here: it counts as what its setting says until the feed names it.
    pub fn add(&self, printer: PrinterId) {
        self.now.send_modify(|now| {
            now.added.insert(printer);
        });
    }

    /// Waits until the queue has the printers that are in force now.
    pub async fn settled(&self) {
        let (answer, given) = oneshot::channel();
        if self.apply_requests.send(answer).await.is_ok() {
            // No answer comes when the restaurant is being closed; then nothing waits for it either.
            drop(given.await);
        }
    }
}

#[cfg(test)]
mod tests {
    use api::printer::{Learned, PrintPolicy, ProfileOverrides};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_printer_is_whose_the_feed_says_and_an_added_one_ours_until_the_feed_names_it() {
        let [us, them] = [1, 2].map(|id| CounterId(Uuid::from_u128(id)));
        let printer = Printer {
            id: PrinterId(Uuid::from_u128(3)),
            name: "Bar".into(),
            enabled: true,
            owner: Some(us),
            address: None,
            profile_id: "generic-80".into(),
            overrides: ProfileOverrides::default(),
            learned: Learned::default(),
            backups: Vec::new(),
            policy: PrintPolicy::default(),
        };
        let mut now = OwnersNow::default();
        assert_eq!(now.of(&printer), Some(us), "nothing was ever read");
        now.owners = Some(Owners::new());
        assert_eq!(now.of(&printer), None, "nobody at this place of the feed");
        now.added.insert(printer.id);
        assert_eq!(now.of(&printer), Some(us));
        now.owners = Some(Owners::from([(printer.id, them)]));
        assert_eq!(now.of(&printer), Some(them));
    }
}
