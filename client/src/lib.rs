//! What the counter PC does: session, realtime, orders, settings; no window.

use std::{path::PathBuf, sync::Arc, time::Duration};

use api::{Code, JobId, PrinterId, Problem, settings::Rule};

mod backend;
mod clock;
pub mod difference;
pub mod host;
mod identity;
mod orders;
pub mod outbox;
mod printers;
mod refusal;
pub mod routing;
mod secrets;
mod session;
mod settings;
mod store;
mod told;
pub mod view;

use crate::{
    host::Host,
    view::{BacklogChoice, OpenTickets, PrinterForm, Probe, Snapshot},
};

/// How a counter runs. The default is the product; tests shorten the durations.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where its files lie.
    pub data_dir: PathBuf,
    /// What people call this PC, at its first start.
    pub counter_name: String,
    /// How long a changed setting rests before it is sent.
    pub debounce: Duration,
    /// How often the server is asked for orders when nothing wakes us.
    pub poll: Duration,
    /// The shortest and the longest pause before something is tried again.
    pub backoff: (Duration, Duration),
    /// A folder of fonts for pictures of tickets.
    pub fonts_dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            data_dir: PathBuf::from("panbot"),
            counter_name: "Counter".into(),
            debounce: Duration::from_secs(120),
            poll: Duration::from_secs(60),
            backoff: (Duration::from_secs(1), Duration::from_secs(30)),
            fonts_dir: None,
        }
    }
}

/// Why a counter did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program works in the same folder.
    #[error("another PanBot already works in {0}; close it first")]
    InUse(PathBuf),
    /// The folder cannot be used.
    #[error("the folder {path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Installs the TLS provider of this process, once; every `main` calls it before anything else.
pub fn install_crypto() {
    // An error says that there is one already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A running counter. Clones are the same counter.
#[derive(Debug, Clone)]
pub struct Client {
    _inner: Arc<()>,
}

fn not_yet() -> Problem {
    Problem::new(Code::Unavailable, "This counter is still starting.")
}

#[allow(clippy::unused_async, missing_docs, clippy::missing_errors_doc)]
impl Client {
    pub async fn start(_options: Options, _host: Arc<dyn Host>) -> Result<Client, StartError> {
        Ok(Client {
            _inner: Arc::new(()),
        })
    }
    pub async fn snapshot(&self) -> Result<Snapshot, Problem> {
        Err(not_yet())
    }
    pub async fn login(&self, _server: &str, _email: &str, _password: &str) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn logout(&self) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn reprint(&self, _job: JobId) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn it_printed(&self, _job: JobId) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn print_again(&self, _job: JobId) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn cancel_job(&self, _job: JobId) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn choose_printer(&self, _job: JobId, _printer: PrinterId) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn ticket_picture(&self, _job: JobId) -> Result<Vec<u8>, Problem> {
        Err(not_yet())
    }
    pub async fn backlog(&self, _choice: BacklogChoice) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn probe_printer(&self, _address: &str) -> Result<Probe, Problem> {
        Err(not_yet())
    }
    pub async fn save_printer(&self, _form: PrinterForm) -> Result<PrinterId, Problem> {
        Err(not_yet())
    }
    pub async fn enable_printer(&self, _id: PrinterId, _enabled: bool) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn delete_printer(
        &self,
        _id: PrinterId,
        _then: Option<OpenTickets>,
    ) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn test_print(&self, _id: PrinterId) -> Result<JobId, Problem> {
        Err(not_yet())
    }
    pub async fn save_rules(&self, _rules: Vec<Rule>) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn print_here(&self) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn dismiss_notices(&self) -> Result<(), Problem> {
        Err(not_yet())
    }
    pub async fn shutdown(&self) {}
}
