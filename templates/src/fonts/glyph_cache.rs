//! Cache of drawn characters and lines. Readers share a read lock; only a character that is not cached yet takes the
//! lock of the rasterizer.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::Arc;

use super::Place;
use super::beyond::Beyond;
use super::font_index::Han;
use crate::bitmap::Bitmap;
use crate::document::{Span, Style};

/// Dots that belong to a cell, or to a line of cells, and may stand out of it.
#[derive(Debug, Clone, Default)]
pub(super) struct GlyphBitmap {
    /// From the upper edge of the cell down to the first row of dots.
    down: i32,
    dots: Bitmap,
}

impl GlyphBitmap {
    /// Of dots that begin so far above their cell; rows without any dot at both ends are left out.
    pub(super) fn of(dots: &Bitmap, above: u32) -> GlyphBitmap {
        let black = |y: &u32| dots.row(*y).iter().any(|byte| *byte != 0);
        let Some(first) = (0..dots.height()).find(black) else {
            return GlyphBitmap::default();
        };
        let last = (first..dots.height()).rev().find(black).unwrap_or(first);
        GlyphBitmap {
            down: i32::try_from(i64::from(first) - i64::from(above)).unwrap_or(i32::MAX),
            dots: dots.band(first, last - first + 1),
        }
    }

    /// Puts it on the cell whose upper left corner is at `x`, `y`; what is above the paper is left out.
    pub(super) fn put(&self, onto: &mut Bitmap, (x, y): (u32, u32)) {
        match y.checked_add_signed(self.down) {
            Some(y) => onto.blit(&self.dots, x, y),
            None => {
                let hidden = self.down.unsigned_abs().saturating_sub(y);
                onto.blit(&self.dots.band(hidden, self.dots.height()), x, 0);
            }
        }
    }
}

/// What a character styles like besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GlyphStyle {
    pub(super) cell: (u32, u32),
    pub(super) bold: bool,
    pub(super) wide: u8,
    pub(super) high: u8,
    pub(super) han: Han,
}

impl GlyphStyle {
    pub(super) fn of(cell: (u32, u32), style: Style, locale: &str) -> GlyphStyle {
        GlyphStyle {
            cell,
            bold: style.bold,
            wide: style.wide.clamp(1, 8),
            high: style.high.clamp(1, 8),
            han: Han::of(locale),
        }
    }
}

/// Characters that were drawn before.
#[derive(Debug, Default)]
pub(super) struct GlyphCache {
    styles: Vec<(GlyphStyle, StyleGlyphs)>,
    count: usize,
}

#[derive(Debug)]
pub(super) struct StyleGlyphs {
    ascii: [Option<GlyphBitmap>; 128],
    others: HashMap<Box<str>, GlyphBitmap>,
}

impl GlyphCache {
    pub(super) fn of(&self, glyph_style: GlyphStyle) -> Option<&StyleGlyphs> {
        let mut styles = self.styles.iter();
        styles
            .find(|(known, _)| *known == glyph_style)
            .map(|(_, all)| all)
    }

    /// Takes a character along, and forgets all of them when they become too many.
    pub(super) fn keep(
        &mut self,
        glyph_style: GlyphStyle,
        grapheme: &str,
        glyph_bitmap: GlyphBitmap,
    ) {
        if self.count >= MAX_GLYPHS || self.styles.len() >= MAX_STYLES {
            *self = GlyphCache::default();
        }
        let place = self
            .styles
            .iter()
            .position(|(known, _)| *known == glyph_style);
        let place = place.unwrap_or_else(|| {
            let empty = StyleGlyphs {
                ascii: [const { None }; 128],
                others: HashMap::new(),
            };
            self.styles.push((glyph_style, empty));
            self.styles.len() - 1
        });
        self.count += 1;
        let style_glyphs = &mut self.styles[place].1;
        match *grapheme.as_bytes() {
            [letter @ 0..128] => style_glyphs.ascii[usize::from(letter)] = Some(glyph_bitmap),
            _ => {
                style_glyphs.others.insert(grapheme.into(), glyph_bitmap);
            }
        }
    }
}

impl StyleGlyphs {
    pub(super) fn get(&self, grapheme: &str) -> Option<&GlyphBitmap> {
        match *grapheme.as_bytes() {
            [letter @ 0..128] => self.ascii[usize::from(letter)].as_ref(),
            _ => self.others.get(grapheme),
        }
    }
}

const MAX_GLYPHS: usize = 4096;
const MAX_STYLES: usize = 64;
const MAX_LINES: usize = 512;

/// A line that was drawn as a whole.
#[derive(Debug)]
pub(super) struct DrawnLine {
    pub(super) glyph_bitmap: GlyphBitmap,
    /// At most the width that it had to fit.
    pub(super) width: u32,
    /// Of the cells that it stands on.
    pub(super) height: u32,
    /// How far it stands out of them.
    pub(super) beyond: Beyond,
    /// Start and length of what is underlined or inverse.
    pub(super) decorated: Vec<(u32, u32, Style)>,
}

/// LineCache that were drawn before: the names of dishes come again and again, and to shape them takes long.
#[derive(Debug, Default)]
pub(super) struct LineCache {
    known: HashMap<u64, (LineKey, Arc<DrawnLine>)>,
    hasher: RandomState,
}

fn owned(span: &Span<'_>) -> Span<'static> {
    Span {
        text: span.text.clone().into_owned().into(),
        style: span.style,
    }
}

#[derive(Debug)]
struct LineKey {
    spans: Vec<Span<'static>>,
    right_to_left: bool,
    width: u32,
    cell: (u32, u32),
    han: Han,
}

impl LineCache {
    pub(super) fn get(
        &self,
        place: Place,
        spans: &[Span<'_>],
        cell: (u32, u32),
        han: Han,
    ) -> Option<Arc<DrawnLine>> {
        let (key, line) = self.known.get(&self.hash(place, spans, cell, han))?;
        let same = key.spans == spans
            && key.right_to_left == place.right_to_left
            && (key.width, key.cell, key.han) == (place.width, cell, han);
        same.then(|| line.clone())
    }

    /// Takes a line along, and forgets all of them when they become too many.
    pub(super) fn keep(
        &mut self,
        place: Place,
        spans: &[Span<'_>],
        cell: (u32, u32),
        han: Han,
        line: Arc<DrawnLine>,
    ) {
        if self.known.len() >= MAX_LINES {
            self.known.clear();
        }
        let key = LineKey {
            spans: spans.iter().map(owned).collect(),
            right_to_left: place.right_to_left,
            width: place.width,
            cell,
            han,
        };
        let hash = self.hash(place, spans, cell, han);
        self.known.insert(hash, (key, line));
    }

    fn hash(&self, place: Place, spans: &[Span<'_>], cell: (u32, u32), han: Han) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for Span { text, style } in spans {
            text.hash(&mut hasher);
            style.hash(&mut hasher);
        }
        (place.width, place.right_to_left, cell, han).hash(&mut hasher);
        hasher.finish()
    }
}
