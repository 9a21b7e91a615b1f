//! Standing in for a counter whose lease is over.

use std::collections::BTreeMap;

use api::{
    Code, CounterId, Printer, PrinterId, Problem,
    feed::{Claim, ClaimFrom},
    printer::{Address, Health, Learned},
};

use crate::{events::ClientEvent, renewal::LeaseKeeper, settings::SettingsNow, view::Notice};

impl LeaseKeeper {
    /// Takes the printers of these counters that can be reached from here. The entry in the feed then says that they are
    /// ours, and brings along what was to be printed there.
    pub(super) async fn stand_in(&self, over: &[CounterId]) {
        let now = self.printers.now();
        for (owner, printers) in candidates(&now, over, self.counter) {
            if let Err(problem) = self.stand_in_for(owner, &printers).await {
                tracing::warn!(%owner, %problem, "cannot stand in for a counter whose lease is over");
            }
        }
    }

    async fn stand_in_for(&self, owner: CounterId, printers: &[Printer]) -> Result<(), Problem> {
        let mut reached = Vec::new();
        for printer in printers {
            let Some(address) = self.printers.shared_address(printer) else {
                continue;
            };
            if is_on_network(&address)
                && answers(self.queue.probe(&address).await.health, &printer.learned)
            {
                reached.push(printer);
            }
        }
        if reached.is_empty() {
            return Ok(());
        }
        let claim = Claim {
            counter: self.counter,
            printers: reached.iter().map(|printer| printer.id).collect(),
            from: ClaimFrom::LeaseEnded,
        };
        let claimed = match self.claim(&claim).await {
            Ok(claimed) => claimed,
            Err(problem) if problem.code == Code::Conflict => {
                tracing::info!(%owner, "another counter stands in, or its lease was renewed");
                return Ok(());
            }
            Err(problem) => return Err(problem),
        };
        self.feed.catch_up().await?;
        let names = names(&reached, &claimed);
        if !names.is_empty() {
            tracing::warn!(%owner, ?names, "its lease is over; this counter prints on its printers from now on");
            let notice = Notice::StandsIn {
                counter: self.name_of(owner).await,
                printers: names,
            };
            self.events.send(ClientEvent::Notice(notice)).await;
        }
        Ok(())
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<PrinterId>, Problem> {
        let claimed = self
            .session
            .call(self.business, async |access| {
                access.backend.claim(&access.token, claim).await
            })
            .await?;
        Ok(claimed.printers)
    }

    pub(super) async fn name_of(&self, counter: CounterId) -> String {
        let known = self.store.counters().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the names of the counters cannot be read");
            Vec::new()
        });
        known
            .into_iter()
            .find(|known| known.id == counter)
            .map_or_else(|| counter.to_string(), |known| known.name)
    }
}

/// The printers of counters whose lease is over, by their owners.
fn candidates(
    now: &SettingsNow,
    over: &[CounterId],
    us: CounterId,
) -> BTreeMap<CounterId, Vec<Printer>> {
    let mut all: BTreeMap<CounterId, Vec<Printer>> = BTreeMap::new();
    if now.business.as_ref().is_some_and(|known| !known.standby) {
        return all;
    }
    for printer in &now.printers {
        if let Some(owner) = printer.owner
            && owner != us
            && over.contains(&owner)
        {
            all.entry(owner).or_default().push(printer.clone());
        }
    }
    all
}

/// A cable leads from one PC alone.
fn is_on_network(address: &Address) -> bool {
    match address {
        Address::Tcp { .. } | Address::Ipp { .. } => true,
        Address::Usb { .. }
        | Address::Serial { .. }
        | Address::File { .. }
        | Address::Spooler { .. } => false,
    }
}

/// One without paper is reached as well, and people see here what it needs. Many printers take a connection and never say
/// how they are.
fn answers(health: Health, learned: &Learned) -> bool {
    match health {
        Health::Unknown => learned.status != Some(true),
        Health::Unreachable
        | Health::Offline
        | Health::NoAddress
        | Health::Disabled
        | Health::Fault
        | Health::Stranger => false,
        Health::Ready | Health::PaperOut | Health::CoverOpen | Health::CutterError => true,
    }
}

fn names(reached: &[&Printer], claimed: &[PrinterId]) -> Vec<String> {
    reached
        .iter()
        .filter(|printer| claimed.contains(&printer.id))
        .map(|printer| printer.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_that_never_says_how_it_is_is_stood_in_at_as_well() {
        let learned = |status| Learned {
            status,
            ..Learned::default()
        };
        assert!(answers(Health::Unknown, &learned(None)));
        assert!(answers(Health::Unknown, &learned(Some(false))));
        let mute = answers(Health::Unknown, &learned(Some(true)));
        assert!(!mute, "it can say so and serves somebody else");
        assert!(answers(Health::PaperOut, &learned(Some(true))));
        assert!(!answers(Health::Unreachable, &learned(None)));
    }
}
