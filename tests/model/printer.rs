//! How a simulated counter prints, and what people say about its tickets: by the decisions of the queue.

use std::time::Duration;

use api::{
    JobState, Outcome, PrinterId,
    job::{Doubt, HeldCause, NotPrinted, WaitCause},
};
use printer_queue::{
    Leave, leave, place_name,
    retry::{Next, Tries, after},
};

use crate::{
    counter::{Term, Touched},
    queue::{owned, waiting},
    step::{Attempt, Fate},
    world::{Paper, World},
};

impl World {
    /// The next ticket in the line of a printer has its turn.
    pub fn print(&mut self, c: usize, printer: PrinterId, attempt: Attempt) {
        let counter = &self.counters[c];
        if counter.asleep || !owned(&counter.owners, counter.id).contains(&printer) {
            return;
        }
        let jobs = &counter.queue.jobs;
        let mine = |job: &&crate::queue::Job| job.destination == Some(printer);
        if jobs.iter().filter(mine).any(|job| job.begun) {
            return;
        }
        let Some(at) = jobs.iter().position(|job| mine(&job) && job.in_line()) else {
            return;
        };
        let (headed, kind) = (jobs[at].headed, jobs[at].ticket.kind);
        if leave(counter.lease(self.now), headed, kind) == Leave::Unmarked {
            self.renew(c, Fate::Answered);
            let counter = &mut self.counters[c];
            // One that was alone and cannot ask goes on by itself.
            if counter.lease == Term::Unknown && !counter.ends {
                counter.lease = Term::Never;
            }
        }
        let now = self.now;
        let counter = &mut self.counters[c];
        match leave(counter.lease(now), headed, kind) {
            Leave::Granted => {}
            Leave::Refused => return,
            Leave::Unmarked => {
                counter.queue.jobs[at].headed = true;
                let state = counter.queue.jobs[at].state.clone();
                counter.queue.save(at, state, now);
            }
        }
        if attempt == Attempt::Unreached {
            let detail = "refused".to_owned();
            self.ended(
                c,
                at,
                &Outcome::NotPrinted(NotPrinted::Unreached { detail }),
            );
            return;
        }
        counter.queue.jobs[at].begun = true;
        counter.queue.save(at, JobState::Printing, now);
        match attempt {
            Attempt::Unreached => {}
            Attempt::Confirmed => {
                self.paper(c, at);
                self.ended(c, at, &Outcome::Confirmed);
            }
            Attempt::Slow => self.paper(c, at),
            Attempt::Unconfirmed { out } => {
                if out {
                    self.paper(c, at);
                }
                self.ended(c, at, &Outcome::Uncertain(Doubt::NoConfirmation));
            }
            Attempt::Crash { out } => {
                if out {
                    self.paper(c, at);
                }
                self.crash(c);
            }
        }
    }

    fn paper(&mut self, c: usize, at: usize) {
        let job = &self.counters[c].queue.jobs[at];
        if let Some(printer) = job.destination {
            self.papers.push(Paper {
                order: job.order,
                revision: job.revision,
                ticket: place_name(&job.ticket),
                printer,
                copy: job.copy,
                lines: job.lines.clone(),
                content: job.content.clone(),
                marked: job.headed,
                counter: c,
            });
        }
    }

    /// The confirmation of what is on paper comes.
    pub fn confirm(&mut self, c: usize) {
        if !self.counters[c].asleep
            && let Some(at) = self.counters[c].queue.jobs.iter().position(|job| job.begun)
        {
            self.ended(c, at, &Outcome::Confirmed);
        }
    }

    fn ended(&mut self, c: usize, at: usize, outcome: &Outcome) {
        let now = self.now;
        let counter = &mut self.counters[c];
        let mine = owned(&counter.owners, counter.id);
        let job = &mut counter.queue.jobs[at];
        let Some(printer) = job.destination else {
            return;
        };
        job.begun = false;
        match outcome {
            Outcome::NotPrinted(_) => job.spent += 1,
            Outcome::Confirmed | Outcome::Sent | Outcome::Uncertain(_) => job.may_be_out = true,
        }
        let tries = Tries {
            spent: job.spent,
            marked: job.headed,
            waited: Duration::ZERO,
            backup: None,
            jitter: 0.5,
        };
        let held = JobState::Held {
            cause: HeldCause::NoPrinter,
        };
        let state = match after(outcome, tries, &self.rules.policy(printer), now) {
            Next::Printed => JobState::Printed,
            Next::Sent => JobState::Sent,
            Next::AskPerson(cause) => JobState::Unconfirmed { cause },
            Next::GiveUp { cause, detail } => JobState::Failed { cause, detail },
            Next::AgainMarked => {
                job.headed = true;
                job.spent = 0;
                if mine.contains(&printer) {
                    JobState::Queued
                } else {
                    held
                }
            }
            Next::Again { .. } if !mine.contains(&printer) => held,
            Next::WaitForPrinter(_) if !mine.contains(&printer) => held,
            Next::Again { .. } => waiting(WaitCause::Retry, now),
            Next::WaitForPrinter(cause) => waiting(cause, now),
            Next::FailOver(_) => held,
        };
        counter.queue.save(at, state, now);
    }

    /// The program ends and is started again.
    pub fn crash(&mut self, c: usize) {
        if self.counters[c].asleep {
            return;
        }
        let run = self.random.uuid();
        let counter = &mut self.counters[c];
        counter.run = run;
        counter.lease = Term::Unknown;
        counter.over = Vec::new();
        counter.touched = Touched::All;
        counter.settled = false;
        let owners = counter.place.owners.clone();
        for at in 0..counter.queue.jobs.len() {
            if self.counters[c].queue.jobs[at].begun {
                self.ended(c, at, &Outcome::Uncertain(Doubt::ProgramEnded));
            }
        }
        self.set_owners(c, owners);
    }

    /// Somebody answers the oldest question truthfully, or has a held ticket printed where it can be.
    pub fn answer(&mut self, c: usize) {
        let counter = &self.counters[c];
        if counter.asleep {
            return;
        }
        let mine = owned(&counter.owners, counter.id);
        let here = |job: &crate::queue::Job| job.destination.is_some_and(|at| mine.contains(&at));
        let asks = |job: &crate::queue::Job| match job.state {
            JobState::Unconfirmed { .. } => true,
            JobState::Failed { .. } | JobState::Held { .. } => here(job),
            JobState::Queued
            | JobState::Waiting { .. }
            | JobState::Printing
            | JobState::Printed
            | JobState::Sent
            | JobState::Cancelled
            | JobState::Expired => false,
        };
        let Some(at) = counter.queue.jobs.iter().position(asks) else {
            return;
        };
        let job = &counter.queue.jobs[at];
        let is_out = self.papers.iter().any(|paper| {
            (paper.order, paper.revision) == (job.order, job.revision)
                && paper.ticket == place_name(&job.ticket)
                && Some(paper.printer) == job.destination
        });
        let (ours, now) = (here(job), self.now);
        let queue = &mut self.counters[c].queue;
        let job = &mut queue.jobs[at];
        let is_asked = matches!(job.state, JobState::Unconfirmed { .. });
        if is_asked && is_out {
            queue.save(at, JobState::Printed, now);
            return;
        }
        job.headed |= is_asked || job.may_be_out;
        job.spent = 0;
        let state = if ours {
            JobState::Queued
        } else {
            JobState::Held {
                cause: HeldCause::NoPrinter,
            }
        };
        queue.save(at, state, now);
    }
}
