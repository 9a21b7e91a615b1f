//! Characters as dots: shaped and drawn in grey by the font library, fitted to their cells, then black or white.

use std::path::Path;
use std::sync::Arc;

use std::collections::BTreeMap;

use cosmic_text::{
    Attrs, Buffer, Family as FamilyName, Font, LayoutGlyph, Metrics, Shaping, SwashCache,
    SwashContent, Weight, Wrap,
};
use unicode_segmentation::UnicodeSegmentation;

use super::beyond::Beyond;
use super::cells;
use super::font_index::{Family, FontIndex, Han};
use super::glyph_cache::{GlyphBitmap, GlyphStyle};
use super::grey_buffer::GreyBuffer;
use crate::bitmap::Bitmap;
use crate::document::Style;

/// The fonts, and what shapes and draws with them.
#[derive(Debug)]
pub(super) struct Rasterizer {
    font_index: FontIndex,
    glyphs: SwashCache,
    text: Buffer,
}

/// Height of the base line in a cell, and size of a font whose letters are 0.6 of it wide.
pub(super) const BASE_LINE: f32 = 0.79;
const LETTER_WIDTH: f32 = 0.6;
/// Size of a character of two cells, in heights of a cell.
pub(super) const WIDE_SIZE: f32 = 0.92;

impl Rasterizer {
    pub(super) fn with_fonts_of(folder: Option<&Path>, alone: bool) -> Option<Rasterizer> {
        Some(Rasterizer {
            font_index: FontIndex::open(folder, alone)?,
            glyphs: SwashCache::new(),
            text: Buffer::new_empty(Metrics::new(20.0, 24.0)),
        })
    }

    /// A character in its cells, with what stands out of them above and below.
    pub(super) fn glyph_bitmap(&mut self, grapheme: &str, glyph_style: GlyphStyle) -> GlyphBitmap {
        let width = cells(grapheme) * glyph_style.cell.0;
        let (wide, high) = (u32::from(glyph_style.wide), u32::from(glyph_style.high));
        // The larger scale of the two is drawn and the other one made smaller, so that edges stay smooth.
        let scale = wide.max(high);
        let beyond = Beyond::of(grapheme);
        let room = Room::of(glyph_style.cell, scale, beyond);
        let size = if width > glyph_style.cell.0 {
            glyph_style.cell.1 as f32 * WIDE_SIZE * scale as f32
        } else {
            font_size(glyph_style.cell) * scale as f32
        };
        let parts = self.parts(grapheme, glyph_style.han);
        let to = Room::of(glyph_style.cell, high, beyond);
        if parts.iter().any(|(_, family)| family.is_none()) {
            return GlyphBitmap::of(&missing_box(width * wide, to), to.above);
        }
        let line = self.shape(
            parts
                .iter()
                .map(|(text, family)| (*text, attrs(family.as_ref(), glyph_style.bold, size, 0))),
        );
        // The thin strokes of a sign that is made much narrower would disappear.
        let squeezed = is_sign(grapheme) && line.width > (width * scale) as f32 * 1.2;
        let natural = (line.width.ceil() as u32).max(width * scale);
        let mut grey_buffer = GreyBuffer::new(natural, room.height());
        let shift = ((natural as f32 - line.width).max(0.0) / 2.0).floor();
        for glyph in &line.glyphs {
            let thick = squeezed || glyph_style.bold && glyph.font_weight < Weight::SEMIBOLD;
            self.draw(&mut grey_buffer, glyph, (shift, room.base_line()), thick);
        }
        GlyphBitmap::of(
            &grey_buffer.fit(natural, width * wide, to.height()),
            to.above,
        )
    }

    #[cfg(test)]
    pub(super) fn mapped(&self) -> Vec<String> {
        self.font_index.mapped()
    }

    #[cfg(test)]
    pub(super) fn has_in_folder(&self, character: char) -> bool {
        self.font_index.has_in_folder(character)
    }

    /// The text in parts of one family; a part whose characters no font has carries none.
    pub(super) fn parts<'t>(&mut self, text: &'t str, han: Han) -> Vec<(&'t str, Option<Family>)> {
        let mut parts: Vec<(&str, Option<Family>)> = Vec::new();
        let mut start = 0;
        for (at, grapheme) in text.grapheme_indices(true) {
            let family = self.font_index.family_of(grapheme, han);
            let end = at + grapheme.len();
            match parts.last_mut() {
                Some((part, known)) if *known == family || cells(grapheme) == 0 => {
                    *part = &text[start..end]
                }
                _ => {
                    start = at;
                    parts.push((&text[at..end], family));
                }
            }
        }
        parts
    }

    /// Whether some font has a character.
    pub(super) fn has(&mut self, character: char, han: Han) -> bool {
        self.font_index.has(character, han)
    }

    /// The family for characters that no font has: it shows a box in their place.
    pub(super) fn family_of_boxes(&mut self, han: Han) -> Option<Family> {
        self.font_index.family('0', han)
    }

    /// The font of a glyph, and which one of its file.
    pub(super) fn font_of(&mut self, glyph: &LayoutGlyph) -> Option<(Arc<Font>, u32)> {
        let system = &mut self.font_index.system;
        let font = system.get_font(glyph.font_id, glyph.font_weight)?;
        Some((font, system.db().face(glyph.font_id)?.index))
    }

    pub(super) fn shape<'t>(
        &mut self,
        parts: impl Iterator<Item = (&'t str, Attrs<'t>)>,
    ) -> Shaped {
        let buffer = &mut self.text;
        buffer.set_wrap(Wrap::None);
        buffer.set_rich_text(parts, &Attrs::new(), Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.font_index.system, false);
        let mut shaped = Shaped {
            width: 0.0,
            glyphs: Vec::new(),
        };
        if let Some(run) = buffer.layout_runs().next() {
            let left = run
                .glyphs
                .iter()
                .map(|glyph| glyph.x)
                .fold(f32::MAX, f32::min);
            shaped.width = run.line_w;
            shaped
                .glyphs
                .extend(run.glyphs.iter().map(|glyph| LayoutGlyph {
                    x: glyph.x - left,
                    ..glyph.clone()
                }));
            order_from_right(&mut shaped.glyphs);
        }
        shaped
    }

    pub(super) fn draw(
        &mut self,
        grey_buffer: &mut GreyBuffer,
        glyph: &LayoutGlyph,
        origin: (f32, f32),
        thick: bool,
    ) {
        if self.glyphs.image_cache.len() >= MOST_GLYPHS {
            self.glyphs.image_cache.clear();
        }
        let placed = glyph.physical(origin, 1.0);
        let Some(image) = self
            .glyphs
            .get_image(&mut self.font_index.system, placed.cache_key)
        else {
            return;
        };
        let (left, top) = (
            placed.x + image.placement.left,
            placed.y - image.placement.top,
        );
        let width = image.placement.width as usize;
        if width == 0 {
            return;
        }
        let colour = match image.content {
            SwashContent::Mask => false,
            SwashContent::Color => true,
            SwashContent::SubpixelMask => return,
        };
        let bytes = if colour { 4 } else { 1 };
        for (place, pixel) in image.data.chunks_exact(bytes).enumerate() {
            let grey = if let [red, green, blue, alpha] = *pixel {
                let dark = 255
                    - (u32::from(red) * 30 + u32::from(green) * 59 + u32::from(blue) * 11) / 100;
                (dark * u32::from(alpha) / 255) as u8
            } else {
                pixel[0]
            };
            let (dx, dy) = ((place % width) as i32, (place / width) as i32);
            grey_buffer.darken(left + dx, top + dy, grey);
            if thick {
                grey_buffer.darken(left + dx + 1, top + dy, grey);
            }
        }
    }
}

pub(super) struct Shaped {
    pub(super) width: f32,
    pub(super) glyphs: Vec<LayoutGlyph>,
}

/// Drawn glyphs that the font library keeps; each of them is a cached glyph or part of a line as well.
const MOST_GLYPHS: usize = 512;

pub(super) fn font_size(cell: (u32, u32)) -> f32 {
    (cell.0 as f32 / LETTER_WIDTH).min(cell.1 as f32 * 0.86)
}

pub(super) fn attrs(family: Option<&Family>, bold: bool, size: f32, span: usize) -> Attrs<'_> {
    let weight = if bold && family.is_some_and(|family| family.bold) {
        Weight::BOLD
    } else {
        Weight::NORMAL
    };
    let name = family.map_or(FamilyName::Monospace, |family| {
        FamilyName::Name(&family.name)
    });
    Attrs::new()
        .family(name)
        .weight(weight)
        .metadata(span)
        .metrics(Metrics::new(size, size * 1.2))
}

/// How far below the upper edge of the cells an underline begins, and how thick it is.
pub(super) fn underline(height: u32, style: Style) -> (u32, u32) {
    let thickness = u32::from(style.high.clamp(1, 8)).div_ceil(2).max(1) + u32::from(style.bold);
    (height.saturating_sub(thickness + 1), thickness)
}

pub(super) fn decorate(
    onto: &mut Bitmap,
    (x, y): (u32, u32),
    width: u32,
    height: u32,
    style: Style,
) {
    if style.underline {
        let (down, thickness) = underline(height, style);
        onto.fill(x, y.saturating_add(down), width, thickness, true);
    }
    if style.inverse {
        onto.invert(x, y, width, height);
    }
}

/// Arrows, marks, numbers in circles and their like.
fn is_sign(grapheme: &str) -> bool {
    grapheme
        .chars()
        .next()
        .is_some_and(|first| matches!(first, '\u{2100}'..='\u{2bff}'))
}

fn missing_box(width: u32, room: Room) -> Bitmap {
    let mut glyph_bitmap = Bitmap::new(width, room.height());
    let side = width / 8 + 1;
    let (top, height) = (room.above + room.cell / 6, room.cell * 2 / 3);
    glyph_bitmap.fill(side, top, width.saturating_sub(2 * side), height, true);
    let inside = width.saturating_sub(2 * side + 2);
    glyph_bitmap.fill(side + 1, top + 1, inside, height.saturating_sub(2), false);
    glyph_bitmap
}

/// The height of a line of cells, and the room for accents and tails that stand out of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) above: u32,
    pub(super) cell: u32,
    below: u32,
}

impl Room {
    pub(super) fn of(cell: (u32, u32), scale: u32, beyond: Beyond) -> Room {
        let cell = cell.1 * scale;
        Room {
            above: beyond.above(cell),
            cell,
            below: beyond.below(cell),
        }
    }

    pub(super) fn height(self) -> u32 {
        self.above + self.cell + self.below
    }

    pub(super) fn base_line(self) -> f32 {
        self.above as f32 + self.cell as f32 * BASE_LINE
    }
}

/// Puts letters that run to the left where they belong: a word of two fonts, such as one with its full stop, comes from
/// cosmic-text 0.19 with the parts of each font in their order of reading, from the left. What stands on one letter
/// moves with it.
fn order_from_right(glyphs: &mut [LayoutGlyph]) {
    for run in glyphs.chunk_by_mut(|one, next| one.level == next.level) {
        if !run.first().is_some_and(|glyph| glyph.level.is_rtl()) {
            continue;
        }
        // Where each letter and its signs stand, by its place in the text.
        let mut letters: BTreeMap<usize, (f32, f32)> = BTreeMap::new();
        for glyph in &*run {
            let (left, width) = letters.entry(glyph.start).or_insert((f32::MAX, 0.0));
            *left = left.min(glyph.x);
            *width += glyph.w;
        }
        let from_left = || letters.values().rev().map(|(left, _)| *left);
        if from_left().is_sorted() {
            continue;
        }
        let mut x = from_left().fold(f32::MAX, f32::min);
        // From here on the way that each letter moves.
        for (left, width) in letters.values_mut().rev() {
            *left = x - *left;
            x += *width;
        }
        for glyph in run {
            glyph.x += letters.get(&glyph.start).map_or(0.0, |(shift, _)| *shift);
        }
    }
}
