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
mod transport;

use std::{collections::BTreeSet, fmt::Debug};

use api::{
    Outcome,
    job::NotPrinted,
    printer::{Address, Learned},
};
use templates::{Pass, Profile, Supplies, document::Document};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedMutexGuard, mpsc},
};

use crate::Timings;
pub use escpos::{Progress, Proof, Sending, StatusCheck};

/// Bytes both ways, over whatever carries them: a socket, a USB device, a serial line, a device file.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin + Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + Debug> Transport for T {}

/// An open connection to a printer. One at a time: most devices refuse or hang a second one.
#[derive(Debug)]
pub struct Driver {
    kind: Kind,
    /// What its connector says, whatever the printer itself is busy with.
    connector: Connector,
    /// Keeps other connections to this device out for as long as this one is open.
    _lock: Option<OwnedMutexGuard<()>>,
}

/// What is spoken there.
#[derive(Debug)]
enum Kind {
    Escpos(Box<escpos::Link<Box<dyn Transport>>>),
    #[cfg(windows)]
    Spool(spool::Queue),
    Ipp(Box<ipp::Printer>),
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
        let escpos = |transport: Box<dyn Transport>| {
            Kind::Escpos(Box::new(escpos::Link::new(transport, timings)))
        };
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
            Address::Ipp {
                tls,
                host,
                port,
                path,
            } => {
                let place = ipp::http::Endpoint {
                    tls: *tls,
                    host: host.clone(),
                    port: *port,
                    path: path.clone(),
                    socket: None,
                };
                Kind::Ipp(Box::new(ipp::Printer::at(place, timings).await?))
            }
            #[cfg(not(windows))]
            Address::Spooler { queue } => {
                let place = ipp::cups::queue(ipp::cups::named().as_deref(), queue);
                Kind::Ipp(Box::new(ipp::Printer::at(place, timings).await?))
            }
        };
        Ok(Driver {
            kind,
            connector,
            _lock: None,
        })
    }

    /// What a ticket is made into depends on what the printer at this address says of itself.
    pub fn asks_first(address: &Address) -> bool {
        match address {
            Address::Ipp { .. } => true,
            Address::Spooler { .. } => cfg!(not(windows)),
            Address::Tcp { .. }
            | Address::Usb { .. }
            | Address::Serial { .. }
            | Address::File { .. } => false,
        }
    }

    /// Holds the lock of its device until it is dropped.
    pub(crate) fn holding(self, lock: OwnedMutexGuard<()>) -> Driver {
        Driver {
            _lock: Some(lock),
            ..self
        }
    }

    /// Asks how it is.
    ///
    /// # Errors
    /// [`NotPrinted::Refused`] when what answers takes no jobs, [`NotPrinted::Unreached`] when it is gone, or on a serial
    /// line cannot be understood.
    pub async fn check_status(&mut self) -> Result<StatusCheck, NotPrinted> {
        let look = match &mut self.kind {
            Kind::Escpos(link) => link.check_status().await?,
            #[cfg(windows)]
            Kind::Spool(_) => StatusCheck::default(),
            Kind::Ipp(printer) => printer.check_status().await?,
        };
        match &self.connector.garbled {
            Some(advice) if look.garbled => Err(NotPrinted::Unreached {
                detail: advice.clone(),
            }),
            _ if look.answers => Ok(look),
            _ => Ok(StatusCheck {
                report: self.connector.report.unwrap_or(look.report),
                ..look
            }),
        }
    }

    /// How it is without asking it: what its connector says.
    pub fn connector_status(&self) -> StatusCheck {
        StatusCheck {
            report: self.connector.report.unwrap_or_default(),
            ..StatusCheck::default()
        }
    }

    fn ipp(&self) -> Option<&ipp::Printer> {
        if let Kind::Ipp(printer) = &self.kind {
            return Some(printer);
        }
        None
    }

    /// Nothing is said to a printer that shows another certificate than this.
    pub fn pin(&self, certificate: Option<String>) {
        if let Kind::Ipp(printer) = &self.kind {
            printer.pin(certificate);
        }
    }

    /// The certificate that it showed and that is not the one it was pinned to.
    pub fn stranger(&self) -> Option<String> {
        self.ipp()?.stranger()
    }

    /// The certificate that it showed and was believed by.
    pub fn certificate(&self) -> Option<String> {
        self.ipp()?.identity().certificate
    }

    /// How a ticket is made for it, where that depends on what it said when it was looked at; `None` where it takes the
    /// commands of its profile.
    ///
    /// # Errors
    /// What it takes, when that is nothing that we can make.
    pub fn wanted(&self, profile: &Profile) -> Option<Result<ipp::choose::Wanted, String>> {
        self.ipp().map(|printer| printer.wanted(profile))
    }

    /// Tells it that a ticket will come, and returns the job by which it knows it, to be kept before the ticket is
    /// sent. Nothing of the ticket has left when this returns.
    ///
    /// # Errors
    /// Why it takes none.
    pub async fn announce(
        &mut self,
        name: &str,
        made: &ipp::DocumentInfo,
    ) -> Result<Option<ipp::RemoteJob>, NotPrinted> {
        let Kind::Ipp(printer) = &mut self.kind else {
            return Ok(None);
        };
        printer.announce(name, made).await
    }

    /// What it is: what its connector says, and what it says itself when it answered [`Driver::check_status`].
    pub async fn identity(&mut self) -> Learned {
        let said = match &mut self.kind {
            Kind::Escpos(link) => link.identity().await,
            #[cfg(windows)]
            Kind::Spool(_) => Learned::default(),
            Kind::Ipp(printer) => printer.identity(),
        };
        said.after(&self.connector.learned)
    }

    /// What it says of itself when that is of another device than this serial number is. Costs one question where it is
    /// the same one; silence proves nothing.
    pub async fn other_than(&mut self, known: &str) -> Option<Learned> {
        let Kind::Escpos(link) = &mut self.kind else {
            return None;
        };
        let differs = |said: &Option<String>| said.as_ref().is_some_and(|said| said != known);
        if !differs(&link.serial().await) {
            return None;
        }
        // A person is asked only for what was said twice.
        let said = link.identity().await;
        differs(&said.serial).then_some(Learned {
            status: Some(true),
            ..said
        })
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
            Kind::Ipp(printer) => printer.send(sending.bytes, told).await,
        }
    }

    /// Asks about a ticket that an earlier connection sent; `None` when it stays open.
    pub async fn ask_again(&mut self, number: [u8; 4], look: bool) -> Option<Outcome> {
        match &mut self.kind {
            Kind::Escpos(link) => link.ask_again(number, look).await,
            #[cfg(windows)]
            Kind::Spool(_) => None,
            Kind::Ipp(_) => None,
        }
    }

    /// Asks about a ticket that was announced by this name and got this job, and watches it to its end; `None` when it stays
    /// open.
    pub async fn ask_about(
        &mut self,
        name: &str,
        job: Option<ipp::RemoteJob>,
        told: &mpsc::UnboundedSender<Progress>,
    ) -> Option<Outcome> {
        let Kind::Ipp(printer) = &mut self.kind else {
            return None;
        };
        printer.ask_again(name, job, told).await
    }

    /// Ends the connection in order.
    pub async fn close(mut self) {
        match &mut self.kind {
            Kind::Escpos(link) => link.close().await,
            #[cfg(windows)]
            Kind::Spool(_) => {}
            // Each question was a connection of its own, or might have been.
            Kind::Ipp(_) => {}
        }
    }
}

/// Makes the bytes of a ticket: in the form that the device has said that it takes, or else as commands of its profile.
/// A ticket that cannot be set on this paper comes out plain, see [`templates::plain_document`].
///
/// # Errors
/// The technical text of what no retry can cure.
pub fn encode(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
    wanted: Option<ipp::choose::Wanted>,
) -> Result<(Vec<u8>, Option<ipp::DocumentInfo>), String> {
    let plain = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a ticket cannot be set on its paper; its text is printed plain");
    };
    let Some(wanted) = wanted else {
        let (bytes, error) = templates::to_escpos_always(document, profile, pass, supplies);
        if let Some(error) = error {
            plain(&error);
        }
        return Ok((bytes, None));
    };
    let pages = ipp::make(document, profile, pass, supplies, wanted.clone()).or_else(|error| {
        let document = templates::plain_document(document);
        let pages =
            ipp::make(&document, profile, pass, supplies, wanted).map_err(|_| error.clone())?;
        plain(&error);
        Ok(pages)
    });
    pages.map(|(bytes, made)| (bytes, Some(made)))
}

/// The letters of a ticket that come out as their numbers in this form, see [`templates::missing_letters`].
pub fn missing_letters(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
    wanted: Option<&ipp::choose::Wanted>,
) -> BTreeSet<char> {
    let commands = wanted.is_none_or(|wanted| wanted.format == ipp::choose::Format::Escpos);
    templates::missing_letters(document, commands.then_some(profile), pass, supplies)
}

/// What shall prove a ticket at a printer that has shown this of itself. Only one whose test print was confirmed is
/// sent the request for confirmation: others may print it as text.
pub fn proof(learned: &Learned, look: StatusCheck, number: [u8; 4]) -> Proof {
    match (learned.confirm, look.answers) {
        (Some(true), _) => Proof::Echo(number),
        (Some(false) | None, true) => Proof::Queued,
        (Some(false) | None, false) => Proof::End,
    }
}

/// The last number of a ticket; after it comes 1.
pub const LAST_NUMBER: u32 = 9_999;

/// The number of a ticket as a printer repeats it.
pub fn number(number: u32) -> [u8; 4] {
    let digit = |place: u32| b'0' + u8::try_from(number / place % 10).unwrap_or_default();
    [digit(1_000), digit(100), digit(10), digit(1)]
}

/// The technical text of why nothing printed.
pub fn describe(why: &NotPrinted) -> String {
    match why {
        NotPrinted::Unreached { detail }
        | NotPrinted::Refused { detail }
        | NotPrinted::Impossible { detail } => detail.clone(),
        NotPrinted::NotReady { health } => format!("the printer says {health:?}"),
    }
}
