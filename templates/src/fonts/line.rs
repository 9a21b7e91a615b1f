//! A whole line in one box: what joins, changes places or runs to the left.

use cosmic_text::Weight;

use super::Place;
use super::brush::{Brush, Room, attrs, decorate, font_size, put};
use super::ink::Ink;
use super::shelf::Han;
use crate::bitmap::Bitmap;
use crate::direction::is_drawn_whole;
use crate::document::{Align, Span, Style};

/// Joined scripts are cut smaller than Latin letters of the same size.
const JOINED_SIZE: f32 = 1.12;
/// Dots of a line before it is made to fit; no paper is that wide.
const WIDEST: u32 = 20_000;

impl Brush {
    pub(super) fn line(
        &mut self,
        onto: &mut Bitmap,
        place: Place,
        spans: &[Span],
        cell: (u32, u32),
        locale: &str,
    ) {
        let spans = &clean(spans);
        let high = spans.iter().map(|span| span.style.high).max().unwrap_or(1);
        let room = Room::of(cell, u32::from(high.clamp(1, 8)));
        let han = Han::of(locale);
        let mut parts = Vec::new();
        for (number, span) in spans.iter().enumerate() {
            parts.extend(
                self.parts(&span.text, han)
                    .into_iter()
                    .map(|part| (number, part)),
            );
        }
        let size_of = |style: Style, text: &str| {
            let joined = if is_drawn_whole(text) {
                JOINED_SIZE
            } else {
                1.0
            };
            font_size(cell) * joined * f32::from(style.high.clamp(1, 8))
        };
        let line = self.shape(parts.iter().map(|(number, (text, family))| {
            let style = spans[*number].style;
            (
                *text,
                attrs(family.as_ref(), style.bold, size_of(style, text), *number),
            )
        }));
        let natural = (line.width.ceil() as u32).clamp(1, WIDEST);
        let mut ink = Ink::new(natural, room.height());
        for glyph in &line.glyphs {
            let bold = spans
                .get(glyph.metadata)
                .is_some_and(|span| span.style.bold);
            self.draw(
                &mut ink,
                glyph,
                room.base_line(),
                bold && glyph.font_weight < Weight::SEMIBOLD,
            );
        }
        let fitted = natural.min(place.width).max(1);
        let free = place.width.saturating_sub(fitted);
        let left = place.x.saturating_add(match place.align {
            Align::Left => 0,
            Align::Center => free / 2,
            Align::Right => free,
        });
        put(
            onto,
            &ink.fit(natural, fitted, room.height()),
            (left, place.y),
            room,
        );
        let scale = fitted as f32 / natural as f32;
        for glyph in &line.glyphs {
            let Some(span) = spans.get(glyph.metadata) else {
                continue;
            };
            let from = (glyph.x * scale).round().max(0.0) as u32;
            let to = ((glyph.x + glyph.w) * scale).round().max(0.0) as u32;
            decorate(
                onto,
                (left.saturating_add(from), place.y),
                to.saturating_sub(from),
                room.cell,
                span.style,
            );
        }
    }
}

/// A control character would begin a new paragraph, and what follows would be missing.
fn clean(spans: &[Span<'_>]) -> Vec<Span<'static>> {
    let printable = |character: char| {
        let breaks = character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
        if breaks { '\u{fffd}' } else { character }
    };
    spans
        .iter()
        .map(|span| Span {
            text: span.text.chars().map(printable).collect(),
            style: span.style,
        })
        .collect()
}
