//! An order as it was received. One that cannot be read still has an identity, so that it is
//! handled once, and a text, so that it can be shown and printed.

use api::{BusinessId, Order, OrderId};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::orders::crash;

/// An order of the feed, or what stands in its place.
#[derive(Debug, Clone)]
pub struct ReceivedOrder {
    /// Its place in the feed.
    pub seq: i64,
    /// Which order.
    pub id: OrderId,
    /// Which revision of it.
    pub revision: u32,
    /// What came.
    pub raw: Value,
    /// What it says, or why it cannot be read.
    pub order: Result<Order, String>,
}

impl ReceivedOrder {
    /// Reads an entry; `after` is the place of the one before it.
    pub fn read(raw: Value, business: BusinessId, after: i64) -> ReceivedOrder {
        let seq = raw
            .get("seq")
            .and_then(Value::as_i64)
            .unwrap_or(after.saturating_add(1));
        let order = order(&raw);
        let (id, revision) = match &order {
            Ok(order) => (order.id, order.revision),
            Err(_) => named(&raw).unwrap_or_else(|| (nameless(business, seq), 1)),
        };
        ReceivedOrder {
            seq,
            id,
            revision,
            raw,
            order,
        }
    }

    /// Reads what was kept.
    pub fn kept(id: OrderId, revision: u32, body: &str) -> ReceivedOrder {
        let raw = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        let order = order(&raw);
        ReceivedOrder {
            seq: 0,
            id,
            revision,
            raw,
            order,
        }
    }

    /// It takes the order back.
    pub fn cancelled(&self) -> bool {
        self.order.as_ref().is_ok_and(|order| order.cancelled)
    }
}

fn order(raw: &Value) -> Result<Order, String> {
    let read = crash::catch("reading an order", || {
        #[cfg(test)]
        crash::inject::panic_at(crash::inject::DECODE, raw);
        Order::deserialize(raw).map_err(|error| error.to_string())
    });
    read.unwrap_or_else(|| Err("reading it panicked".into()))
}

fn named(raw: &Value) -> Option<(OrderId, u32)> {
    let id = raw.get("id")?.as_str()?.parse().ok()?;
    let revision = u32::try_from(raw.get("revision")?.as_u64()?).ok()?;
    Some((id, revision))
}

/// The same for the same place of the same feed, whenever it is read.
fn nameless(business: BusinessId, seq: i64) -> OrderId {
    let mut bytes = *business.0.as_bytes();
    for (byte, place) in bytes[8..].iter_mut().zip(seq.to_be_bytes()) {
        *byte ^= place;
    }
    OrderId(Uuid::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_order_that_cannot_be_read_keeps_its_name() {
        let id = Uuid::now_v7();
        let raw = json!({"seq": 7, "id": id, "revision": 2, "lines": "three pizzas"});
        let entry = ReceivedOrder::read(raw, BusinessId(Uuid::now_v7()), 0);
        assert!(entry.order.is_err());
        assert_eq!((entry.seq, entry.id, entry.revision), (7, OrderId(id), 2));
    }

    #[test]
    fn one_without_a_name_gets_the_same_one_each_time_it_is_heard() {
        let business = BusinessId(Uuid::now_v7());
        let read = |seq: i64| ReceivedOrder::read(json!({"seq": seq, "text": "?"}), business, 0).id;
        assert_eq!(read(7), read(7));
        assert_ne!(read(7), read(8));
        assert_eq!(ReceivedOrder::read(json!("?"), business, 6).id, read(7));
    }
}
