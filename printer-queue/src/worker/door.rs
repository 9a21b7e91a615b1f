//! One connection to a device at a time, also where two printers of the settings stand at the same address: most
//! devices refuse or hang the second one, and none says whose ticket it cut.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use api::{job::NotPrinted, printer::Address, printer::Health};

use crate::{driver::Driver, options::Timings};

/// Who is in, device by device. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doors(Arc<Mutex<HashMap<Address, Arc<tokio::sync::Mutex<()>>>>>);

impl Doors {
    /// Connects as soon as nobody else is in; the door is free again when the connection is dropped.
    ///
    /// # Errors
    /// What [`Driver::open`] says; [`NotPrinted::NotReady`] when whoever is in does not come out in the time that a
    /// connection may take.
    pub async fn open(&self, address: &Address, timings: &Timings) -> Result<Driver, NotPrinted> {
        let door = self.of(address).lock_owned();
        let door = tokio::time::timeout(timings.connect, door)
            .await
            .map_err(|_| NotPrinted::NotReady {
                health: Health::Offline,
            })?;
        Ok(Driver::open(address, timings).await?.behind(door))
    }

    fn of(&self, address: &Address) -> Arc<tokio::sync::Mutex<()>> {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doors.entry(address.clone()).or_default().clone()
    }
}
