//! The print queue of a simulated counter: what its file keeps, by the rules of the queue's transactions.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use api::{
    CounterId, JobId, JobState, Order, OrderId, Owners, PrinterId, TicketName,
    job::{Doubt, HeldCause, WaitCause},
    report::PrintReport,
};
use client::routing::ChangeTicket;
use jiff::Timestamp;
use printer_queue::{EarlierTicket, Elsewhere, Taken, place_name};

use crate::random::Random;

#[derive(Debug, Clone)]
pub struct Job {
    pub id: JobId,
    pub order: OrderId,
    pub revision: u32,
    pub ticket: TicketName,
    pub destination: Option<PrinterId>,
    pub copy: u32,
    /// The lines that it shows, with the whole order for the paper.
    pub lines: Option<Vec<u32>>,
    pub content: Rc<Order>,
    pub headed: bool,
    pub state: JobState,
    pub released: bool,
    /// An attempt is open.
    pub begun: bool,
    /// Some attempt may have put it on paper.
    pub may_be_out: bool,
    pub spent: u32,
    pub submitted_at: Timestamp,
    pub at: Timestamp,
}

impl Job {
    pub fn in_line(&self) -> bool {
        matches!(self.state, JobState::Queued | JobState::Waiting { .. })
    }
}

/// `jobs.sqlite`: survives whatever happens to the program.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    pub handled: BTreeMap<OrderId, BTreeSet<u32>>,
    pub jobs: Vec<Job>,
    pub elsewhere: Vec<Elsewhere>,
    pub history: Vec<PrintReport>,
}

impl Queue {
    pub fn save(&mut self, at: usize, state: JobState, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(at) else {
            return;
        };
        job.state = state.clone();
        job.at = now;
        let n = i64::try_from(self.history.len()).unwrap_or(i64::MAX) + 1;
        self.history.push(PrintReport {
            n,
            job: job.id,
            order: job.order,
            revision: job.revision,
            revised_at: Some(job.content.revised_at),
            ticket: job.ticket.clone(),
            destination: job.destination,
            copy: job.copy,
            printer: job.destination,
            released: job.released && state == JobState::Cancelled,
            state,
            marked: job.headed,
            at: now,
        });
    }

    /// As the queue's log is read: the flag of a ticket that was given away and is back stands with its newest state alone.
    pub fn reports_after(&self, n: i64) -> Vec<PrintReport> {
        let after = self.history.iter().filter(|report| report.n > n);
        after
            .cloned()
            .map(|mut report| {
                let job = self.jobs.iter().find(|job| job.id == report.job);
                report.released =
                    report.state == JobState::Cancelled && job.is_some_and(|job| job.released);
                report.marked = job.is_some_and(|job| job.headed);
                report
            })
            .collect()
    }

    fn add(
        &mut self,
        order: &Rc<Order>,
        change: &ChangeTicket,
        copy: u32,
        ours: bool,
        random: &mut Random,
        now: Timestamp,
    ) -> Option<usize> {
        let ticket = &change.ticket;
        if self.find(order, change, copy).is_some() {
            return None;
        }
        self.jobs.push(Job {
            id: JobId(random.uuid()),
            order: order.id,
            revision: order.revision,
            ticket: ticket.name.clone(),
            destination: ticket.destination,
            copy,
            lines: ticket.lines.clone(),
            content: order.clone(),
            headed: false,
            state: JobState::Queued,
            released: false,
            begun: false,
            may_be_out: false,
            spent: 0,
            submitted_at: now,
            at: now,
        });
        let at = self.jobs.len() - 1;
        self.save(at, line(ours), now);
        Some(at)
    }

    fn find(&self, order: &Order, change: &ChangeTicket, copy: u32) -> Option<usize> {
        self.jobs.iter().position(|job| {
            (job.order, job.revision, job.copy) == (order.id, order.revision, copy)
                && job.ticket == change.ticket.name
                && job.destination == change.ticket.destination
        })
    }

    /// One transaction: a revision, once.
    #[expect(clippy::too_many_arguments, reason = "one transaction is one call")]
    pub fn submit(
        &mut self,
        order: &Rc<Order>,
        tickets: &[ChangeTicket],
        elsewhere: Vec<Elsewhere>,
        replaced: &[JobId],
        owned: &BTreeSet<PrinterId>,
        random: &mut Random,
        now: Timestamp,
    ) {
        if !self
            .handled
            .entry(order.id)
            .or_default()
            .insert(order.revision)
        {
            return;
        }
        for change in tickets {
            let ours = change
                .ticket
                .destination
                .is_some_and(|at| owned.contains(&at));
            for copy in 0..change.ticket.copies {
                self.add(order, change, copy, ours, random, now);
            }
        }
        for row in elsewhere {
            self.keep(row, now);
        }
        for held in replaced {
            let at = self.jobs.iter().position(|job| job.id == *held);
            if let Some(at) = at.filter(|at| matches!(self.jobs[*at].state, JobState::Held { .. }))
            {
                self.save(at, JobState::Cancelled, now);
            }
        }
    }

    fn keep(&mut self, mut row: Elsewhere, now: Timestamp) {
        row.at = now;
        let mut known = self.elsewhere.iter_mut();
        let known = known.find(|known| {
            known.order == row.order
                && known.ticket == row.ticket
                && known.destination == row.destination
        });
        match known {
            Some(known) if known.revision <= row.revision => {
                row.copies = row.copies.max(known.copies);
                *known = row;
            }
            Some(_) => {}
            None => self.elsewhere.push(row),
        }
    }

    pub fn release(&mut self, left: &BTreeMap<PrinterId, CounterId>, now: Timestamp) {
        for at in 0..self.jobs.len() {
            let job = &mut self.jobs[at];
            let to = job
                .destination
                .and_then(|printer| left.get(&printer))
                .copied();
            let Some(to) = to.filter(|_| job.in_line() && !job.begun) else {
                continue;
            };
            job.released = true;
            let row = Elsewhere {
                order: job.order,
                revision: job.revision,
                revised_at: Some(job.content.revised_at),
                ticket: place_name(&job.ticket),
                destination: job.destination,
                copies: job.copy + 1,
                owner: to,
                at: now,
            };
            self.save(at, JobState::Cancelled, now);
            self.keep(row, now);
        }
    }

    /// One transaction: tickets in the place of others.
    pub fn take_over(
        &mut self,
        jobs: Vec<(Rc<Order>, ChangeTicket, u32, Taken)>,
        done: &[Elsewhere],
        owned: &BTreeSet<PrinterId>,
        random: &mut Random,
        now: Timestamp,
    ) {
        for (order, change, copy, how) in jobs {
            let ours = change
                .ticket
                .destination
                .is_some_and(|at| owned.contains(&at));
            let known = self.find(&order, &change, copy);
            let at = match known {
                Some(at)
                    if self.jobs[at].released && self.jobs[at].state == JobState::Cancelled =>
                {
                    at
                }
                Some(_) => continue,
                None => match self.add(&order, &change, copy, ours, random, now) {
                    Some(at) => at,
                    None => continue,
                },
            };
            let job = &mut self.jobs[at];
            job.released = false;
            job.spent = 0;
            job.headed |= how != Taken::Unmarked;
            let state = match how {
                Taken::Unmarked | Taken::Marked => line(ours),
                Taken::Asked => JobState::Unconfirmed {
                    cause: Doubt::OtherCounter,
                },
                Taken::Held => JobState::Held {
                    cause: HeldCause::NoPrinter,
                },
            };
            self.save(at, state, now);
        }
        self.elsewhere.retain(|row| {
            !done.iter().any(|done| {
                done.order == row.order
                    && done.ticket == row.ticket
                    && done.destination == row.destination
                    && row.revision <= done.revision
            })
        });
    }

    pub fn earlier_tickets(&self, order: OrderId) -> Vec<EarlierTicket> {
        let of_order = self.jobs.iter().filter(|job| job.order == order);
        of_order
            .map(|job| {
                let there = match &job.state {
                    JobState::Queued
                    | JobState::Waiting { .. }
                    | JobState::Printing
                    | JobState::Printed
                    | JobState::Sent
                    | JobState::Unconfirmed { .. } => true,
                    JobState::Failed { .. }
                    | JobState::Held { .. }
                    | JobState::Cancelled
                    | JobState::Expired => job.may_be_out,
                };
                let printer = job.destination.into_iter();
                let printer = printer.filter(|_| there && !job.released);
                EarlierTicket {
                    job: job.id,
                    revision: job.revision,
                    revised_at: Some(job.content.revised_at),
                    ticket: job.ticket.clone(),
                    destination: job.destination,
                    lines: job.lines.clone(),
                    drawer: false,
                    state: job.state.clone(),
                    printers: printer.collect(),
                    doubtful: if job.released {
                        there
                    } else {
                        !there && job.headed
                    },
                    submitted_at: job.submitted_at,
                    at: job.at,
                }
            })
            .collect()
    }
}

fn line(ours: bool) -> JobState {
    if ours {
        JobState::Queued
    } else {
        JobState::Held {
            cause: HeldCause::NoPrinter,
        }
    }
}

pub fn waiting(cause: WaitCause, since: Timestamp) -> JobState {
    JobState::Waiting {
        cause,
        since,
        bytes_left: false,
    }
}

/// The printers of a counter.
pub fn owned(owners: &Owners, counter: CounterId) -> BTreeSet<PrinterId> {
    let mine = owners.iter().filter(|(_, owner)| **owner == counter);
    mine.map(|(printer, _)| *printer).collect()
}
