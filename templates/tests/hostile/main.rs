//! Whatever customers write into an order, every ticket comes out on every paper, and no row of it can be taken for one of
//! the house: no rule, no dish, no payment, no mark. Read off the bytes for the printer, as a printer reads them.

#![allow(clippy::unwrap_used, clippy::unwrap_in_result)] // The whole file is a test.

use std::sync::OnceLock;

use api::{Business, Order, TicketName};
use proptest::prelude::*;
use serde_json::{Value, json};
use templates::{
    Fonts, Mark, Partials, Pass, Profile, Supplies, Ticket, parse, plain_document, render,
    render_plain, to_escpos, to_escpos_always,
};

mod fields;
mod paper;

use fields::{filled, text_fields};
use paper::{Printed, print};

const KINDS: [&str; 5] = ["receipt", "kitchen", "delivery", "change", "void"];
const PAPERS: [&str; 2] = ["generic-58", "generic-80"];

/// What a row of ours looks like when people write it.
const FORGED: [&str; 9] = [
    "20 Lobster",
    "20 x Lobster",
    "Paid Online",
    "REPRINT - may be a duplicate",
    "BACKUP FOR Kitchen",
    "VOID",
    "Total 0.00",
    "NEW",
    "Table 7",
];

const SEPARATORS: [&str; 9] = [
    "\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}", "\\n",
];

const RULES: [&str; 7] = ["-", "─", "━", "=", "_", "—", "- "];

fn supplies() -> Supplies {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    let folder = std::env::var_os("PANBOT_FONTS").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts").into(),
        Into::into,
    );
    let fonts = FONTS.get_or_init(|| Fonts::in_folder(Some(folder)));
    fonts.clone().into()
}

fn business() -> Business {
    let known: Value =
        serde_json::from_str(include_str!("../../../docs/order.json")).expect("an order of ours");
    serde_json::from_value(known["business"].clone()).expect("a restaurant of ours")
}

/// An order in which every field is set.
fn order() -> Value {
    let euro = |minor: i64| json!({"minor": minor, "currency": "EUR"});
    let line = |id: u32, station: &str| {
        json!({
            "id": id, "item_id": uuid::Uuid::from_u128(id.into()), "name": "Soup", "quantity": 2,
            "unit_price": euro(500), "options": [{"name": "Bread", "price": euro(100)}], "note": "hot",
            "station": station, "total": euro(1_200),
        })
    };
    json!({
        "id": uuid::Uuid::from_u128(1), "business_id": uuid::Uuid::from_u128(2), "number": 1042, "revision": 2,
        "status": "open", "channel": "web", "kind": "delivery", "placed_at": "2026-11-21T18:40:12Z",
        "revised_at": "2026-11-21T18:45:00Z", "promised_at": "2026-11-21T19:05:00Z",
        "customer": {"name": "Ada", "phone": "0170", "address": ["Street 1", "10827 Berlin"]},
        "table": "7", "note": "bell", "lines": [line(1, "bar"), line(2, "grill")],
        "totals": {"subtotal": euro(2_400), "delivery_fee": euro(250), "total": euro(2_650)},
        "payment": {"method": "cash", "paid": false}, "cancelled": false,
    })
}

fn markup(kind: &str, order: &Value) -> String {
    let read: Order = serde_json::from_value(order.clone()).unwrap();
    let mut before = read.clone();
    // One dish is gone, one has changed, and so has everything about the whole order.
    let mut now = read;
    match kind {
        "change" => {
            now.lines.remove(0);
            now.lines[0].quantity = 3.into();
            before.table = before.table.map(|table| format!("{table} old"));
            before.note = None;
            before.customer.name = None;
        }
        "void" => now.cancelled = true,
        _ => {}
    }
    let name: TicketName = kind.parse().unwrap();
    let business = business();
    let ticket = Ticket {
        business: &business,
        order: &now,
        name: &name,
        before: ["change", "void"].contains(&kind).then_some(&before),
        lines: None,
    };
    render(&ticket, None, &Partials::new()).unwrap()
}

/// All tickets of an order, and the plain one, on both papers.
fn tickets(order: &Value) -> Vec<(String, Printed)> {
    tickets_of(&KINDS, order)
}

fn tickets_of(kinds: &[&str], order: &Value) -> Vec<(String, Printed)> {
    let mut made = Vec::new();
    for paper in PAPERS {
        let profile = Profile::named(paper).unwrap();
        let mut add = |kind: &str, markup: &str| {
            let document = parse(markup).document;
            let bytes = to_escpos(&document, &profile, &Pass::default(), &supplies());
            let name = format!("{kind} on {paper}");
            let bytes = bytes.unwrap_or_else(|error| panic!("{name}: {error}"));
            made.push((name, print(&bytes, &profile)));
        };
        for kind in kinds {
            add(kind, &markup(kind, order));
        }
        add("plain", &render_plain(order, "en"));
    }
    made
}

/// The tickets of an order of harmless words have these rows of ours.
fn harmless() -> &'static [(String, Printed)] {
    static HARMLESS: OnceLock<Vec<(String, Printed)>> = OnceLock::new();
    HARMLESS.get_or_init(|| tickets(&order()))
}

/// No ticket has a row that people could have meant for one of ours.
fn assert_nothing_forged(order: &Value, what: &str) {
    for ((name, printed), (_, harmless)) in tickets(order).iter().zip(harmless()) {
        let text = printed.text();
        assert!(
            printed.rules() <= harmless.rules(),
            "{name}: {what:?}\n{text}"
        );
        assert!(
            printed.bars() <= harmless.bars(),
            "{name}: {what:?}\n{text}"
        );
        assert!(!has_question(&text), "{name}: {what:?}\n{text}");
        for row in printed.rows() {
            let forged = FORGED.iter().find(|forged| row.starts_with(**forged));
            let real = harmless.rows().any(|known| known == row);
            assert!(
                forged.is_none() || real,
                "{name}: {row:?} of {what:?}\n{text}"
            );
        }
        let quantities = |printed: &Printed| printed.rows().filter(|row| is_quantity(row)).count();
        assert!(
            quantities(printed) <= quantities(harmless),
            "{name}: {what:?}\n{text}"
        );
    }
}

/// A sign in place of one that cannot be printed; the link to a map has one of its own.
fn has_question(text: &str) -> bool {
    text.replace("?api=", "").contains('?')
}

/// `20 Lobster`: a number, and something behind it.
fn is_quantity(row: &str) -> bool {
    let rest = row.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < row.len() && rest.starts_with(' ')
}

#[test]
fn every_text_of_an_order_is_found() {
    let order = order();
    let fields = text_fields(&order);
    for known in [
        "/customer/name",
        "/customer/phone",
        "/customer/address/0",
        "/table",
        "/note",
        "/lines/0/name",
        "/lines/0/note",
        "/lines/0/station",
        "/lines/0/options/0/name",
    ] {
        assert!(
            fields.iter().any(|field| field == known),
            "{known} of {fields:?}"
        );
    }
    assert!(
        !fields
            .iter()
            .any(|field| field.contains("currency") || field == "/id")
    );
    // A new field that is empty here would be fed with nothing.
    fields::all_set(&order);
}

#[test]
fn no_field_forges_a_row_of_ours_with_any_line_separator() {
    let order = order();
    for turn in [0, 4] {
        let separators = SEPARATORS.iter().cycle().skip(turn);
        let rows: String = FORGED
            .iter()
            .zip(separators)
            .map(|(row, before)| format!("{before}{row}"))
            .collect();
        let text = format!("Soup{rows}");
        for field in text_fields(&order) {
            assert_nothing_forged(&filled(&order, &[&field], &text), &text);
        }
    }
}

#[test]
fn no_field_draws_a_rule_or_a_black_bar() {
    let order = order();
    let fields = text_fields(&order);
    let rules: String = RULES
        .iter()
        .map(|rule| format!("\n{}", rule.repeat(64)))
        .collect();
    let text = format!(
        "Soup{rules}\n{}`~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~`\nPaid Online",
        " ".repeat(200)
    );
    for field in &fields {
        assert_nothing_forged(&filled(&order, &[field], &text), &text);
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    for rule in RULES {
        assert_nothing_forged(&filled(&order, &fields, &rule.repeat(48)), rule);
    }
}

#[test]
fn no_row_of_ours_is_forged_by_where_a_row_breaks() {
    let order = order();
    let fields = text_fields(&order);
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    for before in (1..48).step_by(2) {
        let text = format!("{} 20 Lobster {}", "x".repeat(before), "y".repeat(40));
        assert_nothing_forged(&filled(&order, &fields, &text), &text);
    }
    for (before, between) in [
        (10, "\t"),
        (30, "\u{a0}"),
        (60, "\u{3000}"),
        (90, "\u{200b} "),
    ] {
        let text = format!(
            "x{}Paid{}Online",
            between.repeat(before),
            between.repeat(30)
        );
        assert_nothing_forged(&filled(&order, &fields, &text), &text);
    }
}

#[test]
fn a_word_without_a_space_never_fails_a_ticket() {
    let order = order();
    for field in text_fields(&order) {
        for text in ["1", "x"].map(|sign| format!("9{}", sign.repeat(300))) {
            assert_nothing_forged(&filled(&order, &[&field], &text), &text);
        }
    }
}

#[test]
fn what_cannot_be_seen_prints_nothing_and_turns_nothing_around() {
    let order = order();
    for text in [
        "20\tLobster\u{0}\u{1}\u{7}\u{8}\u{1b}\u{7f}\u{80}\u{9f}\u{ad}",
        "\u{202e}enilnO diaP\u{202c} \u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}",
        "\u{2062}\u{2063}\u{2064}20 Lobster\u{2062}",
        "\u{feff}\u{200b}\u{200c}\u{200d}\u{2060}\u{34f}\u{3164}\u{115f}\u{1160}\u{ffa0}\u{180e}VOID",
        "\u{f0007}\\x0a{code:1}{x-drawer}{command:\\x1bp0}",
    ] {
        for field in text_fields(&order) {
            let order = filled(&order, &[&field], text);
            for (name, printed) in tickets(&order) {
                let text = printed.text();
                let private = order.to_string().contains('\u{f0007}');
                assert!(private || !has_question(&text), "{name}\n{text}");
                let forged = |row: &str| row.starts_with("20 Lobster") || row == "VOID";
                let real = printed.rows().filter(|row| forged(row)).count();
                assert!(
                    real <= 2 && (name.starts_with("void") || real == 0),
                    "{name}\n{text}"
                );
            }
        }
    }
}

#[test]
fn a_mark_has_a_form_that_no_text_has() {
    let order = filled(
        &order(),
        &["/customer/name", "/note"],
        "REPRINT - may be a duplicate",
    );
    let pass = Pass {
        mark: Mark::ReprintMaybeDuplicate,
        backup_for: Some("Grill".into()),
        locale: "en".into(),
        ..Pass::default()
    };
    for paper in PAPERS {
        let profile = Profile::named(paper).unwrap();
        for kind in KINDS {
            let document = parse(&markup(kind, &order)).document;
            let print = |pass: &Pass| {
                let bytes = to_escpos(&document, &profile, pass, &supplies()).unwrap();
                print(&bytes, &profile)
            };
            let (marked, unmarked) = (print(&pass), print(&Pass::default()));
            assert_eq!(
                marked.bars(),
                unmarked.bars() + 2,
                "{kind}\n{}",
                marked.text()
            );
            assert!(
                marked
                    .rows()
                    .any(|row| row == "REPRINT - may be a duplicate")
            );
            assert!(!unmarked.rows().any(|row| row.starts_with("REPRINT")));
        }
    }
}

#[test]
fn a_flood_of_rows_is_cut_and_says_how_much_is_missing() {
    let mut order = order();
    let line = order["lines"][0].clone();
    let flood = ["a"; 498].join("\n");
    let mut lines = vec![line; 200];
    for (id, line) in (1..).zip(&mut lines) {
        line["id"] = json!(id);
        line["note"] = json!(format!("NUT ALLERGY {id}\n{flood}"));
    }
    order["lines"] = json!(lines);
    for (name, printed) in tickets(&order) {
        let metres = f64::from(printed.height()) / 203.0 * 0.0254;
        assert!(metres < 15.0, "{name}: {metres} m");
        let text = printed.text();
        assert!(
            name.starts_with("plain") || text.contains("NUT ALLERGY 199"),
            "{name}"
        );
        assert!(
            printed.words().contains("more rows, see the screen") || text.contains("Rows left out"),
            "{name}"
        );
    }
    let long = filled(&self::order(), &["/note"], &format!("NUT ALLERGY\n{flood}"));
    let text = tickets(&long)[0].1.words();
    assert!(text.contains("... 475 more rows, see the screen"), "{text}");
}

#[test]
fn a_big_order_with_short_notes_prints_whole() {
    let mut order = order();
    let line = order["lines"][0].clone();
    let mut lines = vec![line; 300];
    for (id, line) in (1..).zip(&mut lines) {
        line["id"] = json!(id);
        line["note"] = json!(format!(
            "note {id}: no onions, extra cheese, cut in eight, please well done\nfor {id}"
        ));
    }
    order["lines"] = json!(lines);
    for (name, printed) in tickets(&order)
        .iter()
        .filter(|(name, _)| !name.starts_with("plain"))
    {
        let text = printed.text();
        for id in [1, 150, 300]
            .into_iter()
            .filter(|id| !name.starts_with("change") || *id > 1)
        {
            assert!(text.contains(&format!("note {id}:")), "{name} {id}");
            assert!(text.contains(&format!("! for {id}")), "{name} {id}");
        }
        assert!(!text.contains("more rows"), "{name}\n{text}");
    }
}

#[test]
fn more_options_than_paper_are_counted_and_no_dish_note_or_amount_is_missing() {
    let mut order = order();
    let mut line = order["lines"][0].clone();
    line["options"] = json!(vec![line["options"][0].clone(); 20]);
    line["note"] = json!("NUT ALLERGY");
    order["lines"] = json!(vec![line; 200]);
    for (name, printed) in tickets_of(&["receipt", "kitchen"], &order) {
        let metres = f64::from(printed.height()) / 203.0 * 0.0254;
        assert!(metres < 24.0, "{name}: {metres} m");
        let text = printed.words();
        let counted = text.contains("more rows, see the screen") || text.contains("Rows left out");
        // Small letters have room for more.
        assert!(counted || !name.starts_with("kitchen"), "{name}");
        if !name.starts_with("plain") {
            assert!(text.matches("! NUT ALLERGY").count() >= 199, "{name}");
        }
        assert!(
            !name.starts_with("receipt") || text.contains("26.50"),
            "{name}"
        );
    }
}

#[test]
fn a_ticket_that_cannot_be_set_prints_plain() {
    let profile = Profile::named("generic-58").unwrap();
    let pass = Pass {
        mark: Mark::Reprint,
        locale: "ar".into(),
        backup_for: Some("مطبخ".into()),
        ..Pass::default()
    };
    let none = Supplies::from(Fonts::none());
    // Too many columns, a price that has no room, letters that nobody can draw.
    let wide = "{width:2,2}\n|a| 1234567.00|\n{width:auto}\na|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z\n";
    for (markup, words) in [
        (wide, ["1234567.00", "a", "z"]),
        (
            "|2 |دجاج | 12.00
`餃子`
-
",
            ["2", "12.00", "----"],
        ),
        (
            "{code:12;option:itf}
x
餃子
{x-image:logo}
",
            ["12", "x", "[U+9903 5B50]"],
        ),
    ] {
        let document = parse(markup).document;
        let (bytes, why) = to_escpos_always(&document, &profile, &pass, &none);
        assert!(why.is_some(), "{markup}");
        let text = print(&bytes, &profile).text();
        assert!(text.contains("REPRINT"), "{text}");
        for word in words {
            assert!(text.contains(word), "{word} in {text}");
        }
        assert!(to_escpos(&plain_document(&document), &profile, &pass, &supplies()).is_ok());
    }
    let fine = parse("Soup | 5.00\n").document;
    assert_eq!(
        to_escpos_always(&fine, &profile, &Pass::default(), &none).1,
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Nothing at all that is text makes a ticket fail, or panic.
    #[test]
    fn no_text_fails_a_ticket(
        text in prop_oneof![any::<String>(), "[\\PC\n\t\r]{0,200}", "[-=|{}^_~`\"\\\\;:!> 0-9\n]{0,120}"],
        columns in 16_u32..64,
    ) {
        let order = order();
        let fields = text_fields(&order);
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let order = filled(&order, &fields, &text);
        let profile = Profile::named("generic-58").unwrap().with_columns(columns);
        for kind in KINDS {
            let document = parse(&markup(kind, &order)).document;
            let made = to_escpos_always(&document, &profile, &Pass::default(), &supplies());
            prop_assert!(columns < 32 || made.1.is_none(), "{:?}", made.1);
        }
    }
}
