//! Laid-out lines to plain text.

use crate::direction::{is_drawn_whole, with_number_marks};
use crate::document::{Document, Picture, Style};
use crate::layout::{EncodeError, Line, Pass, Piece, TextLine, lay_out, width_of};
use crate::profile::Profile;
use crate::symbol;

/// The paper of a ticket as plain text, for logs and for those who have it read to them: a line for each line of print,
/// letters of any size in the room of normal ones, codes and pictures by their words. A line in small letters is as long
/// as it is on paper in those letters.
///
/// Text is in the order in which it is read. Where it runs from right to left, invisible characters (Unicode Standard
/// Annex 9, section 2) keep each column to itself, so that a viewer shows the columns where they stand on paper; a row
/// that is mirrored begins with its first column.
///
/// # Errors
/// When a part of it cannot be placed whole.
pub fn to_text(document: &Document, profile: &Profile, pass: &Pass) -> Result<String, EncodeError> {
    let sheet = lay_out(document, profile, pass)?;
    let mut text = String::new();
    let last = sheet.lines.len().saturating_sub(1);
    for (place, line) in sheet.lines.iter().enumerate() {
        match line {
            Line::Text(line) => write_line(&mut text, line, profile.columns_of(line.font)),
            Line::Code(code) => write_words(&mut text, symbol::name(code.look.kind), &code.data),
            Line::Image(image) => {
                let name = match &image.picture {
                    Picture::Inline(_) => "",
                    Picture::Named(name) => name,
                };
                write_words(&mut text, "picture", name);
            }
            Line::Cut(_) if place < last => {
                text.push_str("= ".repeat(profile.columns as usize / 2).trim_end());
                text.push('\n');
            }
            Line::Cut(_) | Line::Drawer | Line::Buzzer(_) | Line::Command(_) => {}
        }
    }
    Ok(text)
}

/// A line about something that is no text; line breaks in its data would be lines of their own.
fn write_words(text: &mut String, what: &str, data: &str) {
    let space = if data.is_empty() { "" } else { " " };
    let printable = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let data: String = data.chars().map(printable).collect();
    text.push_str(&format!("[{what}{space}{data}]\n"));
}

/// RIGHT-TO-LEFT MARK and LEFT-TO-RIGHT MARK: which way a line runs, whatever its first letter is.
const FROM_RIGHT: char = '\u{200f}';
const FROM_LEFT: char = '\u{200e}';
/// Around a column whose letters run to the left: RIGHT-TO-LEFT ISOLATE, LEFT-TO-RIGHT ISOLATE, and their end.
const ISOLATE_RIGHT: char = '\u{2067}';
const ISOLATE_LEFT: char = '\u{2066}';
const END_ISOLATE: char = '\u{2069}';

fn write_line(text: &mut String, line: &TextLine, paper: u32) {
    let start = text.len();
    let turned = |piece: &Piece| piece.spans.iter().any(|span| is_drawn_whole(&span.text));
    if line.mirrored {
        text.push(FROM_RIGHT);
    } else if line.pieces.iter().any(turned) {
        text.push(FROM_LEFT);
    }
    let mut at = 0;
    let mut write = |piece: &Piece| {
        let plain = Style::default();
        let widths = piece.spans.iter().map(|span| width_of(&span.text, plain));
        let width: u32 = widths.sum();
        let (left, align) = if line.mirrored {
            let left = paper.saturating_sub(piece.x + piece.width);
            (left, piece.align.mirrored())
        } else {
            (piece.x, piece.align)
        };
        let x = left + align.before(piece.width.saturating_sub(width));
        text.extend((at..x).map(|_| ' '));
        let isolated = line.mirrored || turned(piece);
        let isolate = if piece.right_to_left && turned(piece) {
            ISOLATE_RIGHT
        } else {
            ISOLATE_LEFT
        };
        text.extend(isolated.then_some(isolate));
        let words: String = piece.spans.iter().map(|span| &*span.text).collect();
        if isolated {
            text.push_str(&with_number_marks(&words, false));
        } else {
            text.push_str(&words);
        }
        text.extend(isolated.then_some(END_ISOLATE));
        at = x + width;
    };
    if line.mirrored {
        line.pieces.iter().rev().for_each(&mut write);
    } else {
        line.pieces.iter().for_each(&mut write);
    }
    text.truncate(start + text[start..].trim_end().len());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::parse;

    fn text(markup: &str) -> String {
        let profile = Profile::named("generic-58").unwrap();
        to_text(&parse(markup).document, &profile, &Pass::default()).unwrap()
    }

    /// Without what cannot be seen.
    fn seen(text: &str) -> String {
        let marks = [
            FROM_RIGHT,
            FROM_LEFT,
            ISOLATE_RIGHT,
            ISOLATE_LEFT,
            END_ISOLATE,
        ];
        text.replace(marks, "")
    }

    #[test]
    fn codes_and_pictures_are_told_in_one_line_each() {
        assert_eq!(
            text(
                "{code:A\\nB; option:qrcode}\n{code:12; option:itf}\n{x-pdf417:C}\n{x-datamatrix:D}\n{x-image:logo}\n{image:AQID}"
            ),
            "[QR code A B]\n[ITF 12]\n[PDF417 C]\n[Data Matrix D]\n[picture logo]\n[picture]\n"
        );
    }

    #[test]
    fn small_letters_have_a_longer_line() {
        assert_eq!(
            text("left | right"),
            format!("left{}right\n", " ".repeat(23))
        );
        let small = text("{x-font:b}\nleft | right");
        assert_eq!(small, format!("left{}right\n", " ".repeat(33)));
    }

    #[test]
    fn a_mirrored_row_is_read_from_its_first_column() {
        let row = text("{x-dir:rtl; width:*,8}\n|دجاج | 12.00");
        assert_eq!(seen(&row), format!("دجاج{}12.00\n", " ".repeat(23)));
        assert!(row.starts_with(FROM_RIGHT));
    }

    #[test]
    fn a_number_beside_arabic_text_stays_in_its_own_column() {
        let row = text("{width:4,*,8}\n|2x |دجاج | 12.00");
        assert_eq!(seen(&row), format!("2x   دجاج{}12.00\n", " ".repeat(18)));
        assert!(row.contains("\u{2067}دجاج\u{2069}"), "{row:?}");
        assert!(row.starts_with(FROM_LEFT));
        assert!(text("2x | plain").is_ascii());
    }
}
