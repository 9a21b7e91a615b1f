//! Asks the printer about jobs.

use super::{
    GONE, NOT_FOUND, Printer,
    http::HttpError,
    identity::RemoteJob,
    job::{self, JobStatus},
};

impl Printer {
    /// This job of ours; `None` when the printer knows none, or another one of its number.
    pub(super) async fn job(
        &self,
        ours: &RemoteJob,
        name: &str,
    ) -> Result<Option<JobStatus>, HttpError> {
        let said = self.numbered(ours.id).await?;
        Ok(said.filter(|said| ours.is(said, name)))
    }

    /// Looks at a job that was just made, to know it again. A printer that says nothing now may do so later.
    pub(super) async fn learn(&self, new: RemoteJob) -> RemoteJob {
        match self.numbered(new.id).await {
            Ok(Some(said)) => RemoteJob {
                // Some printers answer with another number than that of the job that was asked for.
                id: new.id,
                ..RemoteJob::new(&said)
            },
            Ok(None) | Err(_) => new,
        }
    }

    async fn numbered(&self, id: i32) -> Result<Option<JobStatus>, HttpError> {
        let answer = self
            .ask(self.target.job_attributes(id, &job::ASKED))
            .await?;
        match answer.status {
            NOT_FOUND | GONE => Ok(None),
            _ if answer.is_ok() => Ok(answer.jobs().find_map(JobStatus::of)),
            _ => Err(HttpError::Strange(answer.said())),
        }
    }

    /// A job of ours by its name, over or not.
    pub(super) async fn find(&self, name: &str) -> Result<Option<JobStatus>, HttpError> {
        for which in ["not-completed", "completed"] {
            let answer = self.ask(self.target.jobs(which, &job::ASKED)).await?;
            if !answer.is_ok() {
                return Err(HttpError::Strange(answer.said()));
            }
            if let Some(said) = JobStatus::named(&answer, name) {
                return Ok(Some(said));
            }
        }
        Ok(None)
    }
}
