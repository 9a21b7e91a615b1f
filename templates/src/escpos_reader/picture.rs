//! The paper as dots: characters from the fonts, pictures and codes as they were sent.

use super::command::Picture;
use super::line::{Ink, Piece, Style};
use super::paper::{Paper, Row};
use crate::bitmap::Bitmap;
use crate::document;
use crate::fonts::{FontError, Fonts};

/// The locale that a printer's own characters have: none.
const LOCALE: &str = "und";

/// Higher papers are shown to this row: 8 m of it.
const HIGHEST: u32 = 64_000;

impl Paper {
    /// As a picture, as wide as the paper and as high as what came out. It ends where it was cut.
    ///
    /// # Errors
    /// When characters are on it and there is no font at all.
    pub fn picture(&self, fonts: &Fonts) -> Result<Bitmap, FontError> {
        let mut bitmap = Bitmap::new(self.dots(), self.height().clamp(1, HIGHEST));
        let mut top = 0;
        for row in self.rows() {
            if row.upside_down {
                let mut alone = Bitmap::new(self.dots(), row.height);
                draw(row, &mut alone, 0, fonts)?;
                bitmap.blit(&turned(&alone), 0, top);
            } else {
                draw(row, &mut bitmap, top, fonts)?;
            }
            top += row.height;
        }
        Ok(bitmap)
    }
}

/// Everything on a line stands on the same ground.
fn draw(row: &Row, onto: &mut Bitmap, top: u32, fonts: &Fonts) -> Result<(), FontError> {
    let tallest = row
        .pieces
        .iter()
        .map(|piece| piece.height)
        .max()
        .unwrap_or(0);
    for piece in &row.pieces {
        let place = (piece.x, top + tallest - piece.height);
        match &piece.ink {
            Ink::Text(text, style) => characters(onto, place, text, *style, fonts)?,
            Ink::Picture(picture)
            | Ink::Code {
                dots: Some(picture),
                ..
            } => dots(onto, place, picture),
            Ink::Code {
                name, dots: None, ..
            } => frame(onto, place, piece, name, fonts)?,
        }
    }
    Ok(())
}

fn characters(
    onto: &mut Bitmap,
    (x, y): (u32, u32),
    text: &str,
    style: Style,
    fonts: &Fonts,
) -> Result<(), FontError> {
    let look = document::Style {
        bold: style.bold,
        underline: style.underline > 0,
        inverse: style.inverse,
        wide: style.width,
        high: style.height,
    };
    if style.spacing == 0 {
        fonts.draw_cells(onto, (x, y), text, style.font.cell(), look, LOCALE)?;
        return Ok(());
    }
    let mut at = x;
    for character in text.chars() {
        let mut one = [0; 4];
        fonts.draw_cells(
            onto,
            (at, y),
            character.encode_utf8(&mut one),
            style.font.cell(),
            look,
            LOCALE,
        )?;
        at += style.advance(character);
    }
    Ok(())
}

fn dots(onto: &mut Bitmap, (left, top): (u32, u32), picture: &Picture) {
    for y in 0..picture.height {
        for x in (0..picture.width).filter(|x| picture.dot(*x, y)) {
            let place = (left + x * picture.scale_x, top + y * picture.scale_y);
            onto.fill(place.0, place.1, picture.scale_x, picture.scale_y, true);
        }
    }
}

/// Stands for a code that this reader cannot draw.
fn frame(
    onto: &mut Bitmap,
    (x, y): (u32, u32),
    piece: &Piece,
    name: &str,
    fonts: &Fonts,
) -> Result<(), FontError> {
    onto.fill(x, y, piece.width, piece.height, true);
    onto.fill(
        x + 2,
        y + 2,
        piece.width.saturating_sub(4),
        piece.height.saturating_sub(4),
        false,
    );
    characters(
        onto,
        (x + 12, y + piece.height.saturating_sub(24) / 2),
        name,
        Style::default(),
        fonts,
    )
}

fn turned(bitmap: &Bitmap) -> Bitmap {
    let (width, height) = (bitmap.width(), bitmap.height());
    let mut turned = Bitmap::new(width, height);
    for y in 0..height {
        for x in (0..width).filter(|x| bitmap.get(*x, y)) {
            turned.set(width - 1 - x, height - 1 - y, true);
        }
    }
    turned
}
