//! A restaurant to play with: one menu, two people, two printers, and an order now and then.

use std::time::Duration;

use api::{BusinessId, printer::Address};
use serde::Serialize;

/// How the demo is started.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Names and addresses of its printers, at most one of each name; the first prints receipts and drinks, the
    /// second what the kitchen makes.
    pub printers: Vec<(String, Option<Address>)>,
    /// How often an order comes by itself; zero is never.
    pub order_every: Duration,
}

impl Default for Demo {
    /// `Counter` and `Kitchen`, without addresses yet, and no orders by themselves.
    fn default() -> Self {
        Demo {
            printers: vec![("Counter".to_owned(), None), ("Kitchen".to_owned(), None)],
            order_every: Duration::ZERO,
        }
    }
}

/// What somebody needs to use the demo.
#[derive(Debug, Clone, Serialize)]
pub struct Welcome {
    /// The page to place an order.
    pub page: String,
    /// Works at the counter.
    pub staff: Account,
    /// Owns the restaurant.
    pub owner: Account,
    /// The restaurant.
    pub business_id: BusinessId,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// To sign in with.
    pub email: String,
    /// To sign in with.
    pub password: String,
}
