//! The orders that keep coming, some of them changed or taken back, and what the server confirmed of each.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use api::{Order, OrderId};
use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Business, papers};

/// So many orders may wait for paper before the next one waits.
const CROWD: usize = 20;
/// Of the newest ones some are changed.
const NEW: usize = 25;

/// An order that the server confirmed.
#[derive(Debug, Clone)]
pub struct Sale {
    pub id: OrderId,
    pub guest: String,
    /// It has a drink, which another station makes.
    pub drink: bool,
    /// The newest revision that the server confirmed.
    pub revision: u32,
    pub cancelled: bool,
    /// How often the server had been brought back when it confirmed it.
    pub restores: u64,
    /// Nobody knows any more which revision is the newest: an answer was lost, or the server was brought back.
    pub adrift: bool,
    /// Somebody tried to take it back.
    pub taken_back: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub struct OrderBook {
    pub sales: Vec<Sale>,
    pub guests: u64,
    /// Guests whose first answer was lost with the server that knew them: two orders may be theirs.
    pub unsure: u64,
    /// Orders that were sent again, because no answer came.
    pub repeated: u64,
    pub revised: u64,
    pub cancelled: u64,
    /// How many orders were on no paper when somebody looked last.
    pub waiting: usize,
    pub questions: u64,
    pub again: u64,
    pub failed: u64,
    pub held: u64,
}

/// What the server has of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub revision: u32,
    pub cancelled: bool,
}

/// Orders keep coming until the end.
pub async fn keep_ordering(
    business: &Business,
    mut rng: StdRng,
    end: Instant,
) -> anyhow::Result<()> {
    while Instant::now() < end {
        sleep(Duration::from_millis(rng.random_range(10..350))).await;
        if business.book().waiting < CROWD {
            place(business, &mut rng).await?;
        }
        let newest = {
            let book = business.book();
            let first = book.sales.len().saturating_sub(NEW);
            (first < book.sales.len()).then(|| rng.random_range(first..book.sales.len()))
        };
        if let Some(at) = newest {
            match rng.random_range(0..20) {
                0..=3 => change(business, at, false).await?,
                4 => change(business, at, true).await?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// Places an order, as often as it takes.
pub async fn place(business: &Business, rng: &mut StdRng) -> anyhow::Result<()> {
    let drink = rng.random_ratio(1, 3);
    let guest = {
        let mut book = business.book();
        book.guests += 1;
        papers::guest(book.guests)
    };
    let mut body = wish(business, &guest, drink, 1);
    body["reference"] = json!(guest);
    let backend = &business.backend;
    let began = backend.restores();
    for attempt in 0.. {
        let restores = backend.restores();
        let answer = backend.ask("POST", "/api/v1/orders", None, &body).await?;
        match answer {
            Some((200 | 201, order)) if restores == began || attempt == 0 => {
                let order: Order = serde_json::from_value(order)?;
                let mut book = business.book();
                book.repeated += u64::from(attempt > 0);
                book.sales.push(Sale {
                    id: order.id,
                    guest,
                    drink,
                    revision: order.revision,
                    cancelled: false,
                    restores,
                    adrift: false,
                    taken_back: false,
                });
                return Ok(());
            }
            Some((200 | 201, _)) => {
                business.book().unsure += 1;
                return Ok(());
            }
            Some((status, body)) => anyhow::bail!("an order was refused: {status} {body}"),
            None => sleep(Duration::from_millis(rng.random_range(20..300))).await,
        }
    }
    Ok(())
}

fn wish(business: &Business, guest: &str, drink: bool, quantity: u32) -> Value {
    let mut lines = vec![json!({ "item_id": business.dishes.0, "quantity": quantity })];
    if drink {
        lines.push(json!({ "item_id": business.dishes.1, "quantity": 1 }));
    }
    json!({
        "channel": "web", "kind": "pickup", "customer": { "name": guest },
        "lines": lines, "payment": { "method": "online", "paid": true },
    })
}

/// Changes an order or takes it back. What the kitchen makes changes each time.
async fn change(business: &Business, at: usize, takes_back: bool) -> anyhow::Result<()> {
    let Some(sale) = business.book().sales.get(at).cloned() else {
        return Ok(());
    };
    if sale.adrift || sale.cancelled {
        return Ok(());
    }
    let backend = &business.backend;
    let path = format!("/api/v1/orders/{}", sale.id);
    let restores = backend.restores();
    let answer = if takes_back {
        let path = format!("{path}/cancel");
        backend
            .ask("POST", &path, Some(sale.revision), &Value::Null)
            .await?
    } else {
        let body = wish(business, &sale.guest, sale.drink, sale.revision + 1);
        backend
            .ask("PUT", &path, Some(sale.revision), &body)
            .await?
    };
    let mut book = business.book();
    let Some(kept) = book.sales.get_mut(at) else {
        return Ok(());
    };
    kept.taken_back |= takes_back;
    match answer {
        Some((200, order)) => {
            let order: Order = serde_json::from_value(order)?;
            (kept.revision, kept.cancelled) = (order.revision, order.cancelled);
            kept.restores = restores;
            if takes_back {
                book.cancelled += 1;
            } else {
                book.revised += 1;
            }
        }
        // Lost with the server's newest state, or not known.
        Some((404 | 409, _)) | None => kept.adrift = true,
        Some((status, body)) => anyhow::bail!("a change was refused: {status} {body}"),
    }
    Ok(())
}

/// Everything that the server has.
pub async fn known(business: &Business) -> anyhow::Result<BTreeMap<OrderId, Known>> {
    let mut found = BTreeMap::new();
    let mut after = 0;
    loop {
        let path = format!("/api/v1/orders?after={after}&limit=200");
        let page = business.backend.get(&path).await?;
        let page: api::order::OrderPage<Order> = serde_json::from_value(page)?;
        for order in &page.orders {
            let known = Known {
                revision: order.revision,
                cancelled: order.cancelled,
            };
            found.insert(order.id, known);
        }
        if page.next <= after {
            return Ok(found);
        }
        after = page.next;
    }
}
