//! Locks by device: one connection at a time, also where two printers of the settings stand at the same address: most
//! devices refuse or hang the second one, and none says whose ticket it cut.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use api::{job::NotPrinted, printer::Address, printer::Health};

use crate::{Timings, driver::Driver};

/// The locks of all devices, by address. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct DeviceLocks(Arc<Mutex<HashMap<Address, Arc<tokio::sync::Mutex<()>>>>>);

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
        locks.entry(address.clone()).or_default().clone()
    }
}
