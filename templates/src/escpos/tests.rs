mod models;
mod round_trip;

use proptest::prelude::*;

use super::*;
use crate::fonts::tests::fonts;
use crate::layout::Mark;
use crate::markup::parse;

fn bytes(markup: &str, pass: &Pass) -> Vec<u8> {
    let profile = Profile::named("generic-58").unwrap();
    to_escpos(&parse(markup).document, &profile, pass, &fonts().into()).unwrap()
}

fn readable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\n", "\\n\n")
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[test]
fn a_small_receipt_is_sent_with_nothing_that_it_does_not_need() {
    let markup =
        "^^^\"Bella\"\n-\n{width:*,8}\n|2 x _Crème brûlée_ | 9,00 €\n|\"TOTAL\" | \"9,00 €\"";
    insta::assert_snapshot!(readable(&bytes(markup, &Pass::default())), @r"
    \x1b@\x1c.\x1bR\x00\x1b$\x84\x00\x1bE\x01\x1d!\x11Bella\n
    \x1bE\x00\x1d!\x00\x1bt\x13\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\n
    2 x \x1b-\x01Cr\x8ame br\x96l\x82e\x1b$8\x01\x1b-\x009,00 \xd5\n
    \x1bE\x01TOTAL\x1b$8\x019,00 \xd5\n
    \x1dVB\x18
    ");
}

#[test]
fn a_1042_keeps_its_hyphen_in_pc858() {
    let sent = bytes("{width:*,8}\n|€ A-1042 | 5-10", &Pass::default());
    // Page 19 is chosen for the euro sign and stays; the hyphen is the hyphen of ASCII on every page.
    assert!(
        find(&sent, b"\x1bt\x13\xd5 A-1042\x1b$").is_some(),
        "{}",
        readable(&sent)
    );
    assert!(find(&sent, b"5-10").is_some());
}

#[test]
fn no_mark_of_direction_reaches_a_printer_as_a_letter() {
    let note = crate::inert::row("שלום +972 3-123-4567 ٠٥٠-١٢٣");
    for markup in [
        format!("|{note}"),
        format!("{{x-dir:rtl}}\n|{note} | +972 3-123-4567"),
    ] {
        let sent = bytes(&markup, &Pass::default());
        // As UTF-8: U+200E and U+200F, U+202A to U+202E, U+2066 to U+2069.
        for mark in [
            b"\xe2\x80\x8e",
            b"\xe2\x80\x8f",
            b"\xe2\x80\xad",
            b"\xe2\x80\xac",
            b"\xe2\x81\xa6",
            b"\xe2\x81\xa8",
            b"\xe2\x81\xa9",
        ] {
            assert_eq!(find(&sent, mark), None, "{}", readable(&sent));
        }
    }
    let sent = bytes(
        "{x-dir:rtl}\n|\u{2066}+972 3-123-4567\u{2069}",
        &Pass::default(),
    );
    assert!(
        find(&sent, b"+972 3-123-4567").is_some(),
        "{}",
        readable(&sent)
    );
}

#[test]
fn a_letter_comes_from_a_page_that_has_it_and_the_page_is_kept_while_it_does() {
    let sent = bytes("|Ελλάς και Борщ żurek ñ", &Pass::default());
    let pages: Vec<u8> = sent
        .windows(3)
        .filter(|window| window[..2] == *b"\x1bt")
        .map(|window| window[2])
        .collect();
    assert_eq!(pages, [14, 17, 18, 0]);
}

#[test]
fn greek_japanese_arabic_and_latin_stand_on_one_receipt() {
    let sent = bytes(
        "|Käse\n|Καλαμάκι\n|餃子セット\n|دجاج مشوي\n|Tee",
        &Pass::default(),
    );
    let pictures = sent
        .windows(4)
        .filter(|window| *window == b"\x1dv0\0")
        .count();
    assert_eq!(pictures, 2, "only what no page can say is drawn");
    let greek = b"\x89\x98\xa2\x98\xa3\xe1\xa1\xa0"; // In PC737.
    assert!(
        find(&sent, b"K\x1bt\0\x84se\n").is_some()
            && find(&sent, greek).is_some()
            && find(&sent, b"Tee\n").is_some()
    );
    assert!(find(&sent, "餃".as_bytes()).is_none() && find(&sent, "د".as_bytes()).is_none());
}

#[test]
fn a_drawn_line_has_dots_on_it() {
    let sent = bytes("|دجاج", &Pass::default());
    let start = find(&sent, b"\x1dv0\0").unwrap() + 8;
    let width = usize::from(sent[start - 4]);
    let height = usize::from(sent[start - 2]);
    let black: u32 = sent[start..start + width * height]
        .iter()
        .map(|byte| byte.count_ones())
        .sum();
    assert!(black > 40, "{black} black dots");
}

#[test]
fn the_job_begins_without_the_letters_of_any_country_and_ends_with_a_partial_cut() {
    let sent = bytes("x", &Pass::default());
    assert!(sent.starts_with(b"\x1b@\x1c.\x1bR\0"));
    assert!(sent.ends_with(b"\x1dVB\x18"));
    assert!(bytes("x\n{x-cut:full}", &Pass::default()).ends_with(b"\x1dVA\x18"));
}

#[test]
fn the_drawer_gets_a_whole_pulse_in_the_first_pass_alone() {
    let pass = |copy| Pass {
        drawer: true,
        copy,
        mark: Mark::Copy,
        ..Pass::default()
    };
    assert!(find(&bytes("x", &pass(0)), b"\x1bp\0\x19\xfa").is_some());
    assert!(find(&bytes("x", &pass(1)), b"\x1bp").is_none());
}

#[test]
fn codes_go_out_as_the_printers_own() {
    let sent = bytes(
        "{option:qrcode,6,m;code:https://example.org}\n{o:code128,2,60,hri;c:A-1042}",
        &Pass::default(),
    );
    assert!(
        find(
            &sent,
            b"\x1d(k\x16\x001P0https://example.org\x1d(k\x03\x001Q0"
        )
        .is_some(),
        "{}",
        readable(&sent)
    );
    assert!(
        find(
            &sent,
            b"\x1dh\x3c\x1dw\x02\x1dH\x02\x1dkI\x08{BA-{C\x0a\x2a"
        )
        .is_some(),
        "{}",
        readable(&sent)
    );
}

#[test]
fn a_code_that_cannot_be_printed_is_named_in_one_row_with_its_data() {
    let sent = bytes(
        "{option:ean;code:12345}\n{option:itf;code:ABC}\n{option:qrcode;code:\n}",
        &Pass::default(),
    );
    assert!(find(&sent, b"[EAN 12345]\n").is_some() && find(&sent, b"[ITF ABC]\n").is_some());
    assert!(find(&sent, b"\x1dk").is_none());
    let rows = format!("a\n{{code:{};option:code128}}\nb", "<xml/>".repeat(500));
    let sent = bytes(&rows, &Pass::default());
    let shown = format!("a\n[Code 128 {}", "<xml/>".repeat(3));
    assert!(
        find(&sent, shown.as_bytes()).is_some(),
        "{}",
        readable(&sent)
    );
    assert_eq!(sent.iter().filter(|byte| **byte == b'\n').count(), 3);
}

#[test]
fn a_picture_that_cannot_be_read_does_not_stop_the_ticket() {
    let sent = bytes(
        "{image:R0lGODlh}\n{x-image:logo}\nTotal 5.00",
        &Pass::default(),
    );
    let without = bytes("Total 5.00", &Pass::default());
    assert_eq!(sent, without, "a guest reads nothing of it either");
}

#[test]
fn a_receipt_in_the_printers_own_letters_needs_no_font() {
    let profile = Profile::named("generic-80").unwrap();
    let fonts = crate::fonts::tests::unopened();
    let document = parse("|Käse „Gouda“ | 5,00 €\nΚαλαμάκι\n{option:qrcode;code:x}").document;
    to_escpos(&document, &profile, &Pass::default(), &fonts.clone().into()).unwrap();
    assert!(!fonts.opened());
}

#[test]
fn the_same_ticket_gives_the_same_bytes() {
    let markup = "^^a\n|餃子 | 1\n{option:qrcode}\n{code:x}";
    assert_eq!(
        bytes(markup, &Pass::default()),
        bytes(markup, &Pass::default())
    );
}

/// What a text of `parse` may contain at the most, as an attacker would write it.
fn hostile() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            Just("\u{1b}p\0\u{19}\u{fa}".to_owned()),
            Just("\\x10\\x14\\x01\\x00\\x05".to_owned()),
            Just("\u{10}\u{4}\u{1}".to_owned()),
            Just("{command:\\x1b@}\n".to_owned()),
            Just("\n{code:\\x10\\x14\\x01;option:qrcode}\n".to_owned()),
            Just("\n{option:code128;code:\\x10\\x04}\n".to_owned()),
            "[a-z€餃د|^\"_`~ -]{0,20}",
            "\\PC{0,10}",
            "(?s).{0,10}",
        ],
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_opens_the_drawer_or_asks_for_anything(
        markup in hostile(),
        name in prop::sample::select(Profile::names().collect::<Vec<_>>()),
    ) {
        let profile = Profile::named(name).unwrap();
        let shown = crate::to_png(&parse(&markup).document, &profile, &Pass::default(), &fonts().into());
        let printed = to_escpos(&parse(&markup).document, &profile, &Pass::default(), &fonts().into());
        prop_assert_eq!(shown.is_ok(), printed.is_ok());
        if let Ok(sent) = printed {
            let armed = sent.windows(2).find(|pair| pair[0] == 0x10 && matches!(pair[1], 0x04 | 0x05 | 0x14));
            prop_assert_eq!(armed, None);
            let mut reader = crate::escpos_reader::Reader::new();
            let mut reads = reader.push(&sent);
            reads.extend(reader.finish());
            for read in reads {
                use crate::escpos_reader::Command;
                let harmless = !matches!(
                    read.what,
                    Command::DrawerPulse { .. } | Command::RealTime { .. } | Command::Unknown { .. } | Command::Truncated { .. }
                );
                prop_assert!(harmless, "{:?}", read);
            }
        }
    }

    #[test]
    fn no_command_of_the_owner_opens_the_drawer_unasked_or_swallows_the_ticket(
        commands in prop::collection::vec(prop_oneof![
            Just(b"\x1bp\0\x19\xfa".to_vec()),
            Just(b"\x10\x14\x01\x00\x05".to_vec()),
            Just(b"\x10\x04\x01".to_vec()),
            Just(b"\x1dr1".to_vec()),
            Just(b"\x1d(k\xff\x00".to_vec()),
            Just(b"\x10".to_vec()),
            Just(b"\x14\x01\x00\x01".to_vec()),
            prop::collection::vec(any::<u8>(), 0..6),
        ], 0..6),
    ) {
        let mut document = parse("Total 5,00").document;
        document.blocks.insert(0, crate::document::Block::Command(commands.concat()));
        let profile = Profile::named("generic-80").unwrap();
        let sent = to_escpos(&document, &profile, &Pass::default(), &fonts().into()).unwrap();
        prop_assert!(!armed(&sent), "{}", readable(&sent));
        let mut reader = crate::escpos_reader::Reader::new();
        let mut reads = reader.push(&sent);
        reads.extend(reader.finish());
        use crate::escpos_reader::Command;
        prop_assert!(!reads.iter().any(|read| matches!(
            read.what,
            Command::DrawerPulse { .. } | Command::RealTime { .. } | Command::Status(_) | Command::Truncated(_)
        )), "{:?}", reads);
        prop_assert!(matches!(reads.last().map(|read| &read.what), Some(Command::Cut { .. })), "{:?}", reads);
    }
}
