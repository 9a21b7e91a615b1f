//! Letters as shapes, without text: each shape is in the file once, wherever it is seen. With an outline for every
//! letter, 200 kB of Arabic became a file of 63 MB.

use std::collections::HashMap;

use krilla::geom::{Point, Transform};
use krilla::graphic::Graphic;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::PdfError;
use super::ink::{Fonts, ink};
use crate::fonts::{FaceId, Letter};

/// Units of an em in which a shape is kept, as many as PDF has for the letters of a font.
const EM: f32 = 1_000.0;

/// The shapes of a file.
#[derive(Default)]
pub(super) struct Shapes(HashMap<Shape, Graphic>);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    face: FaceId,
    glyph: u16,
    white: bool,
    thick: bool,
}

impl Shapes {
    /// A letter on the base line.
    pub(super) fn draw(
        &mut self,
        surface: &mut Surface<'_>,
        fonts: &mut Fonts,
        letter: &Letter,
        white: bool,
        base: f32,
    ) -> Result<(), PdfError> {
        let shape = Shape {
            face: letter.face.id(),
            glyph: letter.glyph,
            white,
            thick: letter.thick,
        };
        let graphic = match self.0.get(&shape) {
            Some(known) => known.clone(),
            None => {
                let graphic = graphic(surface, fonts.of(&letter.face)?, shape);
                self.0.insert(shape, graphic.clone());
                graphic
            }
        };
        let high = letter.size / EM;
        let wide = high * letter.stretch;
        let (x, y) = (letter.x + letter.shift.0, base + letter.shift.1);
        surface.push_transform(&Transform::from_row(wide, 0.0, 0.0, high, x, y));
        surface.draw_graphic(graphic);
        surface.pop();
        Ok(())
    }
}

fn graphic(surface: &mut Surface<'_>, font: Font, shape: Shape) -> Graphic {
    let (fill, stroke) = ink(shape.white, shape.thick, EM);
    let glyph = KrillaGlyph::new(
        GlyphId::new(u32::from(shape.glyph)),
        0.0,
        0.0,
        0.0,
        0.0,
        0..0,
        None,
    );
    let mut builder = surface.stream_builder();
    let mut shown = builder.surface();
    shown.set_fill(Some(fill));
    shown.set_stroke(stroke);
    shown.draw_glyphs(Point::from_xy(0.0, 0.0), &[glyph], font, "", EM, true);
    shown.finish();
    Graphic::new(builder.finish(), false)
}
