//! Laid-out lines to PDF: text that can be selected and searched, in embedded fonts, on pages as wide as the paper, or on
//! sheets. A page ends at each cut.
//!
//! There is no clock: the file says nothing about when it was made, and the same ticket gives the same bytes.

use std::sync::Arc;

use krilla::SerializeSettings;
use krilla::geom::Transform;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use crate::bitmap::Bitmap;
use crate::document::{Align, Code, Document};
use crate::fonts::FontError;
use crate::layout::{EncodeError, Line, Pass, TextLine, lay_out};
use crate::missing::legible_with;
use crate::page::{Medium, Pages};
use crate::profile::Profile;
use crate::raster;
use crate::supplies::Supplies;
use crate::symbol;

mod dots;
mod frame;
mod ink;
mod shapes;
mod text_painter;
mod unseen;

use frame::Frame;
use ink::Fonts;
use shapes::Shapes;
use text_painter::TextPainter;

/// Why a ticket cannot be made a PDF file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// It cannot be put on any paper.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The PDF library refuses something, such as a damaged font.
    #[error(
        "this ticket cannot be made a PDF file: {0}; look for a damaged font in the fonts folder, or choose PNG"
    )]
    Write(String),
}

impl From<FontError> for PdfError {
    fn from(error: FontError) -> Self {
        PdfError::Encode(error.into())
    }
}

const POINTS: f32 = 72.0;

/// Something on a page and its height in dots.
struct Block<'d> {
    height: u32,
    element: Element<'d>,
}

enum Element<'d> {
    Text(TextLine<'d>),
    /// A code, and what stands below it and where it begins, if anything does.
    Code(&'d Code, Bitmap, Option<(String, u32)>),
    Picture(Arc<Bitmap>, Align),
}

/// The paper of a ticket as a PDF file, with the same margin around what is printed as a picture of it. What stands in its
/// properties as the title is `title`; empty is none.
///
/// # Errors
/// When a part of it cannot be placed whole, when there is no font, and when a font cannot be embedded.
pub fn to_pdf(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
    title: &str,
) -> Result<Vec<u8>, PdfError> {
    let paper = Medium::Roll { longest: None };
    to_pdf_on(&paper, document, profile, pass, supplies, title).map(|pages| pages.bytes)
}

/// The same on the paper of a printer, and how long the longest page is: where [`to_pages`](crate::to_pages) puts it, which
/// on sheets is the top left. Element is wider or higher than a page is made smaller.
///
/// # Errors
/// As for [`to_pdf`].
pub fn to_pdf_on(
    medium: &Medium,
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
    title: &str,
) -> Result<Pages, PdfError> {
    let (document, pass) = legible_with(document, None, pass, supplies);
    let pass = &*pass;
    let sheet = lay_out(&document, profile, pass)?;
    let frame = Frame::on(medium, profile);
    let pages = pages(&sheet.lines, profile, supplies, frame.room as u32);
    let mut file = krilla::Document::new_with(SerializeSettings::default());
    file.set_metadata(metadata(title, &pass.locale));
    let scale = POINTS / profile.dpi as f32;
    let (mut fonts, mut shapes) = (Fonts::default(), Shapes::default());
    let mut longest: f32 = 0.0;
    for page in &pages {
        let printed: u32 = page.iter().map(|block| block.height).sum();
        let (width, height) = frame.page(printed);
        longest = longest.max(height);
        let (width, height) = (width * scale, height * scale);
        let size = PageSettings::from_wh(width, height)
            .ok_or_else(|| PdfError::Write(format!("a page of {width} x {height} points")))?;
        let mut page_of_file = file.start_page_with(size);
        let mut surface = page_of_file.surface();
        let (left, top) = (frame.left * scale, frame.top * scale);
        let scale = scale * frame.shrink(printed);
        surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, left, top));
        let mut text_painter = TextPainter {
            surface: &mut surface,
            fonts: &mut fonts,
            shapes: &mut shapes,
            letters: &supplies.fonts,
            profile,
            locale: &pass.locale,
        };
        let drawn = draw(page, &mut text_painter);
        // Even when it failed: a surface that is left in between breaks the library.
        surface.pop();
        surface.finish();
        page_of_file.finish();
        drawn?;
    }
    let bytes = file
        .finish()
        .map_err(|error| PdfError::Write(error.to_string()))?;
    let length = longest * frame::INCH / profile.dpi as f32;
    Ok(Pages {
        bytes,
        length: length.ceil() as u32,
    })
}

fn draw(page: &[Block<'_>], text_painter: &mut TextPainter<'_, '_>) -> Result<(), PdfError> {
    let mut y = 0;
    for block in page {
        match &block.element {
            Element::Text(line) => text_painter.text_line(line, y)?,
            Element::Code(code, dots, readable) => {
                let dots_wide = text_painter.profile.dots;
                let x = raster::offset(code.align, dots_wide.saturating_sub(dots.width()));
                dots::draw_code(text_painter.surface, dots, (x, y));
                if let Some((text, x)) = readable {
                    text_painter.code_data(text, (*x, y + dots.height() + 2))?;
                }
            }
            Element::Picture(picture, align) => {
                let x = raster::offset(
                    *align,
                    text_painter.profile.dots.saturating_sub(picture.width()),
                );
                dots::draw_picture(text_painter.surface, picture, (x, y))
                    .map_err(PdfError::Write)?;
            }
        }
        y += block.height;
    }
    Ok(())
}

fn metadata(title: &str, locale: &str) -> Metadata {
    let mut metadata = Metadata::new();
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    if !title.is_empty() {
        metadata = metadata.title(title);
    }
    let tag = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !locale.is_empty() && locale.chars().all(tag) {
        metadata = metadata.language(locale.to_owned());
    }
    metadata
}

/// Element stands on each page. A document without a page is none: one without anything on it has an empty one.
/// Each is at most `room` dots high, unless one thing alone is higher.
fn pages<'d>(
    lines: &[Line<'d>],
    profile: &Profile,
    supplies: &Supplies,
    room: u32,
) -> Vec<Vec<Block<'d>>> {
    let mut pages = Vec::new();
    let mut page: Vec<Block<'_>> = Vec::new();
    let mut height = 0;
    for line in lines {
        if let Line::Cut(_) = line {
            if !page.is_empty() {
                pages.push(std::mem::take(&mut page));
            }
            height = 0;
        }
        for block in blocks(line, profile, supplies) {
            if height + block.height > room && !page.is_empty() {
                pages.push(std::mem::take(&mut page));
                height = 0;
            }
            height += block.height;
            page.push(block);
        }
    }
    if !page.is_empty() || pages.is_empty() {
        pages.push(page);
    }
    pages
}

fn blocks<'d>(line: &Line<'d>, profile: &Profile, supplies: &Supplies) -> Vec<Block<'d>> {
    let text = |line: TextLine<'d>| Block {
        height: raster::room(&line, profile).height,
        element: Element::Text(line),
    };
    match line {
        Line::Text(line) => vec![text(line.clone())],
        Line::Code(code) => match symbol::drawn(code, profile.dots) {
            Some(dots) => {
                let readable = raster::readable_at(code, dots.width(), profile);
                let below = readable.as_ref().map_or(0, |_| profile.line_pitch());
                let height = dots.height() + below;
                let element = Element::Code(code, dots, readable);
                vec![Block { height, element }]
            }
            None => vec![text(raster::plain_code(code, profile))],
        },
        Line::Image(image) => match supplies.pictures.dots(image, profile.dots) {
            Ok(Some(picture)) => vec![Block {
                height: picture.height(),
                element: Element::Picture(picture, image.align),
            }],
            Ok(None) | Err(_) => Vec::new(),
        },
        Line::Cut(_) | Line::Drawer | Line::Buzzer(_) | Line::Command(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
