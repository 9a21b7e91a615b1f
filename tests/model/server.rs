//! The server of a simulated restaurant: the feed, the owners, the leases and the reports. A restored one is an earlier
//! clone of it.

use std::{collections::BTreeMap, rc::Rc};

use api::{
    CounterId, JobId, Order, OrderId, Owners, PrinterId,
    feed::{ClaimFrom, OwnerChange, OwnershipCause, OwnershipChange},
    order::KnownRevision,
    report::{PrintReport, ReportedTicket},
};
use jiff::Timestamp;
use server::{
    feed::cursor::{BEGINNING, Place, Reading, is_known},
    leases::decide::{self, Answer, Asks, Known, Owner, Terms},
};
use uuid::Uuid;

use crate::random::Random;

/// Entries of a page: few, so that there are many pages.
const PAGE: usize = 3;

#[derive(Debug, Clone)]
pub enum Entry {
    Order(Rc<Order>),
    Ownership(OwnershipChange),
}

#[derive(Debug, Clone)]
struct Row {
    id: Uuid,
    /// `None` where an order had an earlier revision.
    entry: Option<Entry>,
    /// In force after it.
    owners: Owners,
}

#[derive(Debug, Clone)]
pub struct Page {
    /// Before the first entry.
    pub owners: Owners,
    pub entries: Vec<(i64, Entry)>,
    pub next: Reading,
    pub more: bool,
    pub time: Timestamp,
}

#[derive(Debug, Clone, Default)]
struct Program {
    proof: Option<String>,
    previous: Option<String>,
    run: Option<Uuid>,
    machine: Option<Uuid>,
    renewed_at: Option<i64>,
    last_heard: i64,
    lease_until: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct Server {
    rows: Vec<Row>,
    pub orders: BTreeMap<OrderId, Rc<Order>>,
    programs: BTreeMap<CounterId, Program>,
    /// With the number of the newest report of each.
    tickets: BTreeMap<(CounterId, JobId), (i64, ReportedTicket)>,
    last_report: i64,
    taken: BTreeMap<CounterId, i64>,
    standby: bool,
}

/// A cursor that this server does not know.
#[derive(Debug, PartialEq, Eq)]
pub struct CursorUnknown;

impl Server {
    pub fn new(owners: Owners, counters: &[CounterId], standby: bool, now: Timestamp) -> Server {
        let program = |id: &CounterId| {
            let program = Program {
                last_heard: now.as_millisecond(),
                ..Program::default()
            };
            (*id, program)
        };
        Server {
            rows: vec![Row {
                id: Uuid::from_u128(1),
                entry: None,
                owners,
            }],
            orders: BTreeMap::new(),
            programs: counters.iter().map(program).collect(),
            tickets: BTreeMap::new(),
            last_report: 0,
            taken: BTreeMap::new(),
            standby,
        }
    }

    pub fn owners(&self) -> Owners {
        self.rows
            .last()
            .map(|row| row.owners.clone())
            .unwrap_or_default()
    }

    pub fn top(&self) -> Place {
        self.place(self.rows.len())
    }

    fn place(&self, seq: usize) -> Place {
        match seq.checked_sub(1).and_then(|at| self.rows.get(at)) {
            Some(row) => Place {
                seq: i64::try_from(seq).unwrap_or(i64::MAX),
                entry: row.id,
            },
            None => BEGINNING,
        }
    }

    /// An order appears at the place of its newest revision alone.
    pub fn take_order(&mut self, order: Rc<Order>, random: &mut Random) {
        for row in &mut self.rows {
            if matches!(&row.entry, Some(Entry::Order(known)) if known.id == order.id) {
                row.entry = None;
            }
        }
        self.orders.insert(order.id, order.clone());
        let owners = self.owners();
        self.rows.push(Row {
            id: random.uuid(),
            entry: Some(Entry::Order(order)),
            owners,
        });
    }

    /// A counter knows a revision under a number that was given to another one since.
    pub fn known(
        &mut self,
        id: OrderId,
        known: KnownRevision,
        now: Timestamp,
        random: &mut Random,
    ) {
        let Some(current) = self.orders.get(&id) else {
            return;
        };
        let same = (current.revision, current.revised_at) == (known.revision, known.revised_at);
        if !same && current.revision <= known.revision {
            let order = Order {
                revision: known.revision + 1,
                revised_at: now,
                ..(**current).clone()
            };
            self.take_order(Rc::new(order), random);
        }
    }

    pub fn after(&self, after: Reading, now: Timestamp) -> Result<Page, CursorUnknown> {
        let row = |place: Place| usize::try_from(place.seq).unwrap_or(usize::MAX);
        let mut proofs = [Some(after.at), after.end].into_iter().flatten();
        if proofs.all(|at| is_known(at, self.top().seq, self.place(row(at)).entry)) {
            Ok(self.page(row(after.at).min(self.rows.len()), None, now))
        } else {
            Err(CursorUnknown)
        }
    }

    pub fn since(&self, since: Timestamp, now: Timestamp) -> Page {
        let first = self.rows.iter().position(
            |row| matches!(&row.entry, Some(Entry::Order(order)) if order.revised_at >= since),
        );
        self.page(first.unwrap_or(self.rows.len()), Some(since), now)
    }

    fn page(&self, after: usize, since: Option<Timestamp>, now: Timestamp) -> Page {
        let old = |entry: &Entry| match entry {
            Entry::Order(order) => since.is_some_and(|since| order.revised_at < since),
            Entry::Ownership(_) => false,
        };
        let rows = self.rows.iter().enumerate().skip(after);
        let mut entries: Vec<(usize, Entry)> = rows
            .filter_map(|(at, row)| Some((at + 1, row.entry.clone()?)))
            .filter(|(_, entry)| !old(entry))
            .take(PAGE + 1)
            .collect();
        let more = entries.len() > PAGE;
        entries.truncate(PAGE);
        let next = match entries.last() {
            Some((seq, _)) if more => Reading::new(self.place(*seq), self.top()),
            _ => self.top().into(),
        };
        let before = after.max(1) - 1;
        let entries = entries.into_iter();
        Page {
            owners: self
                .rows
                .get(before)
                .map(|row| row.owners.clone())
                .unwrap_or_default(),
            entries: entries
                .map(|(seq, entry)| (self.place(seq).seq, entry))
                .collect(),
            next,
            more,
            time: now,
        }
    }

    /// All or none.
    pub fn claim(
        &mut self,
        counter: CounterId,
        printers: &[PrinterId],
        from: ClaimFrom,
        now: Timestamp,
        random: &mut Random,
    ) -> bool {
        let mut owners = self.owners();
        let mut changes = Vec::new();
        for printer in printers {
            let owner = owners.get(printer).copied();
            if owner == Some(counter) {
                continue;
            }
            let held = owner.map_or(Owner::Nobody, |owner| Owner::Counter {
                lease_until: self
                    .programs
                    .get(&owner)
                    .and_then(|known| known.lease_until),
            });
            if !decide::may_take(from, held, self.standby, now.as_millisecond()) {
                return false;
            }
            owners.insert(*printer, counter);
            changes.push(OwnerChange {
                printer: *printer,
                from: owner,
                to: Some(counter),
            });
        }
        if changes.is_empty() {
            return true;
        }
        let cause = match from {
            ClaimFrom::Nobody => OwnershipCause::Claimed,
            ClaimFrom::Anybody => OwnershipCause::TakenOver,
            ClaimFrom::LeaseEnded => OwnershipCause::LeaseEnded,
        };
        let change = OwnershipChange {
            seq: self.top().seq + 1,
            at: now,
            changes,
            cause,
        };
        self.rows.push(Row {
            id: random.uuid(),
            entry: Some(Entry::Ownership(change)),
            owners,
        });
        true
    }

    /// The new proof, how long the lease lasts, and whose is over; `None` to a clone.
    pub fn renew(
        &mut self,
        counter: CounterId,
        (run, machine): (Uuid, Uuid),
        sent: Option<&str>,
        now: Timestamp,
        random: &mut Random,
    ) -> Option<(String, Option<u64>, Vec<CounterId>)> {
        let now = now.as_millisecond();
        let since = now - decide::IN_USE_MS;
        let mut others = self.programs.iter().filter(|(id, _)| **id != counter);
        let in_use = others.any(|(_, other)| other.last_heard >= since);
        let lease_ms = decide::lease_ms(self.standby, in_use, Terms::default());
        let program = self.programs.entry(counter).or_default();
        let known = Known {
            proof: program.proof.as_deref(),
            previous: program.previous.as_deref(),
            run: program.run,
            machine: program.machine,
            renewed_at: program.renewed_at,
        };
        let asks = Asks {
            run,
            proof: sent,
            machine: Some(machine),
        };
        let proof = match (
            decide::renewal(known, asks, Terms::default(), now),
            &program.proof,
        ) {
            (Answer::Cloned, _) => return None,
            (Answer::Again, Some(proof)) => proof.clone(),
            (Answer::Again | Answer::Rotate, newest) => {
                let next = decide::next_proof(newest.as_deref(), sent, random.uuid());
                program.previous = sent.map(str::to_owned);
                program.proof = Some(next.clone());
                next
            }
        };
        program.run = Some(run);
        program.machine = Some(machine);
        (program.renewed_at, program.last_heard) = (Some(now), now);
        program.lease_until = decide::until(lease_ms, now);
        let others = self.programs.iter().filter(|(id, _)| **id != counter);
        let over = others
            .filter(|(_, other)| self.standby && decide::is_over(other.lease_until, now))
            .map(|(id, _)| *id);
        Some((proof, lease_ms, over.collect()))
    }

    /// Up to which number it has them.
    pub fn report(&mut self, counter: CounterId, reports: &[PrintReport]) -> i64 {
        let taken = self.taken.entry(counter).or_default();
        for report in reports {
            if report.n <= *taken {
                continue;
            }
            *taken = report.n;
            self.last_report += 1;
            let ticket = ReportedTicket {
                counter,
                report: report.clone(),
            };
            self.tickets
                .insert((counter, report.job), (self.last_report, ticket));
        }
        *taken
    }

    /// What others reported after this; `None` when fewer reports are here than the cursor says.
    pub fn reported(&self, to: CounterId, after: i64) -> Option<(i64, Vec<ReportedTicket>)> {
        let tickets = self.tickets.values();
        let new = tickets
            .filter(|(seq, ticket)| *seq > after && ticket.counter != to)
            .map(|(_, ticket)| ticket.clone());
        (after <= self.last_report).then(|| (self.last_report, new.collect()))
    }
}
