//! Which of those that were found are one device, and what is known of it then. Pure; the order in which they were found
//! does not matter.

use std::collections::{BTreeMap, BTreeSet};

use api::printer::{Address, Learned};
use uuid::Uuid;

use super::found::{Found, FoundBy, Identity, Speaks};

/// The devices, an entry each, in the order of their names.
pub(super) fn devices<'a>(seen: impl Iterator<Item = &'a Found>) -> Vec<Found> {
    let mut seen: Vec<&Found> = seen.collect();
    seen.sort_by_cached_key(|found| (rank(found), found.address.to_string(), format!("{found:?}")));
    let crowded = crowded(&seen);
    let mut group: Vec<usize> = (0..seen.len()).collect();
    for (n, a) in seen.iter().enumerate() {
        for (m, b) in seen.iter().enumerate().skip(n + 1) {
            if group[n] != group[m] && are_one(a, b, &crowded) {
                let (keep, give) = (group[n].min(group[m]), group[n].max(group[m]));
                group
                    .iter_mut()
                    .filter(|of| **of == give)
                    .for_each(|of| *of = keep);
            }
        }
    }
    let mut devices: BTreeMap<usize, Found> = BTreeMap::new();
    for (found, of) in seen.into_iter().zip(group) {
        match devices.get_mut(&of) {
            Some(device) => add(device, found),
            None => drop(devices.insert(of, found.clone())),
        }
    }
    let mut devices: Vec<Found> = devices.into_values().collect();
    devices.sort_by_cached_key(|found| {
        let name = found.name.as_ref().or(found.model.as_ref());
        let last = name.is_none();
        let name = name.map(|name| name.to_lowercase());
        (
            found.by == FoundBy::Serial,
            last,
            name,
            found.address.to_string(),
        )
    });
    devices
}

/// Whether what was found is proven to be the device that has shown this of itself before. What merely looks alike is
/// not: its tickets would come out somewhere else.
pub fn proves(found: &Found, known: &Learned) -> bool {
    let known = Identity {
        uuid: known.uuid,
        mac: known.mac.clone(),
        serial: known.serial.clone(),
    }
    .with_model(known.model.as_deref());
    same(
        &found.identity.clone().with_model(found.model.as_deref()),
        &known,
    ) == Some(true)
}

/// Where a device can be printed on in several ways, the best one: ESC/POS that it confessed to, since there it confirms
/// what came out; IPP with TLS, without; what is plugged in here; what may be anything.
fn rank(found: &Found) -> u8 {
    match (&found.address, found.speaks, found.by) {
        (Address::Tcp { .. }, Speaks::Escpos, _) => 0,
        (Address::Ipp { tls: true, .. }, ..) => 1,
        (Address::Ipp { tls: false, .. }, ..) => 2,
        (Address::Usb { .. }, ..) => 3,
        (Address::Spooler { .. }, ..) => 5,
        (_, Speaks::StarOnly, _) => 7,
        (_, _, FoundBy::Scan) => 6,
        (Address::Tcp { .. } | Address::File { .. } | Address::Serial { .. }, ..) => 4,
    }
}

/// What speaks for several devices at one host.
#[derive(Default)]
struct Host<'a> {
    announced: BTreeSet<Uuid>,
    /// For raw bytes; several of them are several devices where a queue of this PC leads to one.
    ports: BTreeSet<u16>,
    /// Where queues of this PC lead to.
    paths: BTreeSet<&'a str>,
    led_to: bool,
}

/// Hosts where there are several devices, such as a PC that shares its printers: there one host is not one device.
fn crowded(seen: &[&Found]) -> Vec<String> {
    let mut by_host: BTreeMap<&str, Host<'_>> = BTreeMap::new();
    for found in seen {
        for place in places(found) {
            let Some(name) = host(place) else { continue };
            let there = by_host.entry(name).or_default();
            there.announced.extend(found.identity.uuid);
            let led_to = found.by == FoundBy::Queue;
            match place {
                Address::Tcp { port, .. } => {
                    there.ports.insert(*port);
                    there.led_to |= led_to;
                }
                Address::Ipp { path, .. } if led_to => {
                    there.paths.insert(path);
                }
                Address::Ipp { .. }
                | Address::Usb { .. }
                | Address::Serial { .. }
                | Address::File { .. }
                | Address::Spooler { .. } => {}
            }
        }
    }
    by_host
        .into_iter()
        .filter(|(_, there)| {
            there.announced.len() > 1
                || there.paths.len() > 1
                || (there.led_to && there.ports.len() > 1)
        })
        .map(|(host, _)| host.to_owned())
        .collect()
}

fn are_one(a: &Found, b: &Found, crowded: &[String]) -> bool {
    let with_model = |found: &Found| found.identity.clone().with_model(found.model.as_deref());
    if let Some(same) = same(&with_model(a), &with_model(b)) {
        return same;
    }
    let pairs = || places(a).flat_map(|a| places(b).map(move |b| (a, b)));
    let at_one_host = |(a, b)| match (host(a), host(b)) {
        (Some(a), Some(b)) => a == b && !is_inside(a) && !crowded.iter().any(|host| host == a),
        (Some(_) | None, _) => false,
    };
    pairs().any(|(a, b)| a == b) || pairs().any(at_one_host)
}

/// Where a device was seen, and where a queue sends what it is given.
fn places(found: &Found) -> impl Iterator<Item = &Address> {
    std::iter::once(&found.address).chain(&found.others)
}

/// This PC itself, where each port is a printer of its own.
fn is_inside(host: &str) -> bool {
    let is_loopback = |ip: std::net::IpAddr| ip.is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
}

/// Whether two identities are one; `None` when what is known of both does not say.
fn same(a: &Modelled, b: &Modelled) -> Option<bool> {
    let (left, right) = (&a.identity, &b.identity);
    if let (Some(a), Some(b)) = (left.uuid, right.uuid) {
        return Some(a == b);
    }
    if let (Some(a), Some(b)) = (&left.mac, &right.mac) {
        return Some(a == b);
    }
    match (&left.serial, &right.serial) {
        // Makers count each model from 1.
        (Some(x), Some(y)) if x == y && tells(x) && a.model.is_some() && a.model == b.model => {
            Some(true)
        }
        (Some(x), Some(y)) if x != y => Some(false),
        (Some(_) | None, _) => None,
    }
}

struct Modelled {
    identity: Identity,
    model: Option<String>,
}

impl Identity {
    fn with_model(self, model: Option<&str>) -> Modelled {
        Modelled {
            identity: self,
            model: model.map(|model| {
                let letters = model.chars().filter(|c| c.is_ascii_alphanumeric());
                letters.collect::<String>().to_ascii_lowercase()
            }),
        }
    }
}

/// A serial number that devices of one kind do not all have, such as 0000000000 or the one in a manual.
fn tells(serial: &str) -> bool {
    let mut letters = serial.bytes();
    let first = letters.next();
    serial.len() >= 4
        && letters.any(|letter| Some(letter) != first)
        && !"0123456789ABCDEF".contains(serial)
}

fn host(address: &Address) -> Option<&str> {
    match address {
        Address::Tcp { host, .. } | Address::Ipp { host, .. } => Some(host),
        Address::Usb { .. }
        | Address::Serial { .. }
        | Address::File { .. }
        | Address::Spooler { .. } => None,
    }
}

/// What a better source did not know.
fn add(device: &mut Found, more: &Found) {
    let fill = |known: &mut Option<String>, more: &Option<String>| {
        if known.is_none() {
            known.clone_from(more);
        }
    };
    for place in places(more) {
        if device.address != *place && !device.others.contains(place) {
            device.others.push(place.clone());
        }
    }
    fill(&mut device.name, &more.name);
    fill(&mut device.maker, &more.maker);
    fill(&mut device.model, &more.model);
    fill(&mut device.identity.mac, &more.identity.mac);
    fill(&mut device.identity.serial, &more.identity.serial);
    device.identity.uuid = device.identity.uuid.or(more.identity.uuid);
}

#[cfg(test)]
mod tests;
