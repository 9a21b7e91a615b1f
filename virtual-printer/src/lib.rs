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
//! Invariant: it knows paper and bytes, never orders, jobs or what ought to have been printed.

mod escpos;
mod faults;
mod paper;
mod web;

pub use escpos::{SecondSender, State};
pub use faults::Faults;
pub use paper::{DrawError, Moment, Receipt};

use escpos::{Door, Hand, Manners, Station};
use paper::PaperRoll;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name, address (port 0 takes a free one) and dots across the paper (576 on 80 mm, 384 on 58 mm).
    pub printers: Vec<(String, SocketAddr, u32)>,
    /// Where the page is; none = no page.
    pub web: Option<SocketAddr>,
    /// Folder for the receipts as `.txt`, `.png` and `.bin`; made when it is missing. None = in memory only.
    pub roll: Option<PathBuf>,
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
    /// What a printer answers when it is asked for its model (GS I 67).
    pub model: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            printers: Vec::new(),
            web: None,
            roll: None,
            fonts: templates::Fonts::default(),
            keep: 1000,
            second_sender: SecondSender::Waits,
            buffer: 64 * 1024,
            patience: Duration::from_millis(500),
            model: "Virtual 80".to_owned(),
        }
    }
}

impl Options {
    /// One more printer with 80 mm paper, on a free port of this computer.
    pub fn with_printer(self, name: &str) -> Self {
        self.with_paper(name, 576)
    }

    /// One more printer with paper of so many dots, on a free port of this computer.
    pub fn with_paper(mut self, name: &str, dots: u32) -> Self {
        self.printers
            .push((name.to_owned(), (Ipv4Addr::LOCALHOST, 0).into(), dots));
        self
    }
}

/// It did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
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
        /// What the system says.
        source: std::io::Error,
    },
    /// The folder for the receipts.
    #[error("the folder {} cannot be used for receipts: {source}", folder.display())]
    Folder {
        /// What was asked for.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

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

/// Running printers. Cheap to clone; the printers run until [`VirtualPrinter::shutdown`].
#[derive(Debug, Clone)]
pub struct VirtualPrinter {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    printers: Vec<Printer>,
    web: Option<SocketAddr>,
    news: broadcast::Sender<Receipt>,
    written: Option<watch::Receiver<u64>>,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Cancelled when nothing can print any more.
    nothing_follows: CancellationToken,
    writer: TaskTracker,
}

/// What the handle knows of one printer.
#[derive(Debug)]
struct Printer {
    name: String,
    address: SocketAddr,
    dots: u32,
    paper: Arc<PaperRoll>,
    state: watch::Receiver<State>,
    hands: mpsc::Sender<Hand>,
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
        let nothing_follows = CancellationToken::new();
        let news = broadcast::Sender::new(256);
        let (to_disk, for_disk) = mpsc::unbounded_channel();
        if let Some(folder) = &options.roll {
            std::fs::create_dir_all(folder).map_err(|source| StartError::Folder {
                folder: folder.clone(),
                source,
            })?;
        }
        let mut printers: Vec<Printer> = Vec::new();
        let mut stations = Vec::new();
        for (name, address, dots) in &options.printers {
            if printers
                .iter()
                .any(|printer| paper::file_stem(&printer.name) == paper::file_stem(name))
            {
                return Err(StartError::SameName(name.clone()));
            }
            if paper::file_stem(name).trim().is_empty() {
                return Err(StartError::BadName(name.clone()));
            }
            if !(8..=4096).contains(dots) {
                return Err(StartError::BadPaper {
                    name: name.clone(),
                    dots: *dots,
                });
            }
            let bind = |source| StartError::Bind {
                what: name.clone(),
                address: *address,
                source,
            };
            let door = Door::new(*address).map_err(bind)?;
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
            let manners = Manners {
                model: options.model.clone(),
                dots: *dots,
                second_sender: options.second_sender,
                buffer: options.buffer.max(1),
                patience: options.patience,
            };
            let (state, watched) = watch::channel(State::default());
            let (hands, handed) = mpsc::channel(16);
            let address = door.address();
            stations.push(Station::new(
                door,
                manners,
                Arc::clone(&paper),
                state,
                handed,
                stop.child_token(),
            ));
            printers.push(Printer {
                name: name.clone(),
                address,
                dots: *dots,
                paper,
                state: watched,
                hands,
            });
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
        let written = options.roll.map(|folder| {
            let (counted, written) = watch::channel(0);
            writer.spawn(paper::write_all(
                folder,
                for_disk,
                counted,
                nothing_follows.clone(),
            ));
            written
        });
        for station in stations {
            tasks.spawn(station.run());
        }
        let web = page.as_ref().map(|(_, address)| *address);
        let printer = Self {
            inner: Arc::new(Inner {
                printers,
                web,
                news,
                written,
                stop,
                tasks,
                nothing_follows,
                writer,
            }),
        };
        if let Some((listener, _)) = page {
            let serve = web::serve(listener, printer.clone(), printer.inner.stop.child_token());
            printer.inner.tasks.spawn(serve);
        }
        Ok(printer)
    }

    /// The printers' names, in the order of the options.
    pub fn names(&self) -> Vec<String> {
        self.inner
            .printers
            .iter()
            .map(|printer| printer.name.clone())
            .collect()
    }

    /// Where a printer takes its bytes.
    pub fn address(&self, name: &str) -> Result<SocketAddr, UnknownPrinter> {
        Ok(self.printer(name)?.address)
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
        self.hand(name, Hand::Faults(Box::new(turn), done), wait)
            .await
    }

    /// Pulls the plug and puts it back: the buffer is lost, connections are reset, paper that was printed stays.
    pub async fn cut_power(&self, name: &str) -> Result<(), UnknownPrinter> {
        let (done, wait) = oneshot::channel();
        self.hand(name, Hand::CutPower(done), wait).await
    }

    async fn hand(
        &self,
        name: &str,
        hand: Hand,
        done: oneshot::Receiver<()>,
    ) -> Result<(), UnknownPrinter> {
        // After the shutdown there is no printer left to turn anything at.
        let gone = || UnknownPrinter(name.to_owned());
        self.printer(name)?
            .hands
            .send(hand)
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
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.inner.nothing_follows.cancel();
        self.inner.writer.close();
        self.inner.writer.wait().await;
    }

    fn printer(&self, name: &str) -> Result<&Printer, UnknownPrinter> {
        self.inner
            .printers
            .iter()
            .find(|printer| printer.name == name)
            .ok_or_else(|| UnknownPrinter(name.to_owned()))
    }
}
