//! Lines of text in the printer's own letters: only changes of style, font and page are sent.

use ::escpos::utils::{
    ESC_CHARACTER_PAGE_CODE, ESC_TEXT_EMPHASIS_OFF, ESC_TEXT_EMPHASIS_ON, ESC_TEXT_FONT_A,
    ESC_TEXT_FONT_B, ESC_TEXT_UNDERLINE_NONE, ESC_TEXT_UNDERLINE_SIMPLE,
    GS_TEXT_REVERSE_COLOURS_OFF, GS_TEXT_REVERSE_COLOURS_ON, GS_TEXT_SIZE_SELECT,
};
use unicode_segmentation::UnicodeSegmentation;

use super::LEAVE_CHINESE_MODE;
use crate::codepage::{CharacterCode, DoubleByte};
use crate::direction::is_drawn_whole;
use crate::document::{Align, Font, Span, Style};
use crate::fonts::cells;
use crate::layout::{Line, TextLine};
use crate::profile::{PictureCommand, Profile};

/// What the printer's letters look like now; `None` is not known.
pub(super) struct TextEncoder<'t> {
    profile: &'t Profile,
    style: Option<Style>,
    font: Option<Font>,
    /// A bit's number in [`CharacterCode::pages`]. Which page `ESC @` leaves is a matter of the printer's switches.
    page: Option<u32>,
    two_bytes: Option<bool>,
    /// The printer has been told which two bytes are meant.
    shift_jis: bool,
}

/// What is sent for a character.
enum Encoded {
    Ascii(u8),
    Page(CharacterCode),
    Pair([u8; 2]),
}

impl<'t> TextEncoder<'t> {
    /// As after `ESC @`. Impact printers begin with the font that their switches say.
    pub(super) fn new(profile: &'t Profile) -> Self {
        let impact = profile.picture == PictureCommand::Columns8;
        TextEncoder {
            profile,
            style: (!impact).then(Style::default),
            font: (!impact).then_some(Font::A),
            page: None,
            two_bytes: Some(false),
            shift_jis: false,
        }
    }

    /// After commands that are not ours.
    pub(super) fn reset(&mut self) {
        *self = TextEncoder {
            style: None,
            font: None,
            two_bytes: None,
            ..TextEncoder::new(self.profile)
        };
    }

    /// Whether the printer has every character of the line in its size, one for each cell.
    pub(super) fn can_encode(&self, line: &TextLine) -> bool {
        let impact = self.profile.picture == PictureCommand::Columns8;
        let mut spans = line.pieces.iter().flat_map(|piece| &piece.spans);
        spans.all(|span| {
            let style = span.style;
            let has_style = !impact || style.wide <= 2 && style.high <= 2 && !style.inverse;
            has_style && self.can_encode_text(&span.text, line.font)
        })
    }

    fn can_encode_text(&self, text: &str, font: Font) -> bool {
        if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return true;
        }
        let stands_alone = |character: char| match character {
            ' '..='~' => true,
            _ => match self.profile.pages.code(character) {
                Some(code) => code.alone,
                None => {
                    self.pair(character, font).is_some()
                        && cells(character.encode_utf8(&mut [0; 4])) == 2
                }
            },
        };
        text.chars().all(stands_alone)
            || !is_drawn_whole(text)
                && text.graphemes(true).all(|grapheme| {
                    let mut width = 0;
                    let all = grapheme.chars().filter_map(plain_form).all(|character| {
                        width += match self.encoded(character, font) {
                            Some(Encoded::Ascii(_) | Encoded::Page(_)) => 1,
                            Some(Encoded::Pair(_)) => 2,
                            None => return false,
                        };
                        true
                    });
                    all && width == cells(grapheme)
                })
    }

    /// Writes a line with its line feed; `rest` are the lines behind it.
    pub(super) fn write(&mut self, line: &TextLine, rest: &[Line], out: &mut Vec<u8>) {
        let cell = self.profile.cell_of(line.font).0;
        if !line.pieces.is_empty() {
            self.set_font(line.font, out);
        }
        let mut at = 0;
        for (place, piece) in (1..).zip(&line.pieces) {
            let width = piece.text_width();
            let free = piece.width.saturating_sub(width);
            let x = piece.x
                + match piece.align {
                    Align::Left => 0,
                    Align::Center => free / 2,
                    Align::Right => free,
                };
            if x > at {
                self.skip(x - at, x * cell, out);
            }
            for (next, span) in (1..).zip(&piece.spans) {
                self.set_style(span.style, line.font, out);
                if span.text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                    out.extend_from_slice(span.text.as_bytes());
                    continue;
                }
                let behind = || {
                    let pieces = line.pieces[place..].iter();
                    let pieces = pieces.flat_map(|piece| text_of_piece(&piece.spans));
                    let here = text_of_piece(&piece.spans[next..]);
                    here.chain(pieces).chain(text_of(rest))
                };
                self.encode(&span.text, line.font, behind, out);
            }
            at = x + width;
        }
        out.push(b'\n');
    }

    /// To a place in the line: spaces, or `ESC $` (dots from the left) where that is shorter. A space is as high as the
    /// letters before it, and it would be underlined or black as they are.
    fn skip(&mut self, cells: u32, dots: u32, out: &mut Vec<u8>) {
        let bare = self.style.is_some_and(|style| {
            let bold = style.bold;
            style
                == Style {
                    bold,
                    ..Style::default()
                }
        });
        if bare && cells <= 4 {
            out.resize(out.len() + cells as usize, b' ');
        } else {
            let [low, high] = u16::try_from(dots).unwrap_or(u16::MAX).to_le_bytes();
            out.extend_from_slice(&[0x1b, b'$', low, high]);
        }
    }

    fn set_font(&mut self, font: Font, out: &mut Vec<u8>) {
        let font = if self.profile.cell_b.is_some() {
            font
        } else {
            Font::A
        };
        if self.font != Some(font) {
            self.font = Some(font);
            if self.profile.picture == PictureCommand::Columns8 {
                // There `ESC !` says it, with the style.
                self.style = None;
                return;
            }
            out.extend_from_slice(match font {
                Font::A => ESC_TEXT_FONT_A,
                Font::B => ESC_TEXT_FONT_B,
            });
        }
    }

    fn set_style(&mut self, style: Style, font: Font, out: &mut Vec<u8>) {
        if self.style == Some(style) {
            return;
        }
        let now = self.style.replace(style);
        if self.profile.picture == PictureCommand::Columns8 {
            // Impact printers know two sizes, and no other command for them.
            let bits = [
                (font == Font::B, 0x01),
                (style.bold, 0x08),
                (style.high > 1, 0x10),
                (style.wide > 1, 0x20),
                (style.underline, 0x80),
            ];
            let mode = bits
                .iter()
                .map(|(on, bit)| if *on { *bit } else { 0 })
                .sum::<u8>();
            out.extend_from_slice(&[0x1b, b'!', mode]);
            return;
        }
        let was = |of: fn(Style) -> bool| now.map(of);
        if was(|style| style.bold) != Some(style.bold) {
            out.extend_from_slice(if style.bold {
                ESC_TEXT_EMPHASIS_ON
            } else {
                ESC_TEXT_EMPHASIS_OFF
            });
        }
        if was(|style| style.underline) != Some(style.underline) {
            let (one, both) = if style.underline {
                (ESC_TEXT_UNDERLINE_SIMPLE, [0x1c, b'-', 1])
            } else {
                (ESC_TEXT_UNDERLINE_NONE, [0x1c, b'-', 0])
            };
            out.extend_from_slice(one);
            if self.profile.double_byte.is_some() {
                out.extend_from_slice(&both);
            }
        }
        if was(|style| style.inverse) != Some(style.inverse) {
            out.extend_from_slice(if style.inverse {
                GS_TEXT_REVERSE_COLOURS_ON
            } else {
                GS_TEXT_REVERSE_COLOURS_OFF
            });
        }
        let size = |style: Style| (style.wide.clamp(1, 8) - 1) << 4 | (style.high.clamp(1, 8) - 1);
        if now.map(size) != Some(size(style)) {
            out.extend_from_slice(GS_TEXT_SIZE_SELECT);
            out.push(size(style));
        }
    }

    fn encode<'s, B, I>(&mut self, text: &'s str, font: Font, behind: B, out: &mut Vec<u8>)
    where
        B: Fn() -> I,
        I: Iterator<Item = &'s str>,
    {
        for (place, character) in text.char_indices() {
            let Some(encoded) =
                plain_form(character).and_then(|character| self.encoded(character, font))
            else {
                continue;
            };
            match encoded {
                Encoded::Ascii(byte) => out.push(byte),
                Encoded::Page(code) => {
                    if self.two_bytes != Some(false) {
                        self.two_bytes = Some(false);
                        out.extend_from_slice(LEAVE_CHINESE_MODE);
                    }
                    let page = match self.page {
                        Some(page) if code.pages & 1 << page != 0 => page,
                        Some(_) | None => {
                            let page = self.best_page(
                                code.pages,
                                std::iter::once(&text[place..]).chain(behind()),
                            );
                            self.page = Some(page);
                            out.extend_from_slice(ESC_CHARACTER_PAGE_CODE);
                            out.push(self.profile.pages.number(page));
                            page
                        }
                    };
                    out.push(self.profile.pages.byte(code, page));
                }
                Encoded::Pair(pair) => {
                    if self.two_bytes != Some(true) {
                        self.two_bytes = Some(true);
                        out.extend_from_slice(&[0x1c, b'&']);
                    }
                    if self.profile.double_byte == Some(DoubleByte::ShiftJis) && !self.shift_jis {
                        self.shift_jis = true;
                        out.extend_from_slice(&[0x1c, b'C', 1]);
                    }
                    out.extend_from_slice(&pair);
                }
            }
        }
    }

    /// The page that says the most of what follows, one of `pages`; the preferred one of several.
    fn best_page<'s>(&self, pages: u64, text: impl Iterator<Item = &'s str>) -> u32 {
        let mut left = pages;
        for part in text.filter(|part| !part.is_ascii()) {
            for character in part.chars() {
                // What no page has is drawn or sent otherwise.
                if let Some(code) =
                    plain_form(character).and_then(|character| self.profile.pages.code(character))
                {
                    match left & code.pages {
                        0 => return left.trailing_zeros(),
                        some => left = some,
                    }
                }
            }
        }
        left.trailing_zeros()
    }

    fn encoded(&self, character: char, font: Font) -> Option<Encoded> {
        if let ' '..='~' = character {
            return Some(Encoded::Ascii(character as u8));
        }
        match self.profile.pages.code(character) {
            Some(code) => Some(Encoded::Page(code)),
            None => self.pair(character, font).map(Encoded::Pair),
        }
    }

    /// Two-byte letters are as wide as two of font A.
    fn pair(&self, character: char, font: Font) -> Option<[u8; 2]> {
        match font {
            Font::A => self.profile.double_byte?.bytes(character),
            Font::B => None,
        }
    }
}

/// The text of lines that are letters.
fn text_of<'l>(lines: &'l [Line<'_>]) -> impl Iterator<Item = &'l str> {
    let pieces = lines.iter().filter_map(|line| match line {
        Line::Text(line) => Some(line.pieces.iter()),
        Line::Code(_)
        | Line::Image(_)
        | Line::Cut(_)
        | Line::Drawer
        | Line::Buzzer(_)
        | Line::Command(_) => None,
    });
    pieces
        .flatten()
        .flat_map(|piece| text_of_piece(&piece.spans))
}

fn text_of_piece<'l>(spans: &'l [Span<'_>]) -> impl Iterator<Item = &'l str> {
    spans.iter().map(|span| &*span.text)
}

/// What is sent for a character: nothing for what has no shape, the plain form of what only spaces or breaks differently.
fn plain_form(character: char) -> Option<char> {
    match character {
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{200a}' | '\u{202f}' => Some(' '),
        '\u{2010}' | '\u{2011}' | '\u{2212}' => Some('-'),
        '\u{fffd}' => Some('?'),
        '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' => None,
        _ => Some(character),
    }
}
