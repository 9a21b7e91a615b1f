//! A ticket as pages for printers that take pictures: PWG raster (PWG 5102.4), Apple raster (URF) and JPEG. All are the
//! dots of `raster`, at the resolution and on the medium that the printer lists. The rasters are written row by row: no
//! page of theirs is ever held as pixels.

use crate::bitmap::Bitmap;
use crate::document::Document;
use crate::layout::{EncodeError, Pass};
use crate::profile::Profile;
use crate::raster;
use crate::supplies::Supplies;

mod jpeg;
mod place;
mod pwg;
mod rows;
mod scale;
mod split;
mod urf;

use place::Place;
use rows::Rows;
use scale::Scale;

/// What the printer has said that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOptions {
    /// Pixels an inch, across and along the paper.
    pub resolution: (u32, u32),
    /// How a pixel is written.
    pub color: Color,
    /// What is printed on.
    pub medium: Medium,
    /// Its name as the printer lists it, such as `iso_a4_210x297mm` or `roll_max_80x656000mm`; empty says none. What is
    /// beyond 63 bytes is left out.
    pub medium_name: String,
}

impl PageOptions {
    /// One bit a pixel on a roll, a pixel for each dot.
    pub fn of(profile: &Profile) -> PageOptions {
        PageOptions {
            resolution: (profile.dpi, profile.dpi),
            color: Color::Black1,
            medium: Medium::Roll { longest: None },
            medium_name: String::new(),
        }
    }
}

/// How a pixel is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// One bit, 1 is black: `black_1`.
    Black1,
    /// A byte, 0 is black: `sgray_8`.
    Sgray8,
}

/// What is printed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Medium {
    /// A roll: each page is as wide as the dots of the printer and as high as what is printed.
    Roll {
        /// Hundredths of a millimetre that a page may have at the most; what is longer goes on on further pages.
        longest: Option<u32>,
    },
    /// A roll that the printer is told the size of: a page is as wide as the paper, what is printed stands in its middle,
    /// and it is as high as what is printed.
    Strip {
        /// Hundredths of a millimetre.
        width: u32,
        /// Hundredths of a millimetre that a page may have at the most; what is longer goes on on further pages.
        longest: Option<u32>,
        /// Hundredths of a millimetre at either end where the printer cannot print.
        ends: u32,
    },
    /// Sheets of one size: the receipt stands at the top left, and goes on on further sheets.
    Sheet {
        /// Hundredths of a millimetre.
        width: u32,
        /// Hundredths of a millimetre.
        height: u32,
        /// Hundredths of a millimetre at each edge where the printer cannot print.
        margin: u32,
    },
}

/// A4 with the margins that most office printers want.
pub const A4: Medium = Medium::Sheet {
    width: 21_000,
    height: 29_700,
    margin: 500,
};

/// Why a ticket cannot be put on pages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It cannot be put on any paper.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// There is no such printer.
    #[error(
        "{across} x {along} pixels an inch cannot be printed; choose a resolution from {LEAST} to {MOST} that the printer lists"
    )]
    Resolution {
        /// Pixels an inch across the paper.
        across: u32,
        /// Pixels an inch along the paper.
        along: u32,
    },
    /// The format has one resolution for both ways.
    #[error(
        "URF has the same resolution across and along the paper, and {across} x {along} was asked for; choose one that the printer lists, or PWG raster"
    )]
    NotSquare {
        /// Pixels an inch across the paper.
        across: u32,
        /// Pixels an inch along the paper.
        along: u32,
    },
    /// Part of each row would be missing.
    #[error(
        "a receipt {receipt} pixels wide does not fit on a medium with {medium} between its margins; choose a wider medium, or a profile with fewer columns"
    )]
    TooWide {
        /// Pixels of the receipt.
        receipt: u32,
        /// Pixels between the margins.
        medium: u32,
    },
    /// Not even a row fits.
    #[error("the medium has no room for a line between its margins; choose a longer one")]
    TooShort,
    /// No JPEG is so large.
    #[error(
        "a picture of {width} x {height} pixels is larger than a JPEG may be; choose a lower resolution, or a printer that takes PDF or PWG raster"
    )]
    TooLarge {
        /// Pixels of it.
        width: u32,
        /// Pixels of it.
        height: u32,
    },
}

/// Resolutions that printers have.
const LEAST: u32 = 72;
const MOST: u32 = 2400;

/// A file for a printer, and the paper that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// The file.
    pub bytes: Vec<u8>,
    /// Hundredths of a millimetre along its longest page, rounded up.
    pub length: u32,
}

/// A format of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFormat {
    /// As [`to_pwg`].
    Pwg,
    /// As [`to_urf`].
    Urf,
    /// One picture of everything, `image/jpeg`: the cutter's pieces stand below each other. On a roll it is as wide as the
    /// dots of the printer, which puts it in the middle; of a sheet it shows all, and is longer where a sheet is too short,
    /// which the printer makes smaller as a whole.
    Jpeg,
}

/// The pages of a ticket, and how long the longest of them is.
///
/// # Errors
/// As for [`to_pwg`] and [`to_urf`].
pub fn to_pages(
    format: PageFormat,
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
    options: &PageOptions,
) -> Result<Pages, PageError> {
    let (across, along) = options.resolution;
    if format == PageFormat::Urf && across != along {
        return Err(PageError::NotSquare { across, along });
    }
    let mut pieces = raster::dots(document, profile, pass, supplies)?;
    let one = format == PageFormat::Jpeg;
    if one {
        pieces = vec![joined(&pieces, profile)];
    }
    let place = Place::on(&options.medium, profile, options.resolution)?;
    let place = if one { place.for_picture() } else { place };
    let pages = pages(&pieces, profile, options, &place)?;
    let rows = pages.iter().map(|page| page.rows.height).max().unwrap_or(0);
    let rows = rows.saturating_add(2 * place.beyond);
    let length = (u64::from(rows) * 2540).div_ceil(u64::from(along.max(1)));
    let bytes = match format {
        PageFormat::Pwg => pwg::file(&pages, options),
        PageFormat::Urf => urf::file(&pages, across),
        PageFormat::Jpeg => jpeg::file(&pages, options.resolution)?,
    };
    Ok(Pages {
        bytes,
        length: u32::try_from(length).unwrap_or(u32::MAX),
    })
}

/// All pieces below each other, and white between them.
fn joined(pieces: &[Bitmap], profile: &Profile) -> Bitmap {
    let mut all = Bitmap::new(profile.dots, 0);
    for piece in pieces {
        let top = match all.height() {
            0 => 0,
            above => above + raster::MARGIN,
        };
        all.set_height(top + piece.height());
        all.blit(piece, 0, top);
    }
    all
}

/// The pages of a ticket as PWG raster, `image/pwg-raster`: a page ends at each cut, and where the medium does.
///
/// # Errors
/// When the ticket cannot be placed whole, when there is no font, and when the medium is too small for it.
pub fn to_pwg(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
    options: &PageOptions,
) -> Result<Vec<u8>, PageError> {
    let format = PageFormat::Pwg;
    to_pages(format, document, profile, pass, supplies, options).map(|pages| pages.bytes)
}

/// The pages of a ticket as Apple raster (URF), `image/urf`, 8 bit grey whatever colour the options name, since it has no
/// form of one bit. A page ends at each cut, and where the medium does.
///
/// # Errors
/// As for [`to_pwg`], and for a resolution that is not the same both ways.
pub fn to_urf(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
    options: &PageOptions,
) -> Result<Vec<u8>, PageError> {
    let format = PageFormat::Urf;
    to_pages(format, document, profile, pass, supplies, options).map(|pages| pages.bytes)
}

/// A page whose pixels are not made yet.
#[derive(Debug)]
struct Page<'d> {
    rows: Rows<'d>,
    /// The cutter of a roll works after it.
    cut: bool,
}

fn pages<'d>(
    pieces: &'d [Bitmap],
    profile: &Profile,
    options: &PageOptions,
    place: &Place,
) -> Result<Vec<Page<'d>>, PageError> {
    let (across, along) = options.resolution;
    let x = Scale::new(profile.dpi, across);
    let y = Scale::new(profile.dpi, along);
    let Place {
        size: (width, height),
        left,
        top,
        room,
        ..
    } = *place;
    let most = y.dots_in(room);
    if most == 0 {
        return Err(PageError::TooShort);
    }
    let mut pages = Vec::new();
    for piece in pieces {
        let bands = split::bands(piece, most);
        let last = bands.len().saturating_sub(1);
        for (number, (from, dots)) in bands.into_iter().enumerate() {
            let needed = y.pixels(dots).saturating_add(2 * top);
            let high = height.unwrap_or_default().max(needed);
            let rows = Rows::new(piece, from..from + dots, (x, y), (left, top), (width, high));
            let cut = height.is_none() && number == last;
            pages.push(Page { rows, cut });
        }
    }
    if pages.is_empty() {
        // A document without a page is none; a white row stands for a ticket with nothing on it.
        pages.push(Page {
            rows: Rows::white(width, height.unwrap_or(1)),
            cut: false,
        });
    }
    Ok(pages)
}

#[cfg(test)]
mod tests;
