//! Letters on a page, as the font library has placed them.

use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};

use super::ink::{Fonts, ink};
use super::shapes::Shapes;
use super::{PdfError, unseen};
use crate::direction::is_drawn_whole;
use crate::document::{Span, Style};
use crate::fonts::{self, Beyond, Letter, Letters, Place};
use crate::layout::TextLine;
use crate::profile::Profile;
use crate::raster;

/// What draws on a page, in dots.
pub(super) struct TextPainter<'p, 's> {
    pub(super) surface: &'p mut Surface<'s>,
    pub(super) fonts: &'p mut Fonts,
    pub(super) shapes: &'p mut Shapes,
    pub(super) letters: &'p fonts::Fonts,
    pub(super) profile: &'p Profile,
    pub(super) locale: &'p str,
}

impl TextPainter<'_, '_> {
    /// A line of text with its upper edge at `y`.
    pub(super) fn text_line(&mut self, line: &TextLine<'_>, y: u32) -> Result<(), PdfError> {
        let locale = line.language.unwrap_or(self.locale);
        let cell = self.profile.cell_of(line.font);
        let raster::Room { bottom, tall, .. } = raster::room(line, self.profile);
        let bottom = y + bottom;
        for piece in &line.pieces {
            if piece.spans.iter().any(|span| is_drawn_whole(&span.text)) {
                let place = Place {
                    x: piece.x * cell.0,
                    y: 0,
                    width: piece.width * cell.0,
                    align: piece.align,
                    right_to_left: piece.right_to_left,
                };
                let row = self
                    .letters
                    .line_letters(place, &piece.spans, cell, locale)?;
                let high = piece.spans.iter().map(|span| span.style.high).max();
                let height = cell.1 * u32::from(high.unwrap_or(1).clamp(1, 8));
                let beyond = piece.spans.iter().map(|span| Beyond::of(&span.text));
                let beyond = beyond.fold(Beyond::of(""), Beyond::and);
                let beyond = (beyond.above(height), beyond.below(height));
                self.row(&row, &piece.spans, (bottom, height), beyond)?;
                continue;
            }
            let mut x = piece.text_x() * cell.0;
            for span in &piece.spans {
                let row = self
                    .letters
                    .cell_letters(x, &span.text, cell, span.style, locale)?;
                let height = cell.1 * u32::from(span.style.high.clamp(1, 8));
                let above = if tall {
                    Beyond::of(&span.text).above(height)
                } else {
                    0
                };
                let span = std::slice::from_ref(span);
                self.row(&row, span, (bottom, height), (above, 0))?;
                x += row.width;
            }
        }
        Ok(())
    }

    /// The data below a code.
    pub(super) fn code_data(&mut self, data: &str, (x, y): (u32, u32)) -> Result<(), PdfError> {
        let cell = self.profile.cell;
        let style = Style::default();
        let row = self
            .letters
            .cell_letters(x, data, cell, style, self.locale)?;
        let span = Span {
            text: data.into(),
            style,
        };
        self.row(&row, &[span], (y + cell.1, cell.1), (0, 0))
    }

    /// A row of letters whose cells are so high and end at `bottom`; the black of inverse ones goes `beyond` them above and
    /// below.
    fn row(
        &mut self,
        row: &Letters,
        spans: &[Span<'_>],
        (bottom, height): (u32, u32),
        beyond: (u32, u32),
    ) -> Result<(), PdfError> {
        let top = bottom - height;
        let base = top as f32 + fonts::base_line(height);
        // Fonts put letters together of parts that several letters share (the dots of Arabic ones): what a part stands for
        // is not the same everywhere, and few readers can be told. Then shapes are seen, and what is read is not seen.
        let parted = row
            .letters
            .windows(2)
            .any(|pair| pair[0].text == pair[1].text);
        let mut rest = row.letters.as_slice();
        while let Some(first) = rest.first() {
            let alike = rest
                .iter()
                .take_while(|letter| are_alike(letter, first))
                .count();
            let (group, further) = rest.split_at(alike);
            rest = further;
            let style = spans.get(first.span).map(|span| span.style);
            let style = style.unwrap_or_default();
            if style.underline || style.inverse {
                self.decorate(group, style, (top, height), beyond);
            }
            if parted {
                for letter in group {
                    self.shapes
                        .draw(self.surface, self.fonts, letter, style.inverse, base)?;
                }
                continue;
            }
            let (fill, stroke) = ink(style.inverse, first.thick, first.size);
            self.surface.set_fill(Some(fill));
            self.surface.set_stroke(stroke);
            self.letters(group, first, &row.text, base)?;
            self.surface.set_fill(None);
            self.surface.set_stroke(None);
        }
        if parted {
            unseen::draw(self.surface, self.fonts, row, base)?;
        }
        Ok(())
    }

    /// Letters of one font and size, one after the other.
    fn letters(
        &mut self,
        group: &[Letter],
        first: &Letter,
        text: &str,
        base: f32,
    ) -> Result<(), PdfError> {
        let font = self.fonts.of(&first.face)?;
        let em = first.size.max(f32::EPSILON);
        let stretch = first.stretch.max(f32::EPSILON);
        let glyphs: Vec<_> = group
            .iter()
            .enumerate()
            .map(|(place, letter)| {
                let next = group
                    .get(place + 1)
                    .map_or(letter.x + letter.width, |next| next.x);
                KrillaGlyph::new(
                    GlyphId::new(u32::from(letter.glyph)),
                    (next - letter.x) / stretch / em,
                    letter.shift.0 / stretch / em,
                    -letter.shift.1 / em,
                    0.0,
                    letter.text.clone(),
                    None,
                )
            })
            .collect();
        let place = Transform::from_row(stretch, 0.0, 0.0, 1.0, first.x, base);
        self.surface.push_transform(&place);
        let origin = Point::from_xy(0.0, 0.0);
        self.surface
            .draw_glyphs(origin, &glyphs, font, text, first.size, false);
        self.surface.pop();
        Ok(())
    }

    fn decorate(
        &mut self,
        group: &[Letter],
        style: Style,
        (top, height): (u32, u32),
        (above, below): (u32, u32),
    ) {
        let left = group.iter().map(|letter| letter.x).fold(f32::MAX, f32::min);
        let ends = group.iter().map(|letter| letter.x + letter.width);
        let right = ends.fold(left, f32::max);
        let (y, thickness) = if style.inverse {
            let upper = top.saturating_sub(above);
            (upper, top + height + below - upper)
        } else {
            let (down, thickness) = fonts::underline(height, style);
            (top + down, thickness)
        };
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(left, y as f32, right - left, thickness as f32) {
            path.push_rect(rect);
        }
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(Fill::default()));
            self.surface.draw_path(&path);
        }
    }
}

fn are_alike(one: &Letter, other: &Letter) -> bool {
    one.face.id() == other.face.id()
        && one.size == other.size
        && one.stretch == other.stretch
        && one.thick == other.thick
        && one.span == other.span
}
