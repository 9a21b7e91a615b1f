//! Recovery at start. A job that the printer knows by a number can be asked about: the number is stored before the document
//! is sent, and a person is asked only when the printer cannot tell.

use api::{
    JobId, JobState, Outcome, PrinterId,
    job::{Doubt, FailCause},
};
use printers::{RemoteJob, Seen};
use uuid::Uuid;

use crate::{
    error::QueueError,
    job::{Heading, Job, Place, place},
    store::{
        attempts::StartedAttempt,
        outcome_words::words,
        row::{get, job, select_jobs, to_json},
        storage,
        transaction::WriteTransaction,
    },
};

/// [`Seen`] as it is stored: UUID, time of creation, how long the printer was on.
type SeenRow = (Option<Uuid>, Option<i32>, Option<i32>);

/// An attempt whose job the printer knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remote {
    pub began: StartedAttempt,
    pub at: RemoteJob,
}

/// A job whose attempt was open when the program ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interrupted {
    pub job: JobId,
    pub printer: Option<PrinterId>,
    /// It was headed as a possible duplicate already.
    pub marked: bool,
    /// The printer can be asked what became of it; until then it counts as being printed.
    pub remote: Option<Remote>,
}

impl WriteTransaction {
    /// At start: every attempt without an outcome may have left bytes on paper.
    pub async fn interrupted(&mut self) -> Result<Vec<Interrupted>, QueueError> {
        let cause = Doubt::ProgramEnded;
        let outcome = Outcome::Uncertain(cause);
        sqlx::query("UPDATE attempts SET outcome = ?1, ended_at = ?2 WHERE outcome IS NULL")
            .bind(to_json(&outcome)?)
            .bind(self.now.as_millisecond())
            .execute(&mut *self.connection)
            .await
            .map_err(storage)?;
        let rows = sqlx::query(select_jobs!(
            "WHERE place = 'printer' AND place <> 'over' ORDER BY seq"
        ))
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?;
        let mut found = Vec::new();
        for row in &rows {
            let mut job = job(row)?;
            let remote = self.remote(&job).await?;
            if remote.is_none() {
                self.save(&mut job, JobState::Unconfirmed { cause }, &words(&outcome))
                    .await?;
            }
            found.push(Interrupted {
                job: job.id,
                printer: job.printer,
                marked: job.heading == Heading::MaybeDuplicate,
                remote,
            });
        }
        Ok(found)
    }

    /// What was interrupted comes out once more, marked, where the printer is set so.
    pub async fn again_marked(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        match job.state {
            JobState::Unconfirmed { .. } => {
                job.heading = Heading::MaybeDuplicate;
                (job.attempts, job.next_try) = (0, None);
                self.wake.extend(job.printer);
                let state = self.in_line(job.printer);
                self.save(
                    &mut job,
                    state,
                    "its printer is set to print it once more, marked",
                )
                .await
            }
            // A person was faster.
            JobState::Queued
            | JobState::Waiting { .. }
            | JobState::Printing
            | JobState::Printed
            | JobState::Sent
            | JobState::Failed { .. }
            | JobState::Held { .. }
            | JobState::Cancelled
            | JobState::Expired => Ok(()),
        }
    }

    /// The program failed over this job: nobody knows what came out if its attempt had begun, and nothing did if not.
    pub async fn crashed(&mut self, id: JobId, detail: String) -> Result<(), QueueError> {
        let mut job = match self.job(id).await {
            Ok(job) => job,
            // Handed over while it was being committed, and the disk did not take it.
            Err(QueueError::UnknownJob(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        match place(&job.state) {
            Place::InLine => {
                let cause = FailCause::Crashed;
                job.next_try = None;
                self.save(
                    &mut job,
                    JobState::Failed { cause, detail },
                    "the program failed over it",
                )
                .await
            }
            Place::AtPrinter => {
                let cause = Doubt::ProgramEnded;
                let outcome = Outcome::Uncertain(cause);
                sqlx::query(
                    "UPDATE attempts SET outcome = ?2, ended_at = ?3 WHERE job = ?1 AND outcome IS NULL",
                )
                .bind(job.seq)
                .bind(to_json(&outcome)?)
                .bind(self.now.as_millisecond())
                .execute(&mut *self.connection)
                .await
                .map_err(storage)?;
                let why = format!("the program failed over it: {detail}");
                self.save(&mut job, JobState::Unconfirmed { cause }, &why)
                    .await
            }
            Place::WithAPerson | Place::Over => Ok(()),
        }
    }

    /// The worker of this printer failed: jobs that it had at the printer may have come out.
    pub async fn abandoned(&mut self, printer: PrinterId) -> Result<(), QueueError> {
        let rows = sqlx::query(select_jobs!(
            "WHERE printer = ?1 AND place = 'printer' AND place <> 'over' ORDER BY seq"
        ))
        .bind(printer.to_string())
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?;
        for row in &rows {
            self.crashed(job(row)?.id, "its worker panicked".into())
                .await?;
        }
        Ok(())
    }

    /// The printer has made a job for this attempt; from now on its document may leave.
    pub async fn announced(
        &mut self,
        began: StartedAttempt,
        at: RemoteJob,
    ) -> Result<(), QueueError> {
        let seen = at
            .seen
            .map(|seen| -> SeenRow { (seen.uuid, seen.created, seen.up_time) });
        let seen = seen.as_ref().map(to_json).transpose()?;
        sqlx::query("UPDATE attempts SET remote = ?2, remote_seen = ?3 WHERE id = ?1")
            .bind(began.attempt)
            .bind(at.id)
            .bind(seen)
            .execute(&mut *self.connection)
            .await
            .map_err(storage)?;
        Ok(())
    }

    /// The last attempt of a job, if the printer knows its job.
    async fn remote(&mut self, job: &Job) -> Result<Option<Remote>, QueueError> {
        let row = sqlx::query(
            "SELECT id, number, remote, remote_seen FROM attempts WHERE job = ?1 ORDER BY id DESC LIMIT 1",
        )
        .bind(job.seq)
        .fetch_optional(&mut *self.connection)
        .await
        .map_err(storage)?;
        let Some(row) = row else { return Ok(None) };
        let Some(id) = get(&row, "remote")? else {
            return Ok(None);
        };
        let began = StartedAttempt {
            attempt: get(&row, "id")?,
            number: get(&row, "number")?,
        };
        // Of what cannot be read nothing is known: then the job is known by its name alone.
        let seen: Option<String> = get(&row, "remote_seen").unwrap_or_default();
        let seen = seen.and_then(|seen| serde_json::from_str::<SeenRow>(&seen).ok());
        let seen = seen.map(|(uuid, created, up_time)| Seen {
            uuid,
            created,
            up_time,
        });
        let at = RemoteJob { id, seen };
        Ok(Some(Remote { began, at }))
    }

    /// Its printer is not here any more, so that only a person can tell.
    pub async fn nobody_to_ask(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        if place(&job.state) != Place::AtPrinter {
            return Ok(());
        }
        let cause = Doubt::ProgramEnded;
        let why = words(&Outcome::Uncertain(cause));
        self.save(&mut job, JobState::Unconfirmed { cause }, &why)
            .await
    }
}
