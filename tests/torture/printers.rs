//! The printers under test: their feedback, their faults, and everything that came out of them.

use std::{
    collections::BTreeMap,
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
use virtual_printer::{Faults, Options, Receipt, SecondSender, VirtualPrinter};

use crate::{
    cable::Cable,
    orders::{self, Token},
};

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

/// A paper with a ticket on it.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The printer that it came out of.
    pub from: String,
    pub at: Timestamp,
    /// From its first row to its last, and cut.
    pub whole: bool,
    /// It says that it may be a duplicate.
    pub marked: bool,
    pub text: String,
}

/// Five printers that differ, as they do in restaurants.
pub async fn start_printers(reprint: ReprintUncertain) -> anyhow::Result<Vec<TestPrinter>> {
    let plain = Options::default();
    let small = Options {
        second_sender: SecondSender::TurnedAway,
        buffer: 512,
        ..Options::default()
    };
    let mut stations = vec![
        TestPrinter::new("Grill", Feedback::Confirms, false, plain.clone(), reprint).await?,
        TestPrinter::new("Pizza", Feedback::Confirms, true, plain.clone(), reprint).await?,
        TestPrinter::new("Bar", Feedback::Confirms, false, small, reprint).await?,
        TestPrinter::new("Counter", Feedback::Answers, true, plain.clone(), reprint).await?,
        TestPrinter::new("Door", Feedback::Mute, false, plain, reprint).await?,
    ];
    let pizza = stations[1].settings.id;
    let grill = &mut stations[0].settings;
    (grill.backups, grill.policy.failover_after_s) = (vec![pizza], Some(1));
    Ok(stations)
}

impl TestPrinter {
    async fn new(
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

    async fn receipts(&self) -> Vec<Receipt> {
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

/// Everything that came out so far, by the tickets on it.
pub async fn look(stations: &[TestPrinter]) -> BTreeMap<Token, Vec<Paper>> {
    let mut found: BTreeMap<Token, Vec<Paper>> = BTreeMap::new();
    for station in stations {
        for receipt in station.receipts().await {
            for (token, complete) in orders::read(&receipt.text) {
                found.entry(token).or_default().push(Paper {
                    from: station.name().to_owned(),
                    at: receipt.printed.at,
                    whole: complete && receipt.finished,
                    marked: receipt.text.contains("REPRINT - may be a duplicate"),
                    text: receipt.text.to_string(),
                });
            }
        }
    }
    found
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
