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
        fonts.draw_cells(onto, (x, y), text, style.cell, look, LOCALE)?;
        return Ok(());
    }
    let mut at = x;
    for character in text.chars() {
        let mut one = [0; 4];
        fonts.draw_cells(
            onto,
            (at, y),
            character.encode_utf8(&mut one),
            style.cell,
            look,
            LOCALE,
        )?;
        at += style.advance(character);
    }
    Ok(())
}

fn dots(onto: &mut Bitmap, (left, top): (u32, u32), picture: &Picture) {
    // A picture may be a thousand times larger than the paper that it is on.
    let seen = |from: u32, paper: u32, scale: u32| paper.saturating_sub(from).div_ceil(scale);
    let width = picture.width.min(seen(left, onto.width(), picture.scale_x));
    let height = picture
        .height
        .min(seen(top, onto.height(), picture.scale_y));
    let mut put = |x: u32, y: u32| {
        let place = (left + x * picture.scale_x, top + y * picture.scale_y);
        if (picture.scale_x, picture.scale_y) == (1, 1) {
            onto.set(place.0, place.1, true);
        } else {
            onto.fill(place.0, place.1, picture.scale_x, picture.scale_y, true);
        }
    };
    for y in 0..height {
        for (x, packed) in (0..width).step_by(8).zip(picture.bytes(y)) {
            // Most of a picture is white.
            for bit in (0..8).filter(|bit| packed & (0x80 >> bit) != 0) {
                if x + bit < width {
                    put(x + bit, y);
                }
            }
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

#[cfg(test)]
mod tests {
    use super::super::{Reader, Roll};
    use super::*;
    use rxing::BarcodeFormat;

    fn paper(bytes: &[u8]) -> Paper {
        let (mut reader, mut roll) = (Reader::new(), Roll::new(384));
        let papers: Vec<Paper> = reader
            .push(bytes)
            .iter()
            .filter_map(|read| roll.take(&read.what))
            .collect();
        assert!(roll.is_blank(), "cut");
        papers.into_iter().next_back().expect("a paper")
    }

    fn picture(bytes: &[u8]) -> Bitmap {
        paper(bytes)
            .picture(&Fonts::default())
            .expect("fonts of this computer")
    }

    fn scan(bytes: &[u8], format: BarcodeFormat) -> String {
        let picture = picture(bytes);
        let (width, height) = (picture.width() + 80, picture.height() + 80);
        let grey = |x: u32, y: u32| x >= 40 && y >= 40 && picture.get(x - 40, y - 40);
        let dots = (0..height)
            .flat_map(|y| (0..width).map(move |x| if grey(x, y) { 0 } else { 255 }))
            .collect();
        let scanned = rxing::helpers::detect_in_luma(dots, width, height, Some(format));
        scanned
            .expect("a code that scanners read")
            .getText()
            .to_owned()
    }

    fn black_columns(picture: &Bitmap, rows: std::ops::Range<u32>) -> Option<(u32, u32)> {
        let black = |x: &u32| rows.clone().any(|y| picture.get(*x, y));
        (0..picture.width())
            .find(black)
            .zip((0..picture.width()).rfind(black))
    }

    #[test]
    fn codes_can_be_scanned_off_the_paper() {
        let qr = b"\x1ba\x01\x1d(k\x03\x001C\x05\x1d(k\x03\x001E1\x1d(k\x18\x001P0https://panbot/t/42\xc3\xbc\x1d(k\x03\x001Q0\x1dV\x00";
        assert_eq!(scan(qr, BarcodeFormat::QR_CODE), "https://panbot/t/42ü");
        let bars = |code: &[u8]| [b"\x1ba\x01\x1dh\x50\x1dw\x02\x1dk", code, b"\x1dV\x00"].concat();
        assert_eq!(
            scan(&bars(b"I\x08{BA-1042"), BarcodeFormat::CODE_128),
            "A-1042"
        );
        assert_eq!(
            scan(&bars(b"C\x0c400638133393"), BarcodeFormat::EAN_13),
            "4006381333931"
        );
        assert_eq!(scan(&bars(b"\x04A1042\0"), BarcodeFormat::CODE_39), "A1042");
        assert_eq!(scan(&bars(b"F\x06001042"), BarcodeFormat::ITF), "001042");
        assert_eq!(scan(&bars(b"G\x06A1042B"), BarcodeFormat::CODABAR), "1042");
        assert_eq!(
            scan(&bars(b"H\x06CODE93"), BarcodeFormat::CODE_93),
            "CODE93"
        );
        for upc_e in [
            b"B\x06425261".as_slice(),
            b"B\x0804252614",
            b"B\x0b04210000526",
            b"B\x0c042100005264",
        ] {
            assert_eq!(scan(&bars(upc_e), BarcodeFormat::UPC_E), "04252614");
        }
        let square =
            b"\x1ba\x01\x1d(k\x03\x006C\x05\x1d(k\x09\x006P0A-1042\x1d(k\x03\x006Q0\x1dV\x00";
        assert_eq!(scan(square, BarcodeFormat::DATA_MATRIX), "A-1042");
        let stacked =
            b"\x1ba\x01\x1d(k\x03\x000C\x02\x1d(k\x09\x000P0A-1042\x1d(k\x03\x000Q0\x1dV\x00";
        assert_eq!(scan(stacked, BarcodeFormat::PDF_417), "A-1042");
    }

    #[test]
    fn characters_stand_where_the_printer_puts_them() {
        let right = picture(b"\x1ba\x02||\n\x1dV\x00");
        let (from, to) = black_columns(&right, 0..30).expect("ink");
        assert!(
            from >= 360 && to < 384,
            "the last two of 32 columns, not {from}..{to}"
        );
        let large = picture(b"\x1d!\x11||\n\x1dV\x00");
        assert_eq!(
            large.height(),
            48,
            "twice as high as a cell, higher than a line"
        );
        let (from, to) = black_columns(&large, 0..48).expect("ink");
        assert!(from < 24 && (24..48).contains(&to), "{from}..{to}");
        let white_on_black = picture(b"\x1dB\x01 \n\x1dV\x00");
        assert_eq!(black_columns(&white_on_black, 0..24), Some((0, 11)));
        let underlined = picture(b"\x1b-\x01 \n\x1dV\x00");
        assert_eq!(black_columns(&underlined, 20..24), Some((0, 11)));
        assert_eq!(black_columns(&underlined, 0..20), None);
    }

    #[test]
    fn pictures_come_out_dot_by_dot() {
        let rows = picture(b"\x1ba\x01\x1dv0\x01\x01\x00\x02\x00\x81\x42\x1dV\x00");
        assert_eq!((rows.width(), rows.height()), (384, 2));
        let black: Vec<u32> = (0..384).filter(|x| rows.get(*x, 0)).collect();
        assert_eq!(black, [184, 185, 198, 199], "twice as wide, in the middle");
        let stored =
            picture(b"\x1d(L\x0c\x000p0\x01\x011\x08\x00\x02\x00\xf0\x0f\x1d(L\x02\x0002\x1dV\x00");
        assert!(stored.get(0, 0) && !stored.get(4, 0) && stored.get(4, 1));
        let columns = picture(b"\x1b*\x21\x02\x00\x80\x00\x00\x00\x00\x01\n\x1dV\x00");
        assert!(columns.get(0, 0) && columns.get(1, 23) && !columns.get(0, 1));
        let upside_down = picture(b"\x1b{\x01\x1b*\x21\x01\x00\x80\x00\x00\n\x1dV\x00");
        assert!(upside_down.get(383, 29));
        let upright = picture(b"\x1b{\x01\x1dv0\x00\x01\x00\x02\x00\x80\x00\x1dV\x00");
        assert!(upright.get(0, 0), "rows are never turned");
    }

    #[test]
    fn the_paper_ends_with_the_cut_and_its_feed() {
        assert_eq!(picture(b"x\n\x1dV\x00").height(), 30);
        assert_eq!(picture(b"x\n\x1dV\x42\x64").height(), 130);
        assert_eq!(paper(b"x\n\x1dV\x42\x64").cut(), Some(true));
        assert_eq!(picture(b"\x1b3\x28x\n\x1bJ\x05\x1dV\x00").height(), 45);
    }
}
