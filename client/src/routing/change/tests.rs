mod held;

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
    told(reroute(&printed(before), after, &rules(), &printers(), HERE).tickets)
}

fn told(made: Vec<ChangeTicket>) -> Vec<Said> {
    let ids = |order: Order| order.lines.iter().map(|line| line.id).collect();
    made.into_iter()
        .map(|made| {
            let before = made.before.map(ids);
            (made.ticket.name.to_string(), made.ticket.lines, before)
        })
        .collect()
}

/// A revision whose tickets were made by the rules, at another counter or before the history.
fn printed(before: &Order) -> Earlier<'_> {
    Earlier {
        orders: std::slice::from_ref(before),
        tickets: &[],
    }
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
    after.lines[0].quantity = 2.into();
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
    let made = reroute(&printed(&first()), &after, &rules, &printers(), HERE).tickets;
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
    after.lines[0].quantity = 2.into();
    let printers = [
        printer(1, Some(HERE)),
        printer(2, Some(THERE)),
        printer(3, Some(HERE)),
    ];
    let names = |counter| -> Vec<String> {
        reroute(&printed(&first()), &after, &rules(), &printers, counter)
            .tickets
            .iter()
            .map(|made| made.ticket.name.to_string())
            .collect()
    };
    assert_eq!(names(HERE), ["receipt"]);
    assert_eq!(names(THERE), ["change:pizza"]);
}

/// A ticket of this counter of the first revision.
fn ticket(name: &str, printer: Option<u8>, state: JobState) -> EarlierTicket {
    let printer = printer.map(id);
    let is_out = matches!(state, JobState::Printed | JobState::Queued);
    let out = printer.filter(|_| is_out).into_iter().collect();
    EarlierTicket {
        job: JobId(uuid::Uuid::now_v7()),
        revision: 1,
        revised_at: None,
        ticket: name.parse().unwrap(),
        destination: printer,
        lines: None,
        drawer: false,
        state,
        printers: out,
        doubtful: false,
        submitted_at: jiff::Timestamp::UNIX_EPOCH,
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn id(printer_number: u8) -> PrinterId {
    printer(printer_number, None).id
}

fn failed() -> JobState {
    JobState::Failed {
        cause: api::job::FailCause::Unreachable,
        detail: String::new(),
    }
}

fn second() -> Order {
    Order {
        revision: 2,
        ..first()
    }
}

/// Name, printer, lines now, lines before.
type Sent = (
    String,
    Option<PrinterId>,
    Option<Vec<u32>>,
    Option<Vec<u32>>,
);

fn kitchens(
    orders: &[Order],
    tickets: &[EarlierTicket],
    after: &Order,
    rules: &[Rule],
) -> (Vec<Sent>, Vec<JobId>) {
    let earlier = Earlier { orders, tickets };
    let made = reroute(&earlier, after, rules, &printers(), HERE);
    let destinations: Vec<_> = made
        .tickets
        .iter()
        .map(|one| one.ticket.destination)
        .collect();
    let said = told(made.tickets).into_iter().zip(destinations);
    let said = said
        .map(|((name, lines, before), printer)| (name, printer, lines, before))
        .filter(|(name, ..)| name != "receipt" && name != "void");
    (said.collect(), made.replaced)
}

fn sent(name: &str, printer: u8, lines: &[u32], before: Option<&[u32]>) -> Sent {
    let before = before.map(<[u32]>::to_vec);
    (name.into(), Some(id(printer)), Some(lines.to_vec()), before)
}

/// Pizza goes to the bar's printer from now on.
fn moved_rules() -> Vec<Rule> {
    vec![
        rule(Receipt, &[], Some(1)),
        rule(Kitchen, &["pizza"], Some(3)),
        rule(Kitchen, &["bar"], Some(3)),
    ]
}

fn out() -> [EarlierTicket; 3] {
    [
        ticket("receipt", Some(1), JobState::Printed),
        ticket("kitchen:pizza", Some(2), JobState::Printed),
        ticket("kitchen:bar", Some(3), JobState::Printed),
    ]
}

#[test]
fn a_change_goes_where_the_ticket_came_out_and_what_is_new_where_the_rules_say_now() {
    let mut after = second();
    after.lines[0].quantity = 5.into();
    after.lines.push(line(4, Some("pizza")));
    let (made, _) = kitchens(&[first()], &out(), &after, &moved_rules());
    assert_eq!(
        made,
        [
            sent("kitchen:pizza", 3, &[4], None),
            sent("change:pizza", 2, &[1], Some(&[1])),
        ]
    );
    // Then the new dish changes, and the old one goes: each is told where it is on paper.
    let mut tickets = out().to_vec();
    for (name, printer, lines) in [("kitchen:pizza", 3, vec![4]), ("change:pizza", 2, vec![1])] {
        tickets.push(EarlierTicket {
            revision: 2,
            lines: Some(lines),
            ..ticket(name, Some(printer), JobState::Printed)
        });
    }
    let mut third = after.clone();
    third.revision = 3;
    third.lines.remove(0);
    third.lines[1].note = Some("well done".into());
    let (made, _) = kitchens(&[first(), after], &tickets, &third, &moved_rules());
    assert_eq!(
        made,
        [
            sent("change:pizza", 3, &[4], Some(&[4])),
            sent("void:pizza", 2, &[], Some(&[1])),
        ]
    );
}

#[test]
fn what_is_taken_back_is_voided_where_it_came_out_a_backup_too() {
    let mut tickets = out();
    tickets[1].printers = vec![id(1), id(3)];
    let after = Order {
        cancelled: true,
        ..second()
    };
    let (made, _) = kitchens(&[first()], &tickets, &after, &moved_rules());
    assert_eq!(
        made,
        [
            sent("void:pizza", 1, &[], Some(&[1])),
            sent("void:pizza", 3, &[], Some(&[1])),
            sent("void:bar", 3, &[], Some(&[2])),
        ]
    );
}

#[test]
fn a_place_whose_ticket_never_came_out_gets_the_order_in_full() {
    let mut after = second();
    after.lines[0].quantity = 2.into();
    let held = JobState::Held {
        cause: api::job::HeldCause::ByHand,
    };
    for lost in [
        failed(),
        JobState::Cancelled,
        JobState::Expired,
        held.clone(),
    ] {
        let mut tickets = out();
        tickets[1] = ticket("kitchen:pizza", Some(2), lost.clone());
        let (made, replaced) = kitchens(&[first()], &tickets, &after, &rules());
        assert_eq!(made, [sent("kitchen:pizza", 2, &[1], None)], "{lost:?}");
        let held = lost == held;
        assert_eq!(
            replaced,
            held.then_some(tickets[1].job)
                .into_iter()
                .collect::<Vec<_>>()
        );
    }
    // One that still waits will come out.
    let mut tickets = out();
    tickets[1] = ticket("kitchen:pizza", Some(2), JobState::Queued);
    let (made, _) = kitchens(&[first()], &tickets, &after, &rules());
    assert_eq!(made, [sent("change:pizza", 2, &[1], Some(&[1]))]);
}

#[test]
fn a_change_that_never_came_out_is_told_with_the_next_one() {
    let mut after = second();
    after.lines[0].quantity = 2.into();
    let mut third = after.clone();
    third.revision = 3;
    third.lines[1].quantity = 2.into();
    let mut tickets = out().to_vec();
    tickets.push(EarlierTicket {
        revision: 2,
        lines: Some(vec![1]),
        ..ticket("change:pizza", Some(2), failed())
    });
    let (made, _) = kitchens(&[first(), after], &tickets, &third, &rules());
    assert_eq!(
        made,
        [
            sent("change:pizza", 2, &[1], Some(&[1])),
            sent("change:bar", 3, &[2], Some(&[2])),
        ]
    );
}

#[test]
fn a_change_against_a_ticket_that_was_lost_later_does_not_count_as_the_whole() {
    let mut first = first();
    first.lines.push(line(3, Some("pizza")));
    let mut after = first.clone();
    after.revision = 2;
    after.lines[0].quantity = 2.into();
    let mut third = after.clone();
    third.revision = 3;
    third.lines[0].note = Some("well done".into());
    let mut tickets = out().to_vec();
    // It failed after the change was made and before that one came out.
    tickets[1] = EarlierTicket {
        at: jiff::Timestamp::MAX,
        ..ticket("kitchen:pizza", Some(2), failed())
    };
    tickets.push(EarlierTicket {
        revision: 2,
        lines: Some(vec![1, 3]),
        ..ticket("change:pizza", Some(2), JobState::Printed)
    });
    let (made, _) = kitchens(&[first, after], &tickets, &third, &rules());
    assert_eq!(made, [sent("change:pizza", 2, &[1, 3], Some(&[1]))]);
}

#[test]
fn a_new_rule_beside_the_old_one_gets_what_it_does_not_have() {
    let mut rules = super::tests::rules();
    rules.push(rule(Kitchen, &["pizza"], Some(1)));
    let mut after = second();
    after.lines[0].quantity = 2.into();
    let (made, _) = kitchens(&[first()], &out(), &after, &rules);
    assert_eq!(
        made,
        [
            sent("change:pizza", 2, &[1], Some(&[1])),
            sent("kitchen:pizza", 1, &[1], None),
        ]
    );
    let mut paid = second();
    paid.payment.paid = true;
    assert_eq!(kitchens(&[first()], &out(), &paid, &rules).0, []);
}

#[test]
fn a_held_ticket_whose_dishes_are_left_out_is_over() {
    let held = JobState::Held {
        cause: api::job::HeldCause::NoPrinter,
    };
    let tickets = [
        ticket("kitchen:pizza", Some(2), JobState::Printed),
        ticket("kitchen:bar", None, held),
    ];
    let mut after = second();
    after
        .lines
        .retain(|line| line.station.as_deref() != Some("bar"));
    let (_, replaced) = kitchens(&[first()], &tickets, &after, &rules());
    assert_eq!(replaced, [tickets[1].job]);
}

fn doubtful(name: &str, printer: u8, state: JobState) -> EarlierTicket {
    EarlierTicket {
        doubtful: true,
        ..ticket(name, Some(printer), state)
    }
}

#[test]
fn a_place_that_may_have_another_counters_ticket_hears_that_it_is_taken_back() {
    let cause = api::job::HeldCause::NoPrinter;
    let held = || JobState::Held { cause };
    let tickets = [
        doubtful("receipt", 1, held()),
        doubtful("kitchen:pizza", 2, held()),
        doubtful("kitchen:bar", 3, JobState::Cancelled),
    ];
    let orders = [first()];
    let earlier = Earlier {
        orders: &orders,
        tickets: &tickets,
    };
    let made = |after: &Order| {
        let made = reroute(&earlier, after, &rules(), &printers(), HERE);
        (told(made.tickets), made.replaced.len())
    };
    let back = Order {
        cancelled: true,
        ..second()
    };
    let expected = [
        change("void", &[], &[1, 2]),
        change("void:pizza", &[], &[1]),
        change("void:bar", &[], &[2]),
    ];
    assert_eq!(made(&back), (expected.into(), 2));
    let mut without = second();
    without.lines.remove(0);
    let (made, _) = made(&without);
    assert!(made.contains(&change("void:pizza", &[], &[1])), "{made:?}");
}

#[test]
fn a_place_that_was_told_since_hears_nothing_of_an_older_doubt() {
    let tickets = [
        doubtful("kitchen:pizza", 2, JobState::Cancelled),
        EarlierTicket {
            revision: 2,
            ..ticket("void:pizza", Some(2), JobState::Printed)
        },
    ];
    let mut without = second();
    without.lines.remove(0);
    let mut third = without.clone();
    (third.revision, third.cancelled) = (3, true);
    let earlier = Earlier {
        orders: &[first(), without],
        tickets: &tickets,
    };
    let made = reroute(&earlier, &third, &rules(), &printers(), HERE);
    let parts: Vec<String> = told(made.tickets)
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    assert!(!parts.contains(&"void:pizza".to_owned()), "{parts:?}");
}
