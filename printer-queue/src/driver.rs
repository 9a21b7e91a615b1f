//! The kinds of printers, one enum: all ours, none loaded at run time.

mod local;

pub mod escpos;
#[cfg(unix)]
mod file;
pub mod ipp;
mod serial;
#[cfg(any(windows, test))]
mod spool;
pub mod tcp;
pub mod usb;

pub mod status;
mod wire;

use std::fmt::Debug;

use api::{
    Outcome,
    job::NotPrinted,
    printer::{Address, Health, Learned},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedMutexGuard, mpsc},
};

use crate::options::Timings;
pub use escpos::{Look, Progress, Proof, Sending};

/// Bytes both ways, over whatever carries them: a socket, a USB device, a serial line, a device file.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin + Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + Debug> Wire for T {}

/// An open connection to a printer. One at a time: most devices refuse or hang a second one.
#[derive(Debug)]
pub struct Driver {
    kind: Kind,
    /// What its connector says, whatever the printer itself is busy with.
    connector: Connector,
    /// The right to be the only one there.
    _door: Option<OwnedMutexGuard<()>>,
}

/// What is spoken there.
#[derive(Debug)]
enum Kind {
    Escpos(Box<escpos::Link<Box<dyn Wire>>>),
    #[cfg(windows)]
    Spool(spool::Queue),
}

/// What the connector of a printer says of it without asking the printer itself: a USB connector does, others do not.
#[derive(Debug, Default)]
struct Connector {
    /// `None` when it says nothing, or that all is well.
    report: Option<status::Report>,
    learned: Learned,
    /// What to do when its answers mean nothing: on a line that is set wrongly nothing does.
    garbled: Option<String>,
}

impl Driver {
    /// Connects. No byte is sent.
    ///
    /// # Errors
    /// [`NotPrinted::Unreached`]; [`NotPrinted::Impossible`] for a kind of address that this system has no way to.
    pub async fn open(address: &Address, timings: &Timings) -> Result<Driver, NotPrinted> {
        let escpos = |wire: Box<dyn Wire>| Kind::Escpos(Box::new(escpos::Link::new(wire, timings)));
        let mut connector = Connector::default();
        let kind = match address {
            Address::Tcp { host, port } => {
                escpos(Box::new(tcp::connect(host, *port, timings.connect).await?))
            }
            Address::Usb { .. } | Address::Serial { .. } | Address::File { .. } => {
                let local;
                (local, connector) = local::open(address, timings).await?;
                escpos(local)
            }
            #[cfg(windows)]
            Address::Spooler { queue } => {
                let (queue, report) = spool::Queue::open(queue).await?;
                connector.report = report;
                Kind::Spool(queue)
            }
            #[cfg(not(windows))]
            Address::Spooler { .. } => {
                return Err(NotPrinted::Impossible {
                    detail: format!("this version has no way to a printer at {address}"),
                });
            }
            Address::Ipp { .. } => {
                return Err(NotPrinted::Impossible {
                    detail: format!("this version has no way to a printer at {address}"),
                });
            }
        };
        Ok(Driver {
            kind,
            connector,
            _door: None,
        })
    }

    /// Keeps others out for as long as it is open.
    pub(crate) fn behind(self, door: OwnedMutexGuard<()>) -> Driver {
        Driver {
            _door: Some(door),
            ..self
        }
    }

    /// Asks how it is.
    ///
    /// # Errors
    /// [`NotPrinted::Refused`] when what answers takes no jobs, [`NotPrinted::Unreached`] when it is gone, or on a serial
    /// line cannot be understood.
    pub async fn look(&mut self) -> Result<Look, NotPrinted> {
        let look = match &mut self.kind {
            Kind::Escpos(link) => link.look().await?,
            #[cfg(windows)]
            Kind::Spool(_) => Look::default(),
        };
        match &self.connector.garbled {
            Some(advice) if look.garbled => Err(NotPrinted::Unreached {
                detail: advice.clone(),
            }),
            _ if look.answers => Ok(look),
            _ => Ok(Look {
                report: self.connector.report.unwrap_or(look.report),
                ..look
            }),
        }
    }

    /// How it is without asking it: what its connector says.
    pub fn glance(&self) -> Look {
        Look {
            report: self.connector.report.unwrap_or_default(),
            ..Look::default()
        }
    }

    /// What it is: what its connector says, and what it says itself when it answered [`Driver::look`].
    pub async fn identity(&mut self) -> Learned {
        let said = match &mut self.kind {
            Kind::Escpos(link) => link.identity().await,
            #[cfg(windows)]
            Kind::Spool(_) => Learned::default(),
        };
        said.after(&self.connector.learned)
    }

    /// Sends a ticket and waits for its proof.
    pub async fn send(
        &mut self,
        sending: Sending<'_>,
        told: &mpsc::UnboundedSender<Progress>,
    ) -> Outcome {
        match &mut self.kind {
            Kind::Escpos(link) => link.send(sending, told).await,
            #[cfg(windows)]
            Kind::Spool(queue) => queue.send(sending.bytes).await,
        }
    }

    /// Asks about a ticket that an earlier connection sent; `None` when it stays open.
    pub async fn ask_again(&mut self, number: [u8; 4], look: bool) -> Option<Outcome> {
        match &mut self.kind {
            Kind::Escpos(link) => link.ask_again(number, look).await,
            #[cfg(windows)]
            Kind::Spool(_) => None,
        }
    }

    /// Ends the connection in order.
    pub async fn close(mut self) {
        match &mut self.kind {
            Kind::Escpos(link) => link.close().await,
            #[cfg(windows)]
            Kind::Spool(_) => {}
        }
    }
}

/// What shall prove a ticket at a printer that has shown this of itself. Only one whose test print was confirmed is
/// sent the request for confirmation: others may print it as text.
pub fn proof(learned: &Learned, look: Look, number: [u8; 4]) -> Proof {
    match (learned.confirm, look.answers) {
        (Some(true), _) => Proof::Echo(number),
        (Some(false) | None, true) => Proof::Queued,
        (Some(false) | None, false) => Proof::End,
    }
}

/// What a printer answered when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// [`Health::Unreachable`] when nobody answers, [`Health::Unknown`] when it takes a connection and says nothing.
    pub health: Health,
    /// What it shows of itself. Only a yes is knowledge: one that gave no answer may be off.
    pub learned: Learned,
    /// The technical text of a failure, for copying.
    pub detail: Option<String>,
}

/// Asks a printer how it is and what it is. Prints nothing.
pub async fn probe(address: &Address, timings: &Timings) -> ProbeAnswer {
    let unusable = |health, detail| ProbeAnswer {
        health,
        learned: Learned::default(),
        detail: Some(detail),
    };
    let mut driver = match Driver::open(address, timings).await {
        Ok(driver) => driver,
        Err(why) => return unusable(Health::Unreachable, said(&why)),
    };
    let look = match driver.look().await {
        Ok(look) => look,
        Err(why) => return unusable(Health::Fault, said(&why)),
    };
    let identity = driver.identity().await;
    driver.close().await;
    ProbeAnswer {
        // Nobody says that it is not ready, but nobody says that it is.
        health: Some(look.report.health())
            .filter(|health| look.answers || *health != Health::Ready)
            .unwrap_or(Health::Unknown),
        learned: Learned {
            status: look.answers.then_some(true),
            ..identity
        },
        detail: None,
    }
}

/// Prints bytes once, past every queue: for a command line, where a person sees the outcome.
pub async fn print_once(
    address: &Address,
    bytes: Vec<u8>,
    learned: &Learned,
    timings: &Timings,
) -> Outcome {
    let mut driver = match Driver::open(address, timings).await {
        Ok(driver) => driver,
        Err(why) => return Outcome::NotPrinted(why),
    };
    let look = match driver.look().await {
        Ok(look) => look,
        Err(why) => return Outcome::NotPrinted(why),
    };
    let health = look.report.health();
    if health != Health::Ready {
        driver.close().await;
        return Outcome::NotPrinted(NotPrinted::NotReady { health });
    }
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let sending = Sending {
        bytes: &bytes,
        proof: proof(learned, look, number(rand::random_range(1..=LAST_NUMBER))),
        limit: timings.confirm_for(u32::try_from(lines).unwrap_or(u32::MAX)),
    };
    let (told, _) = mpsc::unbounded_channel();
    let outcome = driver.send(sending, &told).await;
    driver.close().await;
    outcome
}

/// The last number of a ticket; after it comes 1.
pub const LAST_NUMBER: u32 = 9_999;

/// The number of a ticket as a printer repeats it.
pub fn number(number: u32) -> [u8; 4] {
    let digit = |place: u32| b'0' + u8::try_from(number / place % 10).unwrap_or_default();
    [digit(1_000), digit(100), digit(10), digit(1)]
}

/// The technical text of why nothing printed.
pub fn said(why: &NotPrinted) -> String {
    match why {
        NotPrinted::Unreached { detail }
        | NotPrinted::Refused { detail }
        | NotPrinted::Impossible { detail } => detail.clone(),
        NotPrinted::NotReady { health } => format!("the printer says {health:?}"),
    }
}
