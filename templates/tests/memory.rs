//! What a receipt needs of memory. A process of its own, in which nothing else is made.

#![cfg(target_os = "linux")]

mod process;

use templates::{Fonts, Pass, Profile, Supplies, parse, to_escpos, to_png};

use process::kib;

const RECEIPT: &str = include_str!("../benches/receipts/paper/receipt.rl");
const MIXED: &str = include_str!("../benches/receipts/paper/mixed.rl");

/// KiB beyond the fonts, which are mapped files.
const MOST: u64 = 2_048;

#[test]
fn the_first_receipt_in_any_script_needs_less_than_two_megabytes() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts");
    let supplies = Supplies::from(Fonts::in_folder(Some(folder.into())));
    let profile = Profile::named("generic-80").unwrap();
    let pass = Pass::default();
    let before = kib("RssAnon");
    for markup in [RECEIPT, MIXED] {
        let document = parse(markup).document;
        to_escpos(&document, &profile, &pass, &supplies).unwrap();
        to_png(&document, &profile, &pass, &supplies).unwrap();
    }
    // Mapped pages are not given back: those of the end were there at the peak, or came later.
    let peak = kib("VmHWM").saturating_sub(kib("RssFile"));
    let needed = peak.saturating_sub(before);
    assert!(needed < MOST, "{needed} KiB");
}
