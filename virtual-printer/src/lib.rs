//! A printer without paper: an ESC/POS device on TCP that behaves like a real one, with its faults, and keeps what it
//! printed. Tests compare its papers with the orders; people look at them on its page.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use virtual_printer::{Faults, Options, VirtualPrinter};
//! use std::time::Duration;
//!
//! let printer = VirtualPrinter::start(Options::default().with_printer("Kitchen")).await?;
//! let address = printer.address("Kitchen")?; // print there
//! printer.set_faults("Kitchen", Faults { paper_out: true, ..Faults::default() }).await?;
//! printer.set_faults("Kitchen", Faults::default()).await?;
//! let receipts = printer.wait_for("Kitchen", 1, Duration::from_secs(5)).await?;
//! assert!(receipts[0].text.contains("Order 42"), "printed at {address}");
//! printer.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! Invariant: no knowledge of orders, tickets or expected output; only bytes and paper.

mod web;

mod options;

mod handle;

mod escpos;
mod ipp;

mod control;
mod transport;

mod dns_sd;
mod port;

mod paper;

mod format;

mod faults;

pub use control::State;
pub use escpos::SecondSender;
pub use faults::{BadSwitch, Faults, Kind, SWITCHES, Switch, Takes};
pub use format::Format;
pub use handle::{ChangeError, UnknownPrinter, VirtualPrinter, WaitError};
pub use ipp::CertificateError;
pub use options::{Options, Serial, StartError};
pub use paper::{DrawError, JobName, Moment, Receipt};
pub use transport::Flow;

use dns_sd::{Announcer, Service};
use escpos::{Cable, Config, Listener};
use handle::{Inner, Printer};
use ipp::Certificate;
use paper::PaperRoll;
use port::Port;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where a printer is reached.
#[derive(Debug)]
enum Endpoint<'a> {
    Port(SocketAddr),
    Cable(&'a Serial),
    /// A port that takes IPP.
    Ipp(SocketAddr),
}

impl Endpoint<'_> {
    fn listener(&self, name: &str) -> Result<Listener, StartError> {
        match self {
            Self::Port(address) | Self::Ipp(address) => {
                let port = Port::new(*address).map_err(|source| StartError::Bind {
                    what: name.to_owned(),
                    address: *address,
                    source,
                })?;
                Ok(Listener::Port(port))
            }
            Self::Cable(serial) => {
                let cable =
                    Cable::new(serial.link.clone()).map_err(|source| StartError::Cable {
                        name: name.to_owned(),
                        link: serial.link.clone(),
                        source,
                    })?;
                Ok(Listener::Cable(cable, serial.flow))
            }
        }
    }

    fn link(&self) -> Option<PathBuf> {
        match self {
            Self::Port(_) | Self::Ipp(_) => None,
            Self::Cable(serial) => Some(serial.link.clone()),
        }
    }
}

impl VirtualPrinter {
    /// Starts the printers, the page and the writer of the folder.
    ///
    /// # Errors
    /// When a name, an address or the folder cannot be used; then nothing runs.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        let writer = TaskTracker::new();
        let no_more_receipts = CancellationToken::new();
        let news = broadcast::Sender::new(256);
        let (to_disk, for_disk) = mpsc::unbounded_channel();
        if let Some(folder) = &options.roll {
            std::fs::create_dir_all(folder).map_err(|source| StartError::Folder {
                folder: folder.clone(),
                source,
            })?;
        }
        let page = match options.web {
            None => None,
            Some(address) => {
                let bind = |source| StartError::Bind {
                    what: "the page".to_owned(),
                    address,
                    source,
                };
                let listener = tokio::net::TcpListener::bind(address).await.map_err(bind)?;
                let address = listener.local_addr().map_err(bind)?;
                Some((listener, address))
            }
        };
        let web = page.as_ref().map(|(_, address)| *address);
        let mut printers: Vec<Printer> = Vec::new();
        let mut escpos_printers = Vec::new();
        let mut ipp_printers = Vec::new();
        let on_ports = options.printers.iter();
        let on_cables = options.serial.iter();
        let by_ipp = options.ipp.iter();
        for (name, dots, endpoint) in on_ports
            .map(|(name, address, dots)| (name, dots, Endpoint::Port(*address)))
            .chain(on_cables.map(|serial| (&serial.name, &serial.dots, Endpoint::Cable(serial))))
            .chain(by_ipp.map(|(name, address, dots)| (name, dots, Endpoint::Ipp(*address))))
        {
            options::check(name, *dots, &printers)?;
            let listener = endpoint.listener(name)?;
            let before = match &options.roll {
                None => 0,
                Some(folder) => {
                    paper::highest_number(folder, name).map_err(|source| StartError::Folder {
                        folder: folder.clone(),
                        source,
                    })?
                }
            };
            let to_disk = options.roll.as_ref().map(|_| to_disk.clone());
            let fonts = options.fonts.clone();
            let paper = Arc::new(PaperRoll::new(
                name,
                fonts,
                options.keep,
                before,
                to_disk,
                news.clone(),
            ));
            let (state, watched) = watch::channel(State::default());
            let (commands, handed) = mpsc::channel(16);
            let address = listener.address();
            let mut printer = Printer {
                name: name.clone(),
                address,
                link: endpoint.link(),
                dots: *dots,
                paper: Arc::clone(&paper),
                state: watched,
                commands,
                certificate: None,
            };
            let stop = stop.child_token();
            match (endpoint, listener) {
                (Endpoint::Ipp(_), Listener::Port(port)) => {
                    let address = port.address();
                    let called = (name.as_str(), options.model.as_str());
                    let identity =
                        ipp::Identity::of(called, address, *dots, options.document_timeout);
                    let host = address.ip().to_string();
                    let folder = options.certificates.as_deref();
                    let certificate = Arc::new(Certificate::of(name, &host, folder)?);
                    printer.certificate = Some(Arc::clone(&certificate));
                    let page = web.map(|web| format!("http://{web}/#{name}"));
                    ipp_printers.push(ipp::PrinterTask::new(
                        port,
                        identity,
                        paper,
                        (state, handed),
                        (certificate, page),
                        stop,
                        tasks.clone(),
                    ));
                }
                (_, listener) => {
                    let config = Config {
                        identity: options.identity(name, printers.len() + 1),
                        dots: *dots,
                        second_sender: options.second_sender,
                        buffer: options.buffer.max(1),
                        patience: options.patience,
                    };
                    escpos_printers.push(escpos::PrinterTask::new(
                        listener, config, paper, state, handed, stop,
                    ));
                }
            }
            printers.push(printer);
        }
        let written = options.roll.clone().map(|folder| {
            let (counted, written) = watch::channel(0);
            writer.spawn(paper::write_all(
                (folder, options.pictures),
                for_disk,
                counted,
                no_more_receipts.clone(),
            ));
            written
        });
        let announced = |printer: &Printer| announced(printer, &options.model);
        let announcer = match options.dns_sd {
            None => None,
            Some(port) => {
                let all: Vec<Service> = printers.iter().filter_map(announced).collect();
                Some(
                    Announcer::new(port, &all)
                        .map_err(|source| StartError::DnsSd { port, source })?,
                )
            }
        };
        for printer in escpos_printers {
            tasks.spawn(printer.run());
        }
        for printer in ipp_printers {
            tasks.spawn(printer.run());
        }
        let printer = Self {
            inner: Arc::new(Inner {
                printers,
                web,
                news,
                written,
                stop,
                tasks,
                no_more_receipts,
                writer,
                announcer: Mutex::new(announcer),
            }),
        };
        if let Some((listener, _)) = page {
            let serve = web::serve(listener, printer.clone(), printer.inner.stop.child_token());
            printer.inner.tasks.spawn(serve);
        }
        for (name, faults) in options.faults {
            if let Err(unknown) = printer.set_faults(&name, faults).await {
                printer.shutdown().await;
                return Err(unknown.into());
            }
        }
        Ok(printer)
    }
}

/// The announcement of a printer on a port; none for one on a cable.
fn announced(printer: &Printer, model: &str) -> Option<Service> {
    Some(Service {
        name: printer.name.clone(),
        model: model.to_owned(),
        uuid: dns_sd::uuid(&printer.name),
        address: printer.address?,
        ipp: printer.certificate.as_ref().map(|_| ipp::keys()),
    })
}
