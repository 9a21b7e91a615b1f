//! Events on the channel `business:{business_id}`. An event is a wake-up and nothing else: what happened is read by REST.

use serde::{Deserialize, Serialize};

use crate::{CounterId, OrderId, settings::SettingKey};

/// An event as it is published; at most 1 kB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Event {
    /// A new order.
    #[serde(rename = "order.created")]
    OrderCreated {
        /// Of the event; also its idempotency key at the hub.
        id: String,
        /// Which order.
        order_id: OrderId,
        /// Its first revision.
        revision: u32,
    },
    /// A later revision, or progress.
    #[serde(rename = "order.updated")]
    OrderUpdated {
        /// Of the event; also its idempotency key at the hub.
        id: String,
        /// Which order.
        order_id: OrderId,
        /// Its newest revision.
        revision: u32,
    },
    /// Somebody changed a setting.
    #[serde(rename = "settings.updated")]
    SettingsUpdated {
        /// Of the event; also its idempotency key at the hub.
        id: String,
        /// Which setting.
        key: SettingKey,
        /// Its newest version.
        version: i64,
    },
    /// Printers changed hands.
    #[serde(rename = "ownership.changed")]
    OwnershipChanged {
        /// Of the event; also its idempotency key at the hub.
        id: String,
        /// Its place in the feed.
        seq: i64,
    },
    /// A counter reported what became of tickets.
    #[serde(rename = "tickets.reported")]
    TicketsReported {
        /// Of the event; also its idempotency key at the hub.
        id: String,
        /// Which counter.
        counter: CounterId,
    },
    /// The orders that nobody printed are others than before.
    #[serde(rename = "unprinted.changed")]
    UnprintedChanged {
        /// Of the event; also its idempotency key at the hub.
        id: String,
    },
    /// Something a newer backend says; it is ignored.
    #[serde(other)]
    Unknown,
}

impl Event {
    /// Its identity, or `None` for an event that this version does not know.
    pub fn id(&self) -> Option<&str> {
        match self {
            Event::OrderCreated { id, .. }
            | Event::OrderUpdated { id, .. }
            | Event::SettingsUpdated { id, .. }
            | Event::OwnershipChanged { id, .. }
            | Event::TicketsReported { id, .. }
            | Event::UnprintedChanged { id } => Some(id),
            Event::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_newer_backend_is_no_error() {
        let event: Event =
            serde_json::from_str(r#"{"id":"e1","type":"order.sung","order_id":"x"}"#).unwrap();
        assert_eq!(event, Event::Unknown);
    }
}
