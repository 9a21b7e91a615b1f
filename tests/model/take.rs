//! A simulated counter makes what others were to make, with the real decisions.

use std::{collections::BTreeMap, rc::Rc};

use api::{CounterId, Order, OrderId, Owners, report::ReportedTicket};
use client::{
    deciders::{Came, Decision, decide, decide_lost, on_paper, taken_tickets},
    routing::{ChangeTicket, Earlier, leads},
};
use jiff::Timestamp;
use printer_queue::{Elsewhere, Taken};

use crate::{
    queue::owned,
    world::{Interrupted, World},
};

/// A ticket with the order that it is of, its copy, and how it is taken.
type TakenTicket = (Rc<Order>, ChangeTicket, u32, Taken);

impl World {
    pub fn take_over(&mut self, c: usize, came: &Came, owners: &Owners) -> Result<(), Interrupted> {
        let rows: Vec<Elsewhere> = {
            let rows = self.counters[c].queue.elsewhere.iter();
            rows.filter(|row| came.from(row).is_some())
                .cloned()
                .collect()
        };
        if rows.is_empty() {
            return Ok(());
        }
        self.request(c)?;
        self.fetch(c);
        self.meanwhile(c);
        let settings = self.rules.settings(owners);
        let by = |row: &Elsewhere, copy, said: &[ReportedTicket]| {
            decide(row, copy, said, came.handover(row, &settings))
        };
        let jobs = self.taken(c, &rows, owners, by);
        self.make(c, jobs, &rows)
    }

    fn make(
        &mut self,
        c: usize,
        jobs: Vec<TakenTicket>,
        rows: &[Elsewhere],
    ) -> Result<(), Interrupted> {
        self.commit(c)?;
        let now = self.now;
        let counter = &mut self.counters[c];
        let mine = owned(&counter.owners, counter.id);
        let queue = &mut counter.queue;
        queue.take_over(jobs, rows, &mine, &mut self.random, now);
        Ok(())
    }

    fn taken(
        &self,
        c: usize,
        rows: &[Elsewhere],
        owners: &Owners,
        decide: impl Fn(&Elsewhere, u32, &[ReportedTicket]) -> Decision,
    ) -> Vec<TakenTicket> {
        let settings = self.rules.settings(owners);
        let counter = &self.counters[c];
        let mut jobs = Vec::new();
        for row in rows {
            let kept = counter
                .kept
                .get(&row.order)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let Some((newest, _)) = kept.iter().max_by_key(|(order, _)| order.revision) else {
                continue;
            };
            let others = counter.others.values();
            let reported: Vec<ReportedTicket> = others
                .filter(|said| said.report.order == row.order)
                .cloned()
                .collect();
            let mut tickets = counter.queue.earlier_tickets(row.order);
            tickets.extend(reported.iter().map(on_paper));
            let orders = counter.routed_orders(row.order, newest.revision);
            let earlier = Earlier {
                orders: &orders,
                tickets: &tickets,
            };
            let (_, made) = taken_tickets(newest, row, &earlier, &settings, counter.id);
            for change in made {
                for copy in 0..change.ticket.copies {
                    let how = match decide(row, copy, &reported) {
                        Decision::Drop => continue,
                        Decision::TakeUnmarked => Taken::Unmarked,
                        Decision::TakeMarked => Taken::Marked,
                        Decision::Hold => Taken::Held,
                        Decision::Ask => Taken::Asked,
                    };
                    jobs.push((newest.clone(), change.clone(), copy, how));
                }
            }
        }
        jobs
    }

    /// Of the orders that were revised since then the server has lost all but these, and of these what is newer.
    pub fn note_lost(&mut self, c: usize, met: &BTreeMap<OrderId, u32>, since: Timestamp) {
        let counter = &mut self.counters[c];
        let kept = counter.kept.iter().filter_map(|(id, kept)| {
            let there = met.get(id).copied().unwrap_or(0);
            let newest = kept.iter().max_by_key(|(order, _)| order.revision);
            let (newest, _) = newest?;
            (newest.revision > there && newest.revised_at >= since).then_some((*id, there))
        });
        counter.lost = kept.collect();
    }

    /// What others were to make of orders that the server has lost is held for a person.
    pub fn hold_lost(&mut self, c: usize) -> Result<(), Interrupted> {
        let counter = &self.counters[c];
        let lost = counter.queue.elsewhere.iter();
        let lost = lost.filter(|row| {
            let there = counter.lost.get(&row.order);
            there.is_some_and(|there| row.revision > *there)
        });
        let lost: Vec<Elsewhere> = lost.cloned().collect();
        if lost.is_empty() {
            return Ok(());
        }
        // Nobody else tells these places.
        let mut owners = counter.owners.clone();
        let places = lost.iter().filter_map(|row| row.destination);
        owners.extend(places.map(|printer| (printer, counter.id)));
        let jobs = self.taken(c, &lost, &owners, decide_lost);
        self.make(c, jobs, &lost)
    }

    /// What was given away with printers that are this counter's all the same is taken back.
    pub fn settle(&mut self, c: usize) -> Result<(), Interrupted> {
        self.hold_lost(c)?;
        let counter = &self.counters[c];
        let (id, owners): (CounterId, Owners) = (counter.id, counter.place.owners.clone());
        let settings = self.rules.settings(&owners);
        let ours = counter
            .queue
            .elsewhere
            .iter()
            .filter(|row| match row.destination {
                Some(printer) => owners.get(&printer) == Some(&id),
                None => leads(&settings.printers, id),
            });
        let ours: Vec<Elsewhere> = ours.cloned().collect();
        if ours.is_empty() {
            return Ok(());
        }
        let came = Came::left(&ours.iter().collect::<Vec<_>>(), self.now);
        self.take_over(c, &came, &owners)
    }
}
