//! Text over shapes, for selecting and searching only: each character by itself, in the place of what is seen of it.

use krilla::geom::{Point, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};

use super::PdfError;
use super::ink::Fonts;
use crate::fonts::{Letter, Letters};

pub(super) fn draw(
    surface: &mut Surface<'_>,
    fonts: &mut Fonts,
    row: &Letters,
    base: f32,
) -> Result<(), PdfError> {
    surface.set_fill(Some(Fill {
        opacity: NormalizedF32::ZERO,
        ..Fill::default()
    }));
    let mut rest = row.letters.as_slice();
    while let Some(first) = rest.first() {
        let parts = rest.iter().take_while(|part| part.text == first.text);
        let (together, further) = rest.split_at(parts.count());
        rest = further;
        characters(surface, fonts, together, &row.text, base)?;
    }
    surface.set_fill(None);
    Ok(())
}

/// The characters of one joint letter, side by side in its room.
fn characters(
    surface: &mut Surface<'_>,
    fonts: &mut Fonts,
    together: &[Letter],
    text: &str,
    base: f32,
) -> Result<(), PdfError> {
    let Some(first) = together.first() else {
        return Ok(());
    };
    let left = together.iter().map(|part| part.x).fold(f32::MAX, f32::min);
    let ends = together.iter().map(|part| part.x + part.width);
    let width = ends.fold(left, f32::max) - left;
    let font = fonts.of(&first.face)?;
    let start = first.text.start;
    let shown = text.get(first.text.clone()).unwrap_or_default();
    let mut characters: Vec<_> = shown
        .char_indices()
        .map(|(at, character)| (start + at, character))
        .collect();
    if first.right_to_left {
        characters.reverse();
    }
    // What takes no room still has a place.
    let room = (width / characters.len().max(1) as f32).max(1.0);
    for (place, (at, character)) in characters.into_iter().enumerate() {
        let (glyph, natural) = fonts.by_itself(&first.face, character);
        let wide = (natural * first.size).max(1.0);
        let x = left + place as f32 * room;
        let glyph = KrillaGlyph::new(
            GlyphId::new(u32::from(glyph)),
            natural,
            0.0,
            0.0,
            0.0,
            at..at + character.len_utf8(),
            None,
        );
        surface.push_transform(&Transform::from_row(room / wide, 0.0, 0.0, 1.0, x, base));
        surface.draw_glyphs(
            Point::from_xy(0.0, 0.0),
            &[glyph],
            font.clone(),
            text,
            first.size,
            false,
        );
        surface.pop();
    }
    Ok(())
}
