//! A printer that moved: nobody answers at its address any more, and a device that proves to be it stands elsewhere, as
//! happens where a router gives addresses anew. It goes on printing there, and people are told.

use std::{collections::BTreeMap, time::Duration};

use ::printers::discovery::{self, Found};
use api::{
    Printer, PrinterId,
    printer::{Address, Health, Learned, PrinterStatus},
};
use tokio::sync::watch;

use crate::{
    events::ClientEvent,
    printers::here::{Printers, change},
    view::Notice,
};

/// The longest pause between two looks for a printer, in units of the first.
const PATIENCE: u32 = 20;

impl Printers {
    /// Looks for the printers of this counter that nobody answers for, until they answer or are found. `pause` is the
    /// first between two looks; it doubles.
    pub async fn seek(self, pause: Duration) {
        let mut statuses = self.queue.statuses();
        let mut wait = pause;
        loop {
            let lost = self.lost(&statuses.borrow_and_update());
            if lost.is_empty() {
                wait = pause;
                tokio::select! {
                    changed = statuses.changed() => if changed.is_err() { return },
                    () = self.stop.cancelled() => return,
                }
                continue;
            }
            tokio::select! {
                () = self.look_for(&lost) => {}
                () = self.stop.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => return,
            }
            wait = (wait * 2).min(pause * PATIENCE);
        }
    }

    /// Those that can be known again, and do not answer at their address.
    fn lost(&self, statuses: &BTreeMap<PrinterId, PrinterStatus>) -> Vec<Printer> {
        let gone = |printer: &Printer| statuses.get(&printer.id).is_some_and(is_gone);
        self.now()
            .printers
            .iter()
            .filter(|printer| printer.owner == Some(self.counter))
            .filter(|printer| gone(printer) && can_be_known(&printer.learned))
            .cloned()
            .collect()
    }

    async fn look_for(&self, lost: &[Printer]) {
        let (tell, shown) = watch::channel(Vec::new());
        discovery::discover(&self.around(), &tell).await;
        let found = shown.borrow().clone();
        for printer in lost {
            if let Some(address) = moved(printer, &self.now().printers, &found) {
                self.follow_to(printer, address).await;
            }
        }
    }

    /// The printer keeps all that was learned of it, since it is the same device.
    async fn follow_to(&self, lost: &Printer, address: Address) {
        let now = self.now();
        let Some(printer) = now.printer(lost.id) else {
            return;
        };
        if printer.address != lost.address || printer.owner != Some(self.counter) {
            // Somebody was faster.
            return;
        }
        let printer = Printer {
            address: Some(address.clone()),
            ..printer.clone()
        };
        let kept = match change(&printer) {
            Ok(change) => self.change(vec![change]).await,
            Err(problem) => Err(problem),
        };
        match kept {
            Ok(()) => {
                tracing::info!(printer = %printer.name, %address, "found again at another address");
                let notice = Notice::PrinterMoved {
                    name: printer.name,
                    address: address.to_string(),
                };
                self.events.send(ClientEvent::Notice(notice)).await;
            }
            Err(problem) => {
                tracing::error!(printer = %printer.name, %problem, "its new address could not be kept");
            }
        }
    }
}

/// Where another one answers, it may have moved as well as where nobody does.
fn is_gone(status: &PrinterStatus) -> bool {
    let replaced = status.health == Health::Stranger && status.device.is_some();
    replaced || status.health == Health::Unreachable
}

fn can_be_known(learned: &Learned) -> bool {
    learned.uuid.is_some() || learned.mac.is_some() || learned.serial.is_some()
}

/// Where a printer stands now: at the address, of the kind that it had, of the one device that proves to be it. `None`
/// when there is no such device, when there are two, or when another printer of the settings stands there.
fn moved(lost: &Printer, all: &[Printer], found: &[Found]) -> Option<Address> {
    let before = lost.address.as_ref()?;
    let mut proven = found
        .iter()
        .filter(|found| discovery::proves(found, &lost.learned));
    let device = proven.next()?;
    if proven.next().is_some() {
        return None;
    }
    let address = std::iter::once(&device.address)
        .chain(&device.others)
        .find(|address| is_like(address, before))?;
    let taken = all
        .iter()
        .any(|other| other.id != lost.id && other.address.as_ref() == Some(address));
    (address != before && !taken).then(|| address.clone())
}

/// Reached in the same by, so that what was learned of the way still holds.
fn is_like(address: &Address, before: &Address) -> bool {
    match (address, before) {
        (Address::Tcp { .. }, Address::Tcp { .. }) => true,
        (
            Address::Ipp { tls, path, .. },
            Address::Ipp {
                tls: was_tls,
                path: was_path,
                ..
            },
        ) => tls == was_tls && path == was_path,
        // What is plugged into this PC has no address that changes by itself.
        (
            Address::Tcp { .. }
            | Address::Ipp { .. }
            | Address::Usb { .. }
            | Address::Serial { .. }
            | Address::File { .. }
            | Address::Spooler { .. },
            _,
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use ::printers::discovery::{FoundBy, Identity, Speaks};
    use api::{CounterId, printer::PrintPolicy, printer::ProfileOverrides};
    use uuid::Uuid;

    use super::*;

    fn kitchen(address: &str) -> Printer {
        Printer {
            id: PrinterId(Uuid::now_v7()),
            name: "Kitchen".into(),
            enabled: true,
            owner: Some(CounterId(Uuid::now_v7())),
            address: address.parse().ok(),
            profile_id: "generic-80".into(),
            overrides: ProfileOverrides::default(),
            learned: Learned {
                mac: Some("00:26:ab:01:02:03".into()),
                ..Learned::default()
            },
            backups: Vec::new(),
            policy: PrintPolicy::default(),
        }
    }

    #[test]
    fn a_printer_is_looked_for_where_nobody_answers_or_another_one_does() {
        let status = |health, device| PrinterStatus {
            printer: PrinterId(Uuid::now_v7()),
            health,
            since: jiff::Timestamp::UNIX_EPOCH,
            paper_low: false,
            paused: false,
            drawer_open: None,
            open_jobs: 0,
            last_printed: None,
            detail: None,
            certificate: None,
            device,
        };
        let other = Some(Learned::default());
        assert!(is_gone(&status(Health::Unreachable, None)));
        assert!(is_gone(&status(Health::Stranger, other)));
        // Who has another certificate still stands where it stood.
        assert!(!is_gone(&status(Health::Stranger, None)));
        assert!(!is_gone(&status(Health::Ready, None)));
        assert!(!is_gone(&status(Health::PaperOut, None)));
    }

    fn device(address: &str, mac: &str) -> Found {
        Found {
            address: address.parse().unwrap(),
            others: Vec::new(),
            by: FoundBy::Epson,
            speaks: Speaks::Escpos,
            name: None,
            maker: None,
            model: None,
            identity: Identity {
                mac: Some(mac.into()),
                ..Identity::default()
            },
        }
    }

    const CARD: &str = "00:26:ab:01:02:03";

    #[test]
    fn a_printer_is_followed_to_where_it_proves_to_be() {
        let lost = kitchen("tcp://192.168.1.40");
        let there = moved(
            &lost,
            std::slice::from_ref(&lost),
            &[device("tcp://192.168.1.52", CARD)],
        );
        assert_eq!(there, "tcp://192.168.1.52".parse().ok());
    }

    #[test]
    fn no_other_device_is_taken_for_it() {
        let lost = kitchen("tcp://192.168.1.40");
        let other = kitchen("tcp://192.168.1.52");
        let all = [lost.clone(), other];
        let stranger = device("tcp://192.168.1.60", "00:26:ab:09:09:09");
        assert_eq!(moved(&lost, &all, &[stranger]), None);
        let taken = device("tcp://192.168.1.52", CARD);
        assert_eq!(
            moved(&lost, &all, &[taken]),
            None,
            "another printer of ours stands there"
        );
        let twice = [
            device("tcp://192.168.1.70", CARD),
            device("tcp://192.168.1.71", CARD),
        ];
        assert_eq!(
            moved(&lost, &all, &twice),
            None,
            "two that say the same prove nothing"
        );
        let same = device("tcp://192.168.1.40", CARD);
        assert_eq!(moved(&lost, &all, &[same]), None, "it is where it was");
    }

    #[test]
    fn a_printer_goes_on_being_reached_the_way_it_was() {
        let lost = kitchen("tcp://192.168.1.40");
        let mut both = device("ipps://192.168.1.52/ipp/print", CARD);
        assert_eq!(
            moved(
                &lost,
                std::slice::from_ref(&lost),
                std::slice::from_ref(&both)
            ),
            None
        );
        both.others = vec!["tcp://192.168.1.52".parse().unwrap()];
        let there = moved(&lost, std::slice::from_ref(&lost), &[both]);
        assert_eq!(there, "tcp://192.168.1.52".parse().ok());
    }
}
