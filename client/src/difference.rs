//! What a later revision of an order changed, in the words of the screen.

use api::{Order, order::Line};

use crate::view::Change;

/// The differences, in this order: taken back, dishes as they stand now, dishes that went, everything else. Progress
/// (`status`) is none.
pub fn difference(before: &Order, after: &Order) -> Vec<Change> {
    let mut changes = Vec::new();
    if after.cancelled && !before.cancelled {
        changes.push(Change::Cancelled);
    }
    let mut gone: Vec<&Line> = before.lines.iter().collect();
    for line in &after.lines {
        match gone.iter().position(|old| same_dish(old, line)) {
            Some(index) => compare(gone.remove(index), line, &mut changes),
            None => changes.push(Change::Added {
                quantity: line.quantity,
                name: line.name.clone(),
            }),
        }
    }
    changes.extend(gone.into_iter().map(|line| Change::Removed {
        quantity: line.quantity,
        name: line.name.clone(),
    }));
    if details(before, after) {
        changes.push(Change::Details);
    }
    changes
}

/// The id alone is not enough: a sender may number a new dish like one that went.
fn same_dish(before: &Line, after: &Line) -> bool {
    before.id == after.id && before.item_id == after.item_id
}

fn compare(before: &Line, after: &Line, changes: &mut Vec<Change>) {
    if before.quantity != after.quantity {
        changes.push(Change::Quantity {
            name: after.name.clone(),
            before: before.quantity,
            after: after.quantity,
        });
    }
    let same = before.name == after.name
        && before.options == after.options
        && before.note == after.note
        && before.station == after.station
        && before.unit_price == after.unit_price;
    if !same {
        changes.push(Change::Line {
            name: after.name.clone(),
        });
    }
}

fn details(before: &Order, after: &Order) -> bool {
    let brought_back = before.cancelled && !after.cancelled;
    brought_back
        || before.channel != after.channel
        || before.kind != after.kind
        || before.promised_at != after.promised_at
        || before.customer != after.customer
        || before.table != after.table
        || before.note != after.note
        || before.payment != after.payment
        || before.totals.delivery_fee != after.totals.delivery_fee
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
        later.lines[0].quantity = 3;
        later.lines[0].note = Some("no garlic".into());
        later.lines[1] = serde_json::from_value(line(3, "Wine")).unwrap();
        assert_eq!(
            difference(&order(), &later),
            [
                Change::Quantity {
                    name: "Pizza".into(),
                    before: 1,
                    after: 3
                },
                Change::Line {
                    name: "Pizza".into()
                },
                Change::Added {
                    quantity: 1,
                    name: "Wine".into()
                },
                Change::Removed {
                    quantity: 1,
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
                    quantity: 1,
                    name: "Water".into()
                },
                Change::Removed {
                    quantity: 1,
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
