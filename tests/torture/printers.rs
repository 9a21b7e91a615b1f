//! The printers under test: their feedback, their faults, and everything that came out of them.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use api::{
    Printer, PrinterId,
    printer::{Learned, PrintPolicy, ProfileOverrides, ReprintUncertain},
};
use jiff::Timestamp;
use tokio::sync::RwLock;
use virtual_printer::{Faults, Options, Receipt, VirtualPrinter};

use crate::cable::Cable;

const NAME: &str = "it";

/// What a printer reports about its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// It answers, and confirms what it printed.
    Confirms,
    /// It answers when it is asked how it is; a ticket is at best "sent".
    Answers,
    /// It only listens.
    Mute,
}

/// One printer.
#[derive(Debug)]
pub struct TestPrinter {
    pub settings: Printer,
    pub feedback: Feedback,
    pub cable: Option<Cable>,
    options: Options,
    device: RwLock<VirtualPrinter>,
    /// What came out of it before it was last restarted.
    earlier: Mutex<Vec<Receipt>>,
    /// When it lost bytes that it held.
    losses: Mutex<Vec<Timestamp>>,
}

impl TestPrinter {
    /// Starts one; `cabled` puts a cable between it and whoever prints on it.
    pub async fn new(
        name: &str,
        feedback: Feedback,
        cabled: bool,
        mut options: Options,
        reprint: ReprintUncertain,
    ) -> anyhow::Result<TestPrinter> {
        options.keep = 1_000_000;
        options.printers = vec![(NAME.into(), (Ipv4Addr::LOCALHOST, 0).into(), 576)];
        let device = VirtualPrinter::start(options.clone()).await?;
        device.set_faults(NAME, healthy(feedback)).await?;
        let mut address = device.address(NAME)?;
        let cable = if cabled {
            let cable = Cable::start().await?;
            cable.set_target(Some(address));
            address = cable.address();
            Some(cable)
        } else {
            None
        };
        Ok(TestPrinter {
            settings: settings(name, feedback, address, reprint)?,
            feedback,
            cable,
            options,
            device: RwLock::new(device),
            earlier: Mutex::default(),
            losses: Mutex::default(),
        })
    }

    /// Its name and what it is like.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Turns its switches.
    pub async fn turn(&self, turn: impl FnOnce(&mut Faults) + Send + 'static) {
        let device = self.device.read().await;
        // A printer that is being replaced has no switches.
        let _ = device.change_faults(NAME, turn).await;
    }

    /// All is well again.
    pub async fn heal(&self) {
        let well = healthy(self.feedback);
        self.turn(move |faults| *faults = well).await;
        if let Some(cable) = &self.cable {
            cable.plug(true);
        }
    }

    /// The plug is pulled and put back.
    pub async fn cut_power(&self) {
        let device = self.device.read().await;
        self.note_loss(&device);
        let _ = device.cut_power(NAME).await;
    }

    /// The plug is pulled, and for so long nobody is there; then it is the same printer at another address of its own.
    pub async fn restart(&self, away: Duration) -> anyhow::Result<()> {
        let mut device = self.device.write().await;
        device
            .change_faults(NAME, |faults| faults.refuse = true)
            .await?;
        self.note_loss(&device);
        device.cut_power(NAME).await?;
        let came_out = device.receipts(NAME)?;
        device.shutdown().await;
        self.earlier
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(came_out);
        if let Some(cable) = &self.cable {
            cable.set_target(None);
        }
        tokio::time::sleep(away).await;
        *device = VirtualPrinter::start(self.options.clone()).await?;
        device.set_faults(NAME, healthy(self.feedback)).await?;
        if let Some(cable) = &self.cable {
            cable.set_target(Some(device.address(NAME)?));
        }
        Ok(())
    }

    /// Another program comes, says nothing, and stays for a while.
    pub async fn occupy(&self, stay: Duration) {
        let address = self.device.read().await.address(NAME);
        if let Ok(address) = address
            && let Ok(stream) = tokio::net::TcpStream::connect(address).await
        {
            tokio::time::sleep(stay).await;
            drop(stream);
        }
    }

    /// Nothing waits in it, and nobody is connected.
    pub async fn is_quiet(&self) -> bool {
        let device = self.device.read().await;
        device
            .state(NAME)
            .is_ok_and(|state| state.held_bytes == 0 && !state.connected)
    }

    /// Whether it lost bytes that it held, at this time or later.
    pub fn lost_bytes_after(&self, at: Timestamp) -> bool {
        self.losses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .any(|loss| *loss >= at)
    }

    fn note_loss(&self, device: &VirtualPrinter) {
        // Bytes that were sent to it may also lie in the socket in front of it.
        if device
            .state(NAME)
            .is_ok_and(|state| state.held_bytes > 0 || state.connected)
        {
            self.losses
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Timestamp::now());
        }
    }

    /// Everything that came out of it.
    pub async fn receipts(&self) -> Vec<Receipt> {
        let device = self.device.read().await;
        let mut all = self
            .earlier
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        all.extend(device.receipts(NAME).unwrap_or_default());
        all
    }
}

fn healthy(feedback: Feedback) -> Faults {
    Faults {
        no_status: feedback == Feedback::Mute,
        no_confirmation: feedback != Feedback::Confirms,
        ..Faults::default()
    }
}

fn settings(
    name: &str,
    feedback: Feedback,
    address: SocketAddr,
    reprint: ReprintUncertain,
) -> anyhow::Result<Printer> {
    Ok(Printer {
        id: PrinterId(uuid::Uuid::new_v4()),
        name: name.into(),
        enabled: true,
        owner: None,
        address: Some(format!("tcp://{address}").parse()?),
        profile_id: "generic-80".into(),
        overrides: ProfileOverrides::default(),
        learned: Learned {
            status: Some(feedback != Feedback::Mute),
            confirm: Some(feedback == Feedback::Confirms),
            ..Learned::default()
        },
        backups: Vec::new(),
        policy: PrintPolicy {
            first_delay_ms: 30,
            ceiling_ms: 250,
            reprint_uncertain: reprint,
            failover_after_s: None,
            ..PrintPolicy::default()
        },
    })
}
