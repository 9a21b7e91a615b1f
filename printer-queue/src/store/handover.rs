//! Writes and reads for printers that go from one counter to another.

use std::collections::BTreeMap;

use api::{
    CounterId, JobState, OrderId, PrinterId, TicketKind,
    job::{Doubt, HeldCause},
};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use crate::{
    error::QueueError,
    handover::{Elsewhere, Taken, TakenJob},
    job::{Content, Heading, Job, NewJob},
    store::{
        Reader,
        attempts::STEP,
        row::{get, job, job_columns, maybe_time, maybe_word, readable, select_jobs, time, word},
        storage,
        transaction::WriteTransaction,
    },
};

impl Reader {
    /// What other counters were to make of orders that were handled since then, in the order in which they came.
    pub async fn elsewhere(&self, since: Timestamp) -> Result<Vec<Elsewhere>, QueueError> {
        let rows = sqlx::query("SELECT * FROM elsewhere WHERE at >= ?1 ORDER BY at, rowid")
            .bind(since.as_millisecond())
            .fetch_all(&self.0)
            .await
            .map_err(storage)?;
        Ok(readable(&rows, elsewhere))
    }

    /// What other counters make of an order.
    pub async fn elsewhere_of(&self, order: OrderId) -> Result<Vec<Elsewhere>, QueueError> {
        let rows = sqlx::query("SELECT * FROM elsewhere WHERE order_id = ?1 ORDER BY rowid")
            .bind(order.to_string())
            .fetch_all(&self.0)
            .await
            .map_err(storage)?;
        Ok(readable(&rows, elsewhere))
    }
}

fn elsewhere(row: &SqliteRow) -> Result<Elsewhere, QueueError> {
    Ok(Elsewhere {
        order: word(row, "order_id")?,
        revision: get(row, "revision")?,
        revised_at: maybe_time(row, "revised_at")?,
        ticket: word(row, "ticket")?,
        destination: maybe_word(row, "destination")?,
        copies: get(row, "copies")?,
        owner: word(row, "owner")?,
        at: time(get(row, "at")?)?,
    })
}

/// Who makes a ticket whose printer goes.
enum Heir {
    /// The counter that gets the printer, to which it was routed as well.
    Counter(CounterId),
    /// No counter would make it.
    Unaware,
    /// Nobody has to: a test page says how its printer prints from here.
    Nobody,
}

fn heir(job: &Job, to: &BTreeMap<PrinterId, CounterId>) -> Heir {
    if job.ticket.kind == TicketKind::Test {
        return Heir::Nobody;
    }
    // Whoever gets the printers knows of an order what it was routed to, and how often.
    let knows = job.order.is_some() && job.heading != Heading::Reprint;
    let routed = job.destination.and_then(|printer| to.get(&printer));
    match routed.filter(|_| knows) {
        Some(counter) => Heir::Counter(*counter),
        None => Heir::Unaware,
    }
}

impl WriteTransaction {
    /// Keeps what another counter makes. A later revision takes the place of an earlier one.
    pub(super) async fn keep_elsewhere(&mut self, row: &Elsewhere) -> Result<(), QueueError> {
        let at = self.server_now.unwrap_or(self.now);
        sqlx::query(
            "INSERT INTO elsewhere (order_id, revision, ticket, destination, copies, owner, at, revised_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT (order_id, ticket, ifnull(destination, '')) DO UPDATE SET revision = excluded.revision, \
             revised_at = excluded.revised_at, copies = max(copies, excluded.copies), owner = excluded.owner, at = excluded.at \
             WHERE excluded.revision >= revision",
        )
        .bind(row.order.to_string())
        .bind(row.revision)
        .bind(row.ticket.to_string())
        .bind(row.destination.map(|printer| printer.to_string()))
        .bind(row.copies)
        .bind(row.owner.to_string())
        .bind(at.as_millisecond())
        .bind(row.revised_at.map(Timestamp::as_millisecond))
        .execute(&mut *self.connection)
        .await
        .map(drop)
        .map_err(storage)
    }

    /// Gives the line of a printer away to the counter that prints on it from now on, [`STEP`] of it at the most; says how
    /// many. What stands there in place of another printer goes back to that one, unless that one is given away as well.
    /// What only this counter knows is held here: a ticket that a person moved or had reprinted, and a list.
    pub async fn release_line(
        &mut self,
        printer: PrinterId,
        to: &BTreeMap<PrinterId, CounterId>,
    ) -> Result<u32, QueueError> {
        self.wake.insert(printer);
        let rows = sqlx::query(select_jobs!(
            "WHERE (printer = ?1 OR backup_for = ?1) AND place = 'line' AND place <> 'over' ORDER BY seq LIMIT ?2"
        ))
        .bind(printer.to_string())
        .bind(STEP)
        .fetch_all(&mut *self.connection)
        .await
        .map_err(storage)?;
        for row in &rows {
            let mut job = job(row)?;
            let home = job.backup_for.as_ref().map(|from| from.printer);
            if let Some(home) = home.filter(|home| !to.contains_key(home)) {
                job.printer = Some(home);
                job.backup_for = None;
                (job.attempts, job.next_try) = (0, None);
                self.wake.insert(home);
                let state = self.in_line(job.printer);
                let cause = "its backup prints from another counter now";
                self.save(&mut job, state, cause).await?;
                continue;
            }
            self.wake.extend(job.printer);
            job.next_try = None;
            match heir(&job, to) {
                Heir::Nobody => self.give_away(&mut job, None).await?,
                Heir::Counter(counter) => self.give_away(&mut job, Some(counter)).await?,
                Heir::Unaware => {
                    let state = JobState::Held {
                        cause: HeldCause::NoPrinter,
                    };
                    let cause =
                        "its printer prints from another counter now, which does not know of it";
                    self.save(&mut job, state, cause).await?;
                }
            }
        }
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }

    async fn give_away(&mut self, job: &mut Job, to: Option<CounterId>) -> Result<(), QueueError> {
        let cause = "its printer prints from another counter now, which makes it";
        self.save(job, JobState::Cancelled, cause).await?;
        sqlx::query("UPDATE jobs SET released = 1 WHERE seq = ?1")
            .bind(job.seq)
            .execute(&mut *self.connection)
            .await
            .map_err(storage)?;
        let (Some(order), Some(owner)) = (job.order, to) else {
            return Ok(());
        };
        let at = self.now;
        self.keep_elsewhere(&Elsewhere {
            order,
            revision: job.revision,
            revised_at: job.revised_at,
            ticket: crate::handover::place_name(&job.ticket),
            destination: job.destination,
            copies: job.copy + 1,
            owner,
            at,
        })
        .await
    }

    /// Makes tickets in the place of other counters, once each, and forgets that those were to make them.
    pub async fn take_over(
        &mut self,
        jobs: Vec<TakenJob>,
        done: Vec<Elsewhere>,
    ) -> Result<u32, QueueError> {
        let mut taken = 0;
        for new in jobs {
            taken += u32::from(self.take(&new).await?);
        }
        for row in done {
            // A later revision that came meanwhile stays.
            sqlx::query(
                "DELETE FROM elsewhere WHERE order_id = ?1 AND ticket = ?2 AND destination IS ?3 AND revision <= ?4",
            )
            .bind(row.order.to_string())
            .bind(row.ticket.to_string())
            .bind(row.destination.map(|printer| printer.to_string()))
            .bind(row.revision)
            .execute(&mut *self.connection)
            .await
            .map_err(storage)?;
        }
        Ok(taken)
    }

    /// Whether there is a ticket now that was not there before.
    async fn take(&mut self, new: &TakenJob) -> Result<bool, QueueError> {
        let heading = match new.how {
            Taken::Unmarked if new.job.copy == 0 => Heading::None,
            Taken::Unmarked => Heading::Copy,
            Taken::Marked | Taken::Asked | Taken::Held => Heading::MaybeDuplicate,
        };
        let cause = "its printer was taken over from another counter";
        let printer = new.job.destination;
        let state = match (&new.job.content, new.how) {
            (Content::Unprintable { .. }, _) | (_, Taken::Unmarked | Taken::Marked) => None,
            (_, Taken::Asked) => Some(JobState::Unconfirmed {
                cause: Doubt::OtherCounter,
            }),
            (_, Taken::Held) => Some(JobState::Held {
                cause: HeldCause::NoPrinter,
            }),
        };
        let added = self
            .add_as(&new.job, heading, printer, state.clone(), cause)
            .await?;
        if added.is_none() {
            return self.revive(&new.job, heading, state, cause).await;
        }
        if let (Some(order), Some(lines), 0) = (new.job.order, &new.lines, new.job.copy) {
            self.keep_lines(order, &new.job, lines).await?;
        }
        Ok(true)
    }

    /// A ticket that this counter gave away and gets back is the same one again.
    async fn revive(
        &mut self,
        new: &NewJob,
        heading: Heading,
        state: Option<JobState>,
        cause: &str,
    ) -> Result<bool, QueueError> {
        let row = sqlx::query(concat!(
            "UPDATE jobs SET released = 0 WHERE released = 1 AND place = 'over' AND ifnull(order_id, '') = ifnull(?1, '') \
             AND revision = ?2 AND ticket = ?3 AND ifnull(destination, '') = ifnull(?4, '') AND copy = ?5 RETURNING ",
            job_columns!()
        ))
        .bind(new.order.map(|order| order.to_string()))
        .bind(new.revision)
        .bind(new.ticket.to_string())
        .bind(new.destination.map(|printer| printer.to_string()))
        .bind(new.copy)
        .fetch_optional(&mut *self.connection)
        .await
        .map_err(storage)?;
        let Some(row) = row else { return Ok(false) };
        let mut job = job(&row)?;
        // A mark that it has stays.
        if heading == Heading::MaybeDuplicate {
            job.heading = heading;
        }
        job.printer = new.destination;
        job.backup_for = None;
        (job.attempts, job.next_try) = (0, None);
        let state = state.unwrap_or_else(|| self.in_line(job.printer));
        self.wake.extend(job.printer);
        self.save(&mut job, state, cause).await?;
        Ok(true)
    }

    /// Forgets what other counters were to make so long ago that nobody prints it unasked.
    pub(super) async fn prune_elsewhere(&mut self, before: Timestamp) -> Result<(), QueueError> {
        sqlx::query(
            "DELETE FROM elsewhere WHERE rowid IN (SELECT rowid FROM elsewhere WHERE at < ?1 LIMIT ?2)",
        )
        .bind(before.as_millisecond())
        .bind(STEP)
        .execute(&mut *self.connection)
        .await
        .map(drop)
        .map_err(storage)
    }
}
