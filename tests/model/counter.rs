//! A simulated counter: what its files keep, and what is lost with the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use api::{CounterId, JobId, Order, OrderId, Owners, report::ReportedTicket};
use client::{deciders::EarlierRevisions, view::Handling};
use jiff::Timestamp;
use printer_queue::LeaseState;
use server::feed::cursor;
use uuid::Uuid;

use crate::queue::Queue;

/// Where the feed was handled up to.
#[derive(Debug, Clone)]
pub struct Place {
    pub cursor: cursor::Reading,
    /// The number of the last entry before it.
    pub seq: i64,
    pub owners: Owners,
    pub heard: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    Unknown,
    Never,
    Until(Timestamp),
    Refused,
}

/// Orders of which others said something.
#[derive(Debug, Clone)]
pub enum Touched {
    All,
    These(BTreeSet<OrderId>),
}

impl Touched {
    pub fn add(&mut self, order: OrderId) {
        if let Touched::These(orders) = self {
            orders.insert(order);
        }
    }

    pub fn take(&mut self) -> Touched {
        std::mem::replace(self, Touched::These(BTreeSet::new()))
    }
}

#[derive(Debug, Clone)]
pub struct Counter {
    pub id: CounterId,
    // What its files keep.
    pub queue: Queue,
    pub place: Place,
    /// Revisions, oldest first, and how they were handled.
    pub kept: BTreeMap<OrderId, Vec<(Rc<Order>, Handling)>>,
    /// Where orders stood first, and when they were heard.
    pub first: BTreeMap<OrderId, (i64, Timestamp)>,
    /// Orders of which the server has lost the newest revisions, with the last one that it has.
    pub lost: BTreeMap<OrderId, u32>,
    pub others: BTreeMap<(CounterId, JobId), ReportedTicket>,
    pub read: i64,
    pub reported: i64,
    /// It has not taken up the feed yet.
    pub is_new: bool,
    /// When it took up the feed.
    pub born: Option<Timestamp>,
    /// Orders that people are asked about, or that are shown as changed and not printed.
    pub shown: BTreeSet<OrderId>,
    /// What is to be looked at; all of it when the program starts.
    pub touched: Touched,
    pub proof: Option<String>,
    /// Somebody stands in for it when it is silent.
    pub ends: bool,
    // What ends with the program.
    pub settled: bool,
    pub run: Uuid,
    /// On which PC.
    pub machine: Uuid,
    pub owners: Owners,
    pub lease: Term,
    pub over: Vec<CounterId>,
    // What it is in.
    pub asleep: bool,
    pub cut: bool,
}

impl Counter {
    pub fn new(id: CounterId, run: Uuid, place: Place) -> Counter {
        Counter {
            id,
            queue: Queue::default(),
            owners: place.owners.clone(),
            place,
            kept: BTreeMap::new(),
            first: BTreeMap::new(),
            lost: BTreeMap::new(),
            others: BTreeMap::new(),
            read: 0,
            reported: 0,
            is_new: false,
            born: None,
            shown: BTreeSet::new(),
            touched: Touched::All,
            proof: None,
            ends: true,
            settled: false,
            run,
            machine: run,
            lease: Term::Unknown,
            over: Vec::new(),
            asleep: false,
            cut: false,
        }
    }

    pub fn lease(&self, now: Timestamp) -> LeaseState {
        match self.lease {
            Term::Never => LeaseState::Valid,
            Term::Until(end) if now < end => LeaseState::Valid,
            Term::Until(_) | Term::Unknown => LeaseState::Over,
            Term::Refused => LeaseState::Lost,
        }
    }

    /// The server knows this run of the program: a copy must not speak for the counter.
    pub fn is_heard(&self) -> bool {
        match self.lease {
            Term::Never | Term::Until(_) => true,
            Term::Unknown | Term::Refused => false,
        }
    }

    pub fn routed_before(&self, order: OrderId, revision: u32) -> EarlierRevisions {
        let kept = self.kept.get(&order).map(Vec::as_slice).unwrap_or_default();
        let earlier: Vec<_> = kept
            .iter()
            .filter(|(order, _)| order.revision < revision)
            .collect();
        if earlier.is_empty() {
            return EarlierRevisions::Nothing;
        }
        let routed = earlier
            .iter()
            .filter(|(_, handling)| *handling == Handling::Routed);
        let orders: Vec<Order> = routed.map(|(order, _)| (**order).clone()).collect();
        if orders.is_empty() {
            return EarlierRevisions::Shown;
        }
        EarlierRevisions::Routed {
            readable: true,
            orders,
        }
    }

    pub fn routed_orders(&self, order: OrderId, before: u32) -> Vec<Order> {
        match self.routed_before(order, before) {
            EarlierRevisions::Routed { orders, .. } => orders,
            EarlierRevisions::Nothing | EarlierRevisions::Shown => Vec::new(),
        }
    }

    pub fn earlier(&self, order: OrderId, revision: u32) -> EarlierRevisions {
        match self
            .queue
            .handled
            .get(&order)
            .and_then(|handled| handled.last())
        {
            None => EarlierRevisions::Nothing,
            Some(handled) if *handled > revision => EarlierRevisions::Shown,
            Some(_) => match self.routed_before(order, revision) {
                EarlierRevisions::Nothing => EarlierRevisions::Shown,
                known @ (EarlierRevisions::Shown | EarlierRevisions::Routed { .. }) => known,
            },
        }
    }
}
