//! What is missing. Pure.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

/// What an order says of itself, as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OrderFacts {
    pub number: u32,
    pub placed_at: Timestamp,
    pub cancelled: bool,
    pub status: api::order::OrderStatus,
}

impl OrderFacts {
    /// Somebody has to make it.
    pub(super) fn is_open(&self) -> bool {
        !self.cancelled && self.status == api::order::OrderStatus::Open
    }
}

/// Whether an order of which no ticket is on paper should have one. Tickets print when an order comes, whatever time is
/// promised, so the time counts from then.
pub(super) fn is_missing(order: &OrderFacts, patience: Duration, now: Timestamp) -> bool {
    order.is_open() && passed(order.placed_at, patience, now)
}

/// Whether nobody is there to print: no counter was heard of for a while, and an order came since.
pub(super) fn is_silent(
    last_heard: Option<Timestamp>,
    newest_order: Option<Timestamp>,
    patience: Duration,
    now: Timestamp,
) -> bool {
    match (last_heard, newest_order) {
        (_, None) => false,
        (None, Some(order)) => passed(order, patience, now),
        (Some(heard), Some(order)) => order > heard && passed(heard, patience, now),
    }
}

fn passed(since: Timestamp, time: Duration, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(since)).is_ok_and(|passed| passed >= time)
}

#[cfg(test)]
mod tests {
    use api::order::OrderStatus;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn order(cancelled: bool, status: OrderStatus) -> OrderFacts {
        OrderFacts {
            number: 1,
            placed_at: at(100),
            cancelled,
            status,
        }
    }

    #[test]
    fn an_open_order_without_paper_is_missing_after_the_time_and_not_before() {
        let open = order(false, OrderStatus::Open);
        assert!(!is_missing(&open, MINUTE, at(159)));
        assert!(is_missing(&open, MINUTE, at(160)));
        // A clock that stepped back makes nothing late.
        assert!(!is_missing(&open, MINUTE, at(50)));
    }

    #[test]
    fn what_was_taken_back_or_handed_over_is_not_missing() {
        assert!(!is_missing(
            &order(true, OrderStatus::Cancelled),
            MINUTE,
            at(999)
        ));
        assert!(!is_missing(
            &order(false, OrderStatus::Done),
            MINUTE,
            at(999)
        ));
    }

    #[test]
    fn counters_are_silent_only_while_orders_come_in() {
        let patience = Duration::from_secs(70);
        assert!(!is_silent(Some(at(100)), None, patience, at(900)));
        assert!(!is_silent(Some(at(100)), Some(at(90)), patience, at(900)));
        assert!(!is_silent(Some(at(100)), Some(at(120)), patience, at(169)));
        assert!(is_silent(Some(at(100)), Some(at(120)), patience, at(170)));
        assert!(is_silent(None, Some(at(100)), patience, at(170)));
        assert!(!is_silent(None, Some(at(100)), patience, at(169)));
    }
}
