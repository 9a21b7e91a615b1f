use api::{
    BusinessId, ItemId, Money, OrderId, TicketName,
    order::{
        Channel, Customer, Line, LineOption, OrderKind, OrderStatus, Payment, PaymentMethod, Totals,
    },
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::mustache::Value;
use crate::{Pass, Profile, parse, to_text};

mod parts;

fn business() -> Business {
    Business {
        name: "Trattoria Da Enzo".into(),
        address: vec!["Hauptstraße 5".into(), "10827 Berlin".into()],
        phone: Some("030 1234567".into()),
        tax_id: Some("27/123/45678".into()),
        time_zone: "Europe/Berlin".into(),
        locale: "de-DE".into(),
        currency: "EUR".into(),
        logo: None,
        standby: true,
        alarm_webhook: None,
        second_locale: None,
        minor_digits: None,
    }
}

fn euro(minor: i64) -> Money {
    Money::new(minor, "EUR")
}

fn line(id: u32, quantity: u32, name: &str, total: i64, station: Option<&str>) -> Line {
    Line {
        id,
        item_id: ItemId(Uuid::from_u128(id.into())),
        name: name.into(),
        quantity: quantity.into(),
        unit: None,
        unit_price: euro(total / i64::from(quantity)),
        options: Vec::new(),
        note: None,
        station: station.map(str::to_owned),
        total: euro(total),
    }
}

fn order() -> Order {
    let mut margherita = line(1, 2, "Pizza Margherita", 2_300, Some("pizza"));
    margherita.options = vec![
        LineOption {
            name: "Büffelmozzarella".into(),
            price: euro(250),
        },
        LineOption {
            name: "ohne Basilikum".into(),
            price: euro(0),
        },
    ];
    margherita.note = Some("gut durchbacken, in Achtel geschnitten".into());
    Order {
        id: OrderId(Uuid::from_u128(9)),
        business_id: BusinessId(Uuid::from_u128(8)),
        number: 1042,
        revision: 1,
        status: OrderStatus::Open,
        channel: Channel::Phone,
        kind: OrderKind::Delivery,
        placed_at: "2026-11-21T17:05:00Z".parse().unwrap(),
        revised_at: "2026-11-21T17:05:00Z".parse().unwrap(),
        promised_at: Some("2026-11-21T17:45:00Z".parse().unwrap()),
        customer: Customer {
            name: Some("Ada Lovelace".into()),
            phone: Some("0170 7654321".into()),
            address: vec!["Gartenweg 12, Hinterhaus".into(), "10823 Berlin".into()],
        },
        table: None,
        note: Some("Klingel defekt, bitte anrufen".into()),
        lines: vec![
            margherita,
            line(
                2,
                1,
                "Spaghetti aglio, olio e peperoncino mit Garnelen",
                1_450,
                Some("pasta"),
            ),
            line(3, 12, "San Pellegrino 0,75 l", 4_800, Some("bar")),
            line(4, 1, "Tragetasche", 50, None),
        ],
        totals: Totals {
            subtotal: euro(8_600),
            delivery_fee: Some(euro(250)),
            total: euro(8_850),
        },
        payment: Payment {
            method: PaymentMethod::Cash,
            paid: false,
        },
        cancelled: false,
    }
}

fn markup(name: &str, order: &Order, lines: Option<&[u32]>) -> String {
    let name: TicketName = name.parse().unwrap();
    let ticket = Ticket {
        business: &business(),
        order,
        name: &name,
        before: None,
        lines,
    };
    render(&ticket, None, &Partials::new()).unwrap()
}

fn paper(markup: &str, columns: u32) -> String {
    let parsed = parse(markup);
    assert_eq!(parsed.notes, [], "{markup}");
    let profile = Profile::named("generic-80").unwrap().with_columns(columns);
    to_text(&parsed.document, &profile, &Pass::default()).unwrap()
}

/// One line of text that a customer could send.
fn said() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r#"[-=|{}^_~`"\\;: \r\na-c]{0,12}"#,
        "[{]x-drawer[}]|[{]command:\\\\x1b[}]"
    ]
}

#[test]
fn a_receipt_has_everything_a_customer_looks_for() {
    insta::assert_snapshot!("receipt_markup", markup("receipt", &order(), None));
    insta::assert_snapshot!("receipt_48", paper(&markup("receipt", &order(), None), 48));
    insta::assert_snapshot!("receipt_32", paper(&markup("receipt", &order(), None), 32));
}

#[test]
fn a_kitchen_ticket_has_only_its_lines_and_says_that_there_are_more() {
    let made = markup("kitchen:bar,pizza", &order(), Some(&[3, 1]));
    insta::assert_snapshot!("kitchen_markup", made);
    insta::assert_snapshot!("kitchen_48", paper(&made, 48));
    insta::assert_snapshot!("kitchen_32", paper(&made, 32));
    assert!(!made.contains("Spaghetti"));
}

#[test]
fn nothing_is_printed_for_what_nobody_said() {
    let mut order = order();
    order.customer = Customer {
        name: Some("  ".into()),
        ..Customer::default()
    };
    order.note = None;
    order.totals.delivery_fee = Some(euro(0));
    order.promised_at = None;
    order.lines.truncate(1);
    order.lines[0].options.clear();
    order.lines[0].note = None;
    order.payment.paid = true;
    insta::assert_snapshot!(
        "receipt_short_32",
        paper(&markup("receipt", &order, None), 32)
    );
    insta::assert_snapshot!(
        "kitchen_short_32",
        paper(&markup("kitchen", &order, None), 32)
    );
}

#[test]
fn a_later_day_a_table_and_a_cancelled_order_cannot_be_overlooked() {
    let mut order = order();
    order.kind = OrderKind::DineIn;
    order.table = Some("7".into());
    order.revision = 3;
    order.cancelled = true;
    order.promised_at = Some("2026-11-22T17:45:00Z".parse().unwrap());
    for name in ["receipt", "kitchen"] {
        let text = paper(&markup(name, &order, None), 48);
        for said in [
            "STORNIERT",
            "Tisch",
            "7",
            "So., 22. Nov. 18:45",
            "Änderung 3",
        ] {
            assert!(text.contains(said), "{said} in {text}");
        }
    }
}

#[test]
fn a_change_ticket_repeats_what_the_cook_must_know() {
    let business = Business {
        locale: "en".into(),
        ..business()
    };
    let mut before = order();
    before.note = Some("NUT ALLERGY".into());
    before.lines[1].note = Some("no dairy".into());
    let mut now = before.clone();
    now.lines.remove(1);
    now.lines[1].quantity = 13.into();
    let name = TicketName::whole(TicketKind::Change);
    let made = |before: &Order, now: &Order| {
        let ticket = Ticket {
            business: &business,
            order: now,
            name: &name,
            before: Some(before),
            lines: None,
        };
        paper(&render(&ticket, None, &Partials::new()).unwrap(), 48)
    };
    let text = made(&before, &now);
    assert!(text.contains("! NUT ALLERGY"), "{text}");
    let removed: Vec<&str> = text.split("REMOVED").nth(1).unwrap().lines().collect();
    assert!(
        removed.iter().take(5).any(|row| row.contains("! no dairy")),
        "{text}"
    );
    assert!(text.contains("gut durchbacken"), "{text}");
    // What reads the same is no change.
    now.note = Some(" NUT  ALLERGY ".into());
    now.customer.name = Some("Ada\u{a0}Lovelace".into());
    let text = made(&before, &now);
    assert_eq!(text.matches("NUT ALLERGY").count(), 1, "{text}");
    assert!(
        !text.contains("was NUT") && !text.contains("was Ada"),
        "{text}"
    );
    // One that changed stands among the changes, once.
    now.note = Some("NUT ALLERGY, no milk".into());
    let text = made(&before, &now);
    assert_eq!(text.matches("! NUT ALLERGY, no milk").count(), 1, "{text}");
    assert!(
        text.contains("was ! NUT ALLERGY") || text.contains("was NUT ALLERGY"),
        "{text}"
    );
}

#[test]
fn a_template_of_the_owner_is_used_and_its_mistakes_are_named() {
    let (business, order) = (business(), order());
    let name = TicketName::whole(TicketKind::Receipt);
    let ticket = Ticket {
        business: &business,
        order: &order,
        name: &name,
        before: None,
        lines: None,
    };
    assert_eq!(
        render(
            &ticket,
            Some("{{order.number}} {{business.name}}\n"),
            &Partials::new()
        )
        .unwrap(),
        "1042 Trattoria Da Enzo\n"
    );
    let error = render(&ticket, Some("a\n{{#items}}"), &Partials::new())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the template is wrong in line 2, column 1: expected {{/items}} that closes the section opened here, \
         found the end of the template; correct it there, or choose the built-in one"
    );
}

#[test]
fn a_ticket_never_leaves_a_line_out_in_silence() {
    let (business, order) = (business(), order());
    let name = TicketName::whole(TicketKind::Kitchen);
    let ticket = Ticket {
        business: &business,
        order: &order,
        name: &name,
        before: None,
        lines: Some(&[1, 77]),
    };
    assert_eq!(
        render(&ticket, None, &Partials::new()),
        Err(RenderError::UnknownLine(77))
    );
}

#[test]
fn a_ticket_without_an_order_has_no_template() {
    let (business, order) = (business(), order());
    for kind in [TicketKind::Test, TicketKind::Plain] {
        let name = TicketName::whole(kind);
        let ticket = Ticket {
            business: &business,
            order: &order,
            name: &name,
            before: None,
            lines: None,
        };
        assert_eq!(
            render(&ticket, None, &Partials::new()),
            Err(RenderError::NoTemplate(kind.word()))
        );
    }
}

#[test]
fn every_name_of_a_built_in_template_exists() {
    let (business, before) = (business(), order());
    let mut order = order();
    order.revision = 2;
    order.note = None;
    order.lines[0].quantity = 3.into();
    order.lines.remove(1);
    let name: TicketName = "change:bar".parse().unwrap();
    let ticket = Ticket {
        business: &business,
        order: &order,
        name: &name,
        before: Some(&before),
        lines: Some(&[1, 3]),
    };
    let orders = [order.clone()];
    let period = Period {
        from: order.placed_at,
        until: order.placed_at,
    };
    let values = [
        context(&ticket, &Dishes::of(&ticket).unwrap()),
        summary(&business, &orders, period).unwrap(),
    ];
    for (kind, source) in BUILT_IN {
        let values = &values[usize::from(kind == TicketKind::Summary)];
        for tag in source.split("{{").skip(1) {
            let tag = tag.split("}}").next().unwrap();
            let path = tag.trim_start_matches(['#', '^', '/']);
            assert!(path == "." || stands_in(values, path), "{kind:?} {path}");
        }
    }
}

/// Under a name of the value itself, or of anything in it.
fn stands_in(value: &Value, path: &str) -> bool {
    let mut names = path.split('.');
    let found = names.try_fold(value, |value, name| value.get(name));
    found.is_some()
        || match value {
            Value::Map(fields) => fields.iter().any(|(_, value)| stands_in(value, path)),
            Value::List(values) => values.iter().any(|value| stands_in(value, path)),
            Value::Nothing | Value::Text(_) | Value::Row(_) | Value::Note(_) => false,
            Value::Markup(_) | Value::Bool(_) => false,
            Value::Number(_) | Value::Shared(_) => false,
        }
}

#[test]
fn an_order_that_cannot_be_read_prints_all_its_fields() {
    let raw = json!({
        "number": 17, "note": "{x-drawer}\n|x", "empty": null, "paid": true,
        "lines": [{"name": "Pizza", "quantity": 2.5}],
    });
    insta::assert_snapshot!("plain_32", paper(&render_plain(&raw, "en"), 32));
    for raw in [
        json!(null),
        json!("only text"),
        json!([]),
        json!({"number": -1}),
    ] {
        assert!(paper(&render_plain(&raw, "en"), 48).contains("ORDER COULD NOT BE READ"));
    }
}

#[test]
fn a_raw_order_without_end_stays_a_ticket() {
    let raw = json!({ "lines": vec!["x"; 5_000] });
    let made = render_plain(&raw, "en");
    assert!(
        made.lines().count() < 420 && made.contains("Rows left out\\x3a 4600"),
        "{made}"
    );
}

pub(crate) fn printer() -> api::Printer {
    serde_json::from_value(json!({
        "id": Uuid::from_u128(1), "name": "Küche | {x}", "enabled": true, "owner": null,
        "address": "tcp://192.168.1.40:9100", "profile_id": "generic-58", "overrides": {"columns": null, "dots": null},
        "learned": {"status": null, "confirm": null, "model": null}, "backups": [], "policy": api::printer::PrintPolicy::default(),
    }))
    .unwrap()
}

#[test]
fn the_test_page_has_a_ruler_as_wide_as_the_paper() {
    let page = test_page(&business(), &printer());
    let text = paper(&page, 32);
    insta::assert_snapshot!("test_page_32", text);
    assert!(
        text.lines()
            .any(|line| line == "----+----|----+----|----+----|--"),
        "{text}"
    );
}

proptest! {
    /// Whatever people write, the ticket has the same blocks as with harmless words: nobody draws, cuts or opens.
    #[test]
    fn what_people_write_is_printed_and_never_obeyed(texts in proptest::collection::vec(said(), 8)) {
        let filled = |texts: &[String]| {
            let mut order = order();
            let [name, note, option, dish_note, customer, phone, row, table] = texts else { panic!() };
            order.lines[0].name.clone_from(name);
            order.note = Some(note.clone());
            order.lines[0].options[0].name.clone_from(option);
            order.lines[0].note = Some(dish_note.clone());
            order.customer.name = Some(customer.clone());
            order.customer.phone = Some(phone.clone());
            order.customer.address = vec![row.clone()];
            order.table = Some(table.clone());
            order
        };
        // Blank texts leave their row out, which is a decision of the template.
        prop_assume!(texts.iter().all(|text| !text.trim().is_empty()));
        let harmless = vec!["x".to_owned(); 8];
        for name in ["receipt", "kitchen"] {
            let blocks = |texts: &[String]| {
                let parsed = parse(&markup(name, &filled(texts), None));
                assert_eq!(parsed.notes, []);
                shapes(&parsed.document)
            };
            prop_assert_eq!(blocks(&texts), blocks(&harmless));
        }
        let raw = json!({ "a": texts[0], texts[1].clone(): 1 });
        let shapes = shapes(&parse(&render_plain(&raw, "en")).document);
        prop_assert!(!shapes.iter().any(|shape| ["code", "drawer", "cut", "image", "buzzer", "command"].contains(&shape.as_str())));
    }
}

fn shapes(document: &crate::document::Document) -> Vec<String> {
    let blocks = document.blocks.iter();
    blocks.map(|block| shape(document, block)).collect()
}

fn shape(document: &crate::document::Document, block: &crate::document::Block) -> String {
    use crate::document::Block;
    match block {
        Block::Row(row) => document
            .columns(row)
            .iter()
            .map(|column| format!("{:?}|", column.align))
            .collect(),
        Block::Rule(_) | Block::FrameEnd => "rule".into(),
        Block::Code(_) => "code".into(),
        Block::Image(_) => "image".into(),
        Block::Mark => "mark".into(),
        Block::Feed(_) => "feed".into(),
        Block::Cut(_) => "cut".into(),
        Block::Drawer => "drawer".into(),
        Block::Buzzer(_) => "buzzer".into(),
        Block::Command(_) => "command".into(),
    }
}
