use super::*;
use proptest::prelude::*;
use templates::page::Color;
use templates::raster::Bitmap;
use templates::{PageOptions, Pass, Profile, Supplies, parse, raster};

const PAPER: Paper = Paper {
    dots: 576,
    wide: 639,
    dpi: 203,
    longest: 20_000,
};

const TICKET: &str =
    "^^^Order 42\n\n2 Margherita | 17.00\n{code:panbot;option:qrcode,3,l}\n=\nThank you\n";

/// The dots of a ticket of two pieces, and the same as PWG raster and as URF.
fn ticket(color: Color) -> (Vec<Bitmap>, Vec<u8>, Vec<u8>) {
    let document = parse(TICKET).document;
    let profile = Profile::named("generic-80").unwrap();
    let (pass, supplies) = (Pass::default(), Supplies::default());
    let dots = raster::dots(&document, &profile, &pass, &supplies).unwrap();
    let options = PageOptions {
        color,
        ..PageOptions::of(&profile)
    };
    let pwg = templates::to_pwg(&document, &profile, &pass, &supplies, &options).unwrap();
    let urf = templates::to_urf(&document, &profile, &pass, &supplies, &options).unwrap();
    (dots, pwg, urf)
}

fn read(bytes: &[u8]) -> Result<Vec<Page>, Unprintable> {
    pages(bytes, None, PAPER).map(|(_, pages)| pages)
}

#[test]
fn every_dot_of_a_ticket_arrives_in_each_format() {
    for color in [Color::Black1, Color::Sgray8] {
        let (dots, pwg, urf) = ticket(color);
        assert_eq!(dots.len(), 2);
        for file in [pwg, urf] {
            let pages = read(&file).unwrap();
            let came: Vec<&Bitmap> = pages.iter().map(|page| &page.dots).collect();
            assert_eq!(came, dots.iter().collect::<Vec<_>>(), "{color:?}");
            assert!(pages.iter().all(|page| page.cut));
        }
    }
}

#[test]
fn a_page_as_wide_as_the_roll_is_printed_without_its_edges() {
    let mut file = ticket(Color::Black1).1;
    let mut dots = Bitmap::new(639, 2);
    dots.fill(31, 0, 1, 2, true);
    dots.fill(0, 0, 30, 2, true);
    file.truncate(4 + 1796);
    file[4 + 372..4 + 380].copy_from_slice(&[0, 0, 2, 127, 0, 0, 0, 2]);
    file[4 + 392..4 + 396].copy_from_slice(&80_u32.to_be_bytes());
    file.push(1);
    // 80 bytes that differ.
    file.push((257_u32 - 80) as u8);
    file.extend(dots.row(0));
    let pages = read(&file).unwrap();
    let page = &pages[0].dots;
    assert_eq!((page.width(), page.height()), (576, 2));
    let black: Vec<u32> = (0..576).filter(|x| page.get(*x, 1)).collect();
    assert_eq!(black, [0], "the edge of 31 dots is cut off");
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    let (_, pwg, urf) = ticket(Color::Black1);
    for file in [pwg, urf] {
        let step = file.len() / 200;
        for end in (0..file.len()).step_by(step.max(1)) {
            if let Ok(pages) = read(&file[..end]) {
                assert_eq!(pages.len(), 1, "only at the end of a page");
            }
        }
    }
}

#[test]
fn what_this_printer_cannot_print_is_said_in_words() {
    let file = ticket(Color::Black1).1;
    let refused = |place: usize, number: u32, says: &str| {
        let mut file = file.clone();
        file[4 + place..8 + place].copy_from_slice(&number.to_be_bytes());
        let why = read(&file).unwrap_err().to_string();
        assert!(why.contains(says), "{place}: {why}");
    };
    refused(0, 0, "PwgRaster");
    refused(276, 300, "203 dots an inch");
    refused(372, 0, "where the width makes");
    refused(376, 0, "no height");
    refused(376, 30_000, "longer than 20000");
    refused(384, 2, "bits a colour");
    refused(388, 2, "a pixel");
    refused(392, 73, "bytes a row");
    refused(396, 1, "planes");
    refused(400, 6, "colour space 6");
    let other = pages(&file, Some(Format::Urf), PAPER).unwrap_err();
    assert!(other.to_string().contains("announced as image/urf"));
    assert_eq!(read(b"%!PS"), Err(Unprintable::UnknownFormat));
    assert!(read(b"RaS2").unwrap_err().to_string().contains("no page"));
}

#[test]
fn greys_become_as_many_dots_as_they_are_dark() {
    let mut dots = gray::Dots::new((64, 64), 0, 576);
    (0..64).for_each(|y| dots.row(y, std::iter::repeat_n(191, 64)));
    let picture = dots.done();
    let black = (0..64).flat_map(|y| (0..64).map(move |x| (x, y)));
    let black = black.filter(|(x, y)| picture.get(*x, *y)).count();
    assert!(
        (960..1090).contains(&black),
        "a quarter of 4096, and there are {black}"
    );
}

#[test]
fn packed_documents_are_unpacked_and_never_beyond_the_limit() {
    use std::io::Write;
    let document = b"RaS2".repeat(1000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&document).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    deflate.write_all(&document).unwrap();
    let deflate = deflate.finish().unwrap();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&document).unwrap();
    let zlib = zlib.finish().unwrap();
    let packed = [
        (gzip, Compression::Gzip),
        (deflate, Compression::Deflate),
        (zlib, Compression::Deflate),
    ];
    for (bytes, how) in packed {
        assert_eq!(unpack(bytes.clone(), how, LARGEST).unwrap(), document);
        assert!(unpack(bytes.clone(), how, 3999).is_err(), "{how:?}");
        assert!(unpack(bytes[..bytes.len() / 2].to_vec(), how, LARGEST).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_break_the_readers(bytes in proptest::collection::vec(any::<u8>(), 0..600), at in 0_usize..4000) {
        let _ = read(&bytes);
        for mut file in [ticket_once().0.clone(), ticket_once().1.clone()] {
            let at = at.min(file.len());
            let end = (at + bytes.len()).min(file.len());
            file[at..end].copy_from_slice(&bytes[..end - at]);
            let _ = read(&file);
        }
    }
}

fn ticket_once() -> &'static (Vec<u8>, Vec<u8>) {
    static TICKET: std::sync::OnceLock<(Vec<u8>, Vec<u8>)> = std::sync::OnceLock::new();
    TICKET.get_or_init(|| {
        let (_, pwg, urf) = ticket(Color::Sgray8);
        (pwg, urf)
    })
}
