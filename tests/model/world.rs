//! A simulated restaurant: virtual time, one thread, and whatever happens is a step of a list.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    rc::Rc,
};

use api::{CounterId, Order, OrderId, Owners, PrinterId, TicketName, feed::ClaimFrom};
use jiff::{SignedDuration, Timestamp};

use server::feed::cursor::BEGINNING;

use crate::{
    counter::{Counter, Place},
    random::Random,
    rules::{self, Rules},
    server::Server,
    step::Step,
};

/// So many counters at the most.
const MOST: usize = 6;

/// A catch-up did not come to its end.
#[derive(Debug, Clone, Copy)]
pub struct Interrupted;

/// A ticket on paper.
#[derive(Debug, Clone)]
pub struct Paper {
    pub order: OrderId,
    pub revision: u32,
    pub ticket: TicketName,
    pub printer: PrinterId,
    pub copy: u32,
    pub lines: Option<Vec<u32>>,
    pub content: Rc<Order>,
    pub marked: bool,
    pub counter: usize,
}

/// A fault of the product.
#[derive(Debug, Clone)]
pub struct Fault(pub String);

#[derive(Debug)]
pub struct World {
    pub rules: Rules,
    pub random: Random,
    pub now: Timestamp,
    pub server: Server,
    backup: Server,
    pub counters: Vec<Counter>,
    pub papers: Vec<Paper>,
    orders: Vec<OrderId>,
    /// When each revision was taken, by its number.
    taken: BTreeMap<(OrderId, u32), Timestamp>,
    /// Orders of which two revisions had one number.
    pub twins: BTreeSet<OrderId>,
    /// Requests and commits until a catch-up breaks off, and whether the program ends then.
    stops: Option<(u8, bool)>,
    meanwhile: Option<Step>,
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut random = Random::new(seed);
        let rules = Rules::of(&mut random);
        let now = Timestamp::from_second(1_800_000_000).unwrap_or_default();
        let spread = random.one_in(3);
        let owner = |at: usize| rules.counters[if spread { at % rules.counters.len() } else { 0 }];
        let printers = rules.printers.iter().enumerate();
        let owners: Owners = printers.map(|(at, id)| (*id, owner(at))).collect();
        let server = Server::new(owners.clone(), &rules.counters, rules.standby, now);
        let place = Place {
            cursor: server.top().into(),
            seq: server.top().seq,
            owners,
            heard: now,
        };
        let counters = rules.counters.iter();
        World {
            counters: counters
                .map(|id| Counter::new(*id, random.uuid(), place.clone()))
                .collect(),
            backup: server.clone(),
            server,
            rules,
            random,
            now,
            papers: Vec::new(),
            orders: Vec::new(),
            taken: BTreeMap::new(),
            twins: BTreeSet::new(),
            stops: None,
            meanwhile: None,
        }
    }

    /// A request of a catch-up.
    pub fn request(&mut self, c: usize) -> Result<(), Interrupted> {
        self.commit(c)?;
        if self.counters[c].cut {
            Err(Interrupted)
        } else {
            Ok(())
        }
    }

    /// A commit of a catch-up.
    pub fn commit(&mut self, c: usize) -> Result<(), Interrupted> {
        self.tick(1);
        match &mut self.stops {
            None => Ok(()),
            Some((0, ends)) => {
                if *ends {
                    self.crash(c);
                }
                Err(Interrupted)
            }
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    /// What happens while a catch-up is under way.
    pub fn meanwhile(&mut self, c: usize) {
        let Some(step) = self.meanwhile.take() else {
            return;
        };
        if step.counter().is_some_and(|other| self.at(other) != c) {
            let stops = self.stops.take();
            self.step(&step);
            self.stops = stops;
        }
    }

    pub fn tick(&mut self, ms: i64) {
        self.now += SignedDuration::from_millis(ms);
    }

    fn at(&self, counter: u8) -> usize {
        usize::from(counter) % self.counters.len()
    }

    pub fn step(&mut self, step: &Step) {
        self.tick(10);
        match step {
            Step::Order { dishes } => {
                let id = OrderId(self.random.uuid());
                self.orders.push(id);
                self.take(rules::order(id, 1, *dishes, self.now, self.now));
            }
            Step::Revise { order, dishes } => self.revise(*order, |known, now| {
                rules::order(known.id, known.revision + 1, *dishes, known.placed_at, now)
            }),
            Step::Cancel { order } => self.revise(*order, |known, now| {
                Rc::new(Order {
                    revision: known.revision + 1,
                    revised_at: now,
                    cancelled: true,
                    ..(**known).clone()
                })
            }),
            Step::Follow {
                counter,
                stops,
                meanwhile,
            } => {
                let c = self.at(*counter);
                if self.counters[c].asleep {
                    return;
                }
                self.stops = *stops;
                self.meanwhile = meanwhile.as_deref().cloned();
                // It is tried again with the next step that says so.
                let _interrupted = self.follow(c);
                (self.stops, self.meanwhile) = (None, None);
            }
            Step::Report { counter, fate } => self.report(self.at(*counter), *fate),
            Step::Hear { counter, fate } => self.hear(self.at(*counter), *fate),
            Step::Renew { counter, fate } => self.renew(self.at(*counter), *fate),
            Step::Standby { counter, fate } => {
                let c = self.at(*counter);
                let counter = &self.counters[c];
                let silent = counter
                    .owners
                    .iter()
                    .filter(|(_, owner)| counter.over.contains(owner));
                let printers: Vec<PrinterId> = silent.map(|(printer, _)| *printer).collect();
                self.claim(c, &printers, ClaimFrom::LeaseEnded, *fate);
            }
            Step::TakeOver {
                counter,
                printers,
                fate,
            } => {
                let all = self.rules.printers.iter().enumerate();
                let chosen = all.filter(|(at, _)| printers >> at & 1 == 1);
                let chosen: Vec<PrinterId> = chosen.map(|(_, printer)| *printer).collect();
                self.claim(self.at(*counter), &chosen, ClaimFrom::Anybody, *fate);
            }
            Step::Print {
                counter,
                printer,
                attempt,
            } => {
                let printer =
                    self.rules.printers[usize::from(*printer) % self.rules.printers.len()];
                self.print(self.at(*counter), printer, *attempt);
            }
            Step::Confirm { counter } => self.confirm(self.at(*counter)),
            Step::Answer { counter } => self.answer(self.at(*counter)),
            Step::Crash { counter } => self.crash(self.at(*counter)),
            Step::Sleep { counter } => self.counter(*counter).asleep = true,
            Step::Wake { counter } => self.counter(*counter).asleep = false,
            Step::Cut { counter } => self.counter(*counter).cut = true,
            Step::Mend { counter } => self.counter(*counter).cut = false,
            Step::Copy { counter } => self.copy(self.at(*counter)),
            Step::Fresh => self.fresh(),
            Step::Backup => self.backup = self.server.clone(),
            Step::Restore => self.server = self.backup.clone(),
            Step::Pass { seconds } => self.tick(i64::from(*seconds) * 1000),
        }
    }

    fn copy(&mut self, c: usize) {
        if self.counters.len() < MOST {
            let mut copy = self.counters[c].clone();
            (copy.asleep, copy.cut) = (false, false);
            copy.machine = self.random.uuid();
            self.counters.push(copy);
            self.crash(self.counters.len() - 1);
        }
    }

    fn fresh(&mut self) {
        if self.counters.len() < MOST {
            let id = CounterId(self.random.uuid());
            let place = Place {
                cursor: BEGINNING.into(),
                seq: 0,
                owners: Owners::new(),
                heard: self.now,
            };
            let mut counter = Counter::new(id, self.random.uuid(), place);
            counter.is_new = true;
            self.counters.push(counter);
        }
    }

    fn counter(&mut self, counter: u8) -> &mut Counter {
        let c = self.at(counter);
        &mut self.counters[c]
    }

    fn take(&mut self, order: Rc<Order>) {
        let number = (order.id, order.revision);
        if self.taken.insert(number, order.revised_at).is_some() {
            self.twins.insert(order.id);
        }
        self.server.take_order(order, &mut self.random);
    }

    fn revise(&mut self, order: u8, change: impl Fn(&Rc<Order>, Timestamp) -> Rc<Order>) {
        let Some(id) = usize::from(order)
            .checked_rem(self.orders.len())
            .map(|at| self.orders[at])
        else {
            return;
        };
        let Some(known) = self.server.orders.get(&id).filter(|known| !known.cancelled) else {
            return;
        };
        let later = change(known, self.now);
        self.take(later);
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
