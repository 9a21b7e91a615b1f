//! One paper that came out, and when.

use crate::format::Format;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use templates::escpos_reader::Paper;

/// A time, for people and for measuring.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// On the monotonic clock.
    pub instant: Instant,
    /// On the clock of this computer.
    pub at: Timestamp,
}

impl Moment {
    /// The present.
    pub fn now() -> Self {
        Self {
            instant: Instant::now(),
            at: Timestamp::now(),
        }
    }
}

/// What a printer commands over when a paper is complete.
#[derive(Debug)]
pub(crate) struct Printed {
    pub paper: Paper,
    pub format: Format,
    pub bytes: Arc<[u8]>,
    pub job: Option<JobName>,
    pub notes: Vec<String>,
    pub drawer_pulses: u32,
    pub finished: bool,
    pub open_line: bool,
    pub last_byte: Moment,
    pub printed: Moment,
}

/// A paper that came out of a printer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The printer that it came out of.
    pub printer: Arc<str>,
    /// 1, 2, 3… for each printer; goes on where the folder of an earlier run ended.
    pub number: u64,
    /// What stands on it, as a person reads it.
    pub text: Arc<str>,
    /// How it was sent.
    pub format: Format,
    /// What was sent for it, from the first byte behind the last cut (questions left out) to its own cut; by IPP, the whole
    /// document that it is a page of.
    pub bytes: Arc<[u8]>,
    /// The job that it came with, when it came by IPP.
    pub job: Option<JobName>,
    /// Ended by a cut. False: the sender went away or the power failed, and this is as far as it came.
    pub finished: bool,
    /// Characters were left in the printer without a line feed; they are not on the paper.
    pub open_line: bool,
    /// What was not understood or strange, with its place in the bytes of the connection.
    pub notes: Arc<[String]>,
    /// How often the cash drawer was opened along with it.
    pub drawer_pulses: u32,
    /// When its last byte arrived.
    pub last_byte: Moment,
    /// When it was printed; later than `last_byte` when the paper was out.
    pub printed: Moment,
    /// The paper itself.
    pub paper: Arc<Paper>,
    pub(super) picture: Arc<OnceLock<Result<Arc<[u8]>, DrawError>>>,
    pub(super) fonts: templates::Fonts,
}

/// What a job is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobName {
    /// Its number at the printer.
    pub id: i32,
    /// What its sender calls it.
    pub name: String,
    /// Who its sender says to be.
    pub user: String,
}

/// The picture of a paper could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the receipt cannot be drawn: {0}. Give a folder of fonts with --fonts, or install system fonts"
)]
pub struct DrawError(String);

impl Receipt {
    /// The paper as a PNG; drawn when it is first asked for. Takes milliseconds: not for the thread of an event loop.
    pub fn png(&self) -> Result<Arc<[u8]>, DrawError> {
        let draw = || match self.paper.picture(&self.fonts) {
            Ok(bitmap) => Ok(bitmap.to_png().into()),
            Err(error) => Err(DrawError(error.to_string())),
        };
        self.picture.get_or_init(draw).clone()
    }

    /// What the page shows of it beside its picture.
    pub(crate) fn summary(&self) -> Summary {
        Summary {
            printer: self.printer.to_string(),
            number: self.number,
            text: self.text.to_string(),
            finished: self.finished,
            notes: self.notes.to_vec(),
            drawer_pulses: self.drawer_pulses,
            at: self.printed.at,
            bytes: self.bytes.len(),
            format: self.format,
            ending: self.format.ending(),
            job: self.job.clone(),
            width: self.paper.dots(),
            height: self.paper.height(),
        }
    }
}

/// A receipt on the wire.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Summary {
    pub printer: String,
    pub number: u64,
    pub text: String,
    pub finished: bool,
    pub notes: Vec<String>,
    pub drawer_pulses: u32,
    pub at: Timestamp,
    pub bytes: usize,
    pub format: Format,
    pub ending: &'static str,
    pub job: Option<JobName>,
    pub width: u32,
    pub height: u32,
}
