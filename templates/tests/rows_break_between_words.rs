//! Whatever stands in an order, in any script and on paper of any width: its rows end between words, its numbers stay in
//! one piece, and nothing is lost.

#![allow(clippy::unwrap_used, clippy::unwrap_in_result)] // The whole file is a test.

use api::TicketName;
use icu::properties::CodePointMapData;
use icu::properties::props::{GeneralCategory, LineBreak};
use proptest::prelude::*;
use serde_json::{Value, json};
use templates::layout::{Line, lay_out};
use templates::{Partials, Pass, Profile, Ticket, parse, render};

const KINDS: [&str; 3] = ["receipt", "kitchen", "delivery"];

/// As people write them, each for its script.
const WORDS: [&str; 24] = [
    "ข้าวผัดกุ้งใส่ไข่ดาวไม่ใส่ผักชี",
    "ต้มยำกุ้งน้ำข้นเผ็ดน้อย",
    "ຕຳໝາກຫຸ່ງໃສ່ປາແດກບໍ່ເຜັດ",
    "ເຂົ້າໜຽວຮ້ອນໆ",
    "អាម៉ុកត្រីជាមួយបាយស",
    "កុំដាក់ម្ទេសនិងបន្លែស្រស់",
    "မုန့်ဟင်းခါးငါးနှင့်ကြက်ဥပြုတ်",
    "မစပ်ပါစေနှင့်",
    "餃子とチャーハン、大盛り（ネギ抜き）で。",
    "「辛さ控えめ」、お願いします！",
    "宫保鸡丁（不要花生），米饭；",
    "“谢谢”！不要辣。",
    "김치찌개 곱빼기",
    "שווארמה בפיתה, בלי חריף!",
    "شاورما دجاج بدون ثوم؟",
    "كباب مشوي،",
    "बिरयानी और रायता।",
    "Dampfschifffahrtsgesellschaftskapitän",
    "extra-large and/or gluten-free (no nuts)",
    "Müsli; très bien !",
    "e\u{301}te\u{301} nai\u{308}f",
    "борщ «по-київськи»",
    "👩‍🍳🌶️🌶️",
    "a",
];

/// None has more characters than the narrowest paper has room for behind its lead.
const NUMBERS: [&str; 14] = [
    "+972 3-123-4567",
    "+49 170 555 4217",
    "050-123-4567",
    "(03) 123-4567",
    "12-34#",
    "*1234#",
    "18:30-19:00",
    "21.11.2026",
    "2026-11-21",
    "12,50 €",
    "$ 1 234",
    "1.234.567,89 €",
    "٠٥٠-١٢٣-٤٥٦٧",
    "۰۲۱-۸۸۷۷۶۶۵۵",
];

#[derive(Debug, Clone)]
struct Written {
    text: String,
    numbers: Vec<&'static str>,
}

fn written() -> impl Strategy<Value = Written> {
    let part = prop_oneof![
        3 => prop::sample::select(&WORDS[..]).prop_map(|word| (word, false)),
        1 => prop::sample::select(&NUMBERS[..]).prop_map(|number| (number, true)),
    ];
    prop::collection::vec(part, 1..5).prop_map(|parts| {
        // Two numbers beside one another might be one.
        let (mut text, mut numbers, mut last) = (String::new(), Vec::new(), false);
        for (part, is_number) in parts {
            if !text.is_empty() {
                text.push_str(if last && is_number { " x " } else { " " });
            }
            text.push_str(part);
            numbers.extend(is_number.then_some(part));
            last = is_number;
        }
        Written { text, numbers }
    })
}

fn order(fields: &[Written; 5], currency: &str, minor: i64) -> (api::Business, api::Order) {
    let mut known: Value = serde_json::from_str(include_str!("../../docs/order.json")).unwrap();
    let money = json!({"minor": minor, "currency": currency});
    let [customer, note, dish, option, dish_note] =
        fields.each_ref().map(|field| json!(field.text));
    known["business"]["currency"] = json!(currency);
    let order = &mut known["order"];
    order["note"] = note;
    order["kind"] = json!("delivery");
    order["customer"]["name"] = customer;
    order["lines"] = json!([{
        "id": 1, "item_id": "00000000-0000-4000-8000-000000000101", "name": dish, "quantity": 2,
        "unit_price": money, "options": [{"name": option, "price": money}], "note": dish_note,
        "station": "grill", "total": money,
    }]);
    order["totals"] = json!({"subtotal": money, "delivery_fee": null, "total": money});
    let business = serde_json::from_value(known["business"].take()).unwrap();
    (
        business,
        serde_json::from_value(known["order"].take()).unwrap(),
    )
}

/// The rows of a ticket: what each of its columns says, without the signs before people's text.
fn rows(
    ticket: &str,
    (business, order): &(api::Business, api::Order),
    columns: u32,
) -> Vec<String> {
    let name: TicketName = serde_json::from_value(json!(ticket)).unwrap();
    let ticket = Ticket {
        business,
        order,
        name: &name,
        before: None,
        lines: None,
    };
    let markup = render(&ticket, None, &Partials::new()).unwrap();
    let document = parse(&markup).document;
    let profile = Profile::named("generic-80").unwrap().with_columns(columns);
    let sheet = lay_out(&document, &profile, &Pass::default()).unwrap();
    let lines = sheet.lines.iter().filter_map(|line| match line {
        Line::Text(line) => Some(&line.pieces),
        Line::Code(_)
        | Line::Image(_)
        | Line::Cut(_)
        | Line::Drawer
        | Line::Buzzer(_)
        | Line::Command(_) => None,
    });
    let said = lines.flatten().map(|piece| {
        let text: String = piece.spans.iter().map(|span| &*span.text).collect();
        let unseen = |character: char| {
            matches!(character, '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}')
        };
        let bare = text.trim_start();
        let led = bare.strip_prefix("! ").or(bare.strip_prefix("> "));
        led.unwrap_or(&text).replace(unseen, "")
    });
    said.filter(|row| !row.contains('─')).collect()
}

/// All letters, however they are spread over rows.
fn letters(rows: &[String]) -> Vec<char> {
    let mut letters: Vec<char> = rows.iter().flat_map(|row| row.chars()).collect();
    letters.retain(|character| !character.is_whitespace());
    letters.sort_unstable();
    letters
}

fn begins_no_row(character: char) -> bool {
    let mark = matches!(
        CodePointMapData::<GeneralCategory>::new().get(character),
        GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    );
    let closes = matches!(
        CodePointMapData::<LineBreak>::new().get(character),
        LineBreak::ClosePunctuation
            | LineBreak::CloseParenthesis
            | LineBreak::Exclamation
            | LineBreak::InfixNumeric
    );
    mark || closes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_row_begins_amid_a_word_no_number_is_broken_and_nothing_is_lost(
        fields in [written(), written(), written(), written(), written()],
        columns in 24_u32..=48,
        (currency, minor) in prop_oneof![
            Just(("EUR", 1_390_i64)), Just(("LBP", 17_900_000)), Just(("IRR", 1_250_000_000)), Just(("JPY", 2_400)),
        ],
    ) {
        let order = order(&fields, currency, minor);
        for kind in KINDS {
            let narrow = rows(kind, &order, columns);
            let wide = rows(kind, &order, 128);
            prop_assert_eq!(letters(&narrow), letters(&wide), "{}", kind);
            for row in &narrow {
                let first = row.trim_start().chars().next();
                prop_assert!(!first.is_some_and(begins_no_row), "{}: {:?} of {:#?}", kind, row, narrow);
            }
            let shown = |rows: &[String], number: &str| -> usize {
                rows.iter().map(|row| row.matches(number).count()).sum()
            };
            for number in fields.iter().flat_map(|field| &field.numbers) {
                prop_assert_eq!(shown(&narrow, number), shown(&wide, number), "{}: {} of {:#?}", kind, number, narrow);
            }
        }
    }
}
