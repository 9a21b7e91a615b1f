//! What Trattoria Rosa is and sells.

use api::{
    Business, Money,
    menu::{Item, ItemOption, Menu, Station},
};
use uuid::Uuid;

const CURRENCY: &str = "EUR";

/// The keys of the three stations.
pub(super) const PIZZA: &str = "pizza";
pub(super) const COLD: &str = "cold";
pub(super) const BAR: &str = "bar";

/// What receipts say.
pub(super) fn business() -> Business {
    Business {
        name: "Trattoria Rosa".to_owned(),
        address: vec!["Kastanienallee 12".to_owned(), "10435 Berlin".to_owned()],
        phone: Some("+49 30 5550 1234".to_owned()),
        tax_id: Some("DE 000 000 000".to_owned()),
        time_zone: "Europe/Berlin".to_owned(),
        locale: "en-IE".to_owned(),
        currency: CURRENCY.to_owned(),
        logo: None,
        standby: true,
        alarm_webhook: None,
        second_locale: None,
        minor_digits: None,
    }
}

type Dish = (&'static str, i64, &'static [(&'static str, i64)]);

const PIZZA_EXTRAS: &[(&str, i64)] = &[
    ("extra mozzarella", 150),
    ("olives", 100),
    ("gluten-free base", 200),
    ("large (40 cm)", 350),
];
const DRINK: &[(&str, i64)] = &[("with ice", 0), ("with lemon", 0)];

const FROM_THE_OVEN: &[Dish] = &[
    ("Margherita", 890, PIZZA_EXTRAS),
    ("Marinara", 790, PIZZA_EXTRAS),
    ("Quattro Formaggi", 1190, PIZZA_EXTRAS),
    ("Diavola", 1090, PIZZA_EXTRAS),
    ("Prosciutto e Funghi", 1150, PIZZA_EXTRAS),
    ("Lasagne al forno", 1290, &[("extra parmesan", 100)]),
    ("Melanzane alla parmigiana", 1180, &[]),
    ("Calzone", 1120, PIZZA_EXTRAS),
];
const FROM_THE_COLD: &[Dish] = &[
    (
        "Insalata mista",
        690,
        &[("balsamic dressing", 0), ("with tuna", 250)],
    ),
    ("Caprese", 850, &[("buffalo mozzarella", 200)]),
    ("Vitello tonnato", 1290, &[]),
    ("Bruschetta (3 pieces)", 590, &[("no garlic", 0)]),
    ("Tiramisù", 590, &[]),
    ("Panna cotta", 550, &[("raspberry", 0), ("caramel", 0)]),
    (
        "Gelato, two scoops",
        480,
        &[
            ("vanilla", 0),
            ("pistachio", 0),
            ("stracciatella", 0),
            ("cream", 80),
        ],
    ),
];
const FROM_THE_BAR: &[Dish] = &[
    ("Acqua minerale 0.75 l", 490, &[]),
    ("Limonata della casa", 420, DRINK),
    ("Chinotto", 390, DRINK),
    ("Birra Moretti 0.33 l", 380, &[]),
    ("Chianti, glass", 580, &[]),
    ("Aperol Spritz", 790, &[("alcohol-free", 0)]),
    ("Espresso", 240, &[("double", 120), ("with oat milk", 50)]),
];

/// The menu, with new ids for its dishes.
pub(super) fn menu() -> Menu {
    let stations = [
        (PIZZA, "Pizza and oven", FROM_THE_OVEN),
        (COLD, "Cold kitchen and desserts", FROM_THE_COLD),
        (BAR, "Bar", FROM_THE_BAR),
    ];
    Menu {
        stations: stations
            .iter()
            .map(|(key, name, _)| Station {
                key: (*key).to_owned(),
                name: (*name).to_owned(),
            })
            .collect(),
        items: stations
            .iter()
            .flat_map(|(station, _, dishes)| dishes.iter().map(|dish| item(station, dish)))
            .collect(),
    }
}

fn item(station: &str, (name, price, options): &Dish) -> Item {
    Item {
        id: Uuid::now_v7().into(),
        name: (*name).to_owned(),
        price: Money::new(*price, CURRENCY),
        station: Some(station.to_owned()),
        options: options
            .iter()
            .map(|(name, price)| ItemOption {
                name: (*name).to_owned(),
                price: Money::new(*price, CURRENCY),
            })
            .collect(),
    }
}
