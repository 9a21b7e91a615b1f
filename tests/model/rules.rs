//! What goes where in a simulated restaurant: three stations at two or three printers, and a receipt.

use std::rc::Rc;

use api::{
    BusinessId, CounterId, ItemId, Money, Order, OrderId, Owners, Printer, PrinterId, RuleId,
    TicketKind,
    order::{Channel, Customer, Line, OrderKind, OrderStatus, Payment, PaymentMethod, Totals},
    printer::{Learned, PrintPolicy, ProfileOverrides, ReprintUncertain},
    settings::Rule,
};
use client::deciders::SettingsNow;
use jiff::Timestamp;
use uuid::Uuid;

use crate::random::Random;

pub const STATIONS: [&str; 3] = ["grill", "bar", "oven"];

#[derive(Debug, Clone)]
pub struct Rules {
    pub counters: Vec<CounterId>,
    pub printers: Vec<PrinterId>,
    pub standby: bool,
    settings: SettingsNow,
}

impl Rules {
    pub fn of(random: &mut Random) -> Rules {
        let counters: Vec<CounterId> = (0..2 + random.below(3))
            .map(|id| CounterId(Uuid::from_u128(0x100 + u128::from(id))))
            .collect();
        let printers: Vec<PrinterId> = (0..2 + random.below(2))
            .map(|id| PrinterId(Uuid::from_u128(0x200 + u128::from(id))))
            .collect();
        let mut settings = SettingsNow::default();
        settings.known = true;
        settings.printers = printers.iter().map(|id| printer(*id, random)).collect();
        let last = printers.len() - 1;
        let kitchens = STATIONS.iter().enumerate().map(|(at, station)| {
            let printer = printers[at.min(last)];
            rule(TicketKind::Kitchen, &[station], printer)
        });
        settings.rules = kitchens.collect();
        if random.one_in(2) {
            settings
                .rules
                .push(rule(TicketKind::Receipt, &[], printers[0]));
        }
        Rules {
            standby: !random.one_in(4),
            counters,
            printers,
            settings,
        }
    }

    pub fn settings(&self, owners: &Owners) -> SettingsNow {
        let mut settings = self.settings.clone();
        for printer in &mut settings.printers {
            printer.owner = owners.get(&printer.id).copied();
        }
        settings
    }

    pub fn policy(&self, id: PrinterId) -> PrintPolicy {
        let printer = self.settings.printer(id);
        printer
            .map(|printer| printer.policy.clone())
            .unwrap_or_default()
    }

    pub fn rules(&self) -> &[Rule] {
        &self.settings.rules
    }
}

fn printer(id: PrinterId, random: &mut Random) -> Printer {
    Printer {
        id,
        name: "Printer".into(),
        enabled: true,
        owner: None,
        address: None,
        profile_id: "generic-80".into(),
        overrides: ProfileOverrides::default(),
        learned: Learned::default(),
        backups: Vec::new(),
        policy: PrintPolicy {
            reprint_uncertain: if random.one_in(2) {
                ReprintUncertain::Ask
            } else {
                ReprintUncertain::Marked
            },
            ..PrintPolicy::default()
        },
    }
}

fn rule(ticket: TicketKind, stations: &[&str], printer: PrinterId) -> Rule {
    Rule {
        id: RuleId(Uuid::nil()),
        ticket,
        stations: stations
            .iter()
            .map(|station| (*station).to_owned())
            .collect(),
        channels: Vec::new(),
        kinds: Vec::new(),
        printer: Some(printer),
        copies: 1,
    }
}

/// An order with so many dishes at each station, two bits each.
pub fn order(
    id: OrderId,
    revision: u32,
    dishes: u8,
    placed_at: Timestamp,
    at: Timestamp,
) -> Rc<Order> {
    let free = || Money {
        minor: 0,
        currency: "EUR".into(),
    };
    let dishes = if dishes & 0x3f == 0 { 1 } else { dishes };
    let lines = STATIONS.iter().zip(1_u32..).filter_map(|(station, line)| {
        let quantity = u32::from(dishes >> (2 * (line - 1)) & 3);
        (quantity > 0).then(|| Line {
            id: line,
            item_id: ItemId(Uuid::from_u128(u128::from(line))),
            name: (*station).to_owned(),
            quantity: quantity.into(),
            unit: None,
            unit_price: free(),
            options: Vec::new(),
            note: None,
            station: Some((*station).to_owned()),
            total: free(),
        })
    });
    Rc::new(Order {
        id,
        business_id: BusinessId(Uuid::nil()),
        number: 1,
        revision,
        status: OrderStatus::Open,
        channel: Channel::Till,
        kind: OrderKind::Pickup,
        placed_at,
        revised_at: at,
        promised_at: None,
        customer: Customer::default(),
        table: None,
        note: None,
        lines: lines.collect(),
        totals: Totals {
            subtotal: free(),
            delivery_fee: None,
            total: free(),
        },
        payment: Payment {
            method: PaymentMethod::Card,
            paid: true,
        },
        cancelled: false,
    })
}
