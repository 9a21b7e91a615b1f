//! Logos that are too large, damaged or meant to do harm.

use super::{alone, business, known, markup_of, order, printed, supplies, text};
use base64::{Engine, prelude::BASE64_STANDARD};

/// How many pictures stand on a receipt with this logo, which is refused when there is none.
fn with_logo(png: &[u8]) -> usize {
    let mut business = business();
    business.logo = Some(BASE64_STANDARD.encode(png));
    let supplies = supplies();
    let refused = supplies.pictures.set_logo(Some(&business)).is_err();
    let order = order(&known()["order"]);
    let made = markup_of(&business, "receipt", &order, None).expect("a built-in template");
    assert!(text(&made).contains("Jonas Weber"));
    let pictures = |command: &&templates::escpos_reader::Command| {
        matches!(command, templates::escpos_reader::Command::Picture(_))
    };
    let count = printed(&made, &supplies).iter().filter(pictures).count();
    assert_eq!(refused, count == 0);
    count
}

/// Light grey of one byte a dot.
fn grey((width, height): (u32, u32)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fastest);
    let mut header = encoder.write_header().expect("a header");
    let mut rows = header.stream_writer().expect("rows");
    let row = vec![200; width as usize];
    for _ in 0..height {
        std::io::Write::write_all(&mut rows, &row).expect("a row");
    }
    rows.finish().expect("the end");
    drop(header);
    file
}

#[test]
fn a_logo_of_20_megapixels_stands_on_the_receipt() {
    let _alone = alone();
    assert!(with_logo(&grey((5_184, 3_888))) > 0);
}

#[test]
fn a_logo_that_cannot_be_read_costs_no_receipt() {
    let _alone = alone();
    let whole = grey((64, 64));
    let mut damaged = whole.clone();
    damaged[40] ^= 0xff;
    for logo in [
        &whole[..whole.len() / 2],
        &damaged,
        b"GIF89a",
        b"",
        &whole[..8],
    ] {
        assert_eq!(with_logo(logo), 0);
    }
    assert!(with_logo(&whole) > 0);
}

#[test]
fn a_small_file_that_says_to_be_huge_costs_no_receipt() {
    let _alone = alone();
    let mut huge = grey((64, 64));
    for side in [30_000_u32, 1 << 20, u32::MAX >> 1] {
        huge[16..20].copy_from_slice(&side.to_be_bytes());
        huge[20..24].copy_from_slice(&side.to_be_bytes());
        let crc = !huge[12..29].iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
            })
        });
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(with_logo(&huge), 0);
    }
    // A hundred megapixels of one colour are a file of a few kilobytes.
    let bomb = grey((10_000, 10_000));
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    assert_eq!(with_logo(&bomb), 0);
}
