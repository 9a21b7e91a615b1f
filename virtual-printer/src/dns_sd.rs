//! Printers that say that they are there (RFC 6762, RFC 6763; the keys are those of Bonjour Printing 1.2.1 and PWG 5100.14).
//! A printer on a loopback address is announced on loopback only.

use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use std::net::SocketAddr;
use uuid::Uuid;

/// A printer to announce.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub name: String,
    pub model: String,
    pub uuid: Uuid,
    pub address: SocketAddr,
    /// The formats that it takes by IPP; none for a printer of commands.
    pub ipp: Option<IppKeys>,
}

/// The TXT keys that only IPP printers have.
#[derive(Debug, Clone)]
pub(crate) struct IppKeys {
    /// Behind the host.
    pub path: &'static str,
    pub formats: String,
    pub urf: String,
}

/// Who a printer is: the same name is the same printer, also at another address and after another start.
pub(crate) fn uuid(name: &str) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("virtual-printer:{name}").as_bytes(),
    )
}

/// Announces printers until it is dropped.
pub(crate) struct Announcer {
    daemon: ServiceDaemon,
}

impl std::fmt::Debug for Announcer {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Announcer").finish_non_exhaustive()
    }
}

impl Announcer {
    /// Starts to announce on `port`.
    pub(crate) fn new(port: u16, printers: &[Service]) -> mdns_sd::Result<Self> {
        let announcer = Self {
            daemon: ServiceDaemon::new_with_port(port)?,
        };
        if printers
            .iter()
            .all(|printer| printer.address.ip().is_loopback())
        {
            announcer.daemon.disable_interface(IfKind::All)?;
            announcer.daemon.enable_interface(IfKind::LoopbackV4)?;
            announcer.daemon.enable_interface(IfKind::LoopbackV6)?;
        }
        for service in printers.iter().flat_map(services) {
            announcer.daemon.register(service?)?;
        }
        Ok(announcer)
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        // Its thread sends the goodbye packets and ends.
        if let Err(error) = self.daemon.shutdown() {
            tracing::warn!(%error, "printers were not taken back");
        }
    }
}

fn services(printer: &Service) -> Vec<mdns_sd::Result<ServiceInfo>> {
    let kinds: &[(&str, bool)] = match printer.ipp {
        Some(_) => &[("_ipp._tcp.local.", false), ("_ipps._tcp.local.", true)],
        None => &[("_pdl-datastream._tcp.local.", false)],
    };
    kinds
        .iter()
        .map(|(kind, tls)| service(printer, kind, *tls))
        .collect()
}

fn service(printer: &Service, kind: &str, tls: bool) -> mdns_sd::Result<ServiceInfo> {
    let mut keys = vec![
        ("txtvers", "1".to_owned()),
        ("qtotal", "1".to_owned()),
        ("ty", format!("PanBot {}", printer.model)),
        ("product", format!("({})", printer.model)),
        ("note", String::new()),
        ("UUID", printer.uuid.to_string()),
        ("Color", "F".to_owned()),
        ("Duplex", "F".to_owned()),
    ];
    if let Some(ipp) = &printer.ipp {
        keys.push(("rp", ipp.path.trim_start_matches('/').to_owned()));
        keys.push(("pdl", ipp.formats.clone()));
        keys.push(("URF", ipp.urf.clone()));
        keys.push(("TLS", "1.2".to_owned()));
        keys.push(("adminurl", format!("http://{}/", printer.address)));
    } else {
        keys.push(("pdl", "application/vnd.escpos".to_owned()));
    }
    if tls {
        keys.push(("air", "none".to_owned()));
    }
    let short = printer
        .uuid
        .simple()
        .to_string()
        .chars()
        .take(12)
        .collect::<String>();
    let host = format!("printer-{short}.local.");
    let (ip, port) = (printer.address.ip(), printer.address.port());
    let keys = keys.as_slice();
    if ip.is_unspecified() {
        let service = ServiceInfo::new(kind, &printer.name, &host, (), port, keys)?;
        return Ok(service.enable_addr_auto());
    }
    ServiceInfo::new(kind, &printer.name, &host, ip, port, keys)
}
