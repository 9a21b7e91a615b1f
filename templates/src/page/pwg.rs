//! PWG raster: a word, then for each page a header of fixed places and its rows (PWG 5102.4 section 4).

use super::rows::{Rows, runs};
use super::scale::rounded;
use super::{Color, Page, PageOptions};

const HEADER: usize = 1796;
/// `CutMedia`: after this page.
const AFTER_PAGE: u32 = 4;
/// `ColorSpace`.
const BLACK: u32 = 3;
const SGRAY: u32 = 18;
/// `PrintQuality`: normal.
const NORMAL: u32 = 4;

pub(super) fn file(pages: &[Page<'_>], options: &PageOptions) -> Vec<u8> {
    let mut file = b"RaS2".to_vec();
    for page in pages {
        file.extend(header(page, pages.len(), options));
        page.rows.write(&mut file, options.color, runs);
    }
    file
}

fn header(page: &Page<'_>, pages: usize, options: &PageOptions) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let Rows { width, height, .. } = page.rows;
    let (across, along) = options.resolution;
    let (bits, color_space) = match options.color {
        Color::Black1 => (1, BLACK),
        Color::Sgray8 => (8, SGRAY),
    };
    let points = |pixels: u32, resolution: u32| rounded(pixels, 72, resolution).max(1);
    let numbers = [
        (268, if page.cut { AFTER_PAGE } else { 0 }),
        (276, across),
        (280, along),
        (340, 1), // NumCopies
        (352, points(width, across)),
        (356, points(height, along)),
        (372, width),
        (376, height),
        (384, bits),
        (388, bits),
        (392, (width * bits).div_ceil(8)),
        (400, color_space),
        (420, 1), // NumColors
        (452, u32::try_from(pages).unwrap_or(0)),
        (456, 1), // CrossFeedTransform
        (460, 1), // FeedTransform
        (472, width),
        (476, height),
        (480, 0x00ff_ffff), // AlternatePrimary
        (484, NORMAL),
    ];
    for (place, number) in numbers {
        header[place..place + 4].copy_from_slice(&number.to_be_bytes());
    }
    text(&mut header, 0, "PwgRaster");
    text(&mut header, 1732, &options.medium_name);
    header
}

/// A text of at most 63 bytes, whole characters, zeros behind it.
fn text(header: &mut [u8; HEADER], place: usize, text: &str) {
    let end = (0..=text.len().min(63))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    header[place..place + end].copy_from_slice(&text.as_bytes()[..end]);
}
