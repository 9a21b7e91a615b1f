//! Pictures of other people, such as a logo, as dots: decoded row by row within limits, made no wider than the paper,
//! dithered. A picture never stands in memory as a whole, so that 20 megapixels cost no more than a few rows of them.

use std::io::Cursor;

use crate::bitmap::Bitmap;
use crate::document::Dither;

mod convert;
mod dither;
mod shrink;

pub use convert::as_png;

use shrink::Grid;

/// Most pixels that are decoded; more than a camera of 24 megapixels makes.
const MOST_PIXELS: u64 = 25_000_000;
/// Most pixels in a row, of which the decoder holds a few.
const MOST_WIDE: u32 = 1 << 15;
/// Most bytes that the decoder may take for itself.
const MOST_BYTES: usize = 32 << 20;
/// Most rows of dots that a picture may become; half a metre of paper.
const MOST_ROWS: u32 = 4_000;
/// Paper is never narrower; keeps the sum of a dot's pixels within 32 bits.
const LEAST_WIDTH: u32 = 8;

/// Why a picture is not printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Damaged, or something else.
    #[error("the picture is no readable PNG, JPEG or WebP file ({0}); save it as PNG again")]
    Unreadable(String),
    /// White, or transparent, from edge to edge.
    #[error(
        "nothing of the picture is dark, so that white paper shows nothing of it; take a dark one on white"
    )]
    Blank,
    /// It could use up the memory of this PC, or the roll of the printer.
    #[error(
        "the picture has {width} x {height} pixels, which is too large to print; make it smaller"
    )]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
}

/// Black and white dots of a PNG file, at most `widest` wide. Transparent parts are white; of an animation its still
/// picture is taken.
///
/// # Errors
/// When the file cannot be read to its last row, or is too large.
pub fn dithered(file: &[u8], widest: u32, dither: Dither) -> Result<Bitmap, ImageError> {
    let mut picture = open(file)?;
    let from = picture.info().size();
    let (width, height) = from;
    let too_large = || ImageError::TooLarge { width, height };
    let to_width = width.min(widest.max(LEAST_WIDTH));
    let to_height = u64::from(height) * u64::from(to_width) / u64::from(width);
    let to_height = u32::try_from(to_height.max(1)).map_err(|_| too_large())?;
    if to_height > MOST_ROWS {
        return Err(too_large());
    }
    let mut grid = Grid::new(from, (to_width, to_height));
    let colours = picture.output_color_type().0;
    if picture.info().interlaced {
        for (y, x, step) in interlaced_rows(width, height) {
            grid.add(y, (x, step), colours, next_row(&mut picture)?);
        }
    } else {
        for y in 0..height {
            grid.add(y, (0, 1), colours, next_row(&mut picture)?);
        }
    }
    Ok(dither::dots(&grid, dither))
}

fn next_row<'p>(picture: &'p mut png::Reader<Cursor<&[u8]>>) -> Result<&'p [u8], ImageError> {
    match picture.next_row()? {
        Some(row) => Ok(row.data()),
        None => Err(ImageError::Unreadable("rows are missing".to_owned())),
    }
}

/// A picture whose header is within the limits. What else a file may carry (texts, a colour profile) is passed over
/// unread: it can be small and become gigabytes.
fn open(file: &[u8]) -> Result<png::Reader<Cursor<&[u8]>>, ImageError> {
    let limits = png::Limits { bytes: MOST_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let (width, height) = decoder.read_header_info()?.size();
    if width == 0 || height == 0 {
        return Err(ImageError::Unreadable("it has no pixels".to_owned()));
    }
    if width > MOST_WIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(ImageError::TooLarge { width, height });
    }
    let picture = decoder.read_info()?;
    let first_frame = picture.info().frame_control;
    if first_frame.is_some_and(|frame| (frame.width, frame.height) != (width, height)) {
        return Err(ImageError::Unreadable(
            "its first frame is not as large as the picture".to_owned(),
        ));
    }
    Ok(picture)
}

/// Where the rows of an interlaced picture belong, in the order in which they come: row, first pixel, step to the next
/// one (PNG specification, section 8.2, "Adam7").
fn interlaced_rows(width: u32, height: u32) -> impl Iterator<Item = (u32, usize, usize)> {
    const PASSES: [(u32, u32, usize, usize); 7] = [
        (0, 8, 0, 8),
        (0, 8, 4, 8),
        (4, 8, 0, 4),
        (0, 4, 2, 4),
        (2, 4, 0, 2),
        (0, 2, 1, 2),
        (1, 2, 0, 1),
    ];
    PASSES
        .into_iter()
        .filter(move |(_, _, x, _)| *x < width as usize)
        .flat_map(move |(y, rows, x, step)| {
            (y..height)
                .step_by(rows as usize)
                .map(move |y| (y, x, step))
        })
}

impl From<png::DecodingError> for ImageError {
    fn from(error: png::DecodingError) -> Self {
        ImageError::Unreadable(error.to_string())
    }
}

#[cfg(test)]
mod tests;
