//! The last resort for a ticket that cannot be set on its paper: the same text in normal letters, one row below the other,
//! broken wherever it must be. It is not pretty, but it comes out.

use std::sync::Arc;

use crate::document::{Align, Author, Block, Document, Frame, Row, Style, Wrap};
use crate::escpos::to_escpos;
use crate::layout::{EncodeError, Pass};
use crate::missing::numbered;
use crate::profile::Profile;
use crate::supplies::Supplies;

/// The bytes of a ticket, whatever becomes of it: as it should be ([`to_escpos`]); if that is impossible as plain text
/// ([`plain_document`]); without the letters that the printer lacks if there is no font to draw them with. And why, if it
/// is not as it should be.
pub fn to_escpos_always(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
) -> (Vec<u8>, Option<EncodeError>) {
    let why = match to_escpos(document, profile, pass, supplies) {
        Ok(bytes) => return (bytes, None),
        Err(why) => why,
    };
    let plain = plain_document(document);
    let bytes = to_escpos(&plain, profile, pass, supplies).or_else(|_| {
        let known = |text: &str| native(text, profile);
        let pass = Pass {
            locale: "en".into(),
            backup_for: pass.backup_for.as_deref().map(known),
            ..pass.clone()
        };
        to_escpos(
            &rewritten(document, &known, false),
            profile,
            &pass,
            supplies,
        )
    });
    (bytes.unwrap_or_else(|_| bare(document)), Some(why))
}

/// The text of a document without its columns and sizes, which fits on every paper. Its cuts, marks and rules stay; codes
/// become what they say; pictures and raw commands are left out.
pub fn plain_document(document: &Document) -> Document {
    rewritten(document, &str::to_owned, true)
}

fn rewritten(document: &Document, known: &dyn Fn(&str) -> String, rules: bool) -> Document {
    let frame = Arc::new(Frame::default());
    let plain = Style::default();
    let mut made = Document::default();
    for block in &document.blocks {
        match block {
            Block::Row(row) => {
                made.open_column(Align::Left);
                write_row(document, row, known, &mut made);
                made.close_row(1, &frame, Wrap::Words);
            }
            Block::Code(code) => {
                made.open_column(Align::Left);
                made.write(&known(&code.data), plain, Author::Row);
                made.close_row(1, &frame, Wrap::Words);
            }
            Block::Rule(_) if !rules => {
                made.open_column(Align::Left);
                made.write("----------------", plain, Author::House);
                made.close_row(1, &frame, Wrap::Words);
            }
            Block::Rule(_) => made.blocks.push(Block::Rule(frame.clone())),
            Block::Mark | Block::Feed(_) | Block::Cut(_) | Block::Drawer | Block::Buzzer(_) => {
                made.blocks.push(block.clone());
            }
            Block::Image(_) | Block::FrameEnd | Block::Command(_) => {}
        }
    }
    made
}

fn write_row(document: &Document, row: &Row, known: &dyn Fn(&str) -> String, made: &mut Document) {
    let style = Style::default();
    for (place, column) in document.columns(row).iter().enumerate() {
        if place > 0 {
            made.write(" ", style, Author::House);
        }
        for (line, runs) in document.run_lines(column).enumerate() {
            if let Some(first) = runs.first().filter(|_| line > 0) {
                made.break_line(style, first.author);
            }
            for run in runs {
                made.write(
                    &known(&document.text()[run.from..run.to]),
                    style,
                    run.author,
                );
            }
        }
    }
}

/// Text in letters that the printer has, the numbers of all others in their place.
fn native(text: &str, profile: &Profile) -> String {
    let has = |character: char| match character {
        ' '..='~' => true,
        '\u{a0}'..'\u{590}' => profile.pages.code(character).is_some_and(|code| code.alone),
        _ => false,
    };
    numbered(text, |character| !has(character))
}

/// Nothing but the ASCII letters of the text.
fn bare(document: &Document) -> Vec<u8> {
    let mut bytes = vec![0x1b, b'@'];
    for block in &document.blocks {
        if let Block::Row(row) = block {
            let mut one = Document::default();
            one.open_column(Align::Left);
            write_row(document, row, &str::to_owned, &mut one);
            let ascii = |byte: u8| {
                if (0x20..0x7f).contains(&byte) {
                    byte
                } else {
                    b'?'
                }
            };
            bytes.extend(one.text().bytes().map(ascii));
            bytes.push(b'\n');
        }
    }
    bytes.extend([0x1b, b'd', 6]);
    bytes
}
