//! How a counter runs, and why it does not.

use std::{error::Error, io, path::PathBuf, time::Duration};

use ::printers::discovery::Search;
use api::Problem;
use printer_queue::{History, Timings};
use supervision::Pause;

/// How a counter runs. The default is the product; tests shorten the durations.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where its files lie; made when it is missing.
    pub data_dir: PathBuf,
    /// What people call this PC, at its first start.
    pub counter_name: String,
    /// How long a changed setting rests before it is sent. 2 min.
    pub debounce: Duration,
    /// How often the server is asked for orders when nothing wakes us. 60 s.
    pub poll: Duration,
    /// The shortest and the longest pause before something is tried again. 1 s and 30 s.
    pub backoff: (Duration, Duration),
    /// How often the lease of its printers is renewed. 20 s.
    pub lease_renewal: Duration,
    /// How far a counter that is new looks back. 2 h.
    pub look_back: Duration,
    /// How long changes of tickets are collected before they are reported to the server. 200 ms.
    pub report_debounce: Duration,
    /// How long reports of the counter that had a printer before are waited for when it is taken over. 2 s.
    pub take_over_patience: Duration,
    /// How long the keyring may take. 20 s, since it may show a prompt.
    pub keyring_limit: Duration,
    /// How long printers may take.
    pub queue_timings: Timings,
    /// Where printers are looked for.
    pub search: Search,
    /// How long after a look for a printer that does not answer it is looked for again, at first. 30 s.
    pub seek: Duration,
    /// How much is kept, of tickets and of orders.
    pub history: History,
    /// How long a task that failed rests before it is started again. 0.5 s to 30 s.
    pub restart_pause: Pause,
    /// A folder of fonts, for pictures of tickets and for what a printer cannot say in its own letters.
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
            lease_renewal: Duration::from_millis(api::counter::LEASE_RENEWAL_MS),
            look_back: Duration::from_secs(2 * 3_600),
            report_debounce: Duration::from_millis(200),
            take_over_patience: Duration::from_secs(2),
            keyring_limit: Duration::from_secs(20),
            queue_timings: Timings::default(),
            search: Search::default(),
            seek: Duration::from_secs(30),
            history: History::default(),
            restart_pause: Pause::default(),
            fonts_dir: None,
        }
    }
}

/// Why a counter did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program works in the same folder.
    #[error("another PanBot is running with the files in {0}; close it first")]
    InUse(PathBuf),
    /// The folder cannot be used.
    #[error("the folder {path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The way to servers cannot be set up.
    #[error(transparent)]
    Transport(Problem),
    /// The files of the restaurant cannot be used.
    #[error(transparent)]
    Files(Box<dyn Error + Send + Sync>),
}
