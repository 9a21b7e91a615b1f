//! The handle by which tests and the page control running printers.

use crate::control::{Command, State};
use crate::dns_sd::Announcer;
use crate::faults::Faults;
use crate::ipp::{self, Certificate, CertificateError};
use crate::paper::{PaperRoll, Receipt};
use crate::transport::{Flow, Transport};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// No printer of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no printer named {0:?} here")]
pub struct UnknownPrinter(pub String);

/// The receipts that were waited for did not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// No printer of this name.
    #[error(transparent)]
    Unknown(#[from] UnknownPrinter),
    /// Fewer came.
    #[error("{printer} printed {came} of {wanted} receipts in time")]
    TimedOut {
        /// Its name.
        printer: String,
        /// How many were waited for.
        wanted: u64,
        /// How many came out.
        came: u64,
    },
}

/// A certificate was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No printer of this name.
    #[error(transparent)]
    Unknown(#[from] UnknownPrinter),
    /// It cannot be made or kept.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// Running printers. Cheap to clone; the printers run until [`VirtualPrinter::shutdown`].
#[derive(Debug, Clone)]
pub struct VirtualPrinter {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) printers: Vec<Printer>,
    pub(crate) web: Option<SocketAddr>,
    pub(crate) news: broadcast::Sender<Receipt>,
    pub(crate) written: Option<watch::Receiver<u64>>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    /// Cancelled when nothing can print any more.
    pub(crate) no_more_receipts: CancellationToken,
    pub(crate) writer: TaskTracker,
    pub(crate) announcer: Mutex<Option<Announcer>>,
}

/// What the handle knows of one printer.
#[derive(Debug)]
pub(crate) struct Printer {
    pub(crate) name: String,
    /// None for a printer on a serial cable.
    pub(crate) address: Option<SocketAddr>,
    /// Where the end of its serial cable is found.
    pub(crate) link: Option<PathBuf>,
    pub(crate) dots: u32,
    pub(crate) paper: Arc<PaperRoll>,
    pub(crate) state: watch::Receiver<State>,
    pub(crate) commands: mpsc::Sender<Command>,
    /// None for a printer of commands.
    pub(crate) certificate: Option<Arc<Certificate>>,
}

impl Printer {
    /// Where jobs are sent, when they are sent by IPP.
    pub(crate) fn ipp(&self) -> Option<String> {
        self.certificate.as_ref()?;
        Some(format!("ipp://{}{}", self.address?, ipp::PATH))
    }
}

impl VirtualPrinter {
    /// The printers' names, in the order of the options.
    pub fn names(&self) -> Vec<String> {
        self.inner
            .printers
            .iter()
            .map(|printer| printer.name.clone())
            .collect()
    }

    /// Where a printer takes its bytes; unknown for one on a serial cable.
    pub fn address(&self, name: &str) -> Result<SocketAddr, UnknownPrinter> {
        let address = self.printer(name)?.address;
        address.ok_or_else(|| UnknownPrinter(name.to_owned()))
    }

    /// Where the end of a printer's serial cable is found; none for one on a port.
    pub fn serial(&self, name: &str) -> Result<Option<PathBuf>, UnknownPrinter> {
        Ok(self.printer(name)?.link.clone())
    }

    /// Where a printer takes its jobs by IPP, `ipp://`; the same with `ipps://` is TLS on the same port. None for a printer
    /// of commands.
    pub fn ipp_uri(&self, name: &str) -> Result<Option<String>, UnknownPrinter> {
        Ok(self.printer(name)?.ipp())
    }

    /// The certificate of a printer with IPP, DER.
    pub fn certificate(&self, name: &str) -> Result<Option<Arc<[u8]>>, UnknownPrinter> {
        let certificate = &self.printer(name)?.certificate;
        Ok(certificate.as_ref().map(|certificate| certificate.der()))
    }

    /// Gives a printer with IPP another certificate, from the next connection on. A printer of commands has none to change.
    pub fn change_certificate(&self, name: &str) -> Result<(), ChangeError> {
        match &self.printer(name)?.certificate {
            Some(certificate) => Ok(certificate.change()?),
            None => Ok(()),
        }
    }

    /// The address of the page, when there is one.
    pub fn web_url(&self) -> Option<String> {
        self.inner.web.map(|address| format!("http://{address}"))
    }

    /// What a printer looks like from outside.
    pub fn state(&self, name: &str) -> Result<State, UnknownPrinter> {
        Ok(self.printer(name)?.state.borrow().clone())
    }

    /// The same as it changes.
    pub fn watch(&self, name: &str) -> Result<watch::Receiver<State>, UnknownPrinter> {
        Ok(self.printer(name)?.state.clone())
    }

    /// Turns all switches of a printer. When it returns they are in force.
    pub async fn set_faults(&self, name: &str, faults: Faults) -> Result<(), UnknownPrinter> {
        self.change_faults(name, move |now| *now = faults).await
    }

    /// Turns some switches of a printer. When it returns they are in force.
    pub async fn change_faults(
        &self,
        name: &str,
        turn: impl FnOnce(&mut Faults) + Send + 'static,
    ) -> Result<(), UnknownPrinter> {
        let (done, wait) = oneshot::channel();
        self.send_command(name, Command::SetFaults(Box::new(turn), done), wait)
            .await
    }

    /// Pulls the plug and puts it back: the buffer is lost, connections are reset, paper that was printed stays.
    pub async fn cut_power(&self, name: &str) -> Result<(), UnknownPrinter> {
        let (done, wait) = oneshot::channel();
        self.send_command(name, Command::CutPower(done), wait).await
    }

    /// Takes the paper that hangs out of a printer, although it was not cut: it is a receipt that is not `finished`.
    pub async fn tear_off(&self, name: &str) -> Result<(), UnknownPrinter> {
        let (done, wait) = oneshot::channel();
        self.send_command(name, Command::TearOff(done), wait).await
    }

    /// Plugs a stream of bytes into a printer, like the cable of USB: its bytes are taken as fast as they can be printed,
    /// it ends with the power. It is served like a connection of the port: alone, when those before it are gone.
    pub async fn plug(
        &self,
        name: &str,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<(), UnknownPrinter> {
        self.attach(name, Transport::Stream(Box::new(stream))).await
    }

    /// Plugs in a serial cable: it outlives power cuts, and its sender is held back as `flow` says.
    pub async fn plug_serial(
        &self,
        name: &str,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        flow: Flow,
    ) -> Result<(), UnknownPrinter> {
        self.attach(name, Transport::Serial(Box::new(stream), flow))
            .await
    }

    async fn attach(&self, name: &str, transport: Transport) -> Result<(), UnknownPrinter> {
        let (done, wait) = oneshot::channel();
        self.send_command(name, Command::Attach(transport, done), wait)
            .await
    }

    async fn send_command(
        &self,
        name: &str,
        command: Command,
        done: oneshot::Receiver<()>,
    ) -> Result<(), UnknownPrinter> {
        // After shutdown the printer task is gone.
        let gone = || UnknownPrinter(name.to_owned());
        self.printer(name)?
            .commands
            .send(command)
            .await
            .map_err(|_| gone())?;
        done.await.map_err(|_| gone())
    }

    /// The receipts of a printer that are still kept, oldest first.
    pub fn receipts(&self, name: &str) -> Result<Vec<Receipt>, UnknownPrinter> {
        Ok(self.printer(name)?.paper.receipts())
    }

    /// Waits until `count` receipts have come out of a printer since the start; gives those that are still kept.
    pub async fn wait_for(
        &self,
        name: &str,
        count: u64,
        timeout: Duration,
    ) -> Result<Vec<Receipt>, WaitError> {
        let paper = &self.printer(name)?.paper;
        let mut came = paper.count();
        let enough = tokio::time::timeout(timeout, came.wait_for(|came| *came >= count)).await;
        if !matches!(enough, Ok(Ok(_))) {
            let came = *paper.count().borrow();
            return Err(WaitError::TimedOut {
                printer: name.to_owned(),
                wanted: count,
                came,
            });
        }
        Ok(paper.receipts())
    }

    /// Waits until every receipt that has come out so far is in the folder; returns at once when there is none.
    pub async fn settled(&self) {
        let Some(mut written) = self.inner.written.clone() else {
            return;
        };
        let out: u64 = self
            .inner
            .printers
            .iter()
            .map(|printer| *printer.paper.count().borrow())
            .sum();
        // The writer ends only after it has written everything.
        let _ = written.wait_for(|written| *written >= out).await;
    }

    /// Receipts as they come out, of all printers.
    pub fn news(&self) -> broadcast::Receiver<Receipt> {
        self.inner.news.subscribe()
    }

    /// Ends connections, page and writer, and waits until all of them are gone.
    pub async fn shutdown(&self) {
        // First, so that no new sender finds the printers.
        drop(
            self.inner
                .announcer
                .lock()
                .map(|mut announcer| announcer.take()),
        );
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.inner.no_more_receipts.cancel();
        self.inner.writer.close();
        self.inner.writer.wait().await;
    }

    pub(crate) fn printer(&self, name: &str) -> Result<&Printer, UnknownPrinter> {
        self.inner
            .printers
            .iter()
            .find(|printer| printer.name == name)
            .ok_or_else(|| UnknownPrinter(name.to_owned()))
    }
}
