//! Held tickets when a later revision comes.

use super::*;

fn held(name: &str, printer: u8) -> EarlierTicket {
    let cause = api::job::HeldCause::NoPrinter;
    EarlierTicket {
        revision: 2,
        ..ticket(name, Some(printer), JobState::Held { cause })
    }
}

fn without_pizza() -> Order {
    let mut second = second();
    let pizza = |line: &api::order::Line| line.station.as_deref() == Some("pizza");
    second.lines.retain(|line| !pizza(line));
    second
}

#[test]
fn a_held_ticket_that_takes_back_what_another_counter_printed_stays_when_the_order_is_taken_back() {
    let orders = [first(), without_pizza()];
    let tickets = [held("void:pizza", 2)];
    let mut after = without_pizza();
    (after.revision, after.cancelled) = (3, true);
    let (_, replaced) = kitchens(&orders, &tickets, &after, &rules());
    assert_eq!(replaced, []);
}

#[test]
fn a_held_ticket_ends_when_its_place_has_the_newest_dishes_on_paper_again() {
    let orders = [first(), without_pizza()];
    let mut tickets = out().to_vec();
    tickets.push(held("void:pizza", 2));
    let mut after = first();
    after.revision = 3;
    let (made, replaced) = kitchens(&orders, &tickets, &after, &rules());
    assert_eq!(made, []);
    assert_eq!(replaced, [tickets[3].job]);
}
