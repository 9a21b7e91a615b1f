//! Letters as dots: a folder of font files, found at the first use and mapped when their script first appears, and behind
//! it the fonts of the operating system. The only files of this crate that open files.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use unicode_segmentation::UnicodeSegmentation;

use crate::bitmap::Bitmap;
use crate::document::{Align, Span, Style};

mod beyond;
mod font_index;
mod glyph_cache;
mod grey_buffer;
mod letters;
mod line;
mod rasterizer;

pub(crate) use beyond::Beyond;
pub(crate) use font_index::{is_ignorable, script_of};
pub(crate) use letters::{Face, FaceId, Letter, Letters};

use font_index::Han;
use glyph_cache::{GlyphCache, GlyphStyle, LineCache};
use rasterizer::{BASE_LINE, Rasterizer, decorate};

/// A handle on the fonts; clones share what was found.
#[derive(Debug, Clone, Default)]
pub struct Fonts {
    folder: Option<PathBuf>,
    none: bool,
    alone: bool,
    drawing: Arc<Drawing>,
}

/// Several printers draw at once; only what was never drawn before has them wait for each other.
#[derive(Debug, Default)]
struct Drawing {
    rasterizer: Mutex<Option<Rasterizer>>,
    glyph_cache: RwLock<GlyphCache>,
    lines: RwLock<LineCache>,
}

/// Why letters cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FontError {
    /// Neither the folder nor the operating system has one.
    #[error(
        "there is no font to draw with: put font files (.ttf, .otf) such as Noto Sans Mono into the fonts folder{}, or install them on this PC",
        folder.as_ref().map(|folder| format!(" {}", folder.display())).unwrap_or_default()
    )]
    NoFonts {
        /// Where fonts were looked for, besides the operating system.
        folder: Option<PathBuf>,
    },
}

/// A box of one line on paper, in dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// To the right edge.
    pub width: u32,
    /// Where the text stands in it.
    pub align: Align,
    /// The text runs from the right, whatever letter it begins with.
    pub right_to_left: bool,
}

impl Fonts {
    /// Fonts from the `.ttf`, `.otf`, `.ttc` and `.otc` files of a folder, and from the operating system for what they
    /// lack. Opens nothing yet.
    pub fn in_folder(folder: Option<PathBuf>) -> Self {
        Fonts {
            folder,
            ..Fonts::default()
        }
    }

    /// Fonts from the files of a folder alone, so that all PCs draw the same.
    pub fn of_folder_alone(folder: PathBuf) -> Self {
        Fonts {
            folder: Some(folder),
            alone: true,
            ..Fonts::default()
        }
    }

    /// Not one font, not even the operating system's: everything that has to be drawn is an error.
    pub fn none() -> Self {
        Fonts {
            none: true,
            ..Fonts::default()
        }
    }

    /// Draws text from `x`, `y` (its upper left corner, in dots), one or two cells for each character, as a printer does
    /// from its character generator: left to right, no shaping across characters. Returns the dots that it takes.
    /// Accents and tails may stand out of the cells, by an eighth above and a quarter below, in some scripts more. What stands beside the paper is
    /// not drawn; `locale` (BCP 47) chooses among the shapes of Han characters.
    ///
    /// # Errors
    /// When there is no font at all. A character that no font has is drawn as a box.
    pub fn draw_cells(
        &self,
        onto: &mut Bitmap,
        (x, y): (u32, u32),
        text: &str,
        cell: (u32, u32),
        style: Style,
        locale: &str,
    ) -> Result<u32, FontError> {
        let glyph_style = GlyphStyle::of(cell, style, locale);
        let (mut at, mut rest) = (x, text);
        while let Some(unknown) = self.draw_known(onto, (&mut at, y), &mut rest, glyph_style) {
            let glyph_bitmap =
                self.with(|rasterizer| rasterizer.glyph_bitmap(unknown, glyph_style))?;
            let mut glyph_cache = self
                .drawing
                .glyph_cache
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            glyph_cache.keep(glyph_style, unknown, glyph_bitmap);
        }
        let width = at.saturating_sub(x);
        decorate(
            onto,
            (x, y),
            width,
            cell.1 * u32::from(glyph_style.high),
            style,
        );
        Ok(width)
    }

    /// Draws up to the first character that was not drawn before, which it returns.
    fn draw_known<'t>(
        &self,
        onto: &mut Bitmap,
        (at, y): (&mut u32, u32),
        rest: &mut &'t str,
        glyph_style: GlyphStyle,
    ) -> Option<&'t str> {
        let glyph_cache = self
            .drawing
            .glyph_cache
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let style_glyphs = glyph_cache.of(glyph_style);
        while let Some(grapheme) = first_grapheme(rest) {
            let taken = cells(grapheme) * glyph_style.cell.0 * u32::from(glyph_style.wide);
            if taken > 0 && *at < onto.width() {
                if !grapheme.trim().is_empty() {
                    let Some(glyph_bitmap) = style_glyphs.and_then(|all| all.get(grapheme)) else {
                        return Some(grapheme);
                    };
                    glyph_bitmap.put(onto, (*at, y));
                }
                *at = at.saturating_add(taken);
            }
            *rest = &rest[grapheme.len()..];
        }
        None
    }

    /// Draws a whole line of text into a box of `width` dots: joined letters, right-to-left order and combined signs as
    /// its script wants them, on one base line. What is wider than the box is made narrower until it fits.
    ///
    /// # Errors
    /// When there is no font at all. A character that no font has is drawn as a box.
    pub fn draw_line(
        &self,
        onto: &mut Bitmap,
        place: Place,
        spans: &[Span],
        cell: (u32, u32),
        locale: &str,
    ) -> Result<(), FontError> {
        let han = Han::of(locale);
        let lines = &self.drawing.lines;
        let known = lines
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(place, spans, cell, han);
        let line = match known {
            Some(line) => line,
            None => {
                let line =
                    Arc::new(self.with(|rasterizer| rasterizer.line(place, spans, cell, han))?);
                let mut lines = lines.write().unwrap_or_else(PoisonError::into_inner);
                lines.keep(place, spans, cell, han, line.clone());
                line
            }
        };
        line.put(onto, place);
        Ok(())
    }

    /// Those of these letters that no font has.
    ///
    /// # Errors
    /// When there is no font at all.
    pub(crate) fn lacking(
        &self,
        letters: &BTreeSet<char>,
        locale: &str,
    ) -> Result<BTreeSet<char>, FontError> {
        let han = Han::of(locale);
        self.with(|rasterizer| {
            let lacks = |letter: &&char| !rasterizer.has(**letter, han);
            letters.iter().filter(lacks).copied().collect()
        })
    }

    /// The letters of a text from `x` that [`Fonts::draw_cells`] draws.
    ///
    /// # Errors
    /// When there is no font at all. A character that no font has is the box of a font.
    pub(crate) fn cell_letters(
        &self,
        x: u32,
        text: &str,
        cell: (u32, u32),
        style: Style,
        locale: &str,
    ) -> Result<Letters, FontError> {
        let han = Han::of(locale);
        self.with(|rasterizer| rasterizer.cell_letters(x, text, cell, style, han))
    }

    /// The letters of a line that [`Fonts::draw_line`] draws.
    ///
    /// # Errors
    /// When there is no font at all. A character that no font has is the box of a font.
    pub(crate) fn line_letters(
        &self,
        place: Place,
        spans: &[Span],
        cell: (u32, u32),
        locale: &str,
    ) -> Result<Letters, FontError> {
        let han = Han::of(locale);
        self.with(|rasterizer| rasterizer.line_letters(place, spans, cell, han))
    }

    /// Whether anything had to be drawn so far.
    #[cfg(test)]
    pub(crate) fn opened(&self) -> bool {
        self.drawing
            .rasterizer
            .lock()
            .is_ok_and(|rasterizer| rasterizer.is_some())
    }

    /// The fonts that are mapped, by their PostScript names, in the order in which they were.
    #[cfg(test)]
    fn mapped(&self) -> Vec<String> {
        self.with(|rasterizer| rasterizer.mapped()).unwrap()
    }

    /// Whether a font of the folder has this character.
    #[cfg(test)]
    fn has(&self, character: char) -> bool {
        self.with(|rasterizer| rasterizer.has_in_folder(character))
            .unwrap()
    }

    fn with<T>(&self, draw: impl FnOnce(&mut Rasterizer) -> T) -> Result<T, FontError> {
        let mut rasterizer = self
            .drawing
            .rasterizer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if rasterizer.is_none() {
            let find = || Rasterizer::with_fonts_of(self.folder.as_deref(), self.alone);
            let found = (!self.none).then(find).flatten();
            *rasterizer = Some(found.ok_or_else(|| FontError::NoFonts {
                folder: self.folder.clone(),
            })?);
        }
        Ok(draw(rasterizer.as_mut().expect("it was set above")))
    }
}

/// The first character of a text, with its accents.
fn first_grapheme(text: &str) -> Option<&str> {
    match *text.as_bytes() {
        // Between two letters of ASCII there is always a boundary, but for a line break of both its signs.
        [b' '..=b'~', 0..128, ..] => Some(&text[..1]),
        _ => text.graphemes(true).next(),
    }
}

/// From the upper edge of cells of this height down to their base line, in dots.
pub(crate) fn base_line(height: u32) -> f32 {
    height as f32 * BASE_LINE
}

/// How far below the upper edge of cells of this height an underline begins, and how thick it is, in dots.
pub(crate) fn underline(height: u32, style: Style) -> (u32, u32) {
    rasterizer::underline(height, style)
}

/// How many cells a character (a grapheme) takes: 0, 1 or 2.
pub fn cells(grapheme: &str) -> u32 {
    use unicode_width::UnicodeWidthStr;
    if let [b' '..=b'~'] = grapheme.as_bytes() {
        return 1;
    }
    // A variation selector or a joiner makes some sequences wider than two cells in sum; on paper they are one sign.
    u32::try_from(grapheme.width()).unwrap_or(2).min(2)
}

#[cfg(test)]
mod scripts;
#[cfg(test)]
pub(crate) mod tests;
