//! Encodes a stored ticket for its printer.

use std::collections::BTreeSet;

use api::{JobId, PaperNote, Printer, TicketKind};
use printers::{DocumentInfo, Driver, Wanted};
use supervision::Panic;
use templates::{Pass, Profile, Supplies};
use tokio::sync::watch;

use super::paper_note::{note_of, tell_letters, tell_parts};
use crate::{
    job::{BackupFor, Heading, Job},
    options::Stage,
    store::Head,
};

/// A ticket as this printer reads it.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    /// Not its place in the file: a ticket that the disk did not take leaves its own to the next one.
    job: JobId,
    heading: Heading,
    backup_for: Option<BackupFor>,
    first_pass: bool,
    /// From `ESC @` to the cut, or a document.
    pub bytes: Vec<u8>,
    /// How the document was made, for a printer that is told so before it comes.
    pub made: Option<DocumentInfo>,
    /// Rows of its markup.
    pub lines: u32,
    /// It shows what the printer can do.
    pub is_test: bool,
    /// What of it is not as its template says.
    pub note: Option<PaperNote>,
}

impl Encoded {
    /// Of this very job as it is now.
    pub fn is_of(&self, head: &Head) -> bool {
        self.job == head.job.id
            && self.heading == head.job.heading
            && self.backup_for == head.job.backup_for
            && self.first_pass == head.first_pass
    }
}

/// Why a ticket was not encoded.
#[derive(Debug)]
pub(crate) enum NotEncoded {
    /// The technical text of what no retry can cure.
    Impossible(String),
    /// The program itself failed over it.
    Crashed(Panic),
}

/// What tickets are encoded with.
#[derive(Debug, Clone)]
pub(crate) struct Encoder {
    pub supplies: Supplies,
    /// Where letters are told that no font here has.
    pub missing: watch::Sender<BTreeSet<char>>,
    /// Where codes and pictures are told that are not printed.
    pub missing_parts: watch::Sender<BTreeSet<String>>,
    /// See [`crate::Options`].
    pub at_stage: Option<fn(Stage, &str)>,
}

impl Encoder {
    /// Encodes, away from the threads that the other printers need.
    ///
    /// # Errors
    /// See [`NotEncoded`].
    pub async fn encode(
        self,
        head: &Head,
        printer: &Printer,
        wanted: Option<Wanted>,
    ) -> Result<Encoded, NotEncoded> {
        let pass = Pass {
            mark: head.job.heading.mark(),
            backup_for: head
                .job
                .backup_for
                .as_ref()
                .map(|printer| printer.name.clone()),
            copy: numbered(&head.job),
            // Once per order at the most, whatever happens to the paper.
            drawer: head.job.drawer && head.job.copy == 0 && head.first_pass,
            locale: head.locale.clone(),
        };
        let (markup, profile) = (head.markup.clone(), Profile::of(printer));
        let (letters, parts) = (self.missing.clone(), self.missing_parts.clone());
        let work = move || {
            if let Some(at_stage) = self.at_stage {
                at_stage(Stage::Encoding, &markup);
            }
            let parsed = templates::parse(&markup);
            let lines = u32::try_from(markup.lines().count()).unwrap_or(u32::MAX);
            let document = &parsed.document;
            let supplies = &self.supplies;
            let missing =
                printers::missing_letters(document, &profile, &pass, supplies, wanted.as_ref());
            let problems = templates::problems(document, &profile, supplies);
            let note = note_of(&markup, &missing, &problems);
            let made = printers::encode(document, &profile, &pass, supplies, wanted);
            made.map(|(bytes, made)| (bytes, made, lines, missing, problems, note))
        };
        let encoded = match tokio::task::spawn_blocking(work).await {
            Ok(encoded) => encoded.map_err(NotEncoded::Impossible),
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => Err(NotEncoded::Crashed(Panic::from(panic))),
                // Cancelled: the runtime ends, and this task with it. The ticket waits for the next start.
                Err(_) => std::future::pending().await,
            },
        };
        let (bytes, made, lines, missing, problems, note) = encoded?;
        tell_letters(&letters, head.job.id, missing);
        tell_parts(&parts, head.job.id, head.job.ticket.kind, &problems);
        Ok(Encoded {
            job: head.job.id,
            heading: head.job.heading,
            backup_for: head.job.backup_for.clone(),
            first_pass: head.first_pass,
            bytes,
            made,
            lines,
            is_test: head.job.ticket.kind == TicketKind::Test,
            note,
        })
    }

    /// Where what the printer says changes nothing of it.
    ///
    /// # Errors
    /// See [`NotEncoded`].
    pub async fn encode_early(
        self,
        head: &Head,
        kept: Option<Encoded>,
        printer: &Printer,
    ) -> Result<Option<Encoded>, NotEncoded> {
        if printer.address.as_ref().is_some_and(Driver::asks_first) {
            return Ok(None);
        }
        match kept {
            Some(kept) => Ok(Some(kept)),
            None => self.encode(head, printer, None).await.map(Some),
        }
    }
}

/// The number that stands on the paper: the second paper of a ticket is "COPY 2".
fn numbered(job: &Job) -> u32 {
    match job.heading {
        Heading::Copy => job.copy + 1,
        Heading::None | Heading::Reprint | Heading::MaybeDuplicate => job.copy,
    }
}
