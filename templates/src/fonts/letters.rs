//! Text as letters of fonts, each in its place, for paper that keeps them as letters.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use cosmic_text::fontdb::ID;
use cosmic_text::skrifa::instance::{LocationRef, Size};
use cosmic_text::skrifa::{FontRef, MetadataProvider};
use cosmic_text::{Font, LayoutGlyph, Weight};
use unicode_segmentation::UnicodeSegmentation;

use super::Place;
use super::cells;
use super::font_index::{Family, Han};
use super::line::clean;
use super::rasterizer::{Rasterizer, WIDE_SIZE, attrs, font_size};
use crate::document::{Align, Span, Style};

/// A letter of a font, in dots.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    /// Its font.
    pub(crate) face: Face,
    /// Its number in the font.
    pub(crate) glyph: u16,
    /// Where it begins, from the left edge of the paper.
    pub(crate) x: f32,
    /// From there and from the base line to where it is drawn, to the right and down.
    pub(crate) shift: (f32, f32),
    /// The room that it takes.
    pub(crate) width: f32,
    /// Dots of an em.
    pub(crate) size: f32,
    /// Times as wide as the font has it.
    pub(crate) stretch: f32,
    /// Its strokes are to be made thick, since the font has no bold letters of its own.
    pub(crate) thick: bool,
    /// Place of its span in the line.
    pub(crate) span: usize,
    /// The bytes that it stands for, in the text that comes with the letters; several letters may stand for the same.
    pub(crate) text: Range<usize>,
    /// It is read from the right.
    pub(crate) right_to_left: bool,
}

/// A font file; clones share it.
#[derive(Clone)]
pub(crate) struct Face {
    font: Arc<Font>,
    /// Which of the fonts of a collection.
    pub(crate) index: u32,
}

/// Tells one font from another.
pub(crate) type FaceId = (ID, u32);

impl Face {
    /// The same for all letters of one font.
    pub(crate) fn id(&self) -> FaceId {
        (self.font.id(), self.index)
    }

    /// The letter that a character has by itself, and its width in parts of an em.
    pub(crate) fn by_itself(&self, character: char) -> Option<(u16, f32)> {
        let font = FontRef::from_index(self.font.data(), self.index).ok()?;
        let glyph = font.charmap().map(character)?;
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        let width = metrics.advance_width(glyph)?;
        Some((u16::try_from(glyph.to_u32()).ok()?, width))
    }

    /// The file.
    pub(crate) fn file(&self) -> Arc<dyn AsRef<[u8]> + Send + Sync> {
        struct File(Arc<Font>);
        impl AsRef<[u8]> for File {
            fn as_ref(&self) -> &[u8] {
                self.0.data()
            }
        }
        Arc::new(File(self.font.clone()))
    }
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Face({})", self.font.id())
    }
}

/// Letters of one row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Letters {
    /// From left to right.
    pub(crate) letters: Vec<Letter>,
    /// What they stand for, in the order in which it is read.
    pub(crate) text: String,
    /// Dots that the row takes from its left edge.
    pub(crate) width: u32,
}

/// A character in its cells, before it is shaped.
struct Cells {
    end: usize,
    left: f32,
    room: f32,
}

impl Rasterizer {
    pub(super) fn cell_letters(
        &mut self,
        x: u32,
        text: &str,
        cell: (u32, u32),
        style: Style,
        han: Han,
    ) -> Letters {
        let (wide, high) = (style.wide.clamp(1, 8), style.high.clamp(1, 8));
        let mut places = Vec::new();
        let mut parts: Vec<(Range<usize>, f32, Option<Family>)> = Vec::new();
        let (mut at, mut end) = (x, 0);
        for (part, family) in self.parts(text, han) {
            let family = family.or_else(|| self.family_of_boxes(han));
            for grapheme in part.graphemes(true) {
                let start = end;
                end += grapheme.len();
                let room = cells(grapheme) * cell.0 * u32::from(wide);
                places.push(Cells {
                    end,
                    left: at as f32,
                    room: room as f32,
                });
                at = at.saturating_add(room);
                let size = if cells(grapheme) > 1 {
                    cell.1 as f32 * WIDE_SIZE
                } else {
                    font_size(cell)
                };
                let size = size * f32::from(high);
                match parts.last_mut() {
                    Some((known, same, of)) if *same == size && *of == family => known.end = end,
                    _ => parts.push((start..end, size, family.clone())),
                }
            }
        }
        let line = self.shape(parts.iter().map(|(part, size, family)| {
            let attrs = attrs(family.as_ref(), style.bold, *size, 0);
            (&text[part.clone()], attrs)
        }));
        let mut letters = Vec::with_capacity(line.glyphs.len());
        let mut glyphs = line.glyphs.iter().peekable();
        let mut start = 0;
        for Cells { end, left, room } in places {
            let signs: Vec<_> =
                std::iter::from_fn(|| glyphs.next_if(|glyph| glyph.start < end)).collect();
            let width: f32 = signs.iter().map(|glyph| glyph.w).sum();
            let stretch = (f32::from(wide) / f32::from(high)).min(room / width.max(1.0));
            let free = (room - width * stretch).max(0.0) / 2.0;
            let from = signs.first().map_or(0.0, |glyph| glyph.x);
            for glyph in signs.into_iter().filter(|_| room > 0.0) {
                let left = left + free - from * stretch;
                letters.extend(self.letter(glyph, (left, stretch), style.bold, start..end));
            }
            start = end;
        }
        Letters {
            letters,
            text: text.to_owned(),
            width: at.saturating_sub(x),
        }
    }

    pub(super) fn line_letters(
        &mut self,
        place: Place,
        spans: &[Span<'_>],
        cell: (u32, u32),
        han: Han,
    ) -> Letters {
        let spans = clean(spans, place.right_to_left);
        let text: String = spans.iter().map(|span| span.text.as_ref()).collect();
        let line = self.shape_line(&spans, cell, han);
        let room = place.width as f32;
        let stretch = (room / line.width.max(1.0)).min(1.0);
        let free = (room - line.width * stretch).max(0.0);
        let left = place.x as f32
            + match place.align {
                Align::Left => 0.0,
                Align::Center => free / 2.0,
                Align::Right => free,
            };
        // The mark of direction in front is none of the text.
        let mark = text.chars().next().map_or(0, char::len_utf8);
        let mut letters = Vec::with_capacity(line.glyphs.len());
        for glyph in line.glyphs.iter().filter(|glyph| glyph.end > mark) {
            let bold = spans
                .get(glyph.metadata)
                .is_some_and(|span| span.style.bold);
            let range = glyph.start.max(mark)..glyph.end;
            letters.extend(self.letter(glyph, (left, stretch), bold, range));
        }
        Letters {
            letters,
            text,
            width: place.width,
        }
    }

    fn letter(
        &mut self,
        glyph: &LayoutGlyph,
        (left, stretch): (f32, f32),
        bold: bool,
        text: Range<usize>,
    ) -> Option<Letter> {
        let (font, index) = self.font_of(glyph)?;
        Some(Letter {
            face: Face { font, index },
            glyph: glyph.glyph_id,
            x: left + glyph.x * stretch,
            shift: (
                glyph.x_offset * glyph.font_size * stretch,
                glyph.y - glyph.y_offset * glyph.font_size,
            ),
            width: glyph.w * stretch,
            size: glyph.font_size,
            stretch,
            thick: bold && glyph.font_weight < Weight::SEMIBOLD,
            span: glyph.metadata,
            text,
            right_to_left: glyph.level.is_rtl(),
        })
    }
}
