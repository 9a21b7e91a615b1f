//! Which characters the bytes of a text mean: the page, the international set and the double-byte switch that came last.

use super::command::Command;
use crate::codepage;

/// One run of text is cut here, so that an endless line stays bounded.
pub(super) const LONGEST_TEXT: usize = 4096;

/// What a printer remembers of them.
#[derive(Debug, Default)]
pub(super) struct Characters {
    page: u8,
    set: u8,
    utf8: bool,
    double_byte: bool,
}

impl Characters {
    /// Changes with a command that concerns characters.
    pub(super) fn follow(&mut self, command: &Command) {
        if let Command::Initialize = command {
            *self = Self::default();
        } else if let Command::CodePage(page) = command {
            self.page = *page;
        } else if let Command::CharacterSet(set) = command {
            self.set = *set;
        } else if let Command::Utf8(on) = command {
            self.utf8 = *on;
        } else if let Command::DoubleByte(on) = command {
            self.double_byte = *on;
        }
    }

    /// How many of the bytes can be decoded without tearing the last character; all of them when none is whole.
    pub(super) fn whole(&self, bytes: &[u8]) -> usize {
        if bytes.len() < LONGEST_TEXT {
            return bytes.len();
        }
        if self.utf8 {
            let torn = bytes.iter().rev().take(3).position(|byte| *byte >= 0xc0);
            return torn.map_or(bytes.len(), |back| bytes.len() - back - 1);
        }
        if self.double_byte {
            let mut at = 0;
            while at < bytes.len() {
                at += if bytes[at] >= 0x80 { 2 } else { 1 };
            }
            return if at > bytes.len() {
                bytes.len() - 1
            } else {
                bytes.len()
            };
        }
        bytes.len()
    }

    /// The characters; U+FFFD where there is none.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        if self.utf8 {
            return String::from_utf8_lossy(bytes).into_owned();
        }
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes.iter();
        while let Some(byte) = rest.next() {
            text.push(match byte {
                0..0x80 => self.international(*byte),
                0x80.. if self.double_byte => {
                    // Which characters these are depends on the country of the printer; what is sure is their width.
                    rest.next();
                    '\u{fffd}'
                }
                0x80.. => codepage::decode(self.page, *byte).unwrap_or('\u{fffd}'),
            });
        }
        text
    }

    fn international(&self, byte: u8) -> char {
        const REPLACED: &[u8; 12] = b"#$@[\\]^`{|}~";
        let place = REPLACED.iter().position(|replaced| *replaced == byte);
        let set = INTERNATIONAL.get(usize::from(self.set));
        place
            .zip(set)
            .and_then(|(place, set)| set.chars().nth(place))
            .unwrap_or(char::from(byte))
    }
}

/// What stands in place of `#$@[\]^`{|}~` by `ESC R`; Epson's table.
const INTERNATIONAL: [&str; 14] = [
    "#$@[\\]^`{|}~", // USA
    "#$à°ç§^`éùè¨",  // France
    "#$§ÄÖÜ^`äöüß",  // Germany
    "£$@[\\]^`{|}~", // United Kingdom
    "#$@ÆØÅ^`æøå~",  // Denmark I
    "#¤ÉÄÖÅÜéäöåü",  // Sweden
    "#$@°\\é^ùàòèì", // Italy
    "₧$@¡Ñ¿^`¨ñ}~",  // Spain I
    "#$@[¥]^`{|}~",  // Japan
    "#¤ÉÆØÅÜéæøåü",  // Norway
    "#$ÉÆØÅÜéæøåü",  // Denmark II
    "#$á¡Ñ¿é`íñóú",  // Spain II
    "#$á¡Ñ¿éüíñóú",  // Latin America
    "#$@[₩]^`{|}~",  // Korea
];
