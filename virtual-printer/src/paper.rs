//! The roll of each printer: what came out of it, in memory for those who ask and on disk for those who look.

use jiff::Timestamp;
use serde::Serialize;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Instant;
use templates::escpos_reader::Paper;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

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

/// What a printer hands over when a paper is complete.
#[derive(Debug)]
pub(crate) struct Printed {
    pub paper: Paper,
    pub bytes: Vec<u8>,
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
    /// What was sent for it, from the first byte behind the last cut (questions left out) to its own cut.
    pub bytes: Arc<[u8]>,
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
    picture: Arc<OnceLock<Result<Arc<[u8]>, DrawError>>>,
    fonts: templates::Fonts,
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
    pub width: u32,
    pub height: u32,
}

/// The newest papers of one printer.
#[derive(Debug)]
pub(crate) struct PaperRoll {
    printer: Arc<str>,
    fonts: templates::Fonts,
    keep: usize,
    first: u64,
    kept: Mutex<VecDeque<Receipt>>,
    count: watch::Sender<u64>,
    to_disk: Option<mpsc::UnboundedSender<Receipt>>,
    news: broadcast::Sender<Receipt>,
}

impl PaperRoll {
    pub(crate) fn new(
        printer: &str,
        fonts: templates::Fonts,
        keep: usize,
        printed_before: u64,
        to_disk: Option<mpsc::UnboundedSender<Receipt>>,
        news: broadcast::Sender<Receipt>,
    ) -> Self {
        Self {
            printer: printer.into(),
            fonts,
            keep: keep.max(1),
            first: printed_before,
            kept: Mutex::default(),
            count: watch::Sender::new(0),
            to_disk,
            news,
        }
    }

    /// Takes a paper in: first kept, then told.
    pub(crate) fn add(&self, printed: Printed) {
        let receipt = Receipt {
            printer: Arc::clone(&self.printer),
            number: self.first + *self.count.borrow() + 1,
            text: printed.paper.text().into(),
            bytes: printed.bytes.into(),
            finished: printed.finished,
            open_line: printed.open_line,
            notes: printed.notes.into(),
            drawer_pulses: printed.drawer_pulses,
            last_byte: printed.last_byte,
            printed: printed.printed,
            paper: Arc::new(printed.paper),
            picture: Arc::default(),
            fonts: self.fonts.clone(),
        };
        for note in receipt.notes.iter() {
            tracing::warn!(printer = %receipt.printer, number = receipt.number, "{note}");
        }
        tracing::info!(printer = %receipt.printer, number = receipt.number, finished = receipt.finished, "printed");
        {
            let mut kept = self.kept();
            if kept.len() == self.keep {
                kept.pop_front();
            }
            kept.push_back(receipt.clone());
        }
        if let Some(to_disk) = &self.to_disk
            && to_disk.send(receipt.clone()).is_err()
        {
            tracing::error!(printer = %receipt.printer, number = receipt.number, "not written: the folder's writer has ended");
        }
        self.count.send_modify(|count| *count += 1);
        // Nobody listening is no error: the page may not be open.
        let _ = self.news.send(receipt);
    }

    /// Those that are still kept, oldest first.
    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        self.kept().iter().cloned().collect()
    }

    /// One of those that are still kept.
    pub(crate) fn receipt(&self, number: u64) -> Option<Receipt> {
        self.kept()
            .iter()
            .find(|receipt| receipt.number == number)
            .cloned()
    }

    /// How many have come out since the start.
    pub(crate) fn count(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Receipt>> {
        // Nothing can panic while it is held; should it, the receipts are whole all the same.
        self.kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Characters that no file system minds.
pub(crate) fn file_stem(printer: &str) -> String {
    let harmless =
        |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | ' ' | '.');
    let stem: String = printer
        .chars()
        .map(|character| if harmless(character) { character } else { '-' })
        .collect();
    stem.trim_start_matches('.').to_owned()
}

/// The highest number of this printer's receipts in the folder.
pub(crate) fn highest_number(folder: &Path, printer: &str) -> std::io::Result<u64> {
    let stem = format!("{}-", file_stem(printer));
    let mut highest = 0;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix(&stem))
            .and_then(|rest| rest.split('.').next())
            .and_then(|number| number.parse::<u64>().ok());
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

/// Writes receipts to the folder; `written` counts them. Ends once nothing follows and all of them are written.
pub(crate) async fn write_all(
    folder: PathBuf,
    mut receipts: mpsc::UnboundedReceiver<Receipt>,
    written: watch::Sender<u64>,
    nothing_follows: CancellationToken,
) {
    loop {
        let receipt = tokio::select! {
            receipt = receipts.recv() => receipt,
            () = nothing_follows.cancelled(), if !receipts.is_closed() => {
                receipts.close();
                continue;
            }
        };
        let Some(receipt) = receipt else { return };
        let folder = folder.clone();
        let name = format!("{}-{}", receipt.printer, receipt.number);
        match tokio::task::spawn_blocking(move || write(&folder, &receipt)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(receipt = name, %error, "not written"),
            Err(error) => tracing::error!(receipt = name, %error, "not written"),
        }
        written.send_modify(|count| *count += 1);
    }
}

/// Bytes, picture and text, in this order: where the text is, all three are.
fn write(folder: &Path, receipt: &Receipt) -> std::io::Result<()> {
    let stem = format!("{}-{}", file_stem(&receipt.printer), receipt.number);
    let put = |ending: &str, content: &[u8]| {
        let unfinished = folder.join(format!(".{stem}.{ending}.new"));
        std::fs::write(&unfinished, content)?;
        std::fs::rename(unfinished, folder.join(format!("{stem}.{ending}")))
    };
    put("bin", &receipt.bytes)?;
    match receipt.png() {
        Ok(png) => put("png", &png)?,
        Err(error) => tracing::error!(receipt = stem, %error, "written without its picture"),
    }
    let mut text = receipt.text.to_string();
    if !receipt.finished {
        text.push_str("--- unfinished: the paper was not cut ---\n");
    }
    put("txt", text.as_bytes())
}
