//! Connects to the printer, checks its status and publishes it.

use api::{
    job::NotPrinted,
    printer::{Address, Health, Learned},
};
use printers::{Driver, StatusCheck, describe};
use tokio::time::Instant;

use super::Worker;

/// So often in a row a printer that can answer may be silent before a ticket is sent all the same.
const SILENCES: u32 = 3;

impl Worker {
    /// Connects and looks; shows what it finds. `None` when the worker was stopped meanwhile: a connection that is open by
    /// then is still closed in order, or the device would have two when the printer's next worker connects.
    pub(super) async fn reach(
        &mut self,
        is_test: bool,
    ) -> Option<Result<(Driver, StatusCheck), NotPrinted>> {
        let closing = self.context.closing.clone();
        let found = tokio::select! {
            biased;
            () = closing.cancelled() => return None,
            found = self.connect(is_test) => found?,
        };
        let found = match found {
            Ok((driver, _)) if self.stop.is_cancelled() => {
                self.let_go(driver).await;
                return None;
            }
            found => found,
        };
        if let Ok((driver, _)) = &found {
            self.keep_certificate(driver.certificate());
        }
        match &found {
            Ok((_, look)) => {
                self.misses = 0;
                self.trouble = None;
                let report = look.report;
                let note = self.note();
                self.status.update(|status| {
                    status.health = Health::Ready;
                    status.certificate = None;
                    status.device = None;
                    status.paper_low = report.paper_low();
                    status.detail = note;
                });
                let known = self.printer.learned.drawer == Some(true);
                self.status.drawer(report.drawer_high(), known);
            }
            Err(why) => self.show_trouble(why),
        }
        Some(found)
    }

    /// `None` when the worker was stopped before there was a connection.
    async fn connect(
        &mut self,
        is_test: bool,
    ) -> Option<Result<(Driver, StatusCheck), NotPrinted>> {
        let timings = &self.context.timings.device;
        let Some(address) = self.printer.address.clone() else {
            return Some(Err(NotPrinted::Impossible {
                detail: "the printer has no address on this PC".into(),
            }));
        };
        let opened = tokio::select! {
            biased;
            () = self.stop.cancelled() => return None,
            opened = self.context.devices.open(&address, timings) => opened,
        };
        Some(match opened {
            Ok(driver) => self.look(driver, &address, is_test).await,
            Err(why) => Err(why),
        })
    }

    async fn look(
        &mut self,
        mut driver: Driver,
        address: &Address,
        is_test: bool,
    ) -> Result<(Driver, StatusCheck), NotPrinted> {
        // A printer that is known to be mute is not asked: that would cost a second per ticket. A test page asks anew.
        let mute = self.printer.learned.status == Some(false);
        driver.pin(self.printer.learned.certificate.clone());
        let asked = is_test || !mute || Driver::asks_first(address);
        let look = if asked {
            match driver.check_status().await {
                Ok(look) => look,
                Err(why) => {
                    let stranger = driver.stranger();
                    self.status.update(|status| status.certificate = stranger);
                    driver.close().await;
                    return Err(why);
                }
            }
        } else {
            driver.connector_status()
        };
        let mut health = look.report.health();
        if look.answers {
            self.silences = 0;
        } else if asked && !is_test && self.printer.learned.status == Some(true) {
            // It can answer and does not: most likely it serves another program, and would take the ticket later or
            // never. One that stays silent has become a device that cannot answer.
            self.silences = self.silences.saturating_add(1);
            if self.silences <= SILENCES && health == Health::Ready {
                health = Health::Offline;
            }
        }
        if health == Health::Ready {
            match self.other(&mut driver, look, is_test).await {
                None => return Ok((driver, look)),
                Some(other) => {
                    self.status.update(|status| status.device = Some(other));
                    health = Health::Stranger;
                }
            }
        }
        driver.close().await;
        Err(NotPrinted::NotReady { health })
    }

    /// Who answers where the printer stood, when it is another one: a router may give its address to a printer in another
    /// room while it is off. Asked when it comes back, not for each ticket, and only on the network: a cable leads where
    /// somebody plugged it in.
    async fn other(
        &mut self,
        driver: &mut Driver,
        look: StatusCheck,
        is_test: bool,
    ) -> Option<Learned> {
        let on_network = matches!(self.printer.address, Some(Address::Tcp { .. }));
        if !on_network || !look.answers || (self.recognised && !is_test) {
            return None;
        }
        let known = self.printer.learned.serial.as_deref()?;
        let other = driver.other_than(known).await;
        self.recognised = other.is_none();
        other
    }

    /// The first certificate that a printer shows is the one that it is known by.
    fn keep_certificate(&mut self, shown: Option<String>) {
        if shown.is_none() || shown == self.printer.learned.certificate {
            return;
        }
        if self.settings.borrow().address != self.printer.address {
            // By now the printer is another device.
            return;
        }
        self.printer.learned.certificate = shown;
        let learned = self.printer.learned.clone();
        // Whoever keeps the settings may not be listening yet; this worker knows it all the same.
        let _ = self.context.learned.send((self.printer.id, learned));
    }

    fn show_trouble(&mut self, why: &NotPrinted) {
        if matches!(
            why,
            NotPrinted::Unreached { .. } | NotPrinted::Refused { .. } | NotPrinted::NotReady { .. }
        ) {
            self.trouble.get_or_insert_with(Instant::now);
        }
        self.misses = match why {
            NotPrinted::Unreached { .. } | NotPrinted::Refused { .. } => self.misses + 1,
            NotPrinted::NotReady { .. } | NotPrinted::Impossible { .. } => 0,
        };
        self.recognised &= !matches!(
            why,
            NotPrinted::Unreached { .. }
                | NotPrinted::NotReady {
                    health: Health::Offline
                }
        );
        let gone = self.misses >= self.printer.policy.attempts.max(1);
        self.status.update(|status| {
            match why {
                NotPrinted::NotReady { health } => {
                    status.health = *health;
                    status.paper_low |= *health == Health::PaperOut;
                    status.detail = None;
                    if *health != Health::Stranger {
                        status.device = None;
                    }
                    return;
                }
                // One look that missed is not an alarm yet.
                NotPrinted::Unreached { .. } | NotPrinted::Refused { .. } if gone => {
                    status.health = Health::Unreachable;
                    status.device = None;
                }
                NotPrinted::Unreached { .. }
                | NotPrinted::Refused { .. }
                | NotPrinted::Impossible { .. } => {}
            }
            status.detail = Some(describe(why));
        });
    }

    /// Closes in order, unless everything ends.
    pub(super) async fn let_go(&self, driver: Driver) {
        tokio::select! {
            () = self.context.closing.cancelled() => {}
            () = driver.close() => {}
        }
    }
}
