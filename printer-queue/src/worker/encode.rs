//! Encodes a stored ticket for its printer.

use api::{JobId, Printer, TicketKind};
use templates::{Pass, Profile, Supplies};

use printers::{DocumentInfo, Wanted};

use crate::{
    job::{BackupFor, Heading, Job},
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
}

impl Encoded {
    /// DocumentInfo of this very job as it is now.
    pub fn is_of(&self, head: &Head) -> bool {
        self.job == head.job.id
            && self.heading == head.job.heading
            && self.backup_for == head.job.backup_for
            && self.first_pass == head.first_pass
    }
}

/// Encodes, away from the threads that the other printers need.
///
/// # Errors
/// The technical text of what no retry can cure.
pub(crate) async fn encode(
    head: &Head,
    printer: &Printer,
    supplies: &Supplies,
    wanted: Option<Wanted>,
) -> Result<Encoded, String> {
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
    let (markup, profile, supplies) = (head.markup.clone(), Profile::of(printer), supplies.clone());
    let work = move || {
        let parsed = templates::parse(&markup);
        let lines = u32::try_from(markup.lines().count()).unwrap_or(u32::MAX);
        let document = &parsed.document;
        printers::encode(document, &profile, &pass, &supplies, wanted)
            .map(|(bytes, made)| (bytes, made, lines))
    };
    let (bytes, made, lines) = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| format!("the ticket could not be encoded: {error}"))??;
    Ok(Encoded {
        job: head.job.id,
        heading: head.job.heading,
        backup_for: head.job.backup_for.clone(),
        first_pass: head.first_pass,
        bytes,
        made,
        lines,
        is_test: head.job.ticket.kind == TicketKind::Test,
    })
}

/// The number that stands on the paper: the second paper of a ticket is "COPY 2".
fn numbered(job: &Job) -> u32 {
    match job.heading {
        Heading::Copy => job.copy + 1,
        Heading::None | Heading::Reprint | Heading::MaybeDuplicate => job.copy,
    }
}
