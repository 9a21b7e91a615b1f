//! Lines of text in the printer's own letters: only changes of style and page are sent.

use ::escpos::driver::Driver;
use ::escpos::errors::Result as CommandResult;
use ::escpos::printer::Printer;
use ::escpos::utils::UnderlineMode;
use unicode_segmentation::UnicodeSegmentation;

use crate::codepage::Pages;
use crate::direction::is_drawn_whole;
use crate::document::Style;
use crate::fonts::cells;
use crate::layout::Piece;
use crate::profile::Profile;

/// What the printer's letters look like now.
pub(super) struct Letters<'t> {
    pages: &'t Pages,
    page: Option<u32>,
    style: Style,
}

impl<'t> Letters<'t> {
    /// As after `ESC @`; which page that leaves is a matter of the printer's switches.
    pub(super) fn new(profile: &'t Profile) -> Self {
        Letters {
            pages: &profile.pages,
            page: None,
            style: Style::default(),
        }
    }

    /// Whether the printer has every character of the line, one for each cell.
    pub(super) fn can_say(&self, pieces: &[Piece]) -> bool {
        pieces.iter().flat_map(|piece| &piece.spans).all(|span| {
            !is_drawn_whole(&span.text)
                && span.text.graphemes(true).all(|grapheme| {
                    let said = grapheme.chars().filter_map(sayable).collect::<Vec<_>>();
                    said.len() as u32 == cells(grapheme)
                        && said.iter().all(|character| self.has(*character))
                })
        })
    }

    /// Writes a line with its line feed.
    pub(super) fn write<D: Driver>(
        &mut self,
        pieces: &[Piece],
        printer: &mut Printer<D>,
    ) -> CommandResult<()> {
        let mut at = 0;
        for piece in pieces {
            let x = piece.text_x();
            if x > at {
                let spaces = vec![b' '; (x - at) as usize];
                // Bold or not, a space is a space.
                let plain = Style {
                    bold: self.style.bold,
                    ..Style::default()
                };
                self.dress(plain, printer)?;
                printer.custom(&spaces)?;
            }
            for span in &piece.spans {
                self.dress(span.style, printer)?;
                self.say(&span.text, printer)?;
            }
            at = x + piece.text_width();
        }
        printer.custom(b"\n")?;
        Ok(())
    }

    fn dress<D: Driver>(&mut self, style: Style, printer: &mut Printer<D>) -> CommandResult<()> {
        let now = std::mem::replace(&mut self.style, style);
        if now.bold != style.bold {
            printer.bold(style.bold)?;
        }
        if now.underline != style.underline {
            printer.underline(if style.underline {
                UnderlineMode::Single
            } else {
                UnderlineMode::None
            })?;
        }
        if now.inverse != style.inverse {
            printer.reverse(style.inverse)?;
        }
        if (now.wide, now.high) != (style.wide, style.high) {
            printer.size(style.wide.clamp(1, 8), style.high.clamp(1, 8))?;
        }
        Ok(())
    }

    fn say<D: Driver>(&mut self, text: &str, printer: &mut Printer<D>) -> CommandResult<()> {
        let characters: Vec<char> = text.chars().filter_map(sayable).collect();
        let mut bytes = Vec::with_capacity(characters.len());
        for (place, character) in characters.iter().enumerate() {
            if character.is_ascii() {
                bytes.push(*character as u8);
            } else if let Some(seat) = self.pages.seat(*character) {
                let page = self.best_page(&characters[place..], seat.pages);
                if self.page != Some(page) {
                    self.page = Some(page);
                    bytes.extend([0x1b, b't', self.pages.number(page)]);
                }
                bytes.push(self.pages.byte(seat, page));
            }
        }
        if !bytes.is_empty() {
            printer.custom(&bytes)?;
        }
        Ok(())
    }

    fn has(&self, character: char) -> bool {
        if character.is_ascii() {
            return !character.is_ascii_control();
        }
        self.pages.seat(character).is_some()
    }

    /// The page in force when it is one of `first`, otherwise the one that has the most of what follows.
    fn best_page(&self, text: &[char], first: u64) -> u32 {
        if let Some(page) = self.page
            && first & 1 << page != 0
        {
            return page;
        }
        let mut left = first;
        for character in text.iter().filter(|character| !character.is_ascii()) {
            match left & self.pages.seat(*character).map_or(0, |seat| seat.pages) {
                0 => break,
                some => left = some,
            }
        }
        left.trailing_zeros()
    }
}

/// What is sent for a character: nothing for what has no shape, the plain form of what only spaces or breaks differently.
fn sayable(character: char) -> Option<char> {
    match character {
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{200a}' | '\u{202f}' => Some(' '),
        '\u{2010}' | '\u{2011}' | '\u{2212}' => Some('-'),
        '\u{fffd}' => Some('?'),
        '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' => None,
        _ => Some(character),
    }
}
