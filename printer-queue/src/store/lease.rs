//! What is written when the lease of this counter is over.

use api::JobId;

use crate::{
    error::QueueError,
    job::{Heading, Place, place},
    store::transaction::WriteTransaction,
};

impl WriteTransaction {
    /// Another counter may have printed it: whatever comes out here from now on says so.
    pub async fn mark(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut job = match self.job(id).await {
            Ok(job) => job,
            // It was handed over while it was being committed, and the disk did not take it.
            Err(QueueError::UnknownJob(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        if place(&job.state) != Place::InLine || job.heading.warns() {
            return Ok(());
        }
        job.heading = Heading::MaybeDuplicate;
        let state = job.state.clone();
        let cause = "the lease of this counter is over: another one may have printed it";
        self.save(&mut job, state, cause).await
    }
}
