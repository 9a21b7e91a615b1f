//! A restaurant to play with: one menu, two people, printers, an order now and then, and a page to place one.
//! Its addresses ask nobody to sign in, so it is never a part of a server that is in earnest.

mod dishes;
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
    orders::{self, Taken},
    outbox::Outbox,
    refusal::Refusal,
    routes::App,
};

/// How the demo is started.
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

/// Makes the restaurant, or finds it again.
pub(crate) async fn open(db: &Db, demo: &Demo, url: &str) -> Result<Welcome, SeedError> {
    let kept = seed::seed(db, demo).await?;
    Ok(Welcome {
        page: format!("{url}/demo"),
        staff: kept.staff,
        owner: kept.owner,
        business_id: kept.business,
    })
}

/// The page and what it asks.
pub(crate) fn router(business: BusinessId) -> Router<App> {
    page::router(business)
}

/// Places an order now and then, until it is stopped.
pub(crate) async fn guests(
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
        match guest(&db, &outbox, business).await {
            Ok(Some(Taken::New(order) | Taken::Before(order))) => {
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

async fn guest(db: &Db, outbox: &Outbox, business: BusinessId) -> Result<Option<Taken>, Refusal> {
    let row = business::Entity::find_by_id(business.0)
        .one(db.read())
        .await?
        .ok_or_else(menu::gone)?;
    let menu = menu::of(&row)?;
    let new = guests::order(&menu, &mut rand::rng());
    match new {
        None => Ok(None),
        Some(new) => orders::place(db, outbox, business, new).await.map(Some),
    }
}
