//! A whole line in one box: what joins, changes places or runs to the left.

use cosmic_text::Weight;

use super::Place;
use super::beyond::Beyond;
use super::font_index::Han;
use super::glyph_cache::{DrawnLine, GlyphBitmap};
use super::grey_buffer::GreyBuffer;
use super::rasterizer::{Rasterizer, Room, Shaped, attrs, decorate, font_size};
use crate::bitmap::Bitmap;
use crate::direction::{is_drawn_whole, number_marks};
use crate::document::{Align, Span, Style};

/// Joined scripts are cut smaller than Latin letters of the same size.
const JOINED_SIZE: f32 = 1.12;
/// Dots of a line before it is made to fit; no paper is that wide.
const WIDEST: u32 = 20_000;

impl Rasterizer {
    pub(super) fn line(
        &mut self,
        place: Place,
        spans: &[Span<'_>],
        cell: (u32, u32),
        han: Han,
    ) -> DrawnLine {
        let spans = &clean(spans, place.right_to_left);
        let high = spans.iter().map(|span| span.style.high).max().unwrap_or(1);
        let beyond = spans.iter().map(|span| Beyond::of(&span.text));
        let beyond = beyond.fold(Beyond::of(""), Beyond::and);
        let room = Room::of(cell, u32::from(high.clamp(1, 8)), beyond);
        let line = self.shape_line(spans, cell, han);
        let natural = (line.width.ceil() as u32).clamp(1, WIDEST);
        let mut grey_buffer = GreyBuffer::new(natural, room.height());
        for glyph in &line.glyphs {
            let bold = spans
                .get(glyph.metadata)
                .is_some_and(|span| span.style.bold);
            let thick = bold && glyph.font_weight < Weight::SEMIBOLD;
            self.draw(&mut grey_buffer, glyph, (0.0, room.base_line()), thick);
        }
        let fitted = natural.min(place.width).max(1);
        let scale = fitted as f32 / natural as f32;
        let mut decorated = Vec::new();
        for glyph in &line.glyphs {
            let style = spans.get(glyph.metadata).map(|span| span.style);
            if let Some(style) = style.filter(|style| style.underline || style.inverse) {
                let from = (glyph.x * scale).round().max(0.0) as u32;
                let to = ((glyph.x + glyph.w) * scale).round().max(0.0) as u32;
                decorated.push((from, to.saturating_sub(from), style));
            }
        }
        DrawnLine {
            glyph_bitmap: GlyphBitmap::of(
                &grey_buffer.fit(natural, fitted, room.height()),
                room.above,
            ),
            width: fitted,
            height: room.cell,
            beyond,
            decorated,
        }
    }

    /// The letters of all spans together, each of which knows its own by its metadata.
    pub(super) fn shape_line(&mut self, spans: &[Span<'_>], cell: (u32, u32), han: Han) -> Shaped {
        let mut parts = Vec::new();
        for (number, span) in spans.iter().enumerate() {
            for (part, family) in self.parts(&span.text, han) {
                parts.push((number, part, family.or_else(|| self.family_of_boxes(han))));
            }
        }
        self.shape(parts.iter().map(|(number, part, family)| {
            let style = spans[*number].style;
            let size = size_of(style, part, cell);
            (*part, attrs(family.as_ref(), style.bold, size, *number))
        }))
    }
}

impl DrawnLine {
    pub(super) fn put(&self, onto: &mut Bitmap, place: Place) {
        let free = place.width.saturating_sub(self.width);
        let left = place.x.saturating_add(match place.align {
            Align::Left => 0,
            Align::Center => free / 2,
            Align::Right => free,
        });
        self.glyph_bitmap.put(onto, (left, place.y));
        for (from, width, style) in &self.decorated {
            let x = left.saturating_add(*from);
            decorate(onto, (x, place.y), *width, self.height, *style);
            if style.inverse {
                let below = self.beyond.below(self.height);
                let upper = place.y.saturating_sub(self.beyond.above(self.height));
                onto.invert(x, upper, *width, place.y - upper);
                onto.invert(x, place.y + self.height, *width, below);
            }
        }
    }
}

/// Dots of an em.
fn size_of(style: Style, text: &str, cell: (u32, u32)) -> f32 {
    let joined = if is_drawn_whole(text) {
        JOINED_SIZE
    } else {
        1.0
    };
    font_size(cell) * joined * f32::from(style.high.clamp(1, 8))
}

/// A mark of direction in front makes the base direction that of the whole text, not of this line alone, and marks around
/// numbers keep their order. A control character would begin a new paragraph, and what follows would be missing.
pub(super) fn clean(spans: &[Span<'_>], right_to_left: bool) -> Vec<Span<'static>> {
    let printable = |character: char| {
        let breaks = character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
        if breaks { '\u{fffd}' } else { character }
    };
    let all: String = spans.iter().map(|span| &*span.text).collect();
    let marks = number_marks(&all, right_to_left);
    let mut marks = marks.into_iter().peekable();
    // A number may begin in one span and end in another one.
    let mut at = 0;
    let mut base = Some(if right_to_left {
        '\u{200f}'
    } else {
        '\u{200e}'
    });
    let mut cleaned = |span: &Span<'_>| {
        let mut text = String::with_capacity(span.text.len() + 16);
        text.extend(base.take());
        for character in span.text.chars() {
            while let Some((_, mark)) = marks.next_if(|(place, _)| *place == at) {
                text.push_str(mark);
            }
            text.push(printable(character));
            at += character.len_utf8();
        }
        Span {
            text: text.into(),
            style: span.style,
        }
    };
    spans.iter().map(&mut cleaned).collect()
}
