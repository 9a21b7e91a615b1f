//! Looking for printers: on a person's word for the window, and once around for what a printer that was typed in calls
//! itself.

use ::printers::discovery::{self, Found, FoundBy, Search, Speaks};
use api::{Code, Printer, PrinterId, Problem, printer::Address, printer::Learned};
use templates::Profile;
use tokio::sync::watch;

use crate::{
    printers::here::{Printers, standing},
    view::{FindView, FoundPrinter, FoundWay},
};

impl Printers {
    /// Looks around, in the background; [`Printers::finds`] has what was found so far. With `network` the networks of this
    /// PC are searched from address to address as well. A search that is under way goes on.
    ///
    /// # Errors
    /// When the networks of this PC cannot be listed.
    pub async fn find(&self, network: bool) -> Result<(), Problem> {
        let mut search = self.search.clone();
        if network {
            let interfaces = search.interfaces;
            let nets = tokio::task::spawn_blocking(move || interfaces.nets()).await;
            let nets = nets.unwrap_or_else(|error| Err(error.to_string()));
            search.scan = nets.map_err(|detail| {
                let message = format!("The network cannot be searched: {detail}.");
                Problem::new(Code::Unavailable, message)
            })?;
        }
        let begun = self.finds.send_if_modified(|find| {
            let begins = !find.searching;
            if begins {
                *find = FindView {
                    searching: true,
                    network,
                    ..FindView::default()
                };
            }
            begins
        });
        if begun {
            let this = self.clone();
            self.tasks.spawn_once("printer search", async move {
                let _over = SearchOver(this.finds.clone());
                tokio::select! {
                    () = this.look_around(search) => {}
                    () = this.stop.cancelled() => {}
                }
            });
        }
        Ok(())
    }

    /// What a search for the window has found so far.
    pub fn finds(&self) -> watch::Receiver<FindView> {
        self.finds.subscribe()
    }

    async fn look_around(&self, search: Search) {
        let (tell, mut shown) = watch::channel(Vec::new());
        let showing = async {
            while shown.changed().await.is_ok() {
                let found = shown.borrow_and_update().clone();
                self.show(found).await;
            }
        };
        let looking = async {
            let troubles = discovery::discover(&search, &tell).await;
            drop(tell);
            troubles
        };
        let (troubles, ()) = tokio::join!(looking, showing);
        self.finds.send_modify(|find| {
            find.searching = false;
            find.detail = (!troubles.is_empty()).then(|| troubles.join("\n"));
        });
    }

    async fn show(&self, found: Vec<Found>) {
        let bindings = self.bindings().await.unwrap_or_else(|problem| {
            tracing::error!(%problem, "what is plugged into this PC and added already cannot be read");
            Vec::new()
        });
        let now = self.settings.now();
        let known: Vec<Printer> = now
            .printers
            .iter()
            .map(|printer| standing(printer, &bindings, self.search.interfaces))
            .collect();
        self.finds.send_modify(|find| {
            find.found = found.iter().map(|found| view(found, &known)).collect();
        });
        self.seen.send_replace(found);
    }

    /// What the last search knows of the device at this address.
    pub(super) fn introduced(&self, address: &Address) -> Option<Learned> {
        let seen = self.seen.borrow();
        let found = seen.iter().find(|found| is_at(found, address));
        found.map(learned)
    }

    /// Looks around once for what the printer at this address announces, and keeps it: by that it is known again at
    /// another address.
    pub(super) async fn introduce(&self, id: PrinterId, address: &Address) {
        let search = self.around();
        let (tell, shown) = watch::channel(Vec::new());
        tokio::select! {
            _ = discovery::discover(&search, &tell) => {}
            () = self.stop.cancelled() => return,
        }
        let seen = shown.borrow().clone();
        let found = seen.iter().find(|found| is_at(found, address)).map(learned);
        let now = self.settings.now();
        if let Some(learned) = found
            && now.printer(id).and_then(|printer| printer.address.as_ref()) == Some(address)
        {
            self.keep_learned(id, learned).await;
        }
    }

    /// A look around that knocks nowhere.
    pub(super) fn around(&self) -> Search {
        Search {
            scan: Vec::new(),
            this_pc: false,
            ..self.search.clone()
        }
    }
}

/// However a search ends, the next one can begin.
struct SearchOver(watch::Sender<FindView>);

impl Drop for SearchOver {
    fn drop(&mut self) {
        self.0
            .send_if_modified(|find| std::mem::take(&mut find.searching));
    }
}

fn is_at(found: &Found, address: &Address) -> bool {
    found.address == *address || found.others.contains(address)
}

/// What a search says of a device, as knowledge of a printer.
fn learned(found: &Found) -> Learned {
    Learned {
        maker: found.maker.clone(),
        model: found.model.clone(),
        serial: found.identity.serial.clone(),
        uuid: found.identity.uuid,
        mac: found.identity.mac.clone(),
        ..Learned::default()
    }
}

fn view(found: &Found, known: &[Printer]) -> FoundPrinter {
    let known = known.iter().find(|printer| {
        printer
            .address
            .as_ref()
            .is_some_and(|address| is_at(found, address))
            || discovery::proves(found, &printer.learned)
    });
    FoundPrinter {
        address: found.address.to_string(),
        name: found.name.clone(),
        maker: found.maker.clone(),
        model: found.model.clone(),
        way: match found.by {
            FoundBy::DnsSd => FoundWay::Announced,
            FoundBy::Epson | FoundBy::Star => FoundWay::Answered,
            FoundBy::Usb => FoundWay::Usb,
            FoundBy::Serial => FoundWay::Serial,
            FoundBy::Queue => FoundWay::Queue,
            FoundBy::Scan => FoundWay::Listens,
        },
        also: found
            .others
            .iter()
            // With TLS and without is the same way to people.
            .filter(|other| other.is_of_this_pc() || found.address.is_of_this_pc())
            .map(ToString::to_string)
            .collect(),
        other_language: found.speaks == Speaks::StarOnly,
        profile_id: found
            .model
            .as_deref()
            .and_then(Profile::suggested)
            .map(str::to_owned),
        known_as: known.map(|printer| printer.name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use ::printers::discovery::Identity;

    use super::*;

    fn found(address: &str, others: &[&str]) -> Found {
        Found {
            address: address.parse().unwrap(),
            others: others.iter().map(|other| other.parse().unwrap()).collect(),
            by: FoundBy::DnsSd,
            speaks: Speaks::Ipp,
            name: None,
            maker: None,
            model: None,
            identity: Identity::default(),
        }
    }

    fn printer(name: &str, address: &str) -> Printer {
        Printer {
            id: PrinterId(uuid::Uuid::nil()),
            name: name.into(),
            enabled: true,
            owner: None,
            address: address.parse().ok(),
            profile_id: "generic-80".into(),
            overrides: api::printer::ProfileOverrides::default(),
            learned: Learned::default(),
            backups: Vec::new(),
            policy: api::printer::PrintPolicy::default(),
        }
    }

    #[test]
    fn a_printer_that_was_added_by_its_other_way_is_not_offered_anew() {
        let by_queue = found("tcp://192.168.1.5", &["spooler://Bar"]);
        let known = [printer("Bar", "spooler://Bar")];
        assert_eq!(view(&by_queue, &known).known_as.as_deref(), Some("Bar"));
        let plugged = found("usb://04b8:0e15/J7AB012345", &[]);
        assert_eq!(view(&plugged, &known).known_as, None);
        let known = [printer("Bar", "usb://04b8:0e15/J7AB012345")];
        assert_eq!(view(&plugged, &known).known_as.as_deref(), Some("Bar"));
    }

    #[test]
    fn a_second_way_is_told_when_it_is_another_one_to_people() {
        let also = |address, others: &[&str]| view(&found(address, others), &[]).also;
        let tls = also(
            "ipps://192.168.1.5",
            &["ipp://192.168.1.5", "spooler://Bar"],
        );
        assert_eq!(tls, ["spooler://Bar"]);
        let queue = also("spooler://Bar", &["tcp://192.168.1.5"]);
        assert_eq!(queue, ["tcp://192.168.1.5:9100"]);
    }
}
