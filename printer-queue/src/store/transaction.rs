//! A write transaction: its connection, the changes it makes, and the events to publish once it is committed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use api::{
    JobId, JobState, OrderId, PrinterId, TicketChanged,
    job::{FailCause, HeldCause},
};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::{
    error::QueueError,
    handover::Tickets,
    job::{Content, Heading, Job, NewJob, Submitted, place},
    store::{
        Head,
        row::{OPEN_AND_RECENT, get, job, place_word, readable, select_jobs, to_json},
        storage,
    },
};

/// The printers of this counter; `None` until they were told for the first time.
pub(crate) type KnownPrinters = Option<Arc<BTreeSet<PrinterId>>>;

/// A transaction that is not committed yet.
#[derive(Debug)]
pub(crate) struct WriteTransaction {
    pub(super) connection: Box<SqliteConnection>,
    /// When it was begun, in whole milliseconds.
    pub now: Timestamp,
    /// The same on the server's time.
    pub(super) server_now: Option<Timestamp>,
    pub(super) known: KnownPrinters,
    /// The last state of each changed job, published after the commit.
    pub(super) changed: BTreeMap<i64, TicketChanged>,
    /// Printers whose workers are woken after the commit.
    pub(super) wake: BTreeSet<PrinterId>,
    /// The new job of a line, where there was just one.
    pub(super) fresh: BTreeMap<PrinterId, Head>,
    /// How many more, or fewer, jobs printers have open.
    pub(super) open: BTreeMap<PrinterId, i64>,
    /// Printers whose lines were stopped (`true`) or go on.
    pub(super) paused: BTreeMap<PrinterId, bool>,
}

impl WriteTransaction {
    /// Takes a revision once, with all its jobs and with what other counters make of it.
    pub async fn submit(
        &mut self,
        order: OrderId,
        revision: u32,
        tickets: Tickets,
    ) -> Result<Submitted, QueueError> {
        let done = sqlx::query(
            "INSERT OR IGNORE INTO handled (order_id, revision, at) VALUES (?1, ?2, ?3)",
        )
        .bind(order.to_string())
        .bind(revision)
        .bind(self.now.as_millisecond())
        .execute(&mut *self.connection)
        .await
        .map_err(storage)?;
        if done.rows_affected() == 0 {
            return Ok(Submitted::AlreadyHandled);
        }
        let mut added = Vec::new();
        for new in tickets.jobs {
            let heading = if new.copy == 0 {
                Heading::None
            } else {
                Heading::Copy
            };
            let job = self.add(&new, heading, new.destination, "the order came");
            added.extend(job.await?);
        }
        for row in &tickets.elsewhere {
            self.keep_elsewhere(row).await?;
        }
        Ok(Submitted::New(added))
    }

    /// Adds the jobs of revisions that were taken already, those whose keys are not there yet. Another counter, or this
    /// one before its file was lost, may have printed them: nobody here knows, so the paper says so.
    pub async fn add_all(&mut self, jobs: Vec<NewJob>) -> Result<Vec<JobId>, QueueError> {
        let mut added = Vec::new();
        for new in jobs {
            let (heading, cause) = (Heading::MaybeDuplicate, "a person asked for it");
            // Now, however old the order is.
            let new = NewJob {
                ages_from: None,
                ..new
            };
            added.extend(self.add(&new, heading, new.destination, cause).await?);
        }
        Ok(added)
    }

    /// Adds a job for this printer unless its key is there.
    pub(super) async fn add(
        &mut self,
        new: &NewJob,
        heading: Heading,
        printer: Option<PrinterId>,
        cause: &str,
    ) -> Result<Option<JobId>, QueueError> {
        self.add_as(new, heading, printer, None, cause).await
    }

    /// The same in a state of its own; `None` is in its line.
    pub(super) async fn add_as(
        &mut self,
        new: &NewJob,
        heading: Heading,
        printer: Option<PrinterId>,
        state: Option<JobState>,
        cause: &str,
    ) -> Result<Option<JobId>, QueueError> {
        let (markup, state) = match &new.content {
            Content::Markup(markup) => {
                let state = state.unwrap_or_else(|| self.in_line(printer));
                (Some(markup.as_str()), state)
            }
            Content::Unprintable { detail } => {
                let (cause, detail) = (FailCause::NotPrintable, detail.clone());
                (None, JobState::Failed { cause, detail })
            }
        };
        let id = JobId(uuid::Uuid::now_v7());
        // With its history in one round to the file; `$n` because SQLite counts the places of `?n` that are left out.
        let ages_from = new.ages_from.or(self.server_now);
        let rows = sqlx::query(
            "INSERT INTO jobs (id, order_id, revision, ticket, destination, copy, printer, markup, locale, drawer, \
             heading, state, place, submitted_at, at, urgent, ages_from, server_at, revised_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $18, $19) \
             ON CONFLICT DO NOTHING RETURNING seq; \
             INSERT INTO history (job, at, state, printer, cause, server_at) \
             SELECT last_insert_rowid(), $14, $12, $7, $17, $18 WHERE changes() > 0",
        )
        .bind(id.to_string())
        .bind(new.order.map(|order| order.to_string()))
        .bind(new.revision)
        .bind(new.ticket.to_string())
        .bind(new.destination.map(|printer| printer.to_string()))
        .bind(new.copy)
        .bind(printer.map(|printer| printer.to_string()))
        .bind(markup)
        .bind(&new.locale)
        .bind(new.drawer)
        .bind(heading.word())
        .bind(to_json(&state)?)
        .bind(place_word(place(&state)))
        .bind(self.now.as_millisecond())
        .bind(new.urgent)
        .bind(ages_from.map(Timestamp::as_millisecond))
        .bind(cause)
        .bind(self.server_now.map(Timestamp::as_millisecond))
        .bind(new.revised_at.map(Timestamp::as_millisecond))
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let mut job = Job {
            seq: get(row, "seq")?,
            id,
            order: new.order,
            revision: new.revision,
            revised_at: new.revised_at,
            ticket: new.ticket.clone(),
            destination: new.destination,
            printer,
            printed_by: None,
            backup_for: None,
            urgent: new.urgent,
            ages_from,
            copy: new.copy,
            heading,
            drawer: new.drawer,
            state,
            attempts: 0,
            submitted_at: self.now,
            at: self.now,
            next_try: None,
            note: None,
            counted_at: None,
        };
        self.record_change(&mut job);
        if let (Some(printer), Some(markup), JobState::Queued) = (printer, markup, &job.state) {
            let head = Head {
                job,
                markup: markup.to_owned(),
                locale: new.locale.clone(),
                first_pass: true,
            };
            self.fresh.insert(printer, head);
        }
        self.wake.extend(printer);
        Ok(Some(id))
    }

    /// What a job becomes that goes to this printer's line.
    pub(super) fn in_line(&self, printer: Option<PrinterId>) -> JobState {
        if printer.is_some_and(|printer| self.prints_here(printer)) {
            JobState::Queued
        } else {
            JobState::Held {
                cause: HeldCause::NoPrinter,
            }
        }
    }

    /// Before the printers were told for the first time, each counts as one of ours.
    pub(super) fn prints_here(&self, printer: PrinterId) -> bool {
        self.known
            .as_ref()
            .is_none_or(|known| known.contains(&printer))
    }

    /// Every job that is not over, and the newest `limit` of all, oldest first.
    pub async fn open_and_recent(&mut self, limit: u32) -> Result<Vec<TicketChanged>, QueueError> {
        let rows = sqlx::query(OPEN_AND_RECENT)
            .bind(limit)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(storage)?;
        Ok(readable(&rows, |row| Ok(job(row)?.changed())))
    }

    pub(super) async fn job(&mut self, id: JobId) -> Result<Job, QueueError> {
        let row = sqlx::query(select_jobs!("WHERE id = ?1"))
            .bind(id.to_string())
            .fetch_optional(&mut *self.connection)
            .await
            .map_err(storage)?
            .ok_or(QueueError::UnknownJob(id))?;
        job(&row)
    }

    /// Writes a job's new state, which begins now, and adds it to the history and to what is told after the commit.
    pub(super) async fn save(
        &mut self,
        job: &mut Job,
        state: JobState,
        cause: &str,
    ) -> Result<(), QueueError> {
        if job.state != state {
            job.state = state;
            job.at = self.now;
        }
        sqlx::query(
            "UPDATE jobs SET state = $2, place = $3, at = $4, attempts = $5, next_try = $6, printer = $7, \
             printed_by = $8, heading = $9, urgent = $10, ages_from = $11, backup_for = $12, backup_name = $13, \
             server_at = $16 \
             WHERE seq = $1; \
             INSERT INTO history (job, at, state, printer, cause, server_at) VALUES ($1, $14, $2, $7, $15, $16)",
        )
        .bind(job.seq)
        .bind(to_json(&job.state)?)
        .bind(place_word(place(&job.state)))
        .bind(job.at.as_millisecond())
        .bind(job.attempts)
        .bind(job.next_try.map(Timestamp::as_millisecond))
        .bind(job.printer.map(|printer| printer.to_string()))
        .bind(job.printed_by.map(|printer| printer.to_string()))
        .bind(job.heading.word())
        .bind(job.urgent)
        .bind(job.ages_from.map(Timestamp::as_millisecond))
        .bind(job.backup_for.as_ref().map(|printer| printer.printer.to_string()))
        .bind(job.backup_for.as_ref().map(|printer| printer.name.as_str()))
        .bind(self.now.as_millisecond())
        .bind(cause)
        .bind(self.server_now.map(Timestamp::as_millisecond))
        .execute(&mut *self.connection)
        .await
        .map_err(storage)?;
        self.record_change(job);
        Ok(())
    }

    /// Records a change to publish after the commit.
    pub(super) fn record_change(&mut self, job: &mut Job) {
        let now = job.counts_at();
        for (printer, more) in [(job.counted_at, -1), (now, 1)] {
            if let Some(printer) = printer {
                *self.open.entry(printer).or_default() += more;
            }
        }
        job.counted_at = now;
        self.changed.insert(job.seq, job.changed());
    }

    /// Counts up, from 1 to `last` and round again.
    pub(super) async fn count(&mut self, key: &str, last: u32) -> Result<u32, QueueError> {
        let row = sqlx::query(
            "INSERT INTO meta (key, value) VALUES (?1, 1) \
             ON CONFLICT (key) DO UPDATE SET value = value % ?2 + 1 RETURNING value",
        )
        .bind(key)
        .bind(last)
        .fetch_one(&mut *self.connection)
        .await
        .map_err(storage)?;
        get(&row, "value")
    }
}
