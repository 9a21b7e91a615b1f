use api::{Money, TicketKind};

use super::*;
use crate::routing::tests::{HERE, THERE, line, order, printer, rule};

use TicketKind::{Delivery, Kitchen, Receipt};

/// Receipts at the counter, pizza at the oven, drinks at the bar.
fn rules() -> Vec<Rule> {
    vec![
        rule(Receipt, &[], Some(1)),
        rule(Delivery, &[], Some(1)),
        rule(Kitchen, &["pizza"], Some(2)),
        rule(Kitchen, &["bar"], Some(3)),
    ]
}

fn printers() -> Vec<Printer> {
    (1..=3).map(|n| printer(n, Some(HERE))).collect()
}

fn first() -> Order {
    order(&[Some("pizza"), Some("bar")])
}

/// Name, lines now, lines before; in the order in which they are made.
type Said = (String, Option<Vec<u32>>, Option<Vec<u32>>);

fn said(before: &Order, after: &Order) -> Vec<Said> {
    reroute(before, after, &rules(), &printers(), HERE)
        .into_iter()
        .map(|made| (made.ticket.name.to_string(), made.ticket.lines, made.told))
        .collect()
}

fn change(name: &str, lines: &[u32], told: &[u32]) -> Said {
    (name.to_owned(), Some(lines.to_vec()), Some(told.to_vec()))
}

fn receipt() -> Said {
    ("receipt".to_owned(), None, None)
}

#[test]
fn only_the_place_whose_dishes_changed_is_told() {
    let mut after = first();
    after.lines[0].quantity = 2;
    assert_eq!(
        said(&first(), &after),
        [receipt(), change("change:pizza", &[1], &[1])]
    );
}

#[test]
fn a_revision_that_changes_nothing_prints_nothing() {
    let mut after = first();
    after.revision = 2;
    after.revised_at = jiff::Timestamp::MAX;
    after.lines[0].note = Some("  ".into());
    assert_eq!(said(&first(), &after), []);
}

#[test]
fn a_new_price_or_payment_is_for_the_receipt_alone() {
    let mut after = first();
    after.lines[0].unit_price = Money::new(900, "EUR");
    assert_eq!(said(&first(), &after), [receipt()]);
    let mut after = first();
    after.payment.paid = true;
    assert_eq!(said(&first(), &after), [receipt()]);
}

#[test]
fn what_concerns_every_dish_is_told_to_every_kitchen() {
    let mut after = first();
    after.note = Some("nut allergy".into());
    assert_eq!(
        said(&first(), &after),
        [
            receipt(),
            change("change:pizza", &[1], &[1]),
            change("change:bar", &[2], &[2])
        ]
    );
}

#[test]
fn a_dish_that_moves_is_taken_back_at_one_place_and_made_at_the_other() {
    let mut after = first();
    after.lines[0].station = Some("bar".into());
    assert_eq!(
        said(&first(), &after),
        [
            change("change:bar", &[1, 2], &[2]),
            change("void:pizza", &[], &[1])
        ]
    );
}

#[test]
fn a_place_that_had_nothing_yet_gets_a_whole_ticket() {
    let mut after = first();
    let before = order(&[Some("pizza")]);
    after.lines[0].name = before.lines[0].name.clone();
    assert_eq!(
        said(&before, &after),
        [receipt(), ("kitchen:bar".to_owned(), Some(vec![2]), None)]
    );
}

#[test]
fn a_dish_under_the_number_of_another_one_is_another_dish() {
    let mut after = first();
    after.lines[0] = line(9, Some("pizza"));
    after.lines[0].id = 1;
    assert_eq!(
        said(&first(), &after),
        [receipt(), change("change:pizza", &[1], &[1])]
    );
}

#[test]
fn an_order_that_is_taken_back_is_voided_wherever_something_of_it_was_printed() {
    let mut after = first();
    after.cancelled = true;
    after.lines.clear();
    assert_eq!(
        said(&first(), &after),
        [
            change("void:pizza", &[], &[1]),
            change("void:bar", &[], &[2]),
            change("void", &[], &[1, 2])
        ]
    );
    // Taken back twice is taken back once.
    assert_eq!(said(&after, &after), []);
}

#[test]
fn one_printer_for_everything_prints_one_void_ticket_a_kitchen_and_none_for_its_receipt() {
    let rules = [rule(Receipt, &[], Some(1)), rule(Kitchen, &[], Some(1))];
    let after = Order {
        cancelled: true,
        ..first()
    };
    let made = reroute(&first(), &after, &rules, &printers(), HERE);
    let names: Vec<String> = made
        .iter()
        .map(|made| made.ticket.name.to_string())
        .collect();
    assert_eq!(names, ["void"]);
}

#[test]
fn an_order_that_is_brought_back_prints_in_full() {
    let before = Order {
        cancelled: true,
        ..first()
    };
    let made = said(&before, &first());
    assert_eq!(made.len(), 3);
    assert!(made.iter().all(|(_, _, told)| told.is_none()), "{made:?}");
}

#[test]
fn a_change_is_told_by_the_counter_that_prints_there_now() {
    let mut after = first();
    after.lines[0].quantity = 2;
    let printers = [
        printer(1, Some(HERE)),
        printer(2, Some(THERE)),
        printer(3, Some(HERE)),
    ];
    let names = |counter| -> Vec<String> {
        reroute(&first(), &after, &rules(), &printers, counter)
            .iter()
            .map(|made| made.ticket.name.to_string())
            .collect()
    };
    assert_eq!(names(HERE), ["receipt"]);
    assert_eq!(names(THERE), ["change:pizza"]);
}
