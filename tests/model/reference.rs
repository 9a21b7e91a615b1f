//! What may be on paper, whatever happened: the reference knows orders, rules and papers, and no counter's decision.

use std::collections::{BTreeMap, BTreeSet};

use api::{JobState, Order, OrderId, PrinterId, Quantity, TicketKind, TicketName, settings::Rule};
use printer_queue::place_name;

use crate::{
    counter::{Counter, Term},
    queue::Job,
    step::{Attempt, Fate, Step},
    world::{Fault, Paper, World},
};

/// Rounds in which everything comes to rest.
const ROUNDS: usize = 40;

impl World {
    /// All lines are up, all printers print, and people answer every question.
    pub fn rest(&mut self) {
        for c in 0..self.counters.len() {
            (self.counters[c].asleep, self.counters[c].cut) = (false, false);
        }
        for round in 0..ROUNDS {
            let before = (self.papers.len(), self.changes());
            for c in 0..self.counters.len() {
                let counter = u8::try_from(c).unwrap_or(u8::MAX);
                self.step(&Step::Renew {
                    counter,
                    fate: Fate::Answered,
                });
                self.step(&Step::Report {
                    counter,
                    fate: Fate::Answered,
                });
                self.step(&Step::Follow {
                    counter,
                    stops: None,
                    meanwhile: None,
                });
                self.step(&Step::Hear {
                    counter,
                    fate: Fate::Answered,
                });
                for _ in 0..4 {
                    self.step(&Step::Confirm { counter });
                    for printer in 0..3 {
                        self.step(&Step::Print {
                            counter,
                            printer,
                            attempt: Attempt::Confirmed,
                        });
                    }
                    self.step(&Step::Answer { counter });
                }
                self.step(&Step::Report {
                    counter,
                    fate: Fate::Answered,
                });
            }
            self.step(&Step::Pass { seconds: 60 });
            // Whoever started anew before its answer came is let in again after a while.
            let is_still = before == (self.papers.len(), self.changes()) && self.is_still();
            if is_still && round >= 2 {
                return;
            }
        }
    }

    fn changes(&self) -> usize {
        self.counters
            .iter()
            .map(|counter| counter.queue.history.len())
            .sum()
    }

    fn is_still(&self) -> bool {
        let top = self.server.top();
        self.counters
            .iter()
            .all(|counter| counter.place.cursor.at == top)
    }

    /// At any time.
    pub fn doubled(&self) -> Result<(), Fault> {
        let mut originals: BTreeMap<_, usize> = BTreeMap::new();
        for paper in self.papers.iter().filter(|paper| !paper.marked) {
            let key = (
                paper.order,
                // Two revisions may have one number at a server that was restored.
                (paper.revision, paper.content.revised_at),
                &paper.ticket,
                paper.printer,
                paper.copy,
            );
            if let Some(other) = originals.insert(key, paper.counter) {
                return Err(Fault(format!(
                    "doubled without a mark: {} of revision {}, by counter {other} and then by counter {}",
                    paper.ticket, paper.revision, paper.counter,
                )));
            }
        }
        Ok(())
    }

    /// At rest.
    pub fn check(&self) -> Result<(), Fault> {
        self.doubled()?;
        for (c, counter) in self.counters.iter().enumerate() {
            for job in counter
                .queue
                .jobs
                .iter()
                .filter(|job| job.state == JobState::Printed)
            {
                let is_out = self.papers.iter().any(|paper| {
                    (paper.order, paper.revision) == (job.order, job.revision)
                        && paper.ticket == place_name(&job.ticket)
                });
                if !is_out {
                    return Err(Fault(format!(
                        "counter {c} says printed of {}, which is on no paper",
                        job.ticket
                    )));
                }
            }
        }
        for revisions in self.revisions_of_reference() {
            for rule in self.rules.rules() {
                let told = revisions.iter().map(|order| self.reached(order, rule));
                // The newest one is told.
                told.reduce(|newest, other| newest.or_else(|fault| other.map_err(|_| fault)))
                    .unwrap_or(Ok(()))?;
            }
        }
        Ok(())
    }

    /// What each order is, newest first: what the server has, and of what it lost everything that a counter took. Where it
    /// lost the newest revision alone, some places cannot know of it, and have what the server says.
    fn revisions_of_reference(&self) -> Vec<Vec<&Order>> {
        let mut orders: BTreeMap<OrderId, Vec<&Order>> = BTreeMap::new();
        for order in self.server.orders.values() {
            orders.insert(order.id, vec![order]);
        }
        let taken = self
            .working()
            .flat_map(|counter| counter.kept.values().flatten());
        for (order, _) in taken {
            let there = self.server.orders.get(&order.id);
            if there.is_none_or(|there| there.revision < order.revision) {
                orders.entry(order.id).or_default().push(order);
            }
        }
        for revisions in orders.values_mut() {
            revisions.sort_by_key(|order| std::cmp::Reverse(order.revision));
        }
        orders.into_values().collect()
    }

    fn reached(&self, order: &Order, rule: &Rule) -> Result<(), Fault> {
        let (Some(printer), ticket) = (rule.printer, place_of(rule)) else {
            return Ok(());
        };
        let papers = self.papers.iter().filter(|paper| {
            (paper.order, &paper.ticket, paper.printer) == (order.id, &ticket, printer)
        });
        let newest = papers.max_by_key(|paper| paper.revision);
        let wanted = if order.cancelled {
            Vec::new()
        } else {
            dishes(order, rule, None)
        };
        let is_told = if rule.ticket == TicketKind::Receipt {
            // What a customer holds is not taken back; a first one has to come out.
            newest.is_some() || order.cancelled || order.revision > 1
        } else {
            newest.map(|paper| told(paper, rule)).unwrap_or_default() == wanted
        };
        if is_told || self.is_shown(order.id, &ticket, printer) {
            return Ok(());
        }
        Err(Fault(format!(
            "lost: {ticket} of revision {} of an order{}",
            order.revision,
            newest.map_or(", nothing of which is on paper".to_owned(), |paper| {
                format!(", where revision {} is on paper", paper.revision)
            }),
        )))
    }

    /// A person sees a question, a held ticket or a failed one, or an order that was not printed on purpose.
    fn is_shown(&self, order: OrderId, ticket: &TicketName, printer: PrinterId) -> bool {
        let mut jobs = self.tickets_at(order, ticket, printer);
        jobs.any(|job| job.state.needs_a_person())
            || self.working().any(|counter| counter.shown.contains(&order))
    }

    /// Those that the server knows. What a copy shows is looked at by nobody: it says full-width what it is.
    fn working(&self) -> impl Iterator<Item = &Counter> {
        let counters = self.counters.iter();
        counters.filter(|counter| counter.lease != Term::Refused)
    }

    /// What counters made of an order for a place.
    fn tickets_at(
        &self,
        order: OrderId,
        ticket: &TicketName,
        printer: PrinterId,
    ) -> impl Iterator<Item = &Job> {
        let jobs = self.working().flat_map(|counter| &counter.queue.jobs);
        jobs.filter(move |job| {
            (job.order, job.destination) == (order, Some(printer))
                && place_name(&job.ticket) == *ticket
        })
    }
}

fn place_of(rule: &Rule) -> TicketName {
    let stations: BTreeSet<&str> = rule.stations.iter().map(String::as_str).collect();
    TicketName {
        kind: rule.ticket,
        part: stations.into_iter().collect::<Vec<_>>().join(","),
    }
}

/// What a station is to make.
fn dishes(order: &Order, rule: &Rule, lines: Option<&[u32]>) -> Vec<(u32, Quantity)> {
    let made = order.lines.iter().filter(|line| {
        line.station
            .as_ref()
            .is_some_and(|station| rule.stations.contains(station))
            && lines.is_none_or(|lines| lines.contains(&line.id))
    });
    made.map(|line| (line.id, line.quantity)).collect()
}

fn told(paper: &Paper, rule: &Rule) -> Vec<(u32, Quantity)> {
    if paper.content.cancelled {
        return Vec::new();
    }
    dishes(&paper.content, rule, paper.lines.as_deref())
}
