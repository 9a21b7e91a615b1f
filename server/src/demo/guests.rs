//! Random orders as guests would place them.

use api::{
    menu::Menu,
    order::{
        Channel, Customer, NewLine, NewOrder, OrderKind, Payment, PaymentMethod, ReferenceScope,
    },
};
use rand::{Rng, RngExt, seq::IndexedRandom};

/// Names in the scripts that a receipt has to master.
const NAMES: [&str; 12] = [
    "Jürgen Müßig",
    "Ελένη Παπαδοπούλου",
    "خالد العمري",
    "佐藤 花子",
    "Łucja Wiśniewska",
    "Дмитро Шевченко",
    "Siobhán O'Neill",
    "İpek Yıldız",
    "王小明",
    "김민준",
    "Anna Krüger",
    "René Lefèvre",
];
const LINE_NOTES: [&str; 7] = [
    "no garlic",
    "well done, please",
    "cut into 8",
    "sauce on the side",
    "no onions - allergy!",
    "extra crispy",
    "ohne Basilikum",
];
const ORDER_NOTES: [&str; 5] = [
    "Ring twice, the bell is broken",
    "Birthday - please add a candle",
    "Napkins for four, thank you",
    "Kommt etwas später",
    "Nut allergy at the table",
];
const STREETS: [&str; 5] = [
    "Oderberger Straße 8",
    "Schönhauser Allee 141",
    "Choriner Straße 27",
    "Eberswalder Straße 3",
    "Schwedter Straße 19, Hinterhaus",
];

/// An order that somebody could give; `None` when there is nothing to order.
pub(super) fn order(menu: &Menu, rng: &mut impl Rng) -> Option<NewOrder> {
    let kind = *[OrderKind::Pickup, OrderKind::Delivery, OrderKind::DineIn].choose(rng)?;
    let channel = *match kind {
        OrderKind::Pickup => &[Channel::Phone, Channel::Web, Channel::Till][..],
        OrderKind::Delivery => &[Channel::Phone, Channel::Web],
        OrderKind::DineIn => &[Channel::Till],
    }
    .choose(rng)?;
    let count = rng.random_range(1..=5);
    let mut lines: Vec<NewLine> = Vec::with_capacity(count);
    for _ in 0..count {
        let line = line(menu, rng)?;
        if lines.iter().all(|other| other.item_id != line.item_id) {
            lines.push(line);
        }
    }
    let online = channel == Channel::Web && rng.random_bool(0.7);
    Some(NewOrder {
        reference: None,
        reference_scope: ReferenceScope::default(),
        channel,
        kind,
        promised_at: None,
        customer: customer(kind, rng),
        table: (kind == OrderKind::DineIn).then(|| rng.random_range(1..=18).to_string()),
        note: sometimes(0.2, &ORDER_NOTES, rng),
        lines,
        payment: Payment {
            method: if online {
                PaymentMethod::Online
            } else if rng.random_bool(0.5) {
                PaymentMethod::Cash
            } else {
                PaymentMethod::Card
            },
            paid: online,
        },
        delivery_fee: (kind == OrderKind::Delivery).then_some(290),
    })
}

fn line(menu: &Menu, rng: &mut impl Rng) -> Option<NewLine> {
    let item = menu.items.choose(rng)?;
    let mut options = Vec::new();
    if rng.random_bool(0.4) {
        options.extend(item.options.choose(rng).map(|option| option.name.clone()));
    }
    Some(NewLine {
        item_id: item.id,
        quantity: api::Quantity::whole(*[1, 1, 1, 2, 2, 3].choose(rng)?),
        unit: None,
        options,
        note: sometimes(0.25, &LINE_NOTES, rng),
    })
}

fn customer(kind: OrderKind, rng: &mut impl Rng) -> Customer {
    if kind == OrderKind::DineIn {
        return Customer::default();
    }
    let address = if kind == OrderKind::Delivery {
        let street = STREETS.choose(rng).copied().unwrap_or_default();
        vec![street.to_owned(), "10435 Berlin".to_owned()]
    } else {
        Vec::new()
    };
    Customer {
        name: NAMES.choose(rng).map(|name| (*name).to_owned()),
        phone: Some(format!("+49 30 5550 {:04}", rng.random_range(0..10_000))),
        address,
    }
}

fn sometimes(how_often: f64, among: &[&str], rng: &mut impl Rng) -> Option<String> {
    rng.random_bool(how_often)
        .then(|| among.choose(rng).map(|text| (*text).to_owned()))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn guests_vary_and_order_only_what_there_is() {
        let menu = super::super::dishes::menu();
        let mut rng = StdRng::seed_from_u64(7);
        let orders: Vec<_> = (0..200).filter_map(|_| order(&menu, &mut rng)).collect();
        assert_eq!(orders.len(), 200);
        for new in &orders {
            assert!(!new.lines.is_empty());
            for line in &new.lines {
                let item = menu
                    .items
                    .iter()
                    .find(|item| item.id == line.item_id)
                    .expect("on the menu");
                for option in &line.options {
                    assert!(
                        item.options.iter().any(|known| known.name == *option),
                        "{option}"
                    );
                }
            }
            assert_eq!(
                new.kind == OrderKind::Delivery,
                !new.customer.address.is_empty()
            );
        }
        assert!(orders.iter().any(|new| new.note.is_some()));
        assert!(orders.iter().any(|new| new.table.is_some()));
        for name in NAMES {
            assert!(
                orders
                    .iter()
                    .any(|new| new.customer.name.as_deref() == Some(name)),
                "{name}"
            );
        }
        assert!(
            order(
                &Menu {
                    stations: vec![],
                    items: vec![]
                },
                &mut rng
            )
            .is_none()
        );
    }
}
