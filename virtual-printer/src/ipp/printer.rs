//! The device: its jobs, its paper and its condition. Pure: no I/O, the time is an argument.

mod condition;
mod printing;

use super::codec::Attribute;
use super::codes::JobState;
use super::description::{Condition, Identity};
use super::job::Job;
use crate::faults::Faults;
use crate::paper::{Moment, Printed};
use condition::condition;
use printing::{LineFault, Printing, over};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use templates::raster::Bitmap;
use uuid::Uuid;

/// Jobs that are over and still known.
const MOST_FINISHED: usize = 500;
/// Jobs that wait.
const MOST_WAITING: usize = 1000;

/// What the printer task must do for the device.
#[derive(Debug)]
pub(crate) enum Effect {
    /// A paper came out.
    Printed(Box<Printed>),
    /// The last line of the roll was used.
    PaperRanOut,
    /// A job was aborted because a fault said so.
    Aborted,
}

/// One printer with paper in it.
#[derive(Debug)]
pub(crate) struct Device {
    pub identity: Identity,
    pub jobs: VecDeque<Job>,
    next: i32,
    printing: Option<Printing>,
    /// What hangs out of it.
    paper: Option<Bitmap>,
    rows: u64,
    ends: LineFault,
    aborts: LineFault,
    condition: Condition,
    pub changed: Moment,
    /// Changes with each power cut.
    pub epoch: u64,
}

impl Device {
    pub(crate) fn new(identity: Identity) -> Self {
        let changed = identity.started;
        Self {
            identity,
            jobs: VecDeque::new(),
            next: 1,
            printing: None,
            paper: None,
            rows: 0,
            ends: LineFault::default(),
            aborts: LineFault::default(),
            condition: condition(&Faults::default(), false),
            changed,
            epoch: 0,
        }
    }

    pub(crate) fn condition(&self) -> &Condition {
        &self.condition
    }

    pub(crate) fn job(&mut self, id: i32) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// Jobs that are not over.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| !job.state.is_over())
    }

    /// Bytes of documents that are not printed yet.
    pub(crate) fn held_bytes(&self) -> usize {
        self.waiting().map(|job| job.octets).sum()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting().count() >= MOST_WAITING
    }

    /// A new job without documents; `open` when they come one by one.
    pub(crate) fn create(
        &mut self,
        (name, user): (&str, &str),
        template: Vec<Attribute>,
        open: bool,
        now: Moment,
    ) -> i32 {
        let id = self.next;
        self.next = self.next.checked_add(1).unwrap_or(1);
        while self.jobs.len() >= MOST_FINISHED
            && let Some(place) = self.jobs.iter().position(|job| job.state.is_over())
        {
            self.jobs.remove(place);
        }
        self.jobs.push_back(Job {
            id,
            uuid: Uuid::new_v4(),
            name: name.to_owned(),
            user: user.to_owned(),
            state: JobState::Pending,
            reason: None,
            message: String::new(),
            template,
            documents: Vec::new(),
            open: open.then_some(now),
            incoming: usize::from(!open),
            created: now,
            processing: None,
            completed: None,
            octets: 0,
            impressions_completed: 0,
        });
        id
    }

    /// Ends a job that is not over; what hangs out of the printer for it is torn off.
    pub(crate) fn end(
        &mut self,
        id: i32,
        state: JobState,
        (reason, message): (&'static str, &str),
        now: Moment,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self
            .printing
            .as_ref()
            .is_some_and(|printing| printing.job == id)
        {
            effects.extend(self.tear_off(false, now));
            self.printing = None;
        }
        if let Some(job) = self.job(id).filter(|job| !job.state.is_over()) {
            job.state = state;
            job.reason = Some(reason);
            message.clone_into(&mut job.message);
            over(job, now);
        }
        effects
    }

    /// Prints what can be printed now.
    pub(crate) fn run(&mut self, now: Moment, faults: &Faults) -> Vec<Effect> {
        let mut effects = self.time_out(now);
        let mut faults = faults.clone();
        loop {
            if self.printing.is_none() && !faults.is_offline() {
                self.begin(now);
            }
            let Some(printing) = &mut self.printing else {
                break;
            };
            if printing.page < printing.order.len() {
                if faults.is_offline() || !self.page(now, &mut faults, &mut effects) {
                    break;
                }
            } else if !self.finish(now, &faults) {
                break;
            }
        }
        let stopped = faults.is_offline();
        if let Some(id) = self.printing.as_ref().map(|printing| printing.job)
            && let Some(job) = self.job(id)
        {
            job.state = if stopped {
                JobState::ProcessingStopped
            } else {
                JobState::Processing
            };
        }
        let is = condition(&faults, self.printing.is_some());
        if is != self.condition {
            self.changed = now;
            self.condition = is;
        }
        effects
    }

    /// The next timer.
    pub(crate) fn wake(&self) -> Option<Instant> {
        let time_out = self.time_out_after();
        let documents = self
            .waiting()
            .filter_map(|job| job.open.filter(|_| job.incoming == 0))
            .map(|heard| heard.instant + time_out);
        let page = self.printing.as_ref().and_then(|printing| printing.due);
        documents.chain(page).min()
    }

    /// Power cut: all jobs are forgotten.
    pub(crate) fn power_cut(&mut self, now: Moment) -> Vec<Effect> {
        let effects = self.tear_off(false, now).into_iter().collect();
        let identity = Identity {
            started: now,
            ..self.identity.clone()
        };
        *self = Self {
            rows: self.rows,
            epoch: self.epoch + 1,
            ..Self::new(identity)
        };
        effects
    }

    fn time_out_after(&self) -> Duration {
        Duration::from_secs(u64::from(self.identity.time_out))
    }

    /// Jobs whose documents did not come.
    fn time_out(&mut self, now: Moment) -> Vec<Effect> {
        let patience = self.time_out_after();
        let late: Vec<i32> = self
            .waiting()
            .filter(|job| job.incoming == 0)
            .filter(|job| {
                job.open
                    .is_some_and(|heard| heard.instant + patience <= now.instant)
            })
            .map(|job| job.id)
            .collect();
        late.into_iter()
            .flat_map(|id| {
                let why = (
                    "aborted-by-system",
                    "the next document did not come in time",
                );
                self.end(id, JobState::Aborted, why, now)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
