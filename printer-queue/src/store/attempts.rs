//! Writes of a worker: the attempt before the first byte, the outcome before it is published, and what the whole line of
//! its printer waits for.

use api::{
    JobId, JobState, Outcome, PaperNote, PrinterId,
    job::{NotPrinted, WaitCause},
};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use crate::{
    error::QueueError,
    job::{BackupFor, Heading, Job, Next, Place, place, spends, stopped_by},
    store::{
        Head,
        outcome_words::words,
        row::{get, job, job_columns, place_word, select_jobs, to_json},
        storage,
        transaction::WriteTransaction,
    },
};

/// So many jobs change at once at the most, so that the file is never kept from others for long.
pub(crate) const STEP: u32 = 500;

/// An attempt that is in the file: from now on bytes may leave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StartedAttempt {
    pub attempt: i64,
    /// What the printer is asked to repeat.
    pub number: u32,
}

/// A ticket as its bytes are: nothing else may leave.
#[derive(Debug, Clone)]
pub(crate) struct EncodedJob {
    job: JobId,
    printer: PrinterId,
    heading: Heading,
    backup_for: Option<PrinterId>,
    /// With the drawer's pulse, if it has one.
    first_pass: bool,
    note: Option<PaperNote>,
}

impl EncodedJob {
    /// The first of this printer's line.
    pub fn of(head: &Head, printer: PrinterId, note: Option<PaperNote>) -> Self {
        EncodedJob {
            job: head.job.id,
            printer,
            heading: head.job.heading,
            backup_for: head.job.backup_for.as_ref().map(|from| from.printer),
            first_pass: head.first_pass,
            note,
        }
    }
}

/// What an attempt came to.
#[derive(Debug, Clone)]
pub(crate) struct FinishedAttempt {
    pub job: JobId,
    pub printer: PrinterId,
    /// `None` when it ended before a byte could leave.
    pub began: Option<StartedAttempt>,
    pub outcome: Outcome,
    pub next: Next,
}

impl WriteTransaction {
    /// Notes the attempt, if the job still is what was encoded and still the first: a person may have cancelled or moved
    /// it meanwhile, or put another one before it.
    pub async fn begin(&mut self, job: EncodedJob) -> Result<Option<StartedAttempt>, QueueError> {
        // One round to the file; where the first changed nothing, the rest does not either.
        let rows = sqlx::query(concat!(
            "UPDATE jobs SET state = $6, place = $7, at = $8, printed_by = $2, next_try = NULL, note = $12 \
             WHERE id = $1 AND printer = $2 AND heading = $3 AND backup_for IS $4 AND place = 'line' \
             AND $5 = NOT EXISTS (SELECT 1 FROM attempts WHERE job = jobs.seq \
             AND ifnull(json_extract(outcome, '$.outcome'), 'open') <> 'not_printed') \
             AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.printer = $2 AND other.place = 'line' \
             AND other.place <> 'over' \
             AND (other.urgent > jobs.urgent OR other.urgent = jobs.urgent AND other.seq < jobs.seq)) \
             RETURNING ",
            job_columns!(),
            "; INSERT INTO meta (key, value) SELECT $9, 1 WHERE changes() > 0 \
             ON CONFLICT (key) DO UPDATE SET value = value % $10 + 1; \
             INSERT INTO attempts (job, printer, number, heading, began_at) \
             SELECT jobs.seq, $2, meta.value, $3, $8 FROM jobs, meta \
             WHERE changes() > 0 AND jobs.id = $1 AND meta.key = $9 RETURNING id, number; \
             INSERT INTO history (job, at, state, printer, cause, server_at) \
             SELECT seq, $8, $6, $2, 'the printer is ready for it', $11 FROM jobs WHERE changes() > 0 AND id = $1",
        ))
        .bind(job.job.to_string())
        .bind(job.printer.to_string())
        .bind(job.heading.word())
        .bind(job.backup_for.map(|printer| printer.to_string()))
        .bind(job.first_pass)
        .bind(to_json(&JobState::Printing)?)
        .bind(place_word(Place::AtPrinter))
        .bind(self.now.as_millisecond())
        .bind(format!("number:{}", job.printer))
        .bind(printers::LAST_NUMBER)
        .bind(self.server_now.map(Timestamp::as_millisecond))
        .bind(job.note.as_ref().map(to_json).transpose()?)
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?;
        match rows.as_slice() {
            [] => Ok(None),
            [printing, attempt] => {
                self.record_change(&mut super::row::job(printing)?);
                Ok(Some(StartedAttempt {
                    attempt: get(attempt, "id")?,
                    number: get(attempt, "number")?,
                }))
            }
            [..] => Err(storage("an attempt that was noted in part")),
        }
    }

    /// The printer stopped with bytes of the job in it (`Some`), or goes on (`None`).
    pub async fn at_printer(
        &mut self,
        id: JobId,
        waits: Option<WaitCause>,
    ) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        if place(&job.state) != Place::AtPrinter {
            return Ok(());
        }
        match waits {
            Some(cause) => {
                let state = self.waiting(&job, cause, true);
                self.save(&mut job, state, "the printer stopped in the middle")
                    .await
            }
            None => {
                self.save(&mut job, JobState::Printing, "the printer goes on")
                    .await
            }
        }
    }

    /// Notes the outcome and what comes of it.
    pub async fn finish(&mut self, ended: FinishedAttempt) -> Result<(), QueueError> {
        let mut job = match self.job(ended.job).await {
            Ok(job) => job,
            // It was handed over while it was being committed, and the disk did not take it.
            Err(QueueError::UnknownJob(_)) if ended.began.is_none() => return Ok(()),
            Err(error) => return Err(error),
        };
        self.end_attempt(&job, &ended).await?;
        let expected = match ended.began {
            Some(_) => Place::AtPrinter,
            None => Place::InLine,
        };
        // Cancelled or moved while the printer was being reached: that stands.
        if place(&job.state) != expected || job.printer != Some(ended.printer) {
            return Ok(());
        }
        if spends(&ended.outcome) {
            job.attempts += 1;
        }
        job.next_try = None;
        let state = match ended.next {
            Next::Printed => JobState::Printed,
            Next::Sent => JobState::Sent,
            Next::Again { at } => {
                job.next_try = Some(at);
                self.waiting(&job, WaitCause::Retry, false)
            }
            Next::AgainMarked => {
                job.heading = Heading::MaybeDuplicate;
                job.attempts = 0;
                JobState::Queued
            }
            Next::WaitForPrinter(cause) => self.waiting(&job, cause, false),
            // The whole line goes, this one with it, as soon as this is written down.
            Next::FailOver(_) => self.waiting(&job, stopped_by(&ended.outcome), false),
            Next::AskPerson(cause) => JobState::Unconfirmed { cause },
            Next::GiveUp { cause, detail } => JobState::Failed { cause, detail },
        };
        if matches!(state, JobState::Printed | JobState::Sent) {
            self.note_paper(ended.printer).await?;
        }
        self.save(&mut job, state, &words(&ended.outcome)).await
    }

    /// Everything in the printer's line behind this one waits for this, or, without a cause, has its turn again, with all
    /// its tries. Says behind which there may be more to do.
    pub async fn line_waits(
        &mut self,
        printer: PrinterId,
        behind: i64,
        cause: Option<WaitCause>,
        why: &str,
    ) -> Result<Option<i64>, QueueError> {
        // Two ranges, so that the index leads past those that wait for it already.
        let rows = sqlx::query(select_jobs!(
            "WHERE printer = ?1 AND place = 'line' AND place <> 'over' AND seq > ?4 \
             AND (json_quote(json_extract(state, '$.cause')) < ?2 \
             OR json_quote(json_extract(state, '$.cause')) > ?2) ORDER BY seq LIMIT ?3"
        ))
        .bind(printer.to_string())
        .bind(to_json(&cause)?)
        .bind(STEP)
        .bind(behind)
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?;
        for row in &rows {
            let mut job = job(row)?;
            job.next_try = None;
            let state = match cause {
                Some(cause) => self.waiting(&job, cause, false),
                None => {
                    job.attempts = 0;
                    JobState::Queued
                }
            };
            self.save(&mut job, state, why).await?;
        }
        last_of(&rows)
    }

    /// What waits in the printer's line goes to a backup, which does not hand it on: each ticket goes over once, until a
    /// person chooses anew. Test pages say how their own printer prints. `true` when there is more to do.
    pub async fn line_fails_over(
        &mut self,
        from: &BackupFor,
        to: PrinterId,
    ) -> Result<bool, QueueError> {
        if !self.prints_here(to) {
            return Ok(false);
        }
        let rows = sqlx::query(select_jobs!(
            "WHERE printer = ?1 AND place = 'line' AND place <> 'over' AND backup_for IS NULL \
             AND ticket <> 'test' AND ticket NOT LIKE 'test:%' LIMIT ?2"
        ))
        .bind(from.printer.to_string())
        .bind(STEP)
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?;
        for row in &rows {
            let mut job = job(row)?;
            job.backup_for = Some(from.clone());
            job.printer = Some(to);
            (job.attempts, job.next_try) = (0, None);
            self.wake.insert(to);
            self.save(
                &mut job,
                JobState::Queued,
                "its printer cannot print, and its backup takes it",
            )
            .await?;
        }
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX) == STEP)
    }

    async fn end_attempt(&mut self, job: &Job, ended: &FinishedAttempt) -> Result<(), QueueError> {
        let outcome = to_json(&ended.outcome)?;
        let now = self.now.as_millisecond();
        match (&ended.began, &ended.outcome) {
            (Some(began), _) => {
                sqlx::query("UPDATE attempts SET ended_at = ?2, outcome = ?3 WHERE id = ?1")
                    .bind(began.attempt)
                    .bind(now)
                    .bind(outcome)
            }
            // A look at a printer that cannot print now is no attempt.
            (None, Outcome::NotPrinted(NotPrinted::NotReady { .. })) => return Ok(()),
            (None, _) => sqlx::query(
                "INSERT INTO attempts (job, printer, heading, began_at, ended_at, outcome) VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
            )
            .bind(job.seq)
            .bind(ended.printer.to_string())
            .bind(job.heading.word())
            .bind(now)
            .bind(outcome),
        }
        .execute(&mut *self.connection)
        .await
        .map_err(storage)?;
        Ok(())
    }

    async fn note_paper(&mut self, printer: PrinterId) -> Result<(), QueueError> {
        sqlx::query("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")
            .bind(format!("printed:{printer}"))
            .bind(self.now.as_millisecond())
            .execute(&mut *self.connection)
            .await
            .map_err(storage)?;
        Ok(())
    }

    /// A wait for the same thing goes on; one for another begins now.
    fn waiting(&self, job: &Job, cause: WaitCause, bytes_left: bool) -> JobState {
        let since = match &job.state {
            JobState::Waiting {
                cause: before,
                since,
                ..
            } if *before == cause => *since,
            JobState::Waiting { .. }
            | JobState::Queued
            | JobState::Printing
            | JobState::Printed
            | JobState::Sent
            | JobState::Unconfirmed { .. }
            | JobState::Failed { .. }
            | JobState::Held { .. }
            | JobState::Cancelled
            | JobState::Expired => self.now,
        };
        JobState::Waiting {
            cause,
            since,
            bytes_left,
        }
    }
}

/// Where the next step begins, if this one was a full one.
fn last_of(rows: &[SqliteRow]) -> Result<Option<i64>, QueueError> {
    match rows.last() {
        Some(last) if u32::try_from(rows.len()) == Ok(STEP) => get(last, "seq").map(Some),
        Some(_) | None => Ok(None),
    }
}
