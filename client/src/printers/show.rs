//! Printers as the window shows them. Pure.

use std::collections::BTreeMap;

use ::printers::discovery::Interfaces;
use api::{
    CounterId, Printer, PrinterId,
    counter::Counter,
    printer::{Address, PrinterStatus},
    settings::SettingKey,
};

use templates::{Profile, profile::Cutter};

use crate::{
    printers::here::standing,
    settings::SettingsNow,
    view::{PrintHere, PrinterView, ProfileView},
};

/// What a printer can be told to be: papers first, then models.
pub fn profiles() -> Vec<ProfileView> {
    let views = Profile::names().filter_map(|id| {
        let profile = Profile::named(id)?;
        Some(ProfileView {
            maker: Profile::maker(id).map(str::to_owned),
            paper_mm: profile.media_mm,
            columns: profile.columns,
            cutter: profile.cutter != Cutter::None,
            id: profile.id,
        })
    });
    views.collect()
}

/// All printers, in the order of their names; those of this counter with the addresses that they have at this PC.
pub fn views(
    now: &SettingsNow,
    bindings: &[(PrinterId, Address)],
    statuses: &BTreeMap<PrinterId, PrinterStatus>,
    counters: &[Counter],
    counter: CounterId,
    search: Interfaces,
) -> Vec<PrinterView> {
    now.printers
        .iter()
        .map(|printer| {
            let mine = printer.owner == Some(counter);
            let seen = if mine {
                standing(printer, bindings, search)
            } else {
                printer.clone()
            };
            PrinterView {
                foreign: printer.address.clone().filter(|_| seen.address.is_none()),
                printer: seen,
                paper_mm: Profile::of(printer).media_mm,
                status: statuses.get(&printer.id).filter(|_| mine).cloned(),
                mine,
                ask_qr: mine && asks_for_qr(printer),
                owner: printer.owner.and_then(|owner| named(owner, counters)),
                sync: now.sync(&SettingKey::Printer(printer.id)),
            }
        })
        .collect()
}

/// Only a test page says whether it confirms, so one has come out when that is known.
fn asks_for_qr(printer: &Printer) -> bool {
    let answered = printer
        .overrides
        .native_qr
        .or(printer.learned.native_qr)
        .is_some();
    printer.learned.confirm.is_some() && !answered && Profile::of(printer).draws_qr()
}

/// Who prints instead, when this counter prints on no printer.
pub fn print_here(
    now: &SettingsNow,
    counters: &[Counter],
    counter: CounterId,
) -> Option<PrintHere> {
    if now
        .printers
        .iter()
        .any(|printer| printer.owner == Some(counter))
    {
        return None;
    }
    let owner = now.printers.iter().find_map(|printer| printer.owner);
    let known = owner.and_then(|owner| counters.iter().find(|counter| counter.id == owner));
    Some(PrintHere {
        owner: owner.map(|owner| known.map_or_else(|| unnamed(owner), |known| known.name.clone())),
        last_heard: known.map(|known| known.last_heard),
    })
}

fn named(id: CounterId, counters: &[Counter]) -> Option<String> {
    let known = counters.iter().find(|counter| counter.id == id);
    Some(known.map_or_else(|| unnamed(id), |known| known.name.clone()))
}

fn unnamed(id: CounterId) -> String {
    format!("Counter {}", &id.to_string()[..8])
}

#[cfg(test)]
mod tests {
    use api::printer::{Learned, PrintPolicy, ProfileOverrides};
    use uuid::Uuid;

    use super::*;

    const US: CounterId = CounterId(Uuid::from_u128(1));

    fn shown(address: Option<&str>, owner: CounterId, bound: Option<&str>) -> PrinterView {
        let printer = Printer {
            id: PrinterId(Uuid::from_u128(2)),
            name: "Kitchen".into(),
            enabled: true,
            owner: Some(owner),
            address: address.map(|address| address.parse().unwrap()),
            profile_id: "generic-80".into(),
            overrides: ProfileOverrides::default(),
            learned: Learned::default(),
            backups: Vec::new(),
            policy: PrintPolicy::default(),
        };
        let bindings: Vec<_> = bound
            .map(|address| (printer.id, address.parse().unwrap()))
            .into_iter()
            .collect();
        let mut now = SettingsNow::default();
        now.printers.push(printer);
        let statuses = BTreeMap::new();
        views(&now, &bindings, &statuses, &[], US, Interfaces::All).remove(0)
    }

    #[test]
    fn an_address_in_the_settings_that_means_another_pc_is_shown_as_such() {
        let local = "tcp://127.0.0.1:9100";
        let view = shown(Some(local), US, None);
        assert_eq!(view.printer.address, None);
        assert_eq!(view.foreign, Some(local.parse().unwrap()));
        // With an address of this PC it prints, and nobody has to know.
        let bound = shown(Some(local), US, Some("tcp://127.0.0.1:9101"));
        assert_eq!(bound.foreign, None);
        for (address, owner) in [
            (None, US),
            (Some("tcp://192.168.1.20:9100"), US),
            // There it may well be right.
            (Some(local), CounterId(Uuid::from_u128(3))),
        ] {
            assert_eq!(shown(address, owner, None).foreign, None, "{address:?}");
        }
    }
}
