//! What the tickets of an order have on paper: where each really came out, and which lines of the order it has.

use std::collections::{BTreeMap, BTreeSet};

use api::{JobId, JobState, OrderId, PrinterId};
use sqlx::sqlite::SqliteRow;

use crate::{
    error::QueueError,
    handover::Tickets,
    job::{EarlierTicket, Heading, NewJob, RevisionJobs, Submitted},
    store::{
        Reader,
        row::{get, job, job_columns, json, to_json, word},
        storage,
        transaction::WriteTransaction,
    },
};

impl Reader {
    /// The tickets of an order, oldest first.
    pub async fn earlier_tickets(&self, order: OrderId) -> Result<Vec<EarlierTicket>, QueueError> {
        let mut at_printers: BTreeMap<i64, BTreeSet<PrinterId>> = BTreeMap::new();
        // Of every attempt that is not known to have printed nothing.
        let attempts = sqlx::query(
            "SELECT DISTINCT attempts.job, attempts.printer FROM attempts JOIN jobs ON jobs.seq = attempts.job \
             WHERE jobs.order_id = ?1 \
             AND ifnull(json_extract(outcome, '$.outcome'), 'open') <> 'not_printed'",
        )
        .bind(order.to_string())
        .fetch_all(&self.0)
        .await
        .map_err(storage)?;
        for row in &attempts {
            let printers = at_printers.entry(get(row, "job")?).or_default();
            printers.insert(word(row, "printer")?);
        }
        // A reprint has the lines of its original.
        sqlx::query(concat!(
            "SELECT ",
            job_columns!(),
            ", released, (SELECT lines FROM ticket_lines JOIN jobs original ON original.seq = ticket_lines.job \
             WHERE original.order_id = jobs.order_id AND original.revision = jobs.revision \
             AND original.ticket = jobs.ticket AND original.destination IS jobs.destination) AS lines \
             FROM jobs WHERE order_id = ?1 ORDER BY seq"
        ))
        .bind(order.to_string())
        .fetch_all(&self.0)
        .await
        .map(|rows| {
            // One that cannot be read hides no other, and keeps no later revision from its paper.
            let tickets = rows.iter().filter_map(|row| {
                ticket(row, &mut at_printers)
                    .inspect_err(|error| tracing::error!(%order, %error, "a ticket cannot be read"))
                    .ok()
            });
            tickets.collect()
        })
        .map_err(storage)
    }
}

fn ticket(
    row: &SqliteRow,
    at_printers: &mut BTreeMap<i64, BTreeSet<PrinterId>>,
) -> Result<EarlierTicket, QueueError> {
    let found = job(row)?;
    let mut printers = at_printers.remove(&found.seq).unwrap_or_default();
    match &found.state {
        // It will come out there.
        JobState::Queued | JobState::Waiting { .. } | JobState::Printing => {
            printers.extend(found.printer);
        }
        JobState::Printed | JobState::Sent | JobState::Unconfirmed { .. } => {
            if printers.is_empty() {
                printers.extend(found.printed_by.or(found.printer));
            }
        }
        JobState::Failed { .. }
        | JobState::Held { .. }
        | JobState::Cancelled
        | JobState::Expired => {}
    }
    let is_marked = found.heading == Heading::MaybeDuplicate;
    let doubtful = if get::<bool>(row, "released")? {
        // It was to print, so nobody believed that it had; whoever has it now tells what becomes of it.
        !std::mem::take(&mut printers).is_empty()
    } else {
        printers.is_empty() && is_marked
    };
    let has_lines = get::<Option<&str>>(row, "lines")?.is_some();
    Ok(EarlierTicket {
        job: found.id,
        revision: found.revision,
        revised_at: found.revised_at,
        ticket: found.ticket,
        destination: found.destination,
        lines: has_lines.then(|| json(row, "lines")).transpose()?,
        drawer: found.drawer,
        state: found.state,
        printers: printers.into_iter().collect(),
        doubtful,
        submitted_at: found.submitted_at,
        at: found.at,
    })
}

impl WriteTransaction {
    /// Takes a later revision once, with its jobs, the lines that they have, and the end of those held tickets that they
    /// replace.
    pub async fn submit_later(
        &mut self,
        order: OrderId,
        revision: u32,
        new: RevisionJobs,
    ) -> Result<Submitted, QueueError> {
        let lines: Vec<(NewJob, Vec<u32>)> = new
            .jobs
            .iter()
            .filter(|(job, _)| job.copy == 0)
            .filter_map(|(job, lines)| Some((job.clone(), lines.clone()?)))
            .collect();
        let tickets = Tickets {
            jobs: new.jobs.into_iter().map(|(job, _)| job).collect(),
            elsewhere: new.elsewhere,
        };
        let submitted = self.submit(order, revision, tickets).await?;
        if submitted == Submitted::AlreadyHandled {
            return Ok(submitted);
        }
        for (job, lines) in lines {
            self.keep_lines(order, &job, &lines).await?;
        }
        for job in new.replaced {
            self.replace_held(job).await?;
        }
        Ok(submitted)
    }

    pub(super) async fn keep_lines(
        &mut self,
        order: OrderId,
        job: &NewJob,
        lines: &[u32],
    ) -> Result<(), QueueError> {
        sqlx::query(
            "INSERT OR IGNORE INTO ticket_lines (job, lines) SELECT seq, ?5 FROM jobs \
             WHERE order_id = ?1 AND revision = ?2 AND ticket = ?3 AND destination IS ?4 AND copy = 0",
        )
        .bind(order.to_string())
        .bind(job.revision)
        .bind(job.ticket.to_string())
        .bind(job.destination.map(|printer| printer.to_string()))
        .bind(to_json(&lines)?)
        .execute(&mut *self.connection)
        .await
        .map(drop)
        .map_err(storage)
    }

    async fn replace_held(&mut self, job: JobId) -> Result<(), QueueError> {
        let mut job = match self.job(job).await {
            Ok(job) => job,
            // Pruned since.
            Err(QueueError::UnknownJob(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        if matches!(job.state, JobState::Held { .. }) {
            self.wake.extend(job.printer);
            let cause = "a later revision of the order prints in its place";
            self.save(&mut job, JobState::Cancelled, cause).await?;
        }
        Ok(())
    }
}
