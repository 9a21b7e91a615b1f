//! A job: its input, its stored form and what is published of it.

use std::collections::BTreeSet;

use api::{
    JobId, JobState, OrderId, Outcome, PaperNote, PrinterId, RevisionKey, TicketChanged,
    TicketName,
    job::{Doubt, FailCause, NotPrinted, WaitCause},
    printer::Health,
};
use jiff::Timestamp;
use templates::Mark;

use crate::handover::Elsewhere;

/// A ticket for one printer, as routing or a person makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Of which order; `None` for a test page.
    pub order: Option<OrderId>,
    /// Of which revision; 0 for a test page.
    pub revision: u32,
    /// When that was taken, as it says itself.
    pub revised_at: Option<Timestamp>,
    /// Which ticket of it.
    pub ticket: TicketName,
    /// Where it goes; `None` is held until a person chooses.
    pub destination: Option<PrinterId>,
    /// 0 is the original; further ones are headed "COPY 2" and so on.
    pub copy: u32,
    /// What is on it.
    pub content: Content,
    /// BCP 47 tag, for the words that the queue adds to it.
    pub locale: String,
    /// Opens the cash drawer, in the first pass of copy 0 only.
    pub drawer: bool,
    /// Goes before those in its line that are not.
    pub urgent: bool,
    /// From when its age counts, on the server's time; `None` is now.
    pub ages_from: Option<Timestamp>,
}

/// What is on a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// ReceiptLine text, encoded for the printer when its turn comes.
    Markup(String),
    /// It could not be rendered: it becomes a failed ticket that is shown.
    Unprintable {
        /// The technical text, for copying.
        detail: String,
    },
}

/// The jobs of a later revision, as it differs from what is on paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevisionJobs {
    /// Each with the ids of the lines of the order that it has; `None` is what its name says.
    pub jobs: Vec<(NewJob, Option<Vec<u32>>)>,
    /// What other counters make of it.
    pub elsewhere: Vec<Elsewhere>,
    /// Held tickets of earlier revisions in whose place these print: they end without paper.
    pub replaced: Vec<JobId>,
}

/// A ticket of an order, with what is known of its paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierTicket {
    /// Which job.
    pub job: JobId,
    /// Of which revision.
    pub revision: u32,
    /// When that was taken, as it says itself.
    pub revised_at: Option<Timestamp>,
    /// Which ticket of it.
    pub ticket: TicketName,
    /// The printer that routing chose.
    pub destination: Option<PrinterId>,
    /// The ids of its lines, where they were kept.
    pub lines: Option<Vec<u32>>,
    /// It opens the cash drawer.
    pub drawer: bool,
    /// How it is now.
    pub state: JobState,
    /// Where it came out, may have come out or will come out: the printers of its attempts, a backup too. Empty when
    /// nothing of it is on paper.
    pub printers: Vec<PrinterId>,
    /// It may be on paper at its destination all the same: another counter may have printed it, or this one before it gave
    /// it away.
    pub doubtful: bool,
    /// When it was committed.
    pub submitted_at: Timestamp,
    /// When its state began.
    pub at: Timestamp,
}

impl EarlierTicket {
    /// Of which revision.
    pub fn revision_key(&self) -> RevisionKey {
        RevisionKey {
            number: self.revision,
            revised_at: self.revised_at,
        }
    }
}

/// What a person says about the tickets that are held for their age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TooOld {
    /// All of them print.
    PrintAll,
    /// Those of these orders print, and those of no order; the others expire.
    PrintOpen(BTreeSet<OrderId>),
    /// These expire, and one ticket that lists them prints instead.
    Digest {
        /// Those that it lists; what has become of one meanwhile stands.
        jobs: Vec<JobId>,
        /// The list.
        ticket: Box<NewJob>,
    },
}

/// What became of a revision that was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It was not handled before; these are its jobs.
    New(Vec<JobId>),
    /// It was, and nothing was added.
    AlreadyHandled,
}

/// One change of a job, as it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// When.
    pub at: Timestamp,
    /// To what.
    pub state: JobState,
    /// The printer it was for at that time.
    pub printer: Option<PrinterId>,
    /// What made it change, in words.
    pub cause: String,
}

/// What comes after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The device said that it printed.
    Printed,
    /// A device that cannot confirm took all of it.
    Sent,
    /// The same once more; no byte of it can have reached paper.
    Again {
        /// When.
        at: Timestamp,
    },
    /// Once more, at once, headed as a possible duplicate.
    AgainMarked,
    /// It and those behind it wait until the printer can.
    WaitForPrinter(WaitCause),
    /// It and those behind it go to this backup.
    FailOver(PrinterId),
    /// A person says whether it came out.
    AskPerson(Doubt),
    /// It failed.
    GiveUp {
        /// Why.
        cause: FailCause,
        /// The technical text, for copying.
        detail: String,
    },
}

/// Whether an attempt that ended so counts against the printer's patience.
pub fn spends(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::NotPrinted(NotPrinted::Unreached { .. } | NotPrinted::Refused { .. }) => true,
        Outcome::NotPrinted(NotPrinted::NotReady { .. } | NotPrinted::Impossible { .. })
        | Outcome::Confirmed
        | Outcome::Sent
        | Outcome::Uncertain(_) => false,
    }
}

/// What a job waits for at a printer that says this of itself.
pub fn waits_for(health: Health) -> WaitCause {
    match health {
        Health::PaperOut => WaitCause::PaperOut,
        Health::CoverOpen => WaitCause::CoverOpen,
        Health::CutterError => WaitCause::CutterError,
        Health::Fault => WaitCause::Fault,
        Health::Unreachable => WaitCause::Unreachable,
        Health::Disabled => WaitCause::Disabled,
        Health::NoAddress => WaitCause::NoAddress,
        Health::Stranger => WaitCause::Stranger,
        Health::Offline | Health::Ready | Health::Unknown => WaitCause::Offline,
    }
}

/// What a job waits for whose attempt ended so.
pub(crate) fn stopped_by(outcome: &Outcome) -> WaitCause {
    match outcome {
        Outcome::NotPrinted(NotPrinted::NotReady { health }) => waits_for(*health),
        Outcome::NotPrinted(
            NotPrinted::Unreached { .. }
            | NotPrinted::Refused { .. }
            | NotPrinted::Impossible { .. },
        )
        | Outcome::Confirmed
        | Outcome::Sent
        | Outcome::Uncertain(_) => WaitCause::Unreachable,
    }
}

/// What heads a job besides its own text, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heading {
    /// An original.
    None,
    /// One of several copies that a rule makes.
    Copy,
    /// A person asked for one more.
    Reprint,
    /// It may have come out before.
    MaybeDuplicate,
}

impl Heading {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Heading::None => "none",
            Heading::Copy => "copy",
            Heading::Reprint => "reprint",
            Heading::MaybeDuplicate => "maybe_duplicate",
        }
    }

    /// Back from the word in the file.
    pub fn from_word(word: &str) -> Option<Heading> {
        [
            Heading::None,
            Heading::Copy,
            Heading::Reprint,
            Heading::MaybeDuplicate,
        ]
        .into_iter()
        .find(|heading| heading.word() == word)
    }

    /// Whether the paper says that the same may have come out before. One of several copies that were wanted does not.
    pub fn warns(self) -> bool {
        match self {
            Heading::MaybeDuplicate | Heading::Reprint => true,
            Heading::None | Heading::Copy => false,
        }
    }

    /// What the paper says.
    pub fn mark(self) -> Mark {
        match self {
            Heading::None => Mark::None,
            Heading::Copy => Mark::Copy,
            Heading::Reprint => Mark::Reprint,
            Heading::MaybeDuplicate => Mark::ReprintMaybeDuplicate,
        }
    }
}

/// The printer in whose place a job is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BackupFor {
    pub printer: PrinterId,
    /// What it was called when the job left it.
    pub name: String,
}

/// A job without its text.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// The order of arrival.
    pub seq: i64,
    pub id: JobId,
    pub order: Option<OrderId>,
    pub revision: u32,
    pub revised_at: Option<Timestamp>,
    pub ticket: TicketName,
    /// The printer that routing chose.
    pub destination: Option<PrinterId>,
    pub printer: Option<PrinterId>,
    pub printed_by: Option<PrinterId>,
    pub backup_for: Option<BackupFor>,
    pub urgent: bool,
    /// On the server's time; `None` when that was not known yet.
    pub ages_from: Option<Timestamp>,
    pub copy: u32,
    pub heading: Heading,
    pub drawer: bool,
    pub state: JobState,
    pub attempts: u32,
    pub submitted_at: Timestamp,
    pub at: Timestamp,
    pub next_try: Option<Timestamp>,
    /// What of its newest paper is not as its template says.
    pub note: Option<PaperNote>,
    /// The printer that the file counts it at.
    pub counted_at: Option<PrinterId>,
}

impl Job {
    /// The printer that it waits for or that has it.
    pub fn counts_at(&self) -> Option<PrinterId> {
        match place(&self.state) {
            Place::InLine | Place::AtPrinter => self.printer,
            Place::WithAPerson | Place::Over => None,
        }
    }

    /// As everybody outside sees it.
    pub fn changed(&self) -> TicketChanged {
        TicketChanged {
            job: self.id,
            order: self.order,
            revision: self.revision,
            ticket: self.ticket.clone(),
            destination: self.printer,
            printed_by: self.printed_by,
            backup_for: self.backup_for.as_ref().map(|printer| printer.printer),
            urgent: self.urgent,
            copy: self.copy,
            state: self.state.clone(),
            attempts: self.attempts,
            submitted_at: self.submitted_at,
            at: self.at,
            next_try: self.next_try,
            note: self.note.clone(),
        }
    }
}

/// Where a job stands with regard to its printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the printer's line: it may still go anywhere.
    InLine,
    /// At the printer: bytes of it are out, or are going out.
    AtPrinter,
    /// A person decides.
    WithAPerson,
    /// Over.
    Over,
}

/// Where a job in this state stands.
pub(crate) fn place(state: &JobState) -> Place {
    match state {
        JobState::Queued => Place::InLine,
        JobState::Waiting { bytes_left, .. } if *bytes_left => Place::AtPrinter,
        JobState::Waiting { .. } => Place::InLine,
        JobState::Printing => Place::AtPrinter,
        JobState::Unconfirmed { .. } | JobState::Held { .. } => Place::WithAPerson,
        JobState::Printed
        | JobState::Sent
        | JobState::Failed { .. }
        | JobState::Cancelled
        | JobState::Expired => Place::Over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_read_as_it_was_written() {
        for heading in [
            Heading::None,
            Heading::Copy,
            Heading::Reprint,
            Heading::MaybeDuplicate,
        ] {
            assert_eq!(Heading::from_word(heading.word()), Some(heading));
        }
        assert_eq!(Heading::from_word("?"), None);
    }
}
