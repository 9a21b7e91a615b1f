use api::{
    ItemId, Money,
    order::{LineOption, OrderKind, OrderStatus, PaymentMethod},
};
use uuid::Uuid;

use super::*;

fn money() -> serde_json::Value {
    serde_json::json!({"minor": 1000, "currency": "EUR"})
}

fn line(id: u32, name: &str) -> Line {
    serde_json::from_value(serde_json::json!({
        "id": id, "item_id": Uuid::from_u128(id.into()), "name": name, "quantity": 1,
        "unit_price": money(), "options": [], "note": null, "station": "pizza", "total": money(),
    }))
    .unwrap()
}

fn order() -> Order {
    let mut order: Order = serde_json::from_value(serde_json::json!({
        "id": Uuid::from_u128(1), "business_id": Uuid::from_u128(2),
        "number": 12, "revision": 1, "status": "open", "channel": "phone", "kind": "pickup",
        "placed_at": "2026-11-21T18:00:00Z", "revised_at": "2026-11-21T18:00:00Z", "promised_at": null,
        "customer": {"name": "Ada", "phone": null, "address": []}, "table": null, "note": null, "lines": [],
        "totals": {"subtotal": money(), "delivery_fee": null, "total": money()},
        "payment": {"method": "cash", "paid": false}, "cancelled": false,
    }))
    .unwrap();
    order.lines = vec![line(1, "Pizza"), line(2, "Cola")];
    order
}

#[test]
fn the_same_order_has_no_difference_and_progress_is_none() {
    let before = order();
    let mut after = order();
    after.revision = 2;
    after.status = OrderStatus::Done;
    after.revised_at = "2026-11-21T18:10:00Z".parse().unwrap();
    let found = difference(&before, &after);
    assert!(!found.cancelled && !found.brought_back && !found.details.any());
    assert_eq!(found.lines, []);
}

#[test]
fn dishes_stand_as_they_are_now_and_those_that_went_come_last() {
    let before = order();
    let mut after = order();
    after.lines[0] = line(3, "Wine");
    after.lines[1].quantity = 2;
    assert_eq!(
        difference(&before, &after).lines,
        [
            LineChange::Added(&after.lines[0]),
            LineChange::Changed {
                before: &before.lines[1],
                after: &after.lines[1]
            },
            LineChange::Removed(&before.lines[0]),
        ]
    );
}

#[test]
fn another_dish_under_the_same_number_is_another_dish() {
    let before = order();
    let mut after = order();
    after.lines[1].item_id = ItemId(Uuid::from_u128(77));
    assert_eq!(
        difference(&before, &after).lines,
        [
            LineChange::Added(&after.lines[1]),
            LineChange::Removed(&before.lines[1])
        ]
    );
}

#[test]
fn the_kitchen_need_not_know_that_a_price_changed() {
    let dish = line(1, "Pizza");
    let changed = |change: fn(&mut Line)| {
        let mut after = dish.clone();
        change(&mut after);
        LineChange::Changed {
            before: &dish,
            after: &after,
        }
        .concerns_kitchen()
    };
    assert!(!changed(|line| line.unit_price = Money::new(900, "EUR")));
    assert!(!changed(|line| line.total = Money::new(900, "EUR")));
    assert!(changed(|line| line.quantity = 2));
    assert!(changed(|line| line.note = Some("no garlic".into())));
    assert!(changed(|line| line.options.push(LineOption {
        name: "Ice".into(),
        price: Money::new(0, "EUR"),
    })));
    assert!(LineChange::Added(&dish).concerns_kitchen());
    assert!(LineChange::Removed(&dish).concerns_kitchen());
}

#[test]
fn the_kitchen_knows_for_what_for_when_and_for_which_table_it_works() {
    let concerns = |change: fn(&mut Order)| {
        let (before, mut after) = (order(), order());
        change(&mut after);
        let details = difference(&before, &after).details;
        assert!(details.any());
        details.concerns_kitchen()
    };
    assert!(concerns(|order| order.kind = OrderKind::DineIn));
    assert!(concerns(|order| order.table = Some("7".into())));
    assert!(concerns(|order| order.note = Some("hurry".into())));
    assert!(concerns(|order| order.promised_at = Some(order.placed_at)));
    assert!(!concerns(|order| order.payment.method = PaymentMethod::Card));
    assert!(!concerns(|order| order.customer.phone = Some("1".into())));
    assert!(!concerns(|order| {
        order.totals.delivery_fee = Some(Money::new(250, "EUR"));
    }));
}

#[test]
fn taken_back_and_brought_back_are_told_apart() {
    let open = order();
    let mut gone = order();
    gone.cancelled = true;
    assert!(difference(&open, &gone).cancelled);
    assert!(difference(&gone, &open).brought_back);
    let still = difference(&gone, &gone);
    assert!(!still.cancelled && !still.brought_back);
}
