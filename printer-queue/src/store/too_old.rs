//! Tickets that are too old to print unasked: held, and then decided about all together.

use std::collections::BTreeSet;

use api::{JobId, JobState, OrderId, PrinterId, TicketKind, job::HeldCause};
use jiff::{SignedDuration, Timestamp};

use crate::{
    error::QueueError,
    job::{Heading, Job, TooOld},
    options::Ages,
    store::{
        attempts::STEP,
        row::{job, select_jobs},
        storage,
        transaction::WriteTransaction,
    },
};

const HELD: JobState = JobState::Held {
    cause: HeldCause::TooOld,
};

/// Whether it is too old now to print unasked. Nothing is as long as the server's time is not known.
pub(crate) fn is_too_old(job: &Job, ages: &Ages, server_now: Option<Timestamp>) -> bool {
    let limit = ages.limit(job.ticket.kind).map(SignedDuration::try_from);
    let (Some(Ok(limit)), Some(now), Some(from)) = (limit, server_now, job.ages_from) else {
        return false;
    };
    now.duration_since(from) > limit
}

impl WriteTransaction {
    /// Holds what is too old in the printer's line. `true` when there is more to do.
    pub async fn hold_old(&mut self, printer: PrinterId, ages: &Ages) -> Result<bool, QueueError> {
        let Some(now) = self.server_now else {
            return Ok(false);
        };
        let mut more = false;
        for kind in TicketKind::ALL {
            let limit = ages.limit(kind).map(SignedDuration::try_from);
            let Some(Ok(limit)) = limit else { continue };
            let Ok(before) = now.checked_sub(limit) else {
                continue;
            };
            let rows = sqlx::query(select_jobs!(
                "WHERE printer = ?1 AND place = 'line' AND place <> 'over' AND (ticket = ?2 OR ticket LIKE ?2 || ':%') \
                 AND ages_from < ?3 LIMIT ?4"
            ))
            .bind(printer.to_string())
            .bind(kind.word())
            .bind(before.as_millisecond())
            .bind(STEP)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(storage)?;
            for row in &rows {
                let mut job = job(row)?;
                job.next_try = None;
                self.save(
                    &mut job,
                    HELD,
                    "it is too old to print without a person's word",
                )
                .await?;
            }
            self.wake.insert(printer);
            more |= u32::try_from(rows.len()).unwrap_or(u32::MAX) == STEP;
        }
        Ok(more)
    }

    /// Tickets in the printer's line that came while the server's time was not known age from now on.
    pub async fn date_line(&mut self, printer: PrinterId) -> Result<(), QueueError> {
        let Some(now) = self.server_now else {
            return Ok(());
        };
        sqlx::query(
            "UPDATE jobs SET ages_from = ?2 \
             WHERE printer = ?1 AND place = 'line' AND place <> 'over' AND ages_from IS NULL",
        )
        .bind(printer.to_string())
        .bind(now.as_millisecond())
        .execute(&mut *self.connection)
        .await
        .map_err(storage)?;
        Ok(())
    }

    /// What a person says about the tickets that are held for their age. Says which jobs it leads to.
    pub async fn decide_too_old(&mut self, choice: TooOld) -> Result<Vec<JobId>, QueueError> {
        match choice {
            TooOld::PrintAll => self.release_old(|_| true).await,
            TooOld::PrintOpen(open) => {
                self.release_old(|order| order.is_none_or(|order| open.contains(&order)))
                    .await
            }
            TooOld::Digest { jobs, ticket } => {
                let listed: BTreeSet<JobId> = jobs.into_iter().collect();
                for mut job in self.held_old().await? {
                    if listed.contains(&job.id) {
                        self.expire(&mut job, "a digest was printed instead")
                            .await?;
                    }
                }
                let cause = "a person wanted a list of what is too old";
                let added = self
                    .add(&ticket, Heading::None, ticket.destination, cause)
                    .await?;
                Ok(added.into_iter().collect())
            }
        }
    }

    async fn release_old(
        &mut self,
        prints: impl Fn(Option<OrderId>) -> bool + Send,
    ) -> Result<Vec<JobId>, QueueError> {
        let mut released = Vec::new();
        for mut job in self.held_old().await? {
            if prints(job.order) {
                released.push(job.id);
                self.line_up(&mut job, "a person wants it however old it is")
                    .await?;
            } else {
                self.expire(&mut job, "its order is not open any more")
                    .await?;
            }
        }
        Ok(released)
    }

    async fn expire(&mut self, job: &mut Job, cause: &str) -> Result<(), QueueError> {
        self.save(job, JobState::Expired, cause).await
    }

    async fn held_old(&mut self) -> Result<Vec<Job>, QueueError> {
        sqlx::query(select_jobs!(
            "WHERE place = 'person' AND place <> 'over' AND json_extract(state, '$.cause') = 'too_old' ORDER BY seq"
        ))
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?
        .iter()
        .map(job)
        .collect()
    }
}
