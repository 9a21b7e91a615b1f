use super::*;
use serde_json::json;

const ID: &str = "0192d3a0-7f3b-7e0e-9d8e-5f1c2b3a4d5e";

fn menu() -> Menu {
    Menu {
        stations: vec![],
        items: vec![api::menu::Item {
            id: uuid::Uuid::nil().into(),
            name: "Margherita".into(),
            price: api::Money::new(900, "EUR"),
            station: None,
            options: vec![],
        }],
    }
}

fn business() -> Value {
    json!({"name": "Rosa", "address": [], "phone": null, "tax_id": null, "time_zone": "Europe/Berlin",
        "locale": "de-DE", "currency": "EUR", "logo": null})
}

fn and(field: &str, value: Value) -> Value {
    let mut business = business();
    business[field] = value;
    business
}

fn rule() -> Value {
    json!({"id": ID, "ticket": "kitchen", "stations": ["bar"], "channels": [], "kinds": [], "printer": null, "copies": 1})
}

fn printer() -> Value {
    json!({"id": ID, "name": "Kitchen", "enabled": true, "owner": null, "address": "tcp://10.0.0.9",
        "profile_id": "generic-80", "overrides": {"columns": 42, "dots": null},
        "learned": {"status": null, "confirm": null, "model": null}, "backups": [],
        "policy": serde_json::to_value(api::printer::PrintPolicy::default()).unwrap()})
}

fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    *value.pointer_mut(pointer).expect("such a field") = new;
    value
}

#[test]
fn what_a_key_can_hold_is_taken() {
    for (key, value) in [
        ("business".to_owned(), Some(business())),
        (
            "business".to_owned(),
            Some(with(business(), "/locale", json!("zh-Hant-TW"))),
        ),
        (
            "business".to_owned(),
            Some(and("second_locale", json!("zh-Hant"))),
        ),
        ("business".to_owned(), Some(and("minor_digits", json!(0)))),
        (
            "business".to_owned(),
            Some(and("minor_digits", json!(null))),
        ),
        ("business".to_owned(), {
            let mut alone = business();
            alone["standby"] = json!(false);
            Some(alone)
        }),
        ("rules".to_owned(), Some(json!([rule()]))),
        ("rules".to_owned(), Some(json!([]))),
        ("rules".to_owned(), None),
        (format!("printer:{ID}"), Some(printer())),
        (format!("printer:{ID}"), None),
        (
            "template:receipt".to_owned(),
            Some(json!("{{order.number}}")),
        ),
    ] {
        let refused = check(&key.parse().unwrap(), value.as_ref(), &menu()).err();
        assert_eq!(refused, None, "{key} {value:?}");
    }
}

#[test]
fn what_a_key_cannot_hold_is_named_by_its_place() {
    let printer_key = format!("printer:{ID}");
    for (key, value, field) in [
        ("business", None, "value"),
        ("business", Some(json!(7)), "value"),
        (
            "business",
            Some(with(business(), "/name", json!(" "))),
            "value.name",
        ),
        (
            "business",
            Some(with(business(), "/name", json!(5))),
            "value.name",
        ),
        (
            "business",
            Some(with(business(), "/time_zone", json!("Mars/Base"))),
            "value.time_zone",
        ),
        (
            "business",
            Some(with(business(), "/locale", json!("german"))),
            "value.locale",
        ),
        (
            "business",
            Some(with(business(), "/currency", json!("eur"))),
            "value.currency",
        ),
        (
            "business",
            Some(and("second_locale", json!("german"))),
            "value.second_locale",
        ),
        (
            "business",
            Some(and("minor_digits", json!(3))),
            "value.minor_digits",
        ),
        (
            "business",
            Some(and("minor_digits", json!(-1))),
            "value.minor_digits",
        ),
        (
            "business",
            Some(and("minor_digits", json!("0"))),
            "value.minor_digits",
        ),
        (
            "business",
            Some(with(business(), "/currency", json!("USD"))),
            "value.currency",
        ),
        (
            "business",
            Some(with(business(), "/name", json!("Ro\u{1b}@sa"))),
            "value.name",
        ),
        (
            "business",
            Some(with(business(), "/address", json!(["Row 1\nRow 2"]))),
            "value.address",
        ),
        (
            "business",
            Some(with(business(), "/tax_id", json!("9".repeat(201)))),
            "value.tax_id",
        ),
        (
            "business",
            Some(with(business(), "/logo", json!("R0lGODlh"))),
            "value.logo",
        ),
        (
            "business",
            Some(with(
                business(),
                "/logo",
                json!("A".repeat(logo::MAX_BYTES + 1)),
            )),
            "value.logo",
        ),
        (
            "business",
            Some(with(
                business(),
                "/locale",
                json!(format!("de{}", "-abcdefgh".repeat(8))),
            )),
            "value.locale",
        ),
        ("rules", Some(json!({})), "value"),
        ("rules", Some(json!(vec![rule(); MAX_RULES + 1])), "value"),
        ("rules", Some(json!([rule(), rule()])), "value[1].id"),
        (
            "rules",
            Some(json!([with(rule(), "/copies", json!(0))])),
            "value[0].copies",
        ),
        (
            "rules",
            Some(json!([with(rule(), "/ticket", json!("test"))])),
            "value[0].ticket",
        ),
        (
            "rules",
            Some(json!([with(rule(), "/stations", json!([""]))])),
            "value[0].stations",
        ),
        (
            "rules",
            Some(json!([with(rule(), "/stations", json!(["b\u{0}r"]))])),
            "value[0].stations",
        ),
        (
            &printer_key,
            Some(with(printer(), "/name", json!("Kit\nchen"))),
            "value.name",
        ),
        (
            &printer_key,
            Some(with(printer(), "/profile_id", json!("x".repeat(101)))),
            "value.profile_id",
        ),
        (
            &printer_key,
            Some(with(
                printer(),
                "/backups",
                json!(vec![uuid::Uuid::nil(); MAX_BACKUPS + 1]),
            )),
            "value.backups",
        ),
        (
            &printer_key,
            Some(with(printer(), "/id", json!(uuid::Uuid::nil()))),
            "value.id",
        ),
        (
            &printer_key,
            Some(with(printer(), "/address", json!("http://x"))),
            "value.address",
        ),
        (
            &printer_key,
            Some(with(printer(), "/overrides/columns", json!(3))),
            "value.overrides.columns",
        ),
        (
            &printer_key,
            Some(with(printer(), "/policy/attempts", json!(0))),
            "value.policy.attempts",
        ),
        (
            &printer_key,
            Some(with(printer(), "/backups", json!([ID]))),
            "value.backups",
        ),
        ("template:receipt", Some(json!("")), "value"),
        ("template:receipt", Some(json!(["x"])), "value"),
    ] {
        let refused = check(&key.parse().unwrap(), value.as_ref(), &menu()).expect_err(field);
        assert_eq!(
            refused.problem.field.as_deref(),
            Some(field),
            "{value:?}: {}",
            refused.problem
        );
        assert_eq!(refused.problem.code, Code::Invalid);
    }
}
