//! Printers that announce themselves by DNS-SD over multicast DNS.
//!
//! Source: RFC 6762, RFC 6763; Apple's Bonjour Printing Specification 1.2.1 for the keys of the TXT record; PWG 5100.14.

mod advert;

use futures_util::{StreamExt, stream::select_all};
use mdns_sd::{IfKind, ResolvedService, ServiceDaemon, ServiceEvent};
use tokio::time::{Instant, timeout_at};

use self::advert::{Advert, Kind, to_found};
use super::{Search, Tell, nets::Interfaces};

/// Ends the daemon's thread and sockets with the search, also with one that was given up.
struct Daemon(ServiceDaemon);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It fails only where the thread has ended already.
        drop(self.0.shutdown());
    }
}

/// Listens until the time is up.
pub(super) async fn listen(search: &Search, tell: &Tell) -> Vec<String> {
    if search.interfaces == Interfaces::None {
        return Vec::new();
    }
    match heard(search, tell).await {
        Ok(()) => Vec::new(),
        Err(error) => vec![format!(
            "printers that announce themselves cannot be heard: {error}"
        )],
    }
}

async fn heard(search: &Search, tell: &Tell) -> mdns_sd::Result<()> {
    let daemon = Daemon(ServiceDaemon::new_with_port(search.ports.mdns)?);
    if search.interfaces == Interfaces::Loopback {
        daemon.0.disable_interface(IfKind::All)?;
        daemon.0.enable_interface(IfKind::LoopbackV4)?;
    }
    let mut browsed = Vec::new();
    for kind in Kind::ALL {
        let events = daemon.0.browse(kind.service())?;
        browsed.push(events.into_stream().map(move |event| (kind, event)));
    }
    let mut events = select_all(browsed);
    let end = Instant::now() + search.time;
    while let Ok(Some((kind, event))) = timeout_at(end, events.next()).await {
        let seen = match event {
            ServiceEvent::ServiceResolved(service) => {
                let key = service.fullname.clone();
                (key, to_found(&advert(kind, &service)))
            }
            ServiceEvent::ServiceRemoved(_, fullname) => (fullname, None),
            ServiceEvent::SearchStarted(_)
            | ServiceEvent::ServiceFound(..)
            | ServiceEvent::SearchStopped(_) => continue,
            // Of a newer version of the library.
            _ => continue,
        };
        // Nobody hears it any more when the search was given up.
        drop(tell.send(seen).await);
    }
    Ok(())
}

fn advert(kind: Kind, service: &ResolvedService) -> Advert {
    let name = service
        .fullname
        .strip_suffix(&format!(".{}", service.ty_domain));
    Advert {
        kind,
        name: name.unwrap_or(&service.fullname).to_owned(),
        port: service.port,
        hosts: service.addresses.iter().map(ToString::to_string).collect(),
        keys: service
            .txt_properties
            .iter()
            .map(|key| (key.key().to_ascii_lowercase(), key.val_str().to_owned()))
            .collect(),
    }
}
