//! What letters on a page are drawn with.

use std::collections::HashMap;

use krilla::color::luma;
use krilla::paint::{Fill, Stroke};
use krilla::text::Font;

use super::PdfError;
use crate::fonts::{Face, FaceId};

/// Stroke around letters that are to be bold and have no bold form, in parts of an em.
const THICK: f32 = 0.04;

/// The fonts of a file; each is embedded once, with the letters that are used.
#[derive(Default)]
pub(super) struct Fonts {
    embedded: HashMap<FaceId, Font>,
    /// To look a character up in a font takes longer than to draw it.
    by_itself: HashMap<(FaceId, char), (u16, f32)>,
}

impl Fonts {
    pub(super) fn of(&mut self, face: &Face) -> Result<Font, PdfError> {
        if let Some(font) = self.embedded.get(&face.id()) {
            return Ok(font.clone());
        }
        let font = Font::new(face.file().into(), face.index)
            .ok_or_else(|| PdfError::Write("a font cannot be read".to_owned()))?;
        self.embedded.insert(face.id(), font.clone());
        Ok(font)
    }

    /// The letter that a character has by itself, and its width in parts of an em; nothing where the font has none.
    pub(super) fn by_itself(&mut self, face: &Face, character: char) -> (u16, f32) {
        let known = self.by_itself.entry((face.id(), character));
        *known.or_insert_with(|| face.by_itself(character).unwrap_or_default())
    }
}

/// Fills letters, and goes around those that have no bold form of this size.
pub(super) fn ink(white: bool, thick: bool, size: f32) -> (Fill, Option<Stroke>) {
    let color = if white {
        luma::Color::white()
    } else {
        luma::Color::black()
    };
    let fill = Fill {
        paint: color.into(),
        ..Fill::default()
    };
    let stroke = thick.then(|| Stroke {
        paint: color.into(),
        width: size * THICK,
        ..Stroke::default()
    });
    (fill, stroke)
}
