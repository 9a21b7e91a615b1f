//! Apple raster to pages. It has no public description; as CUPS reads it (cups/raster-stream.c).

use super::gray::{Dots, luminance};
use super::runs::rows;
use super::{Page, Paper, Source, Unprintable, check_size, left_edge};

const HEADER: usize = 32;
/// In rows, 128 says that the rest is white.
const WHITE: u8 = 255;

pub(super) fn pages(bytes: &[u8], paper: Paper) -> Result<Vec<Page>, Unprintable> {
    let mut source = Source { bytes, at: 8 };
    let announced = number(source.take(4, "the number of pages")?, 0);
    let mut pages = Vec::new();
    let mut pixels = 0;
    while !source.is_empty() {
        pages.push(page(&mut source, paper, &mut pixels)?);
    }
    // A sender that does not know their number beforehand says 0.
    if pages.is_empty() || (announced != 0 && announced as usize != pages.len()) {
        let what = format!("{} pages came, {announced} were announced", pages.len());
        return Err(source.broken(what));
    }
    Ok(pages)
}

fn number(bytes: &[u8], place: usize) -> u32 {
    let four = bytes
        .get(place..place + 4)
        .and_then(|four| four.first_chunk());
    u32::from_be_bytes(four.copied().unwrap_or_default())
}

fn page(source: &mut Source<'_>, paper: Paper, pixels: &mut u64) -> Result<Page, Unprintable> {
    let header = source.take(HEADER, "the header of a page")?;
    let (bits, space) = (header.first().copied(), header.get(1).copied());
    let (width, height, dpi) = (number(header, 12), number(header, 16), number(header, 20));
    let unit = match (bits, space) {
        (Some(8), Some(0)) => 1,
        (Some(24), Some(1)) => 3,
        (bits, space) => {
            return Err(Unprintable::NotForThisPrinter(format!(
                "{} bits a pixel in colour space {} are none of this printer's: W8, SRGB24",
                bits.unwrap_or(0),
                space.unwrap_or(0)
            )));
        }
    };
    if dpi != paper.dpi {
        return Err(Unprintable::NotForThisPrinter(format!(
            "this printer has {} dots an inch; the page has {dpi}",
            paper.dpi
        )));
    }
    check_size((width, height), paper, pixels)?;
    let left = left_edge(width, paper)?;
    let mut dots = Dots::new((width, height), left, paper.dots);
    let shape = (width as usize * unit, unit);
    rows(source, shape, height, Some(WHITE), |y, row| {
        if unit == 3 {
            let colors = row.chunks_exact(3);
            dots.row(y, colors.map(|rgb| luminance(rgb[0], rgb[1], rgb[2])));
        } else {
            dots.row(y, row.iter().copied());
        }
    })?;
    Ok(Page {
        dots: dots.done(),
        cut: true,
    })
}
