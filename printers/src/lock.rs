//! Locks by device: one connection at a time, also where two printers of the settings stand at the same address: most
//! devices refuse or hang the second one, and none says whose ticket it cut.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use api::{job::NotPrinted, printer::Address, printer::Health};

use crate::{Timings, driver::Driver};

/// The locks of all devices, by address. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct DeviceLocks(Arc<Mutex<HashMap<Address, Arc<tokio::sync::Mutex<()>>>>>);

/// The address that all spellings of one device share. Names are not resolved: two names of one host are two devices
/// here, and the second connection is refused by the device itself.
fn device(address: &Address) -> Address {
    let host = |host: &str| {
        let bare = host.trim_end_matches('.');
        let bare = bare
            .strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'))
            .unwrap_or(bare);
        match bare.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().to_string(),
            Err(_) => bare.to_ascii_lowercase(),
        }
    };
    match address {
        Address::Tcp { host: name, port } => Address::Tcp {
            host: host(name),
            port: *port,
        },
        // One device, whatever is asked of it there and however it is encrypted.
        Address::Ipp {
            host: name, port, ..
        } => Address::Ipp {
            tls: false,
            host: host(name),
            port: *port,
            path: String::new(),
        },
        Address::Serial { port, .. } => Address::File {
            path: real_path(port),
        },
        Address::File { path } => Address::File {
            path: real_path(path),
        },
        Address::Usb { .. } | Address::Spooler { .. } => address.clone(),
    }
}

/// Where the links of a device lead, such as those in `/dev/serial/by-id`.
fn real_path(path: &str) -> String {
    std::fs::canonicalize(path)
        .map(|real| real.to_string_lossy().into_owned())
        .unwrap_or_else(|_| path.to_owned())
}

impl DeviceLocks {
    /// Connects as soon as no other connection is open; dropping the connection releases the lock.
    ///
    /// # Errors
    /// What [`Driver::open`] says; [`NotPrinted::NotReady`] when the other connection outlasts the time that
    /// connecting may take.
    pub async fn open(&self, address: &Address, timings: &Timings) -> Result<Driver, NotPrinted> {
        let lock = self.of(address).lock_owned();
        let lock = tokio::time::timeout(timings.connect, lock)
            .await
            .map_err(|_| NotPrinted::NotReady {
                health: Health::Offline,
            })?;
        Ok(Driver::open(address, timings).await?.holding(lock))
    }

    fn of(&self, address: &Address) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        ] {
            assert!(Arc::ptr_eq(&lock(one), &lock(other)), "{one} {other}");
        }
        assert!(!Arc::ptr_eq(
            &lock("tcp://192.168.1.5"),
            &lock("tcp://192.168.1.6")
        ));
    }
}
