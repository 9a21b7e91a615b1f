use api::{
    BusinessId, ItemId, Money, OrderId, RuleId,
    order::{Channel, Customer, OrderKind, OrderStatus, Payment, PaymentMethod, Totals},
    printer::{Learned, PrintPolicy, ProfileOverrides},
};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

pub(super) const HERE: CounterId = CounterId(Uuid::from_u128(1));
pub(super) const THERE: CounterId = CounterId(Uuid::from_u128(2));

fn printer_id(n: u8) -> PrinterId {
    PrinterId(Uuid::from_u128(100 + u128::from(n)))
}

pub(super) fn printer(n: u8, owner: Option<CounterId>) -> Printer {
    Printer {
        id: printer_id(n),
        name: format!("printer {n}"),
        enabled: true,
        owner,
        address: None,
        profile_id: "generic-80".into(),
        overrides: ProfileOverrides::default(),
        learned: Learned::default(),
        backups: Vec::new(),
        policy: PrintPolicy::default(),
    }
}

pub(super) fn line(id: u32, station: Option<&str>) -> Line {
    let price = Money::new(1_000, "EUR");
    Line {
        id,
        item_id: ItemId(Uuid::from_u128(id.into())),
        name: format!("dish {id}"),
        quantity: 1.into(),
        unit: None,
        unit_price: price.clone(),
        options: Vec::new(),
        note: None,
        station: station.map(str::to_owned),
        total: price,
    }
}

/// Line ids count from 1.
pub(super) fn order(stations: &[Option<&str>]) -> Order {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let total = Money::new(1_000, "EUR");
    Order {
        id: OrderId(Uuid::from_u128(9)),
        business_id: BusinessId(Uuid::from_u128(8)),
        number: 1,
        revision: 1,
        status: OrderStatus::Open,
        channel: Channel::Web,
        kind: OrderKind::Pickup,
        placed_at: at,
        revised_at: at,
        promised_at: None,
        customer: Customer::default(),
        table: None,
        note: None,
        lines: (1..)
            .zip(stations)
            .map(|(id, station)| line(id, *station))
            .collect(),
        totals: Totals {
            subtotal: total.clone(),
            delivery_fee: None,
            total,
        },
        payment: Payment {
            method: PaymentMethod::Cash,
            paid: false,
        },
        cancelled: false,
    }
}

pub(super) fn rule(ticket: TicketKind, stations: &[&str], printer: Option<u8>) -> Rule {
    Rule {
        id: RuleId(Uuid::from_u128(7)),
        ticket,
        stations: stations.iter().map(|s| (*s).to_owned()).collect(),
        channels: Vec::new(),
        kinds: Vec::new(),
        printer: printer.map(printer_id),
        copies: 1,
    }
}

fn ticket(name: &str, lines: Option<&[u32]>, printer: Option<u8>) -> RoutedTicket {
    RoutedTicket {
        name: name.parse().unwrap(),
        lines: lines.map(<[u32]>::to_vec),
        destination: printer.map(printer_id),
        copies: 1,
    }
}

use TicketKind::{Delivery, Kitchen, Receipt};

#[test]
fn the_receipt_takes_the_whole_order_and_the_kitchen_its_stations() {
    let order = order(&[Some("pizza"), Some("bar"), None]);
    let rules = [
        rule(Receipt, &[], Some(1)),
        rule(Kitchen, &["pizza"], Some(2)),
        rule(Kitchen, &["bar"], Some(1)),
    ];
    let printers = [printer(1, Some(HERE)), printer(2, Some(HERE))];
    assert_eq!(
        route(&order, &rules, &printers, HERE),
        [
            ticket("receipt", None, Some(1)),
            ticket("kitchen:pizza", Some(&[1]), Some(2)),
            ticket("kitchen:bar", Some(&[2]), Some(1)),
        ]
    );
}

#[test]
fn a_kitchen_rule_without_stations_takes_every_line_that_somebody_makes() {
    let order = order(&[Some("pizza"), None, Some("bar")]);
    let rules = [rule(Receipt, &[], Some(1)), rule(Kitchen, &[], Some(1))];
    assert_eq!(
        route(&order, &rules, &[printer(1, Some(HERE))], HERE),
        [
            ticket("receipt", None, Some(1)),
            ticket("kitchen", Some(&[1, 3]), Some(1))
        ]
    );
}

#[test]
fn stations_of_a_rule_are_named_in_one_order_and_a_rule_without_lines_prints_nothing() {
    let order = order(&[Some("grill")]);
    let rules = [
        rule(Kitchen, &["grill", "bar"], Some(1)),
        rule(Kitchen, &["pizza"], Some(1)),
    ];
    assert_eq!(
        route(&order, &rules, &[printer(1, Some(HERE))], HERE),
        [ticket("kitchen:bar,grill", Some(&[1]), Some(1))]
    );
}

#[test]
fn a_dish_that_no_rule_takes_is_held() {
    let order = order(&[Some("pizza"), Some("sushi"), Some("bar")]);
    let rules = [
        rule(Receipt, &[], Some(1)),
        rule(Kitchen, &["pizza"], Some(1)),
    ];
    let tickets = route(&order, &rules, &[printer(1, Some(HERE))], HERE);
    assert_eq!(tickets[2], ticket("kitchen:bar,sushi", Some(&[2, 3]), None));
}

#[test]
fn a_line_that_nobody_makes_is_held_as_a_receipt_when_no_rule_prints_receipts() {
    let order = order(&[Some("bar"), None]);
    let tickets = route(
        &order,
        &[rule(Kitchen, &[], Some(1))],
        &[printer(1, Some(HERE))],
        HERE,
    );
    assert_eq!(
        tickets,
        [
            ticket("kitchen", Some(&[1]), Some(1)),
            ticket("receipt", None, None)
        ]
    );
}

#[test]
fn without_any_rule_everything_is_held() {
    let tickets = route(&order(&[Some("bar"), None]), &[], &[], HERE);
    assert_eq!(
        tickets,
        [
            ticket("kitchen:bar", Some(&[1]), None),
            ticket("receipt", None, None)
        ]
    );
    assert_eq!(
        route(&order(&[]), &[], &[], HERE),
        [ticket("receipt", None, None)]
    );
}

#[test]
fn a_rule_that_prints_nowhere_is_obeyed() {
    let order = order(&[Some("bar"), None]);
    let rules = [rule(Receipt, &[], None), rule(Kitchen, &["bar"], None)];
    assert_eq!(route(&order, &rules, &[printer(1, Some(HERE))], HERE), []);
}

#[test]
fn a_rule_counts_only_for_its_channels_and_kinds() {
    let order = order(&[Some("bar")]);
    let mut phone = rule(Kitchen, &[], Some(1));
    phone.channels = vec![Channel::Phone];
    let mut delivery = rule(Kitchen, &[], Some(1));
    delivery.kinds = vec![OrderKind::Delivery];
    let printers = [printer(1, Some(HERE))];
    assert_eq!(
        route(&order, &[phone.clone(), delivery.clone()], &printers, HERE),
        [ticket("kitchen:bar", Some(&[1]), None)]
    );
    phone.channels.push(order.channel);
    delivery.kinds.push(order.kind);
    assert_eq!(
        route(&order, &[phone, delivery], &printers, HERE),
        [ticket("kitchen", Some(&[1]), Some(1))]
    );
}

#[test]
fn a_delivery_slip_comes_with_each_order_that_is_brought() {
    let mut order = order(&[Some("bar"), None]);
    let rules = [
        rule(Receipt, &[], Some(1)),
        rule(Kitchen, &[], Some(1)),
        rule(Delivery, &[], Some(1)),
    ];
    let printers = [printer(1, Some(HERE))];
    let names = |order: &Order| -> Vec<String> {
        let tickets = route(order, &rules, &printers, HERE);
        tickets.iter().map(|one| one.name.to_string()).collect()
    };
    assert_eq!(names(&order), ["receipt", "kitchen"]);
    order.kind = OrderKind::Delivery;
    assert_eq!(names(&order), ["receipt", "kitchen", "delivery"]);
    assert_eq!(
        route(&order, &rules, &printers, HERE)[2],
        ticket("delivery", None, Some(1))
    );
}

#[test]
fn a_rule_whose_printer_is_gone_holds_its_ticket() {
    let order = order(&[Some("bar")]);
    let rules = [
        rule(Kitchen, &["bar"], Some(9)),
        rule(Receipt, &[], Some(9)),
    ];
    assert_eq!(
        route(&order, &rules, &[printer(1, Some(HERE))], HERE),
        [
            ticket("kitchen:bar", Some(&[1]), None),
            ticket("receipt", None, None)
        ]
    );
}

#[test]
fn a_printer_that_nobody_owns_holds_its_tickets_at_the_leading_counter() {
    let order = order(&[Some("bar")]);
    let rules = [rule(Receipt, &[], Some(3)), rule(Kitchen, &[], Some(2))];
    let printers = [
        printer(2, Some(THERE)),
        printer(3, None),
        printer(4, Some(HERE)),
    ];
    assert_eq!(route(&order, &rules, &printers, HERE), []);
    assert_eq!(
        route(&order, &rules, &printers, THERE),
        [
            ticket("receipt", None, None),
            ticket("kitchen", Some(&[1]), Some(2))
        ]
    );
}

#[test]
fn while_nobody_owns_a_printer_every_counter_holds() {
    let printers = [printer(1, None)];
    for counter in [HERE, THERE] {
        assert!(leads(&printers, counter));
        assert_eq!(
            route(
                &order(&[None]),
                &[rule(Receipt, &[], Some(1))],
                &printers,
                counter
            ),
            [ticket("receipt", None, None)]
        );
    }
}

#[test]
fn the_same_ticket_at_the_same_printer_is_made_once_with_the_most_copies() {
    let order = order(&[Some("bar")]);
    let mut twice = rule(Receipt, &[], Some(1));
    twice.copies = 2;
    let mut none = rule(Receipt, &[], Some(1));
    none.copies = 0;
    let printers = [printer(1, Some(HERE)), printer(2, Some(HERE))];
    let rules = [
        none,
        twice,
        rule(Receipt, &[], Some(2)),
        rule(Kitchen, &["bar"], Some(1)),
        rule(Kitchen, &["bar"], Some(1)),
    ];
    let mut both = ticket("receipt", None, Some(1));
    both.copies = 2;
    assert_eq!(
        route(&order, &rules, &printers, HERE),
        [
            both,
            ticket("receipt", None, Some(2)),
            ticket("kitchen:bar", Some(&[1]), Some(1))
        ]
    );
}

#[test]
fn a_station_with_a_comma_in_its_name_loses_no_line() {
    let order = order(&[Some("a,b"), Some("a"), Some("b")]);
    let rules = [
        rule(Kitchen, &["a,b"], Some(1)),
        rule(Kitchen, &["a", "b"], Some(1)),
    ];
    assert_eq!(
        route(&order, &rules, &[printer(1, Some(HERE))], HERE),
        [ticket("kitchen:a,b", Some(&[1, 2, 3]), Some(1))]
    );
}

#[test]
fn an_order_that_cannot_be_read_comes_out_wherever_anything_does() {
    let rules = [
        rule(Receipt, &[], Some(1)),
        rule(Kitchen, &["bar"], Some(2)),
        rule(Kitchen, &[], Some(9)),
        rule(Kitchen, &[], None),
    ];
    let printers = [
        printer(1, Some(HERE)),
        printer(2, Some(THERE)),
        printer(3, Some(HERE)),
    ];
    assert_eq!(
        route_unreadable(&rules, &printers, HERE),
        [ticket("plain", None, Some(1))]
    );
    assert_eq!(
        route_unreadable(&rules, &printers, THERE),
        [ticket("plain", None, Some(2))]
    );
    assert_eq!(
        route_unreadable(&[], &printers, HERE),
        [ticket("plain", None, None)]
    );
    assert_eq!(route_unreadable(&[], &printers, THERE), []);
}

const STATIONS: [Option<&str>; 4] = [None, Some("pizza"), Some("bar"), Some("grill")];

prop_compose! {
    fn any_rule()(
        receipt in any::<bool>(),
        stations in proptest::sample::subsequence(vec!["pizza", "bar", "grill"], 0..=3),
        web in any::<bool>(),
        phone in any::<bool>(),
        delivery in any::<bool>(),
        printer in proptest::option::of(0u8..5),
        copies in 0u32..3,
    ) -> Rule {
        let mut rule = rule(if receipt { Receipt } else { Kitchen }, &stations, printer);
        rule.channels.extend(web.then_some(Channel::Web));
        rule.channels.extend(phone.then_some(Channel::Phone));
        rule.kinds.extend(delivery.then_some(OrderKind::Delivery));
        rule.copies = copies;
        rule
    }
}

prop_compose! {
    fn any_printers()(owners in proptest::collection::vec(proptest::option::of(0u8..3), 0..4)) -> Vec<Printer> {
        let counters = [HERE, THERE, CounterId(Uuid::from_u128(3))];
        (0..).zip(owners).map(|(n, owner)| printer(n, owner.map(|o| counters[usize::from(o)]))).collect()
    }
}

proptest! {
    /// Of every order, each line is on a ticket of some counter, or a rule says that it is printed nowhere.
    #[test]
    fn nothing_falls_through(
        picks in proptest::collection::vec(0..STATIONS.len(), 0..6),
        rules in proptest::collection::vec(any_rule(), 0..5),
        printers in any_printers(),
    ) {
        let stations: Vec<_> = picks.iter().map(|pick| STATIONS[*pick]).collect();
        let order = order(&stations);
        let mut counters: BTreeSet<CounterId> = printers.iter().filter_map(|p| p.owner).collect();
        counters.insert(HERE);
        let tickets: Vec<_> = counters.iter().flat_map(|counter| route(&order, &rules, &printers, *counter)).collect();
        for line in &order.lines {
            let nowhere = rules.iter().any(|rule| rule.printer.is_none() && takes(rule, &order) && match &line.station {
                Some(_) => rule.ticket == Kitchen && cooks(rule, line),
                None => rule.ticket == Receipt,
            });
            let on_paper = tickets.iter().any(|ticket| match &line.station {
                Some(_) => ticket.name.kind == Kitchen && ticket.lines.as_ref().is_some_and(|lines| lines.contains(&line.id)),
                None => ticket.name.kind == Receipt && ticket.lines.is_none(),
            });
            prop_assert!(on_paper || nowhere, "{line:?} {tickets:?}");
        }
    }

    /// Two counters make no ticket twice, a counter none for a printer of another, and one counter no ticket twice.
    #[test]
    fn one_counter_makes_each_ticket(
        picks in proptest::collection::vec(0..STATIONS.len(), 0..6),
        rules in proptest::collection::vec(any_rule(), 0..5),
        printers in any_printers(),
    ) {
        prop_assume!(printers.iter().any(|printer| printer.owner.is_some()));
        let stations: Vec<_> = picks.iter().map(|pick| STATIONS[*pick]).collect();
        let order = order(&stations);
        let mut seen = BTreeSet::new();
        for counter in [HERE, THERE, CounterId(Uuid::from_u128(3)), CounterId(Uuid::from_u128(4))] {
            for ticket in route(&order, &rules, &printers, counter) {
                prop_assert!(ticket.copies >= 1);
                if let Some(destination) = ticket.destination {
                    let owner = printers.iter().find(|p| p.id == destination).and_then(|p| p.owner);
                    prop_assert_eq!(owner, Some(counter));
                }
                prop_assert!(seen.insert((ticket.name.clone(), ticket.destination)), "{ticket:?} twice");
            }
        }
    }
}
