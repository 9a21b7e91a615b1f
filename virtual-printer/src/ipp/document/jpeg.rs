//! JPEG to one page: a dot for each pixel, or made smaller until it fits.

use super::gray::Dots;
use super::{Page, Paper, Unprintable, check_size};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Pixels of a side. Cameras stay below.
const LONGEST: usize = 16_384;

pub(super) fn pages(bytes: &[u8], paper: Paper) -> Result<Vec<Page>, Unprintable> {
    let broken = |what: String| Unprintable::Broken { at: 0, what };
    let options = DecoderOptions::default()
        .set_max_width(LONGEST)
        .set_max_height(LONGEST)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder
        .decode_headers()
        .map_err(|error| broken(error.to_string()))?;
    let size = decoder
        .info()
        .map(|info| (u32::from(info.width), u32::from(info.height)));
    let (width, height) = size.ok_or_else(|| broken("it has no size".to_owned()))?;
    let wide = width.min(paper.dots);
    let high = u64::from(height) * u64::from(wide) / u64::from(width.max(1));
    let high = u32::try_from(high.max(1)).unwrap_or(u32::MAX);
    check_size((wide, high), paper, &mut 0)?;
    let greys = decoder
        .decode()
        .map_err(|error| broken(error.to_string()))?;
    let mut dots = Dots::new((wide, high), 0, paper.dots);
    for y in 0..high {
        let rows = part(y, high, height);
        let grey = |x| mean(&greys, width as usize, part(x, wide, width), rows.clone());
        dots.row(y, (0..wide).map(grey));
    }
    Ok(vec![Page {
        dots: dots.done(),
        cut: true,
    }])
}

/// The pixels that the dot at `place` of `of` dots is made of.
fn part(place: u32, of: u32, pixels: u32) -> std::ops::Range<usize> {
    let at = |place: u32| (u64::from(place) * u64::from(pixels) / u64::from(of.max(1))) as usize;
    at(place)..at(place + 1).max(at(place) + 1)
}

fn mean(
    greys: &[u8],
    width: usize,
    across: std::ops::Range<usize>,
    along: std::ops::Range<usize>,
) -> u8 {
    let rows = along.filter_map(|y| greys.get(y * width + across.start..y * width + across.end));
    let (sum, count) = rows.flatten().fold((0_u64, 0_u64), |(sum, count), grey| {
        (sum + u64::from(*grey), count + 1)
    });
    u8::try_from(sum.checked_div(count).unwrap_or(255)).unwrap_or(255)
}
