//! A picture is dots to the printer, whatever its dots are.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use proptest::prelude::*;
use templates::{
    Pass, Profile, Supplies,
    document::{Align, Block, Dither, Document, Image, Picture},
    escpos_reader::{Command, Reader},
    to_escpos,
};

/// Rows that are rich in the bytes which begin real-time commands, and in those that follow them.
fn any_rows() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let byte = prop_oneof![
        3 => prop::sample::select(vec![0xef_u8, 0xfb, 0xfa, 0xeb]),
        1 => any::<u8>(),
    ];
    (1_u32..40, 1_u32..140).prop_flat_map(move |(wide, high)| {
        let rows = prop::collection::vec(byte.clone(), (wide * high) as usize);
        rows.prop_map(move |rows| (wide * 8, rows))
    })
}

/// A PNG file of one bit a dot, 0 is black: the bytes of the paper are the complements of these.
fn png_of(width: u32, rows: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let height = rows.len() as u32 * 8 / width;
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(rows).unwrap();
    drop(writer);
    file
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_picture_makes_a_printer_answer_or_open_the_drawer(
        (width, rows) in any_rows(),
        align in prop::sample::select(vec![Align::Left, Align::Center, Align::Right]),
        profile in prop::sample::select(vec!["generic-58", "generic-80"]),
    ) {
        let picture = Picture::Inline(png_of(width, &rows).into());
        let mut document = Document::default();
        document.blocks.push(Block::Image(Image { picture, align, dither: Dither::Threshold, at: (1, 1) }));
        let profile = Profile::named(profile).unwrap();
        let sent = to_escpos(&document, &profile, &Pass::default(), &Supplies::default()).unwrap();
        let mut reader = Reader::new();
        let mut reads = reader.push(&sent);
        reads.extend(reader.finish());
        prop_assert!(reads.iter().any(|read| matches!(read.what, Command::Picture(_))));
        for read in reads {
            let wrong = matches!(read.what, Command::RealTime { .. } | Command::Unknown(_) | Command::Truncated(_));
            prop_assert!(!wrong, "{:?}", read.what);
        }
    }
}
