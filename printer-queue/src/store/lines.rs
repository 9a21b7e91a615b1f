//! Writes for requests about a printer's line: order, hold, release, pause.

use api::{JobId, JobState, PrinterId, job::HeldCause};

use crate::{
    error::QueueError,
    job::{Place, place},
    store::{storage, transaction::WriteTransaction},
};

impl WriteTransaction {
    /// It goes before the others.
    pub async fn urgent(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        match place(&job.state) {
            Place::InLine => {
                job.urgent = true;
                self.wake.extend(job.printer);
                let state = job.state.clone();
                self.save(&mut job, state, "a person wants it next").await
            }
            Place::AtPrinter => Err(QueueError::NotNow("the ticket is being printed already")),
            Place::WithAPerson | Place::Over => Err(QueueError::NotNow(
                "the ticket stands in no line; release it or print it again first",
            )),
        }
    }

    /// It waits outside its line, for a person.
    pub async fn hold(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        match place(&job.state) {
            Place::InLine => {
                job.next_try = None;
                self.wake.extend(job.printer);
                let cause = HeldCause::ByHand;
                self.save(&mut job, JobState::Held { cause }, "a person held it")
                    .await
            }
            Place::AtPrinter => Err(QueueError::NotNow(
                "parts of the ticket are at its printer already, so it cannot be held any more",
            )),
            Place::WithAPerson => Err(QueueError::NotNow("the ticket waits for a person already")),
            Place::Over => Err(QueueError::NotNow("the ticket is over already")),
        }
    }

    /// It stands in its line again, as old as it was placed but fresh.
    pub async fn release(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = self.job(id).await?;
        match (&job.state, job.printer) {
            (JobState::Held { .. }, Some(printer)) => {
                self.must_print_here(printer)?;
                self.line_up(&mut job, "a person released it").await
            }
            (JobState::Held { .. }, None) => Err(QueueError::NotNow(
                "no printer is named for this ticket; choose one",
            )),
            (
                JobState::Queued
                | JobState::Waiting { .. }
                | JobState::Printing
                | JobState::Printed
                | JobState::Sent
                | JobState::Unconfirmed { .. }
                | JobState::Failed { .. }
                | JobState::Cancelled
                | JobState::Expired,
                _,
            ) => Err(QueueError::NotNow(
                "the ticket is not held; look at it again",
            )),
        }
    }

    /// The printer's line stands still until [`WriteTransaction::resume`], also over a restart.
    pub async fn pause(&mut self, printer: PrinterId) -> Result<(), QueueError> {
        self.must_print_here(printer)?;
        sqlx::query("INSERT OR IGNORE INTO meta (key, value) VALUES (?1, ?2)")
            .bind(format!("paused:{printer}"))
            .bind(self.now.as_millisecond())
            .execute(&mut *self.connection)
            .await
            .map_err(storage)?;
        self.paused.insert(printer, true);
        self.wake.insert(printer);
        Ok(())
    }

    /// The printer's line goes on.
    pub async fn resume(&mut self, printer: PrinterId) -> Result<(), QueueError> {
        sqlx::query("DELETE FROM meta WHERE key = ?1")
            .bind(format!("paused:{printer}"))
            .execute(&mut *self.connection)
            .await
            .map_err(storage)?;
        self.paused.insert(printer, false);
        self.wake.insert(printer);
        Ok(())
    }
}
