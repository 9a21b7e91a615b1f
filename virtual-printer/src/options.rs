//! What to start, and why it may not.

use crate::escpos::{Identity, SecondSender};
use crate::faults::Faults;
use crate::handle::{Printer, UnknownPrinter};
use crate::ipp::CertificateError;
use crate::paper::file_stem;
use crate::transport::Flow;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name, address (port 0 takes a free one) and dots across the paper (576 on 80 mm, 384 on 58 mm).
    pub printers: Vec<(String, SocketAddr, u32)>,
    /// Printers on a serial cable.
    pub serial: Vec<Serial>,
    /// The same for printers that take documents by IPP, at `/ipp/print` of their port.
    pub ipp: Vec<(String, SocketAddr, u32)>,
    /// Folder for the certificates of printers with IPP, as `NAME.pem`; made when it is missing. None = new ones each time.
    pub certificates: Option<PathBuf>,
    /// Seconds that a printer with IPP waits for the next document of a job.
    pub document_timeout: u32,
    /// UDP port on which the printers are announced (DNS-SD; the standard port is 5353), those on loopback addresses on
    /// loopback only. None = not announced.
    pub dns_sd: Option<u16>,
    /// Where the page is; none = no page.
    pub web: Option<SocketAddr>,
    /// Folder for the receipts as `.txt`, `.png` and `.bin`; made when it is missing. None = in memory only.
    pub roll: Option<PathBuf>,
    /// Draw the receipts of the folder as well: milliseconds each, which is too slow for hundreds a second.
    pub pictures: bool,
    /// What the printers' characters are drawn with.
    pub fonts: templates::Fonts,
    /// How many receipts of a printer are kept in memory.
    pub keep: usize,
    /// What happens to a sender while another one is served.
    pub second_sender: SecondSender,
    /// Bytes that a printer takes while it cannot print.
    pub buffer: usize,
    /// How long a connection stays open whose sender has finished while the printer cannot print.
    pub patience: Duration,
    /// Faults that are there from the start, by the printers' names.
    pub faults: Vec<(String, Faults)>,
    /// What a printer answers when it is asked for its firmware (GS I 65).
    pub firmware: String,
    /// For its maker (GS I 66).
    pub maker: String,
    /// For its model (GS I 67).
    pub model: String,
    /// For its serial number (GS I 68), by the printers' names; the others are numbered from `0000000001`.
    pub serial_numbers: Vec<(String, String)>,
}

/// A printer on a serial cable: a pseudo-terminal of this computer, where there are such.
#[derive(Debug, Clone)]
pub struct Serial {
    /// Its name.
    pub name: String,
    /// Made as a link to the device at the other end of the cable; a link that is there is replaced.
    pub link: PathBuf,
    /// How senders are held back.
    pub flow: Flow,
    /// Dots across the paper.
    pub dots: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            printers: Vec::new(),
            serial: Vec::new(),
            ipp: Vec::new(),
            certificates: None,
            document_timeout: 120,
            dns_sd: None,
            web: None,
            roll: None,
            pictures: true,
            fonts: templates::Fonts::default(),
            keep: 1000,
            second_sender: SecondSender::Waits,
            buffer: 64 * 1024,
            patience: Duration::from_millis(500),
            faults: Vec::new(),
            firmware: env!("CARGO_PKG_VERSION").to_owned(),
            maker: "PanBot".to_owned(),
            model: "Virtual 80".to_owned(),
            serial_numbers: Vec::new(),
        }
    }
}

impl Options {
    /// The identity that a printer reports, the `number`th of all.
    pub(crate) fn identity(&self, name: &str, number: usize) -> Identity {
        let given = self.serial_numbers.iter().find(|(of, _)| of == name);
        Identity {
            firmware: self.firmware.clone(),
            maker: self.maker.clone(),
            model: self.model.clone(),
            serial_number: given
                .map_or_else(|| format!("{number:010}"), |(_, given)| given.clone()),
        }
    }

    /// One more printer with 80 mm paper, on a free port of this computer.
    pub fn with_printer(self, name: &str) -> Self {
        self.with_paper(name, 576)
    }

    /// One more printer with IPP and 80 mm paper, on a free port of this computer.
    pub fn with_ipp(mut self, name: &str) -> Self {
        self.ipp
            .push((name.to_owned(), (Ipv4Addr::LOCALHOST, 0).into(), 576));
        self
    }

    /// One more printer with paper of so many dots, on a free port of this computer.
    pub fn with_paper(mut self, name: &str, dots: u32) -> Self {
        self.printers
            .push((name.to_owned(), (Ipv4Addr::LOCALHOST, 0).into(), dots));
        self
    }

    /// One more printer with 80 mm paper, on a serial cable whose end is found at `link`.
    pub fn with_serial(mut self, name: &str, link: impl Into<PathBuf>, flow: Flow) -> Self {
        self.serial.push(Serial {
            name: name.to_owned(),
            link: link.into(),
            flow,
            dots: 576,
        });
        self
    }
}

/// Whether a printer can be called so and have such paper, beside the others.
pub(crate) fn check(name: &str, dots: u32, others: &[Printer]) -> Result<(), StartError> {
    let same = |other: &Printer| file_stem(&other.name) == file_stem(name);
    if others.iter().any(same) {
        return Err(StartError::SameName(name.to_owned()));
    }
    if file_stem(name).trim().is_empty() {
        return Err(StartError::BadName(name.to_owned()));
    }
    if !(8..=4096).contains(&dots) {
        return Err(StartError::BadPaper {
            name: name.to_owned(),
            dots,
        });
    }
    Ok(())
}

/// It did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An option names an unknown printer.
    #[error(transparent)]
    Unknown(#[from] UnknownPrinter),
    /// Two printers have one name.
    #[error("there are two printers named {0:?}: give each its own name")]
    SameName(String),
    /// A name is no name.
    #[error("{0:?} cannot be a printer's name: use letters and digits")]
    BadName(String),
    /// Paper without width.
    #[error(
        "{name}: paper of {dots} dots does not exist: 384 and 576 are usual, 8 to 4096 possible"
    )]
    BadPaper {
        /// Of the printer.
        name: String,
        /// What was asked for.
        dots: u32,
    },
    /// An address is not free or not ours.
    #[error(
        "{what} cannot listen on {address}: {source}. Choose another port, or 0 for any free one"
    )]
    Bind {
        /// A printer's name, or the page.
        what: String,
        /// What was asked for.
        address: SocketAddr,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The serial cable of a printer.
    #[error("{name}: there can be no serial cable at {}: {source}", link.display())]
    Cable {
        /// Of the printer.
        name: String,
        /// What was asked for.
        link: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The printers cannot be announced.
    #[error("printers cannot be announced on UDP port {port}: {source}")]
    DnsSd {
        /// What was asked for.
        port: u16,
        /// The error of the system.
        source: mdns_sd::Error,
    },
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The folder for the receipts.
    #[error("the folder {} cannot be used for receipts: {source}", folder.display())]
    Folder {
        /// What was asked for.
        folder: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
}
