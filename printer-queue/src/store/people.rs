//! Writes for requests of a person. Each refusal says why and what would help.

use api::{
    JobId, JobState, PrinterId, TicketKind, TicketName,
    job::{FailCause, HeldCause},
};

use crate::{
    error::QueueError,
    job::{Content, Heading, Job, NewJob, Place, place},
    store::{
        attempts::STEP,
        row::{get, job, maybe_word, select_jobs},
        storage,
        transaction::WriteTransaction,
    },
};

impl WriteTransaction {
    /// A test page for this printer.
    pub async fn add_test(
        &mut self,
        printer: PrinterId,
        markup: String,
        locale: String,
    ) -> Result<JobId, QueueError> {
        self.must_print_here(printer)?;
        let part = self.count("test", u32::MAX).await?.to_string();
        let new = NewJob {
            order: None,
            revision: 0,
            revised_at: None,
            ticket: TicketName {
                kind: TicketKind::Test,
                part,
            },
            destination: Some(printer),
            copy: 0,
            content: Content::Markup(markup),
            locale,
            drawer: false,
            urgent: false,
            ages_from: None,
        };
        self.add(
            &new,
            Heading::None,
            Some(printer),
            "a test page was asked for",
        )
        .await?
        .ok_or_else(|| storage("a test page of that number is there already"))
    }

    /// One more of a ticket that is over, with the next number and a mark.
    pub async fn reprint(&mut self, id: JobId) -> Result<JobId, QueueError> {
        let job = self.job(id).await?;
        match place(&job.state) {
            Place::Over => {}
            Place::InLine | Place::AtPrinter => {
                return Err(QueueError::NotNow(
                    "the ticket has not been printed yet; it prints by itself as soon as its printer can",
                ));
            }
            Place::WithAPerson => {
                return Err(QueueError::NotNow(
                    "the ticket still waits for a decision; make it first, then reprint",
                ));
            }
        }
        let row = sqlx::query(
            "SELECT markup, locale, destination, (SELECT max(other.copy) FROM jobs other \
             WHERE ifnull(other.order_id, '') = ifnull(jobs.order_id, '') AND other.revision = jobs.revision \
             AND other.ticket = jobs.ticket AND ifnull(other.destination, '') = ifnull(jobs.destination, '')) AS last \
             FROM jobs WHERE seq = ?1",
        )
        .bind(job.seq)
        .fetch_one(&mut *self.connection)
        .await
        .map_err(storage)?;
        let markup: Option<String> = get(&row, "markup")?;
        let last: u32 = get(&row, "last")?;
        let new = NewJob {
            order: job.order,
            revision: job.revision,
            revised_at: job.revised_at,
            ticket: job.ticket,
            destination: maybe_word(&row, "destination")?,
            copy: last + 1,
            content: Content::Markup(markup.ok_or(NOTHING_TO_PRINT)?),
            locale: get(&row, "locale")?,
            drawer: false,
            urgent: false,
            ages_from: None,
        };
        self.add(&new, Heading::Reprint, job.printer, "a person reprinted it")
            .await?
            .ok_or_else(|| storage("a copy of that number is there already"))
    }

    /// A person saw it on paper.
    pub async fn it_printed(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        match job.state {
            JobState::Unconfirmed { .. } => {
                // The printer never said so; its attempts still tell where it came out.
                job.printed_by = None;
                self.save(&mut job, JobState::Printed, "a person saw it on paper")
                    .await
            }
            JobState::Printed | JobState::Sent => Ok(()),
            JobState::Queued
            | JobState::Waiting { .. }
            | JobState::Printing
            | JobState::Failed { .. }
            | JobState::Held { .. }
            | JobState::Cancelled
            | JobState::Expired => Err(QueueError::NotNow(
                "nobody asked whether this ticket came out; look at it again",
            )),
        }
    }

    /// The same ticket once more: marked if it may have come out before.
    pub async fn print_again(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        // Its attempts may be damaged, too.
        let doubtful = matches!(
            job.state,
            JobState::Unconfirmed { .. }
                | JobState::Failed {
                    cause: FailCause::Unreadable,
                    ..
                }
        );
        match job.state {
            JobState::Unconfirmed { .. } | JobState::Failed { .. } => {}
            JobState::Queued
            | JobState::Waiting { .. }
            | JobState::Printing
            | JobState::Printed
            | JobState::Sent
            | JobState::Held { .. }
            | JobState::Cancelled
            | JobState::Expired => {
                return Err(QueueError::NotNow(
                    "only a ticket that failed or may not have come out is printed again; look at it again",
                ));
            }
        }
        if !self.has_markup(&job).await? {
            return Err(NOTHING_TO_PRINT);
        }
        if doubtful || self.may_have_printed(&job).await? {
            job.heading = Heading::MaybeDuplicate;
        }
        self.line_up(&mut job, "a person had it printed again")
            .await
    }

    /// Ends it without paper.
    pub async fn cancel(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        match place(&job.state) {
            Place::InLine | Place::WithAPerson => {
                self.wake.extend(job.printer);
                self.save(&mut job, JobState::Cancelled, "a person cancelled it")
                    .await
            }
            Place::AtPrinter => Err(AT_PRINTER),
            Place::Over => Err(QueueError::NotNow("the ticket is over already")),
        }
    }

    /// Gives it to another printer, or to its first one.
    pub async fn choose_printer(
        &mut self,
        id: JobId,
        printer: PrinterId,
    ) -> Result<(), QueueError> {
        self.must_print_here(printer)?;
        let mut job = self.job(id).await?;
        match (place(&job.state), &job.state) {
            (Place::InLine, _) | (Place::WithAPerson, JobState::Held { .. }) => {
                self.move_to(&mut job, printer).await
            }
            (Place::WithAPerson, _) => Err(QueueError::NotNow(
                "first say whether the ticket came out; then it can be printed elsewhere",
            )),
            (Place::AtPrinter, _) => Err(AT_PRINTER),
            (Place::Over, JobState::Failed { .. }) => {
                if !self.has_markup(&job).await? {
                    return Err(NOTHING_TO_PRINT);
                }
                if self.may_have_printed(&job).await? {
                    job.heading = Heading::MaybeDuplicate;
                }
                self.move_to(&mut job, printer).await
            }
            (Place::Over, _) => Err(QueueError::NotNow(
                "the ticket is over already; reprint it instead",
            )),
        }
    }

    /// Holds what stands in the printer's line, [`STEP`] of it at the most; says how many.
    pub async fn hold_jobs_of(&mut self, printer: PrinterId) -> Result<u32, QueueError> {
        let jobs = self.line_of(printer).await?;
        let count = jobs.len();
        for mut job in jobs {
            job.next_try = None;
            let state = JobState::Held {
                cause: HeldCause::NoPrinter,
            };
            self.save(
                &mut job,
                state,
                "its printer does not print from this counter any more",
            )
            .await?;
        }
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Holds what stands in the line of a printer that is none of ours, [`STEP`] of it at the most; says how many.
    pub async fn settle(&mut self, printer: PrinterId) -> Result<u32, QueueError> {
        if self.prints_here(printer) {
            return Ok(0);
        }
        self.hold_jobs_of(printer).await
    }

    /// Cancels what stands in the printer's line, [`STEP`] of it at the most; says how many.
    pub async fn cancel_jobs_of(&mut self, printer: PrinterId) -> Result<u32, QueueError> {
        let jobs = self.line_of(printer).await?;
        let count = jobs.len();
        for mut job in jobs {
            self.save(
                &mut job,
                JobState::Cancelled,
                "a person cancelled all tickets of its printer",
            )
            .await?;
        }
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Gives what stands in a printer's line to another one, [`STEP`] of it at the most; says how many.
    pub async fn move_jobs_of(
        &mut self,
        from: PrinterId,
        to: PrinterId,
    ) -> Result<u32, QueueError> {
        self.must_print_here(to)?;
        if from == to {
            return Ok(0);
        }
        let jobs = self.line_of(from).await?;
        let count = jobs.len();
        for mut job in jobs {
            self.move_to(&mut job, to).await?;
        }
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The same at a printer that answers again, or at another one: with all its tries.
    async fn move_to(&mut self, job: &mut Job, printer: PrinterId) -> Result<(), QueueError> {
        // The line that it leaves is shorter now.
        self.wake.extend(job.printer);
        job.printer = Some(printer);
        job.backup_for = None;
        self.line_up(job, "a person chose its printer").await
    }

    /// It stands in its line as if it had just come: with all its tries, and fresh.
    pub(super) async fn line_up(&mut self, job: &mut Job, cause: &str) -> Result<(), QueueError> {
        job.attempts = 0;
        job.next_try = None;
        job.ages_from = self.server_now;
        let state = self.in_line(job.printer);
        self.wake.extend(job.printer);
        self.save(job, state, cause).await
    }

    /// The first [`STEP`] of them.
    async fn line_of(&mut self, printer: PrinterId) -> Result<Vec<Job>, QueueError> {
        self.wake.insert(printer);
        sqlx::query(select_jobs!(
            "WHERE printer = ?1 AND place = 'line' AND place <> 'over' ORDER BY seq LIMIT ?2"
        ))
        .bind(printer.to_string())
        .bind(STEP)
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?
        .iter()
        .map(job)
        .collect()
    }

    pub(super) fn must_print_here(&self, printer: PrinterId) -> Result<(), QueueError> {
        if self.prints_here(printer) {
            Ok(())
        } else {
            Err(QueueError::UnknownPrinter(printer))
        }
    }

    async fn has_markup(&mut self, job: &Job) -> Result<bool, QueueError> {
        let row = sqlx::query("SELECT markup IS NOT NULL AS there FROM jobs WHERE seq = ?1")
            .bind(job.seq)
            .fetch_one(&mut *self.connection)
            .await
            .map_err(storage)?;
        get(&row, "there")
    }

    /// Whether any attempt is not known to have left the paper blank.
    async fn may_have_printed(&mut self, job: &Job) -> Result<bool, QueueError> {
        let row = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM attempts WHERE job = ?1 \
             AND ifnull(json_extract(outcome, '$.outcome'), 'open') <> 'not_printed') AS may",
        )
        .bind(job.seq)
        .fetch_one(&mut *self.connection)
        .await
        .map_err(storage)?;
        get(&row, "may")
    }
}

const AT_PRINTER: QueueError = QueueError::NotNow(
    "parts of the ticket are at its printer already, and it may come out; wait until the printer is done with it",
);
const NOTHING_TO_PRINT: QueueError = QueueError::NotNow(
    "this ticket could not be made, so there is nothing to print; correct its template and print the order again",
);
