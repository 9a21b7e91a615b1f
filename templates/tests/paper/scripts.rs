//! An order in every script that people write menus in, and one with letters that no font has: with the fonts that come
//! with the program and none of the PC's, so that they look the same everywhere.

use std::path::Path;

use api::Order;
use templates::{
    Fonts, Pass, Profile, Supplies, missing_letters, parse, to_escpos, to_pdf, to_png,
};

use crate::{PAPERS, Renewed, markup_of, restaurants::PLACES};

/// What the dish is, and what its language and its guests call it.
#[rustfmt::skip]
const DISHES: [(&str, &str); 24] = [
    ("Thai", "ต้มยำกุ้งน้ำข้น"), ("Lao", "ເຂົ້າປຽກ ຕຳໝາກຫຸ່ງ"), ("Khmer", "អាម៉ុកត្រី ឡុកឡាក់"), ("Burmese", "မုန့်ဟင်းခါး ကြော်"),
    ("Tibetan", "མོག་མོག སྒྲུབས་"), ("Tamil", "மசாலா தோசை"), ("Korean", "김치찌개"), ("Bengali", "কাচ্চি বিরিয়ানি স্ত্রী"),
    ("Telugu", "పులిహోర"), ("Kannada", "ಬಿಸಿಬೇಳೆ ಬಾತ್"), ("Malayalam", "അപ്പം"), ("Gujarati", "ખાંડવી"),
    ("Punjabi", "ਮੱਖਣੀ ਦਾਲ"), ("Odia", "ଦହି ବରା"), ("Sinhala", "කොත්තු රොටි"), ("Nepali", "म:म: चाउमिन"),
    ("Amharic", "ዶሮ ወጥ"), ("Georgian", "ხაჭაპური"), ("Armenian", "Խորոված"), ("Dhivehi", "މަސްހުނި"),
    ("Berber", "ⴰⵖⵔⵓⵎ"), ("Cherokee", "ᏎᎷ ᎦᏚ"), ("Inuktitut", "ᐸᓚᐅᒐᖅ"), ("Signs", "↳ ✗ ✓ → ★ ☎ ① ℃ 1️⃣"),
];

fn supplies() -> Supplies {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fonts");
    Fonts::of_folder_alone(fonts).into()
}

/// An order of these dishes; the first one has a note.
fn order(dishes: &[(&str, &str)]) -> Order {
    let mut order = PLACES[0].order();
    let line = order.lines[3].clone();
    order.lines = (1_u32..)
        .zip(dishes)
        .map(|(id, (_, name))| {
            let mut line = line.clone();
            (line.id, line.name) = (id, (*name).to_owned());
            line
        })
        .collect();
    if let Some(first) = order.lines.first_mut() {
        first.note = Some("ไม่เผ็ด เด็กกิน".into());
    }
    order
}

const LACKING: [(&str, &str); 2] = [("", "Soup \u{13000}\u{13001}"), ("", "Pizza \u{e000}")];

#[test]
fn an_order_in_any_script_is_printed_without_a_letter_missing() {
    let (supplies, pass) = (supplies(), Pass::default());
    for (language, dish) in DISHES {
        let order = order(&[(language, dish)]);
        for ticket in ["receipt", "kitchen", "delivery"] {
            let document = parse(&markup_of(ticket, &PLACES[0].business(), &order, None)).document;
            for (paper, _) in PAPERS {
                let profile = Profile::named(paper).unwrap();
                for own in [None, Some(&profile)] {
                    let missing = missing_letters(&document, own, &pass, &supplies);
                    assert!(missing.is_empty(), "{language} {ticket} {missing:?}");
                }
                assert!(
                    to_escpos(&document, &profile, &pass, &supplies).is_ok(),
                    "{language}"
                );
                assert!(
                    to_pdf(&document, &profile, &pass, &supplies, "").is_ok(),
                    "{language}"
                );
            }
        }
    }
}

#[test]
fn orders_in_every_script_look_as_they_did() {
    let (supplies, pass) = (supplies(), Pass::default());
    let mut renewed = Renewed::default();
    let place = &PLACES[0];
    for (paper, millimetres) in PAPERS {
        let profile = Profile::named(paper).unwrap();
        for (name, dishes) in [("scripts", &DISHES[..]), ("missing", &LACKING[..])] {
            for ticket in ["receipt", "kitchen"] {
                let markup = markup_of(ticket, &place.business(), &order(dishes), None);
                let made = to_png(&parse(&markup).document, &profile, &pass, &supplies).unwrap();
                renewed.compare(&format!("{name}-{ticket}-{millimetres}.png"), &made);
            }
        }
    }
    renewed.finish();
}
