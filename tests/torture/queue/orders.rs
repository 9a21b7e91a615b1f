//! The orders that keep coming, and what is known of each of their tickets.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use api::{JobId, OrderId, TicketChanged};
use jiff::Timestamp;
use rand::{Rng, RngExt};

use super::protocol::TestTicket;
use crate::printers::TestPrinter;

/// What tells a ticket from every other, on paper and off it.
pub type Token = String;

/// Every order that was placed.
#[derive(Debug, Default)]
pub struct OrderLog {
    pub orders: BTreeMap<OrderId, Order>,
    pub tickets: u64,
    /// Orders that were sent again, because the queue was gone before it answered.
    pub repeated: u64,
    /// Questions that were asked: a ticket is unconfirmed, since then.
    pub asked: BTreeSet<(JobId, Timestamp)>,
    /// … and answered with "It printed".
    pub seen: u64,
    /// … and with "Print again".
    pub again: u64,
    /// Tickets that failed without a byte on paper, printed again by hand.
    pub failed: u64,
    /// What must not be.
    pub wrong: Vec<(Option<JobId>, String)>,
}

/// One order.
#[derive(Debug)]
pub struct Order {
    pub tokens: Vec<Token>,
    /// The queue has said that it has it.
    pub committed: bool,
    /// All its tickets are over.
    pub over: bool,
    /// How the tickets were when they were last looked at.
    pub tickets: BTreeMap<Token, TicketChanged>,
}

impl OrderLog {
    /// The orders that still need somebody's attention.
    pub fn open(&self) -> Vec<OrderId> {
        self.orders
            .iter()
            .filter(|(_, order)| order.committed && !order.over)
            .map(|(id, _)| *id)
            .collect()
    }

    /// How many orders are not over, or not even in the queue.
    pub fn unfinished(&self) -> usize {
        self.orders.values().filter(|order| !order.over).count()
    }

    /// Says that nothing more is waited for.
    pub fn give_up(&mut self, after: Duration) {
        let open: Vec<_> = self
            .orders
            .values()
            .filter(|order| !order.over)
            .map(|order| (None, format!("not over after {after:?}: {order:?}")))
            .collect();
        self.wrong.extend(open);
    }

    /// Makes an order with a ticket for each of one to three stations.
    pub fn next(
        &mut self,
        stations: &[TestPrinter],
        rng: &mut impl Rng,
    ) -> (OrderId, Vec<TestTicket>) {
        let count = rng.random_range(1..=3);
        let first = rng.random_range(0..stations.len());
        let mut tickets = Vec::new();
        for nth in 0..count {
            let station = &stations[(first + nth) % stations.len()];
            self.tickets += 1;
            let token = format!("t{:07}", self.tickets);
            // Mostly short; now and then longer than a printer's buffer.
            let rows = if rng.random_ratio(1, 20) {
                200
            } else {
                rng.random_range(2..30)
            };
            tickets.push(TestTicket {
                markup: text(&token, rows),
                token,
                printer: station.settings.id,
                urgent: rng.random_ratio(1, 6),
            });
        }
        let id = OrderId(uuid::Uuid::now_v7());
        let order = Order {
            tokens: tickets.iter().map(|ticket| ticket.token.clone()).collect(),
            committed: false,
            over: false,
            tickets: BTreeMap::new(),
        };
        self.orders.insert(id, order);
        (id, tickets)
    }
}

fn text(token: &str, rows: usize) -> String {
    let dishes: String = (1..=rows)
        .map(|row| format!("{row} of the day\n"))
        .collect();
    format!("Ticket {token}.\n{dishes}End of {token}.\n")
}

/// The tickets on a paper, and whether each is there to its last row.
pub fn read(paper: &str) -> impl Iterator<Item = (Token, bool)> + '_ {
    paper.lines().filter_map(|row| {
        let token = row.trim().strip_prefix("Ticket ")?.strip_suffix('.')?;
        Some((
            token.to_owned(),
            paper.contains(&format!("End of {token}.")),
        ))
    })
}
