//! What a later revision of an order changed, in the words of the screen.

use api::Order;
use templates::difference::{LineChange, difference as found};

use crate::view::Change;

/// The differences, in this order: taken back, dishes as they stand now, dishes that went, everything else. Progress
/// (`status`) is none.
pub fn difference(before: &Order, after: &Order) -> Vec<Change> {
    let found = found(before, after);
    let mut changes = Vec::new();
    if found.cancelled {
        changes.push(Change::Cancelled);
    }
    for line in &found.lines {
        told(line, &mut changes);
    }
    if found.brought_back || found.details.any() {
        changes.push(Change::Details);
    }
    changes
}

fn told(line: &LineChange, changes: &mut Vec<Change>) {
    match *line {
        LineChange::Added(line) => changes.push(Change::Added {
            quantity: line.quantity,
            unit: line.unit.clone(),
            name: line.name.clone(),
        }),
        LineChange::Removed(line) => changes.push(Change::Removed {
            quantity: line.quantity,
            unit: line.unit.clone(),
            name: line.name.clone(),
        }),
        LineChange::Changed { before, after } => {
            if before.quantity != after.quantity {
                changes.push(Change::Quantity {
                    name: after.name.clone(),
                    before: before.quantity,
                    after: after.quantity,
                });
            }
            if line.is_more_than_quantity() {
                changes.push(Change::Line {
                    name: after.name.clone(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use api::order::{LineOption, OrderStatus, PaymentMethod};

    use super::*;

    fn order() -> Order {
        serde_json::from_value(serde_json::json!({
            "id": "00000000-0000-0000-0000-000000000001",
            "business_id": "00000000-0000-0000-0000-000000000002",
            "number": 12, "revision": 1, "status": "open", "channel": "phone", "kind": "pickup",
            "placed_at": "2026-11-21T18:00:00Z", "revised_at": "2026-11-21T18:00:00Z", "promised_at": null,
            "customer": {"name": "Ada", "phone": null, "address": []}, "table": null, "note": null,
            "lines": [line(1, "Pizza"), line(2, "Cola")],
            "totals": {"subtotal": money(), "delivery_fee": null, "total": money()},
            "payment": {"method": "cash", "paid": false}, "cancelled": false,
        }))
        .unwrap()
    }

    fn money() -> serde_json::Value {
        serde_json::json!({"minor": 1000, "currency": "EUR"})
    }

    fn line(id: u32, name: &str) -> serde_json::Value {
        serde_json::json!({
            "id": id, "item_id": uuid::Uuid::from_u128(id.into()), "name": name, "quantity": 1,
            "unit_price": money(), "options": [], "note": null, "station": "pizza", "total": money(),
        })
    }

    #[test]
    fn the_same_order_has_no_differences_and_progress_is_none() {
        let mut later = order();
        later.revision = 2;
        later.status = OrderStatus::Done;
        later.revised_at = "2026-11-21T18:10:00Z".parse().unwrap();
        assert_eq!(difference(&order(), &later), []);
    }

    #[test]
    fn dishes_come_and_go_and_change() {
        let mut later = order();
        later.lines[0].quantity = 3.into();
        later.lines[0].note = Some("no garlic".into());
        later.lines[1] = serde_json::from_value(line(3, "Wine")).unwrap();
        assert_eq!(
            difference(&order(), &later),
            [
                Change::Quantity {
                    name: "Pizza".into(),
                    before: 1.into(),
                    after: 3.into()
                },
                Change::Line {
                    name: "Pizza".into()
                },
                Change::Added {
                    quantity: 1.into(),
                    unit: None,
                    name: "Wine".into()
                },
                Change::Removed {
                    quantity: 1.into(),
                    unit: None,
                    name: "Cola".into()
                },
            ]
        );
    }

    #[test]
    fn another_dish_under_the_same_number_is_another_dish() {
        let mut later = order();
        later.lines[1].item_id = api::ItemId(uuid::Uuid::from_u128(77));
        later.lines[1].name = "Water".into();
        assert_eq!(
            difference(&order(), &later),
            [
                Change::Added {
                    quantity: 1.into(),
                    unit: None,
                    name: "Water".into()
                },
                Change::Removed {
                    quantity: 1.into(),
                    unit: None,
                    name: "Cola".into()
                },
            ]
        );
    }

    #[test]
    fn an_option_changes_its_line() {
        let mut later = order();
        later.lines[1].options.push(LineOption {
            name: "Ice".into(),
            price: api::Money::new(0, "EUR"),
        });
        assert_eq!(
            difference(&order(), &later),
            [Change::Line {
                name: "Cola".into()
            }]
        );
    }

    #[test]
    fn what_concerns_the_whole_order_is_one_change() {
        let mut later = order();
        later.note = Some("ring twice".into());
        later.payment.method = PaymentMethod::Card;
        assert_eq!(difference(&order(), &later), [Change::Details]);
    }

    #[test]
    fn taken_back_stands_first_and_brought_back_is_told() {
        let mut later = order();
        later.cancelled = true;
        later.lines.clear();
        let changes = difference(&order(), &later);
        assert_eq!(changes[0], Change::Cancelled);
        assert_eq!(changes.len(), 3);
        let mut gone = order();
        gone.cancelled = true;
        assert_eq!(difference(&gone, &order()), [Change::Details]);
    }
}
