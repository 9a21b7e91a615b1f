//! Which characters the bytes of a text mean: the page, the international set and the two-byte switches that came last.

use super::command::Command;
use crate::codepage::{DoubleByte, EPSON, Pages, Table};
use crate::profile::Profile;
use std::sync::Arc;

/// One run of text is cut here, so that an endless line stays bounded.
pub(super) const LONGEST_TEXT: usize = 4096;

/// What a printer remembers of them.
#[derive(Debug)]
pub(super) struct Characters {
    /// Of one model; Epson's numbers without it.
    pages: Option<Arc<Pages>>,
    double_byte: Option<DoubleByte>,
    table: Option<Table>,
    set: u8,
    utf8: bool,
    pairs: Pairs,
}

/// What `FS &`, `FS .` and `FS C` have said.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    on: bool,
    shift_jis: bool,
}

impl Default for Characters {
    fn default() -> Self {
        Self::with(None, None)
    }
}

impl Characters {
    /// Of a printer of this kind.
    pub(super) fn of(profile: &Profile) -> Self {
        Self::with(Some(profile.pages.clone()), profile.double_byte)
    }

    fn with(pages: Option<Arc<Pages>>, double_byte: Option<DoubleByte>) -> Self {
        let mut characters = Self {
            pages,
            double_byte,
            table: None,
            set: 0,
            utf8: false,
            pairs: Pairs::default(),
        };
        characters.table = characters.table(0);
        characters
    }

    /// Changes with a command that concerns characters.
    pub(super) fn follow(&mut self, command: &Command) {
        if let Command::Initialize = command {
            *self = Self::with(self.pages.take(), self.double_byte);
        } else if let Command::CodePage(page) = command {
            self.table = self.table(*page);
        } else if let Command::CharacterSet(set) = command {
            self.set = *set;
        } else if let Command::Utf8(on) = command {
            self.utf8 = *on;
        } else if let Command::DoubleByte(on) = command {
            self.pairs.on = *on;
        } else if let Command::DoubleByteSystem(system) = command {
            self.pairs.shift_jis = *system > 0;
        }
    }

    fn table(&self, page: u8) -> Option<Table> {
        match &self.pages {
            Some(pages) => {
                let mut pages = pages.list().iter();
                pages
                    .find(|(number, _)| *number == page)
                    .map(|(_, table)| *table)
            }
            // Thai pages are no choice for a ticket, but others send them.
            None if matches!(page, 21 | 26) => Table::named("CP874"),
            None => {
                let mut pages = EPSON.iter();
                let (_, name) = pages.find(|(number, _)| *number == page)?;
                Table::named(name)
            }
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
        let mut at = 0;
        while let Some(len) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let len = self.len(len);
            if at + len > bytes.len() {
                return at;
            }
            at += len;
        }
        bytes.len()
    }

    /// The characters; U+FFFD where there is none.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        if self.utf8 {
            return String::from_utf8_lossy(bytes).into_owned();
        }
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(byte) = rest.first() {
            let (character, behind) = rest.split_at(self.len(rest).min(rest.len()));
            rest = behind;
            text.push(match (character, byte) {
                ([_], 0..0x80) => self.international(*byte),
                ([_], 0x80..) => self.single(*byte).unwrap_or('\u{fffd}'),
                ([first, second], _) => self.pair([*first, *second]).unwrap_or('\u{fffd}'),
                // Four bytes of GB 18030: no printer is known to have them.
                (_, _) => '\u{fffd}',
            });
        }
        text
    }

    /// Bytes of the character at the front.
    fn len(&self, bytes: &[u8]) -> usize {
        let lead = match bytes.first() {
            Some(lead) if self.pairs.shift_jis => matches!(lead, 0x81..=0x9f | 0xe0..=0xfc),
            Some(lead) if self.pairs.on && self.is_japanese() => matches!(lead, 0x21..=0x7e),
            Some(lead) => self.pairs.on && matches!(lead, 0x81..=0xfe),
            None => false,
        };
        match bytes {
            [_, b'0'..=b'9', ..] if lead && self.double_byte == Some(DoubleByte::Gb18030) => 4,
            _ if lead => 2,
            _ => 1,
        }
    }

    /// A printer for Japan, whose pairs are JIS unless `FS C` says otherwise.
    fn is_japanese(&self) -> bool {
        self.double_byte == Some(DoubleByte::ShiftJis)
    }

    fn single(&self, byte: u8) -> Option<char> {
        let table = self.table?;
        if table.name() == "CP857" && byte == 0xd5 {
            // Where printers have put the euro since there is one; our own tickets take it from pages that say so.
            return Some('€');
        }
        table.character(byte).or_else(|| {
            let signs = if byte < 0xa0 { SIGNS[0] } else { SIGNS[1] };
            let place = usize::from(byte & 0x1f);
            let is_sign = table.name() == "KATAKANA" && !(0xa0..0xe0).contains(&byte);
            signs.chars().nth(place).filter(|_| is_sign)
        })
    }

    /// The character of two bytes. Without a model it is not known whose pairs they are, apart from Shift_JIS.
    fn pair(&self, [first, second]: [u8; 2]) -> Option<char> {
        if self.pairs.shift_jis {
            return DoubleByte::ShiftJis.character([first, second]);
        }
        let set = self.double_byte?;
        if !self.is_japanese() {
            return set.character([first, second]);
        }
        // JIS X 0208 by row and cell, as Shift_JIS packs them: two rows to a first byte.
        let row = first.checked_sub(0x21)?;
        let cell = second.checked_sub(0x21).filter(|cell| *cell < 94)?;
        let lead = 0x81 + row / 2 + if row >= 62 { 0x40 } else { 0 };
        let trail = if row % 2 == 0 {
            0x40 + cell + u8::from(cell >= 63)
        } else {
            0x9f + cell
        };
        set.character([lead, trail])
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

/// Blocks, rules and signs around the Katakana of page 1, 80..9F and E0..FF; Epson's table.
const SIGNS: [&str; 2] = [
    "▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├▔─│▕┌┐└┘╭╮╰╯",
    "═╞╪╡◢◣◥◤♠♥♦♣●○╱╲╳円年月日時分秒〒市区町村人▒ ",
];

/// What stands in place of `#$@[\]^`{|}~` by `ESC R`; Epson's table.
const INTERNATIONAL: [&str; 18] = [
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
    "#$ŽŠĐĆČžšđćč",  // Slovenia, Croatia
    "#¥@[\\]^`{|}~", // China
    "#₫@[\\]^`{|}~", // Vietnam
    "#$@[\\]^`{|}~", // Arabia
];

#[cfg(test)]
mod tests {
    use super::super::{Command, Reader};
    use crate::profile::Profile;

    fn text(mut reader: Reader, bytes: &[u8]) -> String {
        let mut reads = reader.push(bytes);
        reads.extend(reader.finish());
        let mut texts = String::new();
        for read in reads {
            if let Command::Text { text, .. } = &read.what {
                texts.push_str(text);
            }
            assert!(!matches!(
                read.what,
                Command::Unknown(_) | Command::Truncated(_)
            ));
        }
        texts
    }

    fn of(profile: &str, bytes: &[u8]) -> String {
        text(Reader::of(&Profile::named(profile).unwrap()), bytes)
    }

    #[test]
    fn two_bytes_are_one_character_of_the_printers_country() {
        assert_eq!(of("generic-80-korean", b"\x1c&\xb1\xe8 5\x1c.5"), "김 55");
        assert_eq!(of("generic-80-simplified-chinese", b"\x1c&\xc3\xe6"), "面");
        assert_eq!(of("generic-80-traditional-chinese", b"\x1c&\xc4\xd1"), "麵");
        let japanese = "generic-80-japanese";
        assert_eq!(of(japanese, b"\x1cC\x01\x8e\xf5\xb1"), "寿▒");
        assert_eq!(of(japanese, b"\x1c&\x3c\x77\x1c.<w"), "寿<w", "JIS");
    }

    #[test]
    fn two_bytes_of_an_unknown_country_are_one_unknown_character() {
        assert_eq!(text(Reader::new(), b"\x1c&\xb1\xe8x\x1c."), "\u{fffd}x");
        assert_eq!(
            text(
                Reader::new(),
                b"\x1cC1\x8e\xf5\x1bt\x01\xb1\x1cC0\x9c\x95\x91\x9d"
            ),
            "寿ｱ╭─┬╮"
        );
    }

    #[test]
    fn a_number_of_a_page_means_what_the_printer_means_by_it() {
        let hoin = Profile::names().find_map(|name| {
            let profile = Profile::named(name)?;
            let differs = |(number, table): &(u8, crate::codepage::Table)| {
                *number == 2 && table.name() != "CP850"
            };
            profile.pages.list().iter().any(differs).then_some(profile)
        });
        let profile = hoin.expect("a model with numbers of its own");
        let (_, table) = profile
            .pages
            .list()
            .iter()
            .find(|(number, _)| *number == 2)
            .expect("it was looked for");
        let (byte, character) = (0x80..=0xff)
            .find_map(|byte| Some((byte, table.character(byte)?)))
            .expect("a table has characters");
        let sent = [0x1b, b't', 2, byte];
        assert_eq!(text(Reader::of(&profile), &sent), character.to_string());
        let never = (0..=255).find(|page| {
            profile
                .pages
                .list()
                .iter()
                .all(|(number, _)| number != page)
        });
        assert_eq!(
            text(
                Reader::of(&profile),
                &[0x1b, b't', never.expect("not all 256"), byte]
            ),
            "\u{fffd}",
            "a page that it does not have"
        );
    }
}
