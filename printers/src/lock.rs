//! Locks by device: one connection at a time, also where two printers of the settings stand at the same address: most
//! devices refuse or hang the second one, and none says whose ticket it cut.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use api::{job::NotPrinted, printer::Address, printer::Health};
use tokio_util::sync::CancellationToken;

use crate::{Timings, driver::Driver};

/// The locks of all devices. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct DeviceLocks {
    of_devices: Arc<Mutex<HashMap<Device, Arc<tokio::sync::Mutex<()>>>>>,
    closing: CancellationToken,
}

/// A device, by what all spellings of its address share.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Device {
    /// What answers at a host, whichever of its languages is spoken: most printers that know several serve one connection.
    /// Names are not resolved: two names of one host are two devices here, and the second connection is refused by the
    /// device itself.
    Host(String),
    /// At a port of its own: a print server has its second printer at 9101, the third at 9102.
    Port(String, u16),
    /// At this PC.
    Local(Address),
}

/// The ports at which a printer that has its host for itself is found: raw bytes, IPP, and IPP behind HTTPS.
const OF_THE_HOST: [u16; 3] = [9_100, 631, 443];

fn device(address: &Address) -> Device {
    match address {
        Address::Tcp { host: name, port }
        | Address::Ipp {
            host: name, port, ..
        } => match OF_THE_HOST.contains(port) {
            true => Device::Host(host(name)),
            false => Device::Port(host(name), *port),
        },
        Address::Serial { port, .. } => Device::Local(Address::File {
            path: real_path(port),
        }),
        Address::File { path } => Device::Local(Address::File {
            path: real_path(path),
        }),
        Address::Usb { .. } | Address::Spooler { .. } => Device::Local(address.clone()),
    }
}

fn host(name: &str) -> String {
    let bare = name.trim_end_matches('.');
    let bare = bare
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(bare);
    match bare.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical().to_string(),
        Err(_) => bare.to_ascii_lowercase(),
    }
}

/// Where the links of a device lead, such as those in `/dev/serial/by-id`.
fn real_path(path: &str) -> String {
    std::fs::canonicalize(path)
        .map(|real| real.to_string_lossy().into_owned())
        .unwrap_or_else(|_| path.to_owned())
}

impl DeviceLocks {
    /// Once `closing` is cancelled nothing is connected any more: what ends lets go of its device without hearing it out, and
    /// the next in line would be a second connection there.
    pub fn until(closing: CancellationToken) -> Self {
        DeviceLocks {
            closing,
            ..DeviceLocks::default()
        }
    }

    /// Connects as soon as no other connection is open; dropping the connection releases the lock.
    ///
    /// # Errors
    /// What [`Driver::open`] says; [`NotPrinted::NotReady`] when the other connection outlasts the time that
    /// connecting may take, or when everything ends.
    pub async fn open(&self, address: &Address, timings: &Timings) -> Result<Driver, NotPrinted> {
        let lock = self.of(address).lock_owned();
        let occupied = NotPrinted::NotReady {
            health: Health::Offline,
        };
        let Ok(lock) = tokio::time::timeout(timings.connect, lock).await else {
            return Err(occupied);
        };
        if self.closing.is_cancelled() {
            return Err(occupied);
        }
        Ok(Driver::open(address, timings).await?.holding(lock))
    }

    fn of(&self, address: &Address) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self
            .of_devices
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        locks.entry(device(address)).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_one_device_share_its_lock() {
        let locks = DeviceLocks::default();
        let lock = |address: &str| locks.of(&address.parse().expect("an address"));
        for (one, other) in [
            ("tcp://kitchen.local:9100", "tcp://KITCHEN.local.:9100"),
            ("tcp://192.168.1.5", "tcp://[::ffff:192.168.1.5]:9100"),
            ("ipp://bar:631/ipp/print", "ipps://BAR:631/printers/bar"),
            ("ipp://bar:8631/ipp/print", "ipps://bar:8631/ipp/print"),
            ("tcp://bar", "ipp://bar/ipp/print"),
            ("tcp://[::1]:9100", "ipps://[::1]:443/ipp/print"),
        ] {
            assert!(Arc::ptr_eq(&lock(one), &lock(other)), "{one} {other}");
        }
        for (one, other) in [
            ("tcp://192.168.1.5", "tcp://192.168.1.6"),
            ("tcp://printserver:9100", "tcp://printserver:9101"),
            ("ipp://printserver/ipp/print", "tcp://printserver:9101"),
        ] {
            assert!(!Arc::ptr_eq(&lock(one), &lock(other)), "{one} {other}");
        }
    }
}
