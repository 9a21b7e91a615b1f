//! Decodes a document into pages. Strict: a document that breaks its format, or does not fit this printer, is an error.

mod gray;
mod jpeg;
mod pdf;
mod pwg;
mod runs;
mod unpack;
mod urf;

pub(crate) use unpack::{Compression, unpack};

use crate::format::Format;
use templates::raster::Bitmap;

/// Bytes of a document, before and after unpacking.
pub(crate) const LARGEST: usize = 64 * 1024 * 1024;
/// Pixels of all pages of a document.
const MOST_PIXELS: u64 = 256 * 1024 * 1024;

/// One page, dot by dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub dots: Bitmap,
    /// The paper is cut behind it.
    pub cut: bool,
}

/// The paper that a document must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paper {
    /// Dots that can be printed in a row.
    pub dots: u32,
    /// Dots of the whole width, with the edges that cannot be printed.
    pub wide: u32,
    /// Dots an inch.
    pub dpi: u32,
    /// Dots of the longest page.
    pub longest: u32,
}

/// Why a document has no pages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unprintable {
    /// It is in none of the formats.
    #[error("the document is in no format that this printer reads")]
    UnknownFormat,
    /// It does not begin as its format does.
    #[error("the document was announced as {0}, and does not begin like one")]
    OtherFormat(&'static str),
    /// It breaks its format.
    #[error("byte {at} of the document: {what}")]
    Broken { at: usize, what: String },
    /// It is right, but not for this printer.
    #[error("{0}")]
    NotForThisPrinter(String),
    /// It is larger than any ticket.
    #[error("the document has more pixels than this printer can hold")]
    TooLarge,
}

/// Decodes a document. `announced` is the format named by the sender; none = detect it.
pub(crate) fn pages(
    bytes: &[u8],
    announced: Option<Format>,
    paper: Paper,
) -> Result<(Format, Vec<Page>), Unprintable> {
    let format = match announced {
        Some(format) if bytes.starts_with(format.magic()) => format,
        Some(format) => return Err(Unprintable::OtherFormat(format.mime())),
        None => Format::of_bytes(bytes).ok_or(Unprintable::UnknownFormat)?,
    };
    let pages = match format {
        Format::Pwg => pwg::pages(bytes, paper)?,
        Format::Urf => urf::pages(bytes, paper)?,
        Format::Pdf => pdf::pages(bytes, paper)?,
        Format::Jpeg => jpeg::pages(bytes, paper)?,
        Format::EscPos => return Err(Unprintable::UnknownFormat),
    };
    Ok((format, pages))
}

/// Bytes from front to back.
#[derive(Debug)]
struct Source<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Source<'b> {
    fn take(&mut self, count: usize, what: &str) -> Result<&'b [u8], Unprintable> {
        let taken = self
            .at
            .checked_add(count)
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or_else(|| Unprintable::Broken {
                at: self.bytes.len(),
                what: format!("it ends within {what}"),
            })?;
        self.at += count;
        Ok(taken)
    }

    fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn broken(&self, what: impl Into<String>) -> Unprintable {
        Unprintable::Broken {
            at: self.at,
            what: what.into(),
        }
    }
}

/// The place of a page's first column on the paper: a page as wide as the whole paper has its edges cut off.
fn left_edge(width: u32, paper: Paper) -> Result<u32, Unprintable> {
    if width <= paper.dots {
        return Ok(0);
    }
    // Senders round the width of the paper to whole dots in their own way.
    if width <= paper.wide + 2 {
        return Ok((width - paper.dots) / 2);
    }
    Err(Unprintable::NotForThisPrinter(format!(
        "a page {width} dots wide does not fit on paper with {} dots",
        paper.wide
    )))
}

fn check_size(
    (width, height): (u32, u32),
    paper: Paper,
    pixels: &mut u64,
) -> Result<(), Unprintable> {
    if width == 0 || height == 0 {
        return Err(Unprintable::NotForThisPrinter(
            "a page has no width or no height".to_owned(),
        ));
    }
    if height > paper.longest {
        return Err(Unprintable::NotForThisPrinter(format!(
            "a page of {height} dots is longer than {}, the longest that this printer takes",
            paper.longest
        )));
    }
    *pixels += u64::from(width) * u64::from(height);
    if *pixels > MOST_PIXELS {
        return Err(Unprintable::TooLarge);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
