//! Laid-out lines to plain text.

use crate::document::{Align, CodeKind, Document, Style};
use crate::layout::{EncodeError, Line, Pass, Piece, lay_out, width_of};
use crate::profile::Profile;

/// The paper of a ticket as plain text, a line for each line of print, right-to-left text in the order in which it is
/// read. Letters of any size take the room of normal ones.
///
/// # Errors
/// When a part of it cannot be placed whole.
pub fn to_text(document: &Document, profile: &Profile, pass: &Pass) -> Result<String, EncodeError> {
    let sheet = lay_out(document, profile, pass)?;
    let mut text = String::new();
    let last = sheet.lines.len().saturating_sub(1);
    for (place, line) in sheet.lines.iter().enumerate() {
        match line {
            Line::Text(line) => write_line(&mut text, &line.pieces),
            Line::Code(code) if code.look.kind == CodeKind::Qr => {
                text.push_str(&format!("[QR code {}]\n", code.data))
            }
            Line::Code(code) => text.push_str(&format!("[barcode {}]\n", code.data)),
            Line::Image(_) => text.push_str("[picture]\n"),
            Line::Cut(_) if place < last => text.push_str(&format!(
                "{}\n",
                "= ".repeat(profile.columns as usize / 2).trim_end()
            )),
            Line::Cut(_) | Line::Drawer | Line::Buzzer(_) | Line::Command(_) => {}
        }
    }
    Ok(text)
}

fn write_line(text: &mut String, pieces: &[Piece]) {
    let start = text.len();
    let mut at = 0;
    for piece in pieces {
        let plain: String = piece.spans.iter().map(|span| &*span.text).collect();
        let width = width_of(&plain, Style::default());
        let free = piece.width.saturating_sub(width);
        let x = piece.x
            + match piece.align {
                Align::Left => 0,
                Align::Center => free / 2,
                Align::Right => free,
            };
        text.extend((at..x).map(|_| ' '));
        text.push_str(&plain);
        at = x + width;
    }
    text.truncate(start + text[start..].trim_end().len());
    text.push('\n');
}
