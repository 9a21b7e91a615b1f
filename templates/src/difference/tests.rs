use api::{
    ItemId, Money, Quantity,
    order::{LineOption, OrderKind, OrderStatus, PaymentMethod},
};
use proptest::prelude::*;
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
    after.lines[1].quantity = 2.into();
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
    assert!(changed(|line| line.quantity = 2.into()));
    assert!(changed(
        |line| line.quantity = Quantity::from_thousandths(1_500)
    ));
    assert!(changed(|line| line.unit = Some("kg".into())));
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

/// What reads the same on paper is no change.
#[test]
fn what_reads_the_same_is_no_change() {
    let mut before = order();
    before.lines[0].options = vec![option("Ham"), option("Cr\u{e8}me")];
    before.note = Some("no  garlic".into());
    before.promised_at = Some("2026-11-21T19:00:05Z".parse().unwrap());
    before.lines[1].quantity = 2.into();
    let mut after = before.clone();
    after.lines[0].options = vec![option("Cre\u{300}me"), option(" Ham ")];
    after.note = Some("no garlic ".into());
    after.promised_at = Some("2026-11-21T19:00:55Z".parse().unwrap());
    after.lines[1].quantity = 1.into();
    after.lines.push(Line {
        id: 7,
        ..after.lines[1].clone()
    });
    after.lines.rotate_left(1);
    let found = difference(&before, &after);
    assert_eq!(found.lines, []);
    assert!(!found.details.any(), "{:?}", found.details);
}

/// Case: one with a note, a plain one added, the one with the note removed.
#[test]
fn the_same_dish_twice_is_told_apart_by_its_note() {
    let noted = |id, note: Option<&str>| Line {
        id,
        note: note.map(str::to_owned),
        item_id: ItemId(Uuid::from_u128(5)),
        ..line(5, "Margherita")
    };
    let one = [noted(1, Some("no garlic"))];
    let two = [noted(1, Some("no garlic")), noted(2, None)];
    let last = [noted(1, None)];
    assert_eq!(found(&one, &two), [LineChange::Added(&two[1])]);
    assert_eq!(found(&two, &last), [LineChange::Removed(&two[0])]);
    let three = [
        noted(1, Some("rare")),
        noted(2, Some("medium")),
        noted(3, Some("well")),
    ];
    let swapped = [noted(1, Some("well")), noted(2, Some("rare"))];
    assert_eq!(found(&three, &swapped), [LineChange::Removed(&three[1])]);
}

fn found<'a>(before: &'a [Line], after: &'a [Line]) -> Vec<LineChange<'a>> {
    lines(
        &before.iter().collect::<Vec<_>>(),
        &after.iter().collect::<Vec<_>>(),
    )
}

fn option(name: &str) -> LineOption {
    LineOption {
        name: name.into(),
        price: Money::new(0, "EUR"),
    }
}

/// Lines of three dishes, with some options and notes, several of them alike.
fn some_lines() -> impl Strategy<Value = Vec<Line>> {
    let one = (0_u32..3, 1_i64..20, 0_usize..3, 0_usize..3);
    proptest::collection::vec(one, 0..8).prop_map(|lines| {
        (1..)
            .zip(lines)
            .map(|(id, (dish, quantity, options, note))| Line {
                id,
                quantity: Quantity::from_thousandths(250 * quantity),
                item_id: ItemId(Uuid::from_u128(dish.into())),
                options: ["Ham", "Egg"][..options]
                    .iter()
                    .map(|o| option(o))
                    .collect(),
                note: [None, Some("rare".into()), Some("hot".into())][note].clone(),
                ..line(0, "Dish")
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn lines_that_are_shuffled_and_split_are_no_change(
        (before, shuffled) in some_lines().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        split in proptest::collection::vec(any::<bool>(), 8),
    ) {
        let mut after = Vec::new();
        for (mut line, split) in shuffled.into_iter().zip(split) {
            line.options.reverse();
            if split && line.quantity > 1.into() {
                line.quantity = Quantity::from_thousandths(line.quantity.thousandths() - 1000);
                after.push(Line { quantity: 1.into(), ..line.clone() });
            }
            after.push(line);
        }
        for (id, line) in (1..).zip(&mut after) {
            line.id = id;
        }
        prop_assert_eq!(found(&before, &after), []);
        prop_assert_eq!(found(&after, &before), []);
    }

    #[test]
    fn what_changed_adds_up_to_what_is_there_now(before in some_lines(), after in some_lines()) {
        let sum = |lines: &[Line]| lines.iter().map(|line| line.quantity.thousandths()).sum::<i64>();
        let told: i64 = found(&before, &after)
            .iter()
            .map(|change| match change {
                LineChange::Added(line) => line.quantity.thousandths(),
                LineChange::Removed(line) => -line.quantity.thousandths(),
                LineChange::Changed { before, after } => {
                    after.quantity.thousandths() - before.quantity.thousandths()
                }
            })
            .sum();
        prop_assert_eq!(sum(&before) + told, sum(&after));
    }
}
