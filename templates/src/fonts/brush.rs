//! Characters as dots: shaped and drawn in grey by the font library, fitted to their cells, then black or white.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use cosmic_text::{
    Attrs, Buffer, Family as FamilyName, LayoutGlyph, Metrics, Shaping, SwashCache, SwashContent,
    Weight, Wrap,
};
use unicode_segmentation::UnicodeSegmentation;

use super::cells;
use super::ink::Ink;
use super::shelf::{Family, Han, Shelf};
use crate::bitmap::Bitmap;
use crate::document::{Align, Span, Style};

/// The fonts, and the characters that were drawn before.
#[derive(Debug)]
pub(super) struct Brush {
    shelf: Shelf,
    glyphs: SwashCache,
    stamps: HashMap<Stamp, Arc<Bitmap>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Stamp {
    grapheme: Box<str>,
    cell: (u32, u32),
    bold: bool,
    wide: u8,
    high: u8,
    han: Han,
}

/// Height of the base line in a cell, and size of a font whose letters are 0.6 of it wide.
const BASE_LINE: f32 = 0.79;
const LETTER_WIDTH: f32 = 0.6;

impl Brush {
    pub(super) fn with_fonts_of(folder: Option<&Path>) -> Option<Brush> {
        Some(Brush {
            shelf: Shelf::open(folder)?,
            glyphs: SwashCache::new(),
            stamps: HashMap::new(),
        })
    }

    pub(super) fn cells(
        &mut self,
        onto: &mut Bitmap,
        (x, y): (u32, u32),
        text: &str,
        cell: (u32, u32),
        style: Style,
        locale: &str,
    ) -> u32 {
        let mut at = x;
        let (wide, high) = (style.wide.clamp(1, 8), style.high.clamp(1, 8));
        for grapheme in text.graphemes(true) {
            let taken = cells(grapheme) * cell.0 * u32::from(wide);
            if taken == 0 || at >= onto.width() {
                continue;
            }
            if !grapheme.trim().is_empty() {
                let stamp = Stamp {
                    grapheme: grapheme.into(),
                    cell,
                    bold: style.bold,
                    wide,
                    high,
                    han: Han::of(locale),
                };
                let stamp = self.stamp(stamp);
                onto.blit(&stamp, at, y);
            }
            at = at.saturating_add(taken);
        }
        decorate(
            onto,
            (x, y),
            at.saturating_sub(x),
            cell.1 * u32::from(high),
            style,
        );
        at.saturating_sub(x)
    }

    pub(super) fn line(
        &mut self,
        onto: &mut Bitmap,
        (x, y): (u32, u32),
        width: u32,
        align: Align,
        spans: &[Span],
        cell: (u32, u32),
        locale: &str,
    ) {
        let high = spans
            .iter()
            .map(|span| span.style.high)
            .max()
            .unwrap_or(1)
            .clamp(1, 8);
        let height = cell.1 * u32::from(high);
        let base = height as f32 * BASE_LINE;
        let han = Han::of(locale);
        let parts: Vec<_> = spans
            .iter()
            .enumerate()
            .flat_map(|(place, span)| {
                self.parts(&span.text, han)
                    .into_iter()
                    .map(move |part| (place, part))
            })
            .collect();
        let size_of = |style: Style| font_size(cell) * f32::from(style.high.clamp(1, 8));
        let line = self.shape(parts.iter().map(|(place, (text, family))| {
            let style = spans[*place].style;
            (
                *text,
                attrs(family.as_ref(), style.bold, size_of(style), *place),
            )
        }));
        let natural = line.width.ceil().max(1.0);
        let mut ink = Ink::new(natural as u32 + 2, height);
        let smear = |place: usize| spans.get(place).is_some_and(|span| span.style.bold);
        for glyph in &line.glyphs {
            let thick = smear(glyph.metadata) && glyph.font_weight < Weight::SEMIBOLD;
            self.draw(&mut ink, glyph, base, thick);
        }
        let fitted = (natural as u32).min(width).max(1);
        let dots = ink.fit(natural as u32, fitted, height);
        let free = width.saturating_sub(fitted);
        let left = x + match align {
            Align::Left => 0,
            Align::Center => free / 2,
            Align::Right => free,
        };
        onto.blit(&dots, left, y);
        for glyph in &line.glyphs {
            let Some(style) = spans.get(glyph.metadata).map(|span| span.style) else {
                continue;
            };
            let scale = fitted as f32 / natural;
            let from = (glyph.x * scale).round().max(0.0) as u32;
            let to = ((glyph.x + glyph.w) * scale).round().max(0.0) as u32;
            decorate(
                onto,
                (left + from, y),
                to.saturating_sub(from),
                height,
                style,
            );
        }
    }

    fn stamp(&mut self, key: Stamp) -> Arc<Bitmap> {
        if let Some(stamp) = self.stamps.get(&key) {
            return stamp.clone();
        }
        let width = cells(&key.grapheme) * key.cell.0;
        let (wide, high) = (u32::from(key.wide), u32::from(key.high));
        // The larger scale of the two is drawn and the other one made narrower, so that edges stay smooth.
        let scale = wide.max(high);
        let box_width = width * scale;
        let height = key.cell.1 * scale;
        let size = if width > key.cell.0 {
            key.cell.1 as f32 * 0.92
        } else {
            font_size(key.cell)
        } * scale as f32;
        let parts = self.parts(&key.grapheme, key.han);
        let missing = parts.iter().any(|(_, family)| family.is_none());
        let stamp = if missing {
            missing_box(width * wide, key.cell.1 * high)
        } else {
            let line = self.shape(
                parts
                    .iter()
                    .map(|(text, family)| (*text, attrs(family.as_ref(), key.bold, size, 0))),
            );
            let natural = line.width.ceil().max(1.0) as u32;
            let mut ink = Ink::new(natural.max(box_width), height);
            let shift = (box_width.saturating_sub(natural) / 2) as f32;
            for glyph in &line.glyphs {
                let glyph = LayoutGlyph {
                    x: glyph.x + shift,
                    ..glyph.clone()
                };
                let thick = key.bold && glyph.font_weight < Weight::SEMIBOLD;
                self.draw(&mut ink, &glyph, height as f32 * BASE_LINE, thick);
            }
            ink.fit(natural.max(box_width), width * wide, key.cell.1 * high)
        };
        if self.stamps.len() >= MOST_STAMPS {
            self.stamps.clear();
            self.glyphs.image_cache.clear();
        }
        let stamp = Arc::new(stamp);
        self.stamps.insert(key, stamp.clone());
        stamp
    }

    /// The text in parts of one family; a part whose characters no font has carries none.
    fn parts<'t>(&mut self, text: &'t str, han: Han) -> Vec<(&'t str, Option<Family>)> {
        let mut parts: Vec<(&str, Option<Family>)> = Vec::new();
        let mut start = 0;
        for (at, grapheme) in text.grapheme_indices(true) {
            let family = grapheme
                .chars()
                .next()
                .and_then(|first| self.shelf.family(first, han));
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

    fn shape<'t>(&mut self, parts: impl Iterator<Item = (&'t str, Attrs<'t>)>) -> Shaped {
        let mut buffer = Buffer::new_empty(Metrics::new(20.0, 24.0));
        buffer.set_wrap(Wrap::None);
        buffer.set_rich_text(parts, &Attrs::new(), Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.shelf.system, false);
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
        }
        shaped
    }

    fn draw(&mut self, ink: &mut Ink, glyph: &LayoutGlyph, base: f32, thick: bool) {
        let placed = glyph.physical((0.0, base), 1.0);
        let Some(image) = self
            .glyphs
            .get_image(&mut self.shelf.system, placed.cache_key)
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
            ink.darken(left + dx, top + dy, grey);
            if thick {
                ink.darken(left + dx + 1, top + dy, grey);
            }
        }
    }
}

struct Shaped {
    width: f32,
    glyphs: Vec<LayoutGlyph>,
}

const MOST_STAMPS: usize = 4096;

fn font_size(cell: (u32, u32)) -> f32 {
    (cell.0 as f32 / LETTER_WIDTH).min(cell.1 as f32 * 0.86)
}

fn attrs(family: Option<&Family>, bold: bool, size: f32, span: usize) -> Attrs<'_> {
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

fn decorate(onto: &mut Bitmap, (x, y): (u32, u32), width: u32, height: u32, style: Style) {
    if style.underline {
        let thickness =
            u32::from(style.high.clamp(1, 8)).div_ceil(2).max(1) + u32::from(style.bold);
        onto.fill(
            x,
            y + height.saturating_sub(thickness + 1),
            width,
            thickness,
            true,
        );
    }
    if style.inverse {
        onto.invert(x, y, width, height);
    }
}

fn missing_box(width: u32, height: u32) -> Bitmap {
    let mut stamp = Bitmap::new(width, height);
    let (side, top) = (width / 8 + 1, height / 6);
    stamp.fill(
        side,
        top,
        width.saturating_sub(2 * side),
        height * 2 / 3,
        true,
    );
    stamp.fill(
        side + 1,
        top + 1,
        width.saturating_sub(2 * side + 2),
        (height * 2 / 3).saturating_sub(2),
        false,
    );
    stamp
}
