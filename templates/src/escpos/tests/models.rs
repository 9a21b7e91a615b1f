//! What differs from model to model.

use super::*;

fn sent(markup: &str, profile: &Profile) -> Vec<u8> {
    to_escpos(
        &parse(markup).document,
        profile,
        &Pass::default(),
        &fonts().into(),
    )
    .unwrap()
}

fn sent_to(id: &str, markup: &str) -> Vec<u8> {
    sent(markup, &Profile::named(id).unwrap())
}

#[test]
fn a_page_is_asked_for_by_the_models_own_number() {
    assert!(find(&sent_to("TM-T88V", "ř"), b"\x1bt\x12\xfd").is_some());
    assert!(find(&sent_to("CT-S651", "ř"), b"\x1bt\x06\xfd").is_some());
    assert!(find(&sent_to("RP326", "Ж"), b"\x1bt\x07\x86").is_some());
}

#[test]
fn the_page_is_the_one_that_lasts_longest() {
    // PC437 would say the first letters, but not the euro sign three rows below.
    let receipt = sent_to("generic-80", "Käse\nBrötchen\n-\n5,00 €");
    let pages = receipt.windows(2).filter(|pair| pair == b"\x1bt").count();
    assert_eq!(pages, 1);
    assert!(
        find(&receipt, b"\x1bt\x13\x84se\n").is_some(),
        "{}",
        readable(&receipt)
    );
}

#[test]
fn two_byte_letters_are_sent_in_their_mode_and_the_mode_is_left_for_accents() {
    let receipt = sent_to("generic-80-japanese", "|餃子|\n|é|\n|餃子|");
    assert!(
        find(&receipt, b"\x1c&\x1cC\x01\xe9L\x8eq\n").is_some(),
        "{}",
        readable(&receipt)
    );
    assert!(
        find(&receipt, b"\x1c.\x1bt\x00\x82\n").is_some(),
        "{}",
        readable(&receipt)
    );
    assert!(
        find(&receipt, b"\x1c&\xe9L\x8eq\n").is_some(),
        "{}",
        readable(&receipt)
    );
    assert!(find(&receipt, b"\x1dv0").is_none());
    // A simplified letter that Japan does not have is drawn, and its line alone.
    assert!(find(&sent_to("generic-80-japanese", "|们|"), b"\x1dv0").is_some());
}

#[test]
fn an_underline_reaches_two_byte_letters_too() {
    let receipt = sent_to("generic-80-simplified-chinese", "|_宫保_|");
    assert!(
        find(&receipt, b"\x1b-\x01\x1c-\x01\x1c&").is_some(),
        "{}",
        readable(&receipt)
    );
}

#[test]
fn small_letters_are_sent_where_the_printer_has_them() {
    let receipt = sent_to("generic-80", "{x-font:b}\n|small|\n{x-font:a}\n|large|");
    assert!(find(&receipt, b"\x1bM\x01").is_some() && find(&receipt, b"\x1bM\x00").is_some());
    assert!(find(&sent_to("Sunmi-V2", "{x-font:b}\n|small|"), b"\x1bM\x01").is_some());
    let none = Profile::from_json(r#"{"font_b": null}"#).unwrap();
    assert!(find(&sent("{x-font:b}\n|small|", &none), b"\x1bM").is_none());
}

#[test]
fn an_impact_printer_gets_its_own_styles_and_columns_of_pins() {
    let receipt = sent_to("TM-U220B", "^^\"Kitchen\"\n餃子\n|2 x| Tea");
    assert!(
        find(&receipt, b"\x1b!\x18").is_some(),
        "{}",
        readable(&receipt)
    );
    assert!(
        find(&receipt, b"\x1b3\x10\x1b*\x01").is_some() || find(&receipt, b"\x1b3\x10\n").is_some()
    );
    for missing in [&b"\x1dv0"[..], b"\x1d!", b"\x1bE", b"\x1d(k"] {
        assert!(find(&receipt, missing).is_none(), "{}", readable(&receipt));
    }
}

#[test]
fn a_printer_without_a_cutter_feeds_to_the_edge() {
    let receipt = sent_to("POS-5890", "x");
    // 120 dots in lines of 33, and one more.
    assert!(receipt.ends_with(b"x\n\x1bd\x05"), "{}", readable(&receipt));
    assert!(sent_to("TM-U220B", "{x-cut:full}").ends_with(b"\x1dVB\x13"));
}

#[test]
fn a_buzzer_sounds_by_the_makers_command() {
    assert!(find(&sent_to("generic-80", "{x-buzzer:3}"), b"\x1bB\x03\x09").is_some());
    assert!(
        find(
            &sent_to("TM-T88V", "{x-buzzer:3}"),
            b"\x1b(A\x04\x000\x31\x03\x0a"
        )
        .is_some()
    );
    assert!(find(&sent_to("POS-5890", "{x-buzzer:3}"), b"\x1bB").is_none());
}

#[test]
fn codes_that_a_model_lacks_are_drawn() {
    for (id, native) in [("TM-T88V", true), ("NT-5890K", false), ("TH230", false)] {
        let receipt = sent_to(id, "{o:qrcode,4,l;c:x}");
        assert_eq!(find(&receipt, b"\x1d(k").is_some(), native, "{id}");
        assert_eq!(find(&receipt, b"\x1dv0").is_some(), !native, "{id}");
    }
}

#[test]
fn every_code_of_a_printer_is_its_own_and_readable_by_the_reader() {
    let profile = Profile::from_json(
        r#"{"codes": ["upc", "ean", "code39", "itf", "codabar", "code93", "code128", "qr", "pdf417", "data_matrix"]}"#,
    )
    .unwrap();
    for (markup, commands) in [
        ("{o:upc;c:036000291452}", &b"\x1dkA\x0c036000291452"[..]),
        ("{o:ean;c:4006381333931}", b"\x1dkC\x0d4006381333931"),
        ("{o:ean;c:96385074}", b"\x1dkD\x0896385074"),
        ("{o:code39;c:A-1}", b"\x1dkE\x03A-1"),
        ("{o:itf;c:1234}", b"\x1dkF\x041234"),
        ("{o:codabar;c:40156}", b"\x1dkG\x07A40156A"),
        ("{o:code93;c:A-1}", b"\x1dkH\x03A-1"),
        (
            "{x-pdf417:A-1042}",
            b"\x1d(k\x09\x000P0A-1042\x1d(k\x03\x000Q0",
        ),
        (
            "{x-datamatrix:A-1042}",
            b"\x1d(k\x09\x006P0A-1042\x1d(k\x03\x006Q0",
        ),
    ] {
        let sent = sent(markup, &profile);
        assert!(
            find(&sent, commands).is_some(),
            "{markup}: {}",
            readable(&sent)
        );
        let mut reader = crate::escpos_reader::Reader::new();
        let mut reads = reader.push(&sent);
        reads.extend(reader.finish());
        for read in reads {
            use crate::escpos_reader::Command;
            let known = !matches!(read.what, Command::Unknown(_) | Command::Truncated(_));
            assert!(known, "{markup}: {read:?}");
        }
    }
}

#[test]
fn what_the_owner_commands_goes_out_and_what_was_known_is_said_anew() {
    let markup = "{x-commands:on}\n|\"a\"\n{command:\\x1bE\\x00}\n|\"b\"";
    let receipt = sent_to("generic-80", markup);
    assert!(
        find(&receipt, b"a\n\x1bE\x00").is_some(),
        "{}",
        readable(&receipt)
    );
    let behind = &receipt[find(&receipt, b"a\n\x1bE\x00").unwrap() + 5..];
    assert!(
        find(behind, b"\x1bE\x01").is_some(),
        "{}",
        readable(&receipt)
    );
    let receipt = sent_to(
        "generic-80-japanese",
        "{x-commands:on}\n|餃子|\n{command:\\x1c.}\n|餃子|",
    );
    let modes = receipt.windows(2).filter(|pair| *pair == b"\x1c&").count();
    assert_eq!(modes, 2, "{}", readable(&receipt));
}

/// What a scanner sees: half dots of 160 an inch, pins of 72.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others strike nothing")]
fn struck(sent: &[u8]) -> (Vec<u8>, u32, u32) {
    use crate::escpos_reader::{Command, Reader};
    let mut reader = Reader::new();
    let mut reads = reader.push(sent);
    reads.extend(reader.finish());
    let (mut bands, mut within) = (vec![None], false);
    for read in reads {
        match read.what {
            Command::LineSpacing(_) => within = true,
            Command::DefaultLineSpacing => within = false,
            Command::Picture(band) if within => *bands.last_mut().unwrap() = Some(band),
            Command::LineFeed if within => bands.push(None),
            _ => {}
        }
    }
    let (width, height) = (2 * 400, bands.len() as u32 * 8 * 4);
    let mut grey = Vec::new();
    // 20 rows to 9 pins are as good as 40 to 18.
    for y in 0..height {
        let pin = y * 9 / 40;
        let band = bands.get((pin / 8) as usize).and_then(|band| band.as_ref());
        grey.extend((0..width).map(|x| {
            let black = band.is_some_and(|band| band.dot(x / 2, pin % 8));
            if black { 0 } else { 255 }
        }));
    }
    (grey, width, height)
}

#[test]
fn codes_of_pins_are_read_by_a_scanner() {
    for cell in 3..=8 {
        let markup = format!("{{o:qrcode,{cell},m;c:https://example.org/r/A-1042}}");
        let (grey, width, height) = struck(&sent_to("TM-U220B", &markup));
        let format = Some(rxing::BarcodeFormat::QR_CODE);
        let scanned = rxing::helpers::detect_in_luma(grey, width, height, format);
        let text = scanned.map(|scanned| scanned.getText().to_owned());
        assert_eq!(
            text.ok().as_deref(),
            Some("https://example.org/r/A-1042"),
            "{cell}"
        );
    }
}
