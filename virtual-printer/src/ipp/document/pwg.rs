//! PWG raster to pages (PWG 5102.4 section 4).

use super::gray::{Dots, luminance};
use super::runs::rows;
use super::{Page, Paper, Source, Unprintable, check_size, left_edge};
use templates::raster::Bitmap;

const HEADER: usize = 1796;
/// `CutMedia`: never, after the document, the job, the set; after each page.
const CUTS: u32 = 4;
/// `ColorSpace`.
const BLACK: u32 = 3;
const SGRAY: u32 = 18;
const SRGB: u32 = 19;

pub(super) fn pages(bytes: &[u8], paper: Paper) -> Result<Vec<Page>, Unprintable> {
    let mut source = Source { bytes, at: 4 };
    let mut pages = Vec::new();
    let mut pixels = 0;
    while !source.is_empty() {
        pages.push(page(&mut source, paper, &mut pixels)?);
    }
    if pages.is_empty() {
        return Err(source.broken("it has no page"));
    }
    Ok(pages)
}

/// The numbers of a page's header that say how to read it.
#[derive(Debug)]
struct Header {
    width: u32,
    height: u32,
    bits: u32,
    bytes_a_row: u32,
    space: u32,
    cut: u32,
}

fn page(source: &mut Source<'_>, paper: Paper, pixels: &mut u64) -> Result<Page, Unprintable> {
    let header = header(source, paper)?;
    let size = (header.width, header.height);
    check_size(size, paper, pixels)?;
    let left = left_edge(header.width, paper)?;
    let unit = if header.space == SRGB { 3 } else { 1 };
    let shape = (header.bytes_a_row as usize, unit);
    let dots = if header.space == BLACK {
        let mut bitmap = Bitmap::new(header.width.min(paper.dots), header.height);
        rows(source, shape, header.height, None, |y, row| {
            black_row(&mut bitmap, y, row, left);
        })?;
        bitmap
    } else {
        let mut dots = Dots::new(size, left, paper.dots);
        rows(source, shape, header.height, None, |y, row| {
            if unit == 3 {
                let colors = row.chunks_exact(3);
                dots.row(y, colors.map(|rgb| luminance(rgb[0], rgb[1], rgb[2])));
            } else {
                dots.row(y, row.iter().copied());
            }
        })?;
        dots.done()
    };
    Ok(Page {
        dots,
        cut: header.cut == CUTS,
    })
}

fn black_row(bitmap: &mut Bitmap, y: u32, row: &[u8], left: u32) {
    for (place, byte) in row.iter().enumerate().filter(|(_, byte)| **byte != 0) {
        for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
            let x = u32::try_from(place * 8)
                .unwrap_or(u32::MAX)
                .saturating_add(bit);
            if let Some(x) = x.checked_sub(left) {
                bitmap.set(x, y, true);
            }
        }
    }
}

fn header(source: &mut Source<'_>, paper: Paper) -> Result<Header, Unprintable> {
    let at = source.at;
    let bytes = source.take(HEADER, "the header of a page")?;
    let number = |place: usize| {
        let four = bytes
            .get(place..place + 4)
            .and_then(|four| four.first_chunk());
        u32::from_be_bytes(four.copied().unwrap_or_default())
    };
    let broken = |place: usize, what: String| Unprintable::Broken {
        at: at + place,
        what,
    };
    if !bytes.starts_with(b"PwgRaster\0") {
        return Err(broken(0, "a page does not begin with PwgRaster".to_owned()));
    }
    let resolution = (number(276), number(280));
    if resolution != (paper.dpi, paper.dpi) {
        let (across, along) = resolution;
        return Err(Unprintable::NotForThisPrinter(format!(
            "this printer has {} dots an inch; the page has {across} x {along}",
            paper.dpi
        )));
    }
    let header = Header {
        width: number(372),
        height: number(376),
        bits: number(388),
        bytes_a_row: number(392),
        space: number(400),
        cut: number(268),
    };
    if number(396) != 0 {
        return Err(broken(
            396,
            "colours in planes are not PWG raster".to_owned(),
        ));
    }
    let (bits_a_color, colors) = (number(384), number(420));
    let usual = match header.space {
        BLACK => (1, 1, 1),
        SGRAY => (8, 8, 1),
        SRGB => (8, 24, 3),
        other => {
            return Err(Unprintable::NotForThisPrinter(format!(
                "colour space {other} is none of this printer's: black_1, sgray_8, srgb_8"
            )));
        }
    };
    if (bits_a_color, header.bits, colors) != usual {
        return Err(Unprintable::NotForThisPrinter(format!(
            "{bits_a_color} bits a colour, {} a pixel and {colors} colours are none of this printer's: black_1, sgray_8, srgb_8",
            header.bits
        )));
    }
    let row = (u64::from(header.width) * u64::from(header.bits)).div_ceil(8);
    if u64::from(header.bytes_a_row) != row {
        let what = format!(
            "{} bytes a row, where the width makes {row}",
            header.bytes_a_row
        );
        return Err(broken(392, what));
    }
    Ok(header)
}
