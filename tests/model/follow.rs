//! A simulated counter follows the feed: the order of its steps, with the real decisions.

use std::{collections::BTreeMap, rc::Rc};

use api::{JobState, Order, OrderId, Owners, feed::OwnershipChange};
use client::{
    deciders::{
        EarlierRevisions, HandsChanged, ReceivedOrder, RevisionContext, RevisionDecision, after,
        decide_revision, given_twice, of_revision,
    },
    routing::{ChangeTicket, Earlier, reroute, route},
    view::Handling,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    counter::{Place, Touched},
    queue::owned,
    server::{CursorUnknown, Entry, Page},
    world::{Interrupted, World},
};

/// Entries that were here before: printers change hands where something comes that is new.
struct Replay {
    until: Timestamp,
    /// Nothing is known by a counter that is new.
    known: Option<Owners>,
}

struct Walk {
    owners: Owners,
    seq: i64,
    /// Orders that were there, with their revisions.
    met: BTreeMap<OrderId, u32>,
    replay: Option<Replay>,
}

impl World {
    /// One catch-up of a counter.
    pub fn follow(&mut self, c: usize) -> Result<(), Interrupted> {
        if self.counters[c].is_new {
            self.take_up(c)?;
        }
        let counter = &mut self.counters[c];
        let was_settled = std::mem::take(&mut counter.settled);
        let began = counter.place.clone();
        let behind_it: Vec<OrderId> = if was_settled {
            Vec::new()
        } else {
            let known = counter.first.iter();
            let behind = known.filter(|(_, (seq, at))| *at >= began.heard && *seq > began.seq);
            behind.map(|(order, _)| *order).collect()
        };
        let mut walk = Walk {
            owners: began.owners.clone(),
            seq: began.seq,
            met: BTreeMap::new(),
            replay: None,
        };
        let mut cursor = began.cursor;
        loop {
            self.request(c)?;
            let page = match self.server.after(cursor, self.now) {
                Ok(page) => page,
                Err(CursorUnknown) => {
                    let place = self.counters[c].place.clone();
                    self.restored(c, &place)?;
                    return self.end(c, true);
                }
            };
            let more = page.more && page.next != cursor;
            cursor = page.next;
            let behind = self.walk(c, &mut walk, page)?;
            if !more && behind_it.iter().any(|order| !walk.met.contains_key(order)) {
                self.restored(c, &began)?;
                return self.end(c, true);
            }
            if !more || behind_it.is_empty() {
                self.commit(c)?;
                self.counters[c].place = behind;
            }
            if !more {
                return self.end(c, !was_settled);
            }
        }
    }

    fn end(&mut self, c: usize, settles: bool) -> Result<(), Interrupted> {
        if settles {
            self.settle(c)?;
        }
        self.tell_late(c)?;
        self.counters[c].settled = true;
        Ok(())
    }

    /// A new counter shows what was here before, and prints none of it unasked.
    fn take_up(&mut self, c: usize) -> Result<(), Interrupted> {
        self.request(c)?;
        let (now, since) = (self.now, self.now - SignedDuration::from_hours(2));
        self.counters[c].born = Some(now);
        let mut page = self.server.since(since, now);
        let mut walk = Walk {
            owners: page.owners.clone(),
            seq: 0,
            met: BTreeMap::new(),
            replay: Some(Replay {
                until: now,
                known: None,
            }),
        };
        loop {
            let (more, at) = (page.more, page.time);
            let behind = self.walk(c, &mut walk, page)?;
            if more {
                self.request(c)?;
                match self.server.after(behind.cursor, self.now) {
                    Ok(next) => page = next,
                    Err(CursorUnknown) => return Err(Interrupted),
                }
                continue;
            }
            self.arrive(c, &mut walk, at)?;
            self.commit(c)?;
            let counter = &mut self.counters[c];
            (counter.place, counter.is_new) = (behind, false);
            return Ok(());
        }
    }

    fn restored(&mut self, c: usize, place: &Place) -> Result<(), Interrupted> {
        let day_ago = self.now - SignedDuration::from_hours(24);
        self.request(c)?;
        let since = day_ago.min(place.heard);
        let mut page = self.server.since(since, self.now);
        let mut walk = Walk {
            owners: page.owners.clone(),
            seq: 0,
            met: BTreeMap::new(),
            replay: Some(Replay {
                until: place.heard,
                known: Some(place.owners.clone()),
            }),
        };
        loop {
            let (more, at) = (page.more, page.time);
            let behind = self.walk(c, &mut walk, page)?;
            if more {
                self.request(c)?;
                match self.server.after(behind.cursor, self.now) {
                    Ok(next) => page = next,
                    Err(CursorUnknown) => return Err(Interrupted),
                }
                continue;
            }
            self.arrive(c, &mut walk, at)?;
            self.note_lost(c, &walk.met, since);
            self.hold_lost(c)?;
            self.commit(c)?;
            self.counters[c].place = behind;
            return Ok(());
        }
    }

    fn walk(&mut self, c: usize, walk: &mut Walk, page: Page) -> Result<Place, Interrupted> {
        if page.owners != walk.owners {
            self.owners_are(c, walk, page.owners, page.time)?;
        }
        for (seq, entry) in page.entries {
            walk.seq = walk.seq.max(seq);
            match entry {
                Entry::Order(order) => {
                    walk.met.insert(order.id, order.revision);
                    let replay = walk.replay.as_ref();
                    let new = replay.is_some_and(|replay| order.revised_at >= replay.until);
                    let before_us = !new && replay.is_some_and(|replay| replay.known.is_none());
                    if new {
                        self.arrive(c, walk, self.now)?;
                    }
                    self.handle(c, &order, &walk.owners, seq, before_us)?;
                }
                Entry::Ownership(change) => self.hand_over(c, walk, &change)?,
            }
        }
        Ok(Place {
            cursor: page.next,
            seq: walk.seq,
            owners: walk.owners.clone(),
            heard: page.time,
        })
    }

    fn hand_over(
        &mut self,
        c: usize,
        walk: &mut Walk,
        change: &OwnershipChange,
    ) -> Result<(), Interrupted> {
        if walk
            .replay
            .as_ref()
            .is_some_and(|replay| change.at > replay.until)
        {
            self.arrive(c, walk, change.at)?;
        }
        let owners = after(&walk.owners, change);
        self.owners_are(c, walk, owners, change.at)
    }

    fn arrive(&mut self, c: usize, walk: &mut Walk, at: Timestamp) -> Result<(), Interrupted> {
        if let Some(replay) = &walk.replay {
            match &replay.known {
                Some(known) => self.change_owners(c, known, &walk.owners, at)?,
                None => self.set_owners(c, walk.owners.clone()),
            }
            walk.replay = None;
        }
        Ok(())
    }

    fn owners_are(
        &mut self,
        c: usize,
        walk: &mut Walk,
        owners: Owners,
        at: Timestamp,
    ) -> Result<(), Interrupted> {
        if walk.replay.is_none() {
            self.change_owners(c, &walk.owners, &owners, at)?;
        }
        walk.owners = owners;
        Ok(())
    }

    fn handle(
        &mut self,
        c: usize,
        order: &Rc<Order>,
        owners: &Owners,
        seq: i64,
        before_us: bool,
    ) -> Result<(), Interrupted> {
        let settings = self.rules.settings(owners);
        let (now, counter) = (self.now, &self.counters[c]);
        let handled = counter.queue.handled.get(&order.id);
        let is_handled = handled.is_some_and(|handled| handled.contains(&order.revision));
        let earlier = counter.earlier(order.id, order.revision);
        if is_handled || earlier == EarlierRevisions::Shown {
            let kept = counter.kept.get(&order.id).map(Vec::as_slice);
            let kept = kept.unwrap_or_default().iter().map(|(order, _)| &**order);
            if let Some(known) = given_twice(order, kept) {
                self.request(c)?;
                let now = self.now;
                self.server.known(order.id, known, now, &mut self.random);
                return Ok(());
            }
        }
        if is_handled {
            return Ok(());
        }
        let entry = ReceivedOrder {
            seq: 0,
            id: order.id,
            revision: order.revision,
            raw: serde_json::Value::Null,
            order: Ok((**order).clone()),
        };
        let known = RevisionContext {
            earlier,
            before_us,
            born: counter.born,
        };
        let decision = decide_revision(&entry, known);
        let whole = |ticket| ChangeTicket {
            ticket,
            before: None,
        };
        let elsewhere = of_revision(&decision, &entry, &settings, counter.id);
        let (tickets, replaced) = match &decision {
            RevisionDecision::Change(orders) => {
                let tickets = counter.queue.earlier_tickets(order.id);
                let earlier = Earlier {
                    orders,
                    tickets: &tickets,
                };
                let made = reroute(
                    &earlier,
                    order,
                    &settings.rules,
                    &settings.printers,
                    counter.id,
                );
                (made.tickets, made.replaced)
            }
            RevisionDecision::Print => {
                let made = route(order, &settings.rules, &settings.printers, counter.id);
                let made = made.into_iter().map(whole).collect();
                (made, Vec::new())
            }
            RevisionDecision::Show(_) | RevisionDecision::Ask => Default::default(),
        };
        let handling = match decision {
            RevisionDecision::Print | RevisionDecision::Change(_) => Handling::Routed,
            RevisionDecision::Show(handling) => handling,
            RevisionDecision::Ask => Handling::ShownOnly,
        };
        self.commit(c)?;
        let counter = &mut self.counters[c];
        if handling != Handling::Routed {
            counter.shown.insert(order.id);
        }
        let mine = owned(&counter.owners, counter.id);
        let (queue, random) = (&mut counter.queue, &mut self.random);
        queue.submit(order, &tickets, elsewhere, &replaced, &mine, random, now);
        // Two files: the program may end between them. What was handled and not kept is kept when it is heard again,
        // which comes before anything later of this order.
        counter
            .kept
            .entry(order.id)
            .or_default()
            .push((order.clone(), handling));
        counter.first.entry(order.id).or_insert((seq, now));
        if order.revision > 1 {
            counter.touched.add(order.id);
        }
        Ok(())
    }

    fn change_owners(
        &mut self,
        c: usize,
        before: &Owners,
        after: &Owners,
        at: Timestamp,
    ) -> Result<(), Interrupted> {
        let id = self.counters[c].id;
        let (was, is) = (self.rules.settings(before), self.rules.settings(after));
        let changed = HandsChanged::of((before, &was), (after, &is), id, at);
        if !changed.left.is_empty() {
            self.commit(c)?;
            let now = self.now;
            self.counters[c].queue.release(&changed.left, now);
            self.hold_lost(c)?;
        }
        self.set_owners(c, after.clone());
        if changed.came.is_nothing() {
            return Ok(());
        }
        self.counters[c].touched = Touched::All;
        self.take_over(c, &changed.came, after)
    }

    /// The queue has the printers of these owners; what waits for another one is held.
    pub fn set_owners(&mut self, c: usize, owners: Owners) {
        let now = self.now;
        let counter = &mut self.counters[c];
        let mine = owned(&owners, counter.id);
        counter.owners = owners;
        for at in 0..counter.queue.jobs.len() {
            let job = &counter.queue.jobs[at];
            if job.in_line()
                && !job
                    .destination
                    .is_some_and(|printer| mine.contains(&printer))
            {
                let cause = api::job::HeldCause::NoPrinter;
                counter.queue.save(at, JobState::Held { cause }, now);
            }
        }
    }
}
