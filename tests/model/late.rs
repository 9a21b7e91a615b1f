//! A simulated counter hears late of what others have on paper, with the real decisions.

use api::{OrderId, report::ReportedTicket};
use client::{
    deciders::{on_paper, taken_tickets, untold},
    routing::Earlier,
    view::Handling,
};
use printer_queue::Taken;

use crate::{
    counter::Touched,
    queue::owned,
    step::Fate,
    world::{Interrupted, World},
};

impl World {
    /// What others reported is read and looked at.
    pub fn hear(&mut self, c: usize, fate: Fate) {
        if self.reaches(c, fate) && fate != Fate::AnswerLost {
            self.fetch(c);
            // It is tried again.
            let _interrupted = self.tell_late(c);
        }
    }

    /// What others reported until now.
    pub fn fetch(&mut self, c: usize) {
        let (id, read) = (self.counters[c].id, self.counters[c].read);
        let answer = self
            .server
            .reported(id, read)
            .or_else(|| self.server.reported(id, 0));
        let Some((read, tickets)) = answer else {
            return;
        };
        let counter = &mut self.counters[c];
        counter.read = read;
        for ticket in tickets {
            counter.touched.add(ticket.report.order);
            counter
                .others
                .insert((ticket.counter, ticket.report.job), ticket);
        }
    }

    /// Places with a paper that nobody has spoken of since are told.
    pub fn tell_late(&mut self, c: usize) -> Result<(), Interrupted> {
        let orders: Vec<OrderId> = match self.counters[c].touched.take() {
            Touched::These(orders) => orders.into_iter().collect(),
            Touched::All => self.counters[c].kept.keys().copied().collect(),
        };
        let settings = self.rules.settings(&self.counters[c].place.owners);
        for id in orders {
            let counter = &self.counters[c];
            let others = counter.others.values();
            let reported: Vec<ReportedTicket> = others
                .filter(|said| said.report.order == id)
                .cloned()
                .collect();
            let kept = counter.kept.get(&id).map(Vec::as_slice).unwrap_or_default();
            let Some((newest, handling)) = kept.iter().max_by_key(|(order, _)| order.revision)
            else {
                continue;
            };
            if reported.is_empty() || *handling == Handling::ShownOnly {
                continue;
            }
            let mut tickets = counter.queue.earlier_tickets(id);
            let known = counter.routed_orders(id, newest.revision);
            let rows = untold(newest, &known, &tickets, &reported, &settings, counter.id);
            if rows.is_empty() {
                continue;
            }
            tickets.extend(reported.iter().map(on_paper));
            let earlier = Earlier {
                orders: &known,
                tickets: &tickets,
            };
            let mut jobs = Vec::new();
            for row in &rows {
                let (_, made) = taken_tickets(newest, row, &earlier, &settings, counter.id);
                for change in made {
                    for copy in 0..change.ticket.copies {
                        jobs.push((newest.clone(), change.clone(), copy, Taken::Marked));
                    }
                }
            }
            if let Err(interrupted) = self.commit(c) {
                self.counters[c].touched = Touched::All;
                return Err(interrupted);
            }
            let now = self.now;
            let counter = &mut self.counters[c];
            let mine = owned(&counter.owners, counter.id);
            let queue = &mut counter.queue;
            queue.take_over(jobs, &[], &mine, &mut self.random, now);
        }
        Ok(())
    }
}
