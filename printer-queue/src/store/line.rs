//! What a worker writes: the attempt before the first byte, the outcome before anybody hears of it, and what the whole
//! line of its printer waits for.

use api::{
    JobId, JobState, Outcome, PrinterId,
    job::{Doubt, NotPrinted, WaitCause},
};

use crate::{
    driver::{LAST_NUMBER, said},
    error::QueueError,
    job::{Heading, InPlaceOf, Job, Next, Place, place, spends, stopped_by},
    store::{
        page::Page,
        row::{get, job, select_jobs, to_json},
        storage,
    },
};

/// So many jobs change at once at the most, so that the file is never kept from others for long.
const STEP: u32 = 500;

/// An attempt that is in the file: from now on bytes may leave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began {
    pub attempt: i64,
    /// What the printer is asked to repeat.
    pub number: u32,
}

/// What an attempt came to.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub job: JobId,
    pub printer: PrinterId,
    /// `None` when it ended before a byte could leave.
    pub began: Option<Began>,
    pub outcome: Outcome,
    pub next: Next,
}

impl Page {
    /// Notes the attempt, if the job still is what was encoded and still the first: a person may have cancelled or moved
    /// it meanwhile, or put another one before it.
    pub async fn begin(
        &mut self,
        id: JobId,
        printer: PrinterId,
        heading: Heading,
    ) -> Result<Option<Began>, QueueError> {
        let mut job = self.job(id).await?;
        let same = job.printer == Some(printer) && job.heading == heading;
        if !same || place(&job.state) != Place::InLine {
            return Ok(None);
        }
        if self.is_overtaken(&job).await? {
            return Ok(None);
        }
        let number = self
            .count(&format!("number:{printer}"), LAST_NUMBER)
            .await?;
        let row = sqlx::query(
            "INSERT INTO attempts (job, printer, number, heading, began_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        )
        .bind(job.seq)
        .bind(printer.to_string())
        .bind(number)
        .bind(heading.word())
        .bind(self.now.as_millisecond())
        .fetch_one(&mut *self.tx)
        .await
        .map_err(storage)?;
        job.printed_by = Some(printer);
        job.next_try = None;
        self.save(&mut job, JobState::Printing, "the printer is ready for it")
            .await?;
        Ok(Some(Began {
            attempt: get(&row, "id")?,
            number,
        }))
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
    pub async fn finish(&mut self, ended: Ended) -> Result<(), QueueError> {
        let mut job = self.job(ended.job).await?;
        self.end_attempt(&job, &ended).await?;
        let expected = match ended.began {
            Some(_) => Place::AtPrinter,
            None => Place::InLine,
        };
        // Cancelled or moved while it was knocked at the door: that stands.
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

    /// Everything in the printer's line waits for this. `true` when there is more to do.
    pub async fn line_waits(
        &mut self,
        printer: PrinterId,
        cause: WaitCause,
        why: &str,
    ) -> Result<bool, QueueError> {
        let rows = sqlx::query(select_jobs!(
            "WHERE printer = ?1 AND place = 'line' AND (json_quote(json_extract(state, '$.cause')) < ?2 \
             OR json_quote(json_extract(state, '$.cause')) > ?2) LIMIT ?3"
        ))
        .bind(printer.to_string())
        .bind(to_json(&cause)?)
        .bind(STEP)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(storage)?;
        for row in &rows {
            let mut job = job(row)?;
            job.next_try = None;
            let state = self.waiting(&job, cause, false);
            self.save(&mut job, state, why).await?;
        }
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX) == STEP)
    }

    /// What waited in the printer's line has its turn again, with all its tries. `true` when there is more to do.
    pub async fn line_goes_on(
        &mut self,
        printer: PrinterId,
        why: &str,
    ) -> Result<bool, QueueError> {
        let rows = sqlx::query(select_jobs!(
            "WHERE printer = ?1 AND place = 'line' AND (json_quote(json_extract(state, '$.cause')) < 'null' \
             OR json_quote(json_extract(state, '$.cause')) > 'null') LIMIT ?2"
        ))
        .bind(printer.to_string())
        .bind(STEP)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(storage)?;
        for row in &rows {
            let mut job = job(row)?;
            (job.attempts, job.next_try) = (0, None);
            self.save(&mut job, JobState::Queued, why).await?;
        }
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX) == STEP)
    }

    /// What waits in the printer's line goes to a backup, which does not hand it on: each ticket goes over once, until a
    /// person chooses anew. Test pages say how their own printer prints. `true` when there is more to do.
    pub async fn line_fails_over(
        &mut self,
        from: &InPlaceOf,
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
        .fetch_all(&mut *self.tx)
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

    async fn is_overtaken(&mut self, job: &Job) -> Result<bool, QueueError> {
        let row = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE printer = ?1 AND place = 'line' AND place <> 'over' \
             AND (urgent > ?2 OR urgent = ?2 AND seq < ?3)) AS overtaken",
        )
        .bind(job.printer.map(|printer| printer.to_string()))
        .bind(job.urgent)
        .bind(job.seq)
        .fetch_one(&mut *self.tx)
        .await
        .map_err(storage)?;
        get(&row, "overtaken")
    }

    async fn end_attempt(&mut self, job: &Job, ended: &Ended) -> Result<(), QueueError> {
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
        .execute(&mut *self.tx)
        .await
        .map_err(storage)?;
        Ok(())
    }

    async fn note_paper(&mut self, printer: PrinterId) -> Result<(), QueueError> {
        sqlx::query("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")
            .bind(format!("printed:{printer}"))
            .bind(self.now.as_millisecond())
            .execute(&mut *self.tx)
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

/// The outcome as the history tells it.
pub(super) fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Confirmed => "the printer confirmed it".into(),
        Outcome::Sent => "the printer took all of it and cannot confirm".into(),
        Outcome::NotPrinted(why) => format!("nothing was printed: {}", said(why)),
        Outcome::Uncertain(Doubt::NoConfirmation) => {
            "the printer took it and did not confirm in time".into()
        }
        Outcome::Uncertain(Doubt::ConnectionLost) => {
            "the connection broke after bytes had left".into()
        }
        Outcome::Uncertain(Doubt::ProgramEnded) => {
            "the program ended while bytes were going out".into()
        }
        Outcome::Uncertain(Doubt::PrinterRestarted) => {
            "the printer was restarted while it held the ticket".into()
        }
    }
}
