//! The demo restaurant: a menu, two users, printers, generated orders, and a page to place one.
//! Its routes need no login, so it must never be part of a production server.

mod dishes;
mod guard;
mod guests;
mod page;
mod seed;

use std::{fmt, time::Duration};

use api::{BusinessId, printer::Address};
use axum::Router;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub use seed::SeedError;

use crate::{
    db::{Db, business},
    menu,
    orders::{self, Placed},
    outbox::Outbox,
    refusal::Refusal,
    routes::App,
};

/// How to start the demo.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Names and addresses of its printers, each name once. The first prints receipts and drinks, the second what the
    /// kitchen makes.
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

/// The page and the accounts of the demo.
#[derive(Debug, Clone, Serialize)]
pub struct DemoInfo {
    /// The page to place an order.
    pub page: String,
    /// Works at the counter.
    pub staff: Account,
    /// Owns the restaurant.
    pub owner: Account,
    /// The restaurant.
    pub business_id: BusinessId,
}

/// A user of the demo.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    /// To sign in with.
    pub email: String,
    /// To sign in with; made at the first start.
    pub password: String,
}

impl fmt::Debug for Account {
    /// A password is never written to a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Creates the demo restaurant, or loads it.
pub(crate) async fn open(db: &Db, demo: &Demo, url: &str) -> Result<DemoInfo, SeedError> {
    let record = seed::seed(db, demo).await?;
    Ok(DemoInfo {
        page: format!("{url}/demo"),
        staff: record.staff,
        owner: record.owner,
        business_id: record.business,
    })
}

/// The routes of the page.
pub(crate) fn router(business: BusinessId) -> Router<App> {
    page::router(business)
}

/// Places a random order at each interval, until it is cancelled.
pub(crate) async fn place_orders(
    db: Db,
    outbox: Outbox,
    business: BusinessId,
    every: Duration,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        match place_random_order(&db, &outbox, business).await {
            Ok(Some(Placed::Created(order) | Placed::Existing(order))) => {
                tracing::info!(
                    number = order.number,
                    lines = order.lines.len(),
                    "a guest has ordered"
                );
            }
            Ok(None) => tracing::warn!("the menu is empty: nobody orders"),
            Err(refusal) => tracing::error!(problem = %refusal.problem, "a guest could not order"),
        }
    }
}

async fn place_random_order(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
) -> Result<Option<Placed>, Refusal> {
    let row = business::Entity::find_by_id(business.0)
        .one(db.read())
        .await?
        .ok_or_else(menu::business_gone)?;
    let menu = menu::of(&row)?;
    let new = guests::order(&menu, &mut rand::rng());
    match new {
        None => Ok(None),
        Some(new) => orders::place(db, outbox, business, None, new)
            .await
            .map(Some),
    }
}
