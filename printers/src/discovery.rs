//! What printers there are: on the network by what they say of themselves, and at this PC.
//!
//! Every source hands in what it saw; `devices::devices` alone decides what of it is one device. Nothing here sends a
//! byte to port 9100: what listens there unknown would print it.

mod devices;

mod broadcast;
mod dnssd;
mod here;
mod queues;
mod scan;

mod enpc;
mod found;
mod nets;
mod star;

use std::{collections::BTreeMap, time::Duration};

use tokio::sync::{mpsc, watch};

pub use devices::proves;
pub use found::{Found, FoundBy, Identity, Speaks};
pub use nets::{Interfaces, InterfacesError, Net, NetError};

/// No network that people print in has more; what comes beyond is left out.
const MOST: usize = 512;

/// Where to look, and for how long.
#[derive(Debug, Clone)]
pub struct Search {
    /// Through which of this PC's networks.
    pub interfaces: Interfaces,
    /// How long answers are waited for. 4 s.
    pub time: Duration,
    /// Port 9100 of these is knocked at, and of no others. Only on a person's word.
    pub scan: Vec<Net>,
    /// What is plugged into this PC and its print queues as well.
    pub this_pc: bool,
    /// Who has its queues, as `CUPS_SERVER` says it.
    pub cups: Option<String>,
    /// Where the questions go; tests have ports of their own.
    pub ports: Ports,
}

impl Default for Search {
    fn default() -> Self {
        Search {
            interfaces: Interfaces::All,
            time: Duration::from_secs(4),
            scan: Vec::new(),
            this_pc: true,
            cups: std::env::var("CUPS_SERVER").ok(),
            ports: Ports::default(),
        }
    }
}

/// The ports of the ways to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Multicast DNS (RFC 6762), UDP. 5353.
    pub mdns: u16,
    /// Epson's ENPC, UDP. 3289.
    pub enpc: u16,
    /// Star's discovery protocol, UDP. 22222.
    pub star: u16,
    /// Raw printing, TCP, for the scan. 9100.
    pub raw: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Ports {
            mdns: 5353,
            enpc: 3289,
            star: 22222,
            raw: 9100,
        }
    }
}

/// What a source saw under a key of its own; what it sees there later replaces it, `None` takes it back.
type Received = (String, Option<Found>);

/// What a source hands what it finds to.
type Tell = mpsc::Sender<Received>;

/// Looks around once. `shown` has the devices as far as they are known, an entry each, in the order of their names.
/// Returns the technical texts of what could not be asked.
pub async fn discover(search: &Search, shown: &watch::Sender<Vec<Found>>) -> Vec<String> {
    let (tell, mut told) = mpsc::channel::<Received>(64);
    let sources = async {
        let (dnssd, broadcast, scan, here, queues) = tokio::join!(
            dnssd::listen(search, &tell),
            broadcast::ask(search, &tell),
            scan::knock(search, &tell),
            here::list(search, &tell),
            queues::list(search, &tell),
        );
        drop(tell);
        [dnssd, broadcast, scan, here, queues].concat()
    };
    let show = async {
        let mut seen = BTreeMap::new();
        while let Some((key, found)) = told.recv().await {
            match found {
                Some(found) if seen.len() < MOST || seen.contains_key(&key) => {
                    seen.insert(key, found);
                }
                Some(_) => {}
                None => {
                    seen.remove(&key);
                }
            }
            let devices = devices::devices(seen.values());
            shown.send_if_modified(|shown| {
                let changed = *shown != devices;
                *shown = devices;
                changed
            });
        }
    };
    let (troubles, ()) = tokio::join!(sources, show);
    for trouble in &troubles {
        tracing::warn!(%trouble, "not every way to look for printers can be used");
    }
    troubles
}

#[cfg(test)]
mod tests;
