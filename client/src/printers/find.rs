//! Looking for printers: on a person's word for the window, and once around for what a printer that was typed in calls
//! itself.

use api::{Code, PrinterId, Problem, printer::Address, printer::Learned};
use printer_queue::discovery::{self, Found, Search, Speaks, Way};
use templates::Profile;
use tokio::sync::watch;

use crate::{
    printers::here::Printers,
    settings::SettingsNow,
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
            self.tasks.spawn(async move {
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
                self.show(found);
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

    fn show(&self, found: Vec<Found>) {
        let now = self.settings.now();
        self.finds.send_modify(|find| {
            find.found = found.iter().map(|found| view(found, &now)).collect();
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

fn view(found: &Found, now: &SettingsNow) -> FoundPrinter {
    let known = now.printers.iter().find(|printer| {
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
        way: match found.way {
            Way::DnsSd => FoundWay::Announced,
            Way::Epson | Way::Star => FoundWay::Answered,
            Way::Usb => FoundWay::Usb,
            Way::Serial => FoundWay::Serial,
            Way::Queue => FoundWay::Queue,
            Way::Scan => FoundWay::Listens,
        },
        other_language: found.speaks == Speaks::StarOnly,
        profile_id: found
            .model
            .as_deref()
            .and_then(Profile::suggested)
            .map(str::to_owned),
        known_as: known.map(|printer| printer.name.clone()),
    }
}
