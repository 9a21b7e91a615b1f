//! Unicode to the code pages of printers and back. ASCII never goes through a page: 00..7F mean the same on all of them.
//!
//! A *table* is what the bytes 80..FF mean, such as CP437; a *page* is a table under the number that a printer gives it
//! (`ESC t n`). The numbers differ from maker to maker, the tables do not.

use std::sync::LazyLock;

mod double_byte;
mod pages;
mod tables;

pub use double_byte::DoubleByte;
pub use pages::{CharacterCode, Pages};

/// What the bytes 80..FF mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table(usize);

impl Table {
    /// By the name that escpos-printer-db uses, such as `CP437` or `ISO_8859-7`; `None` where its characters are not known.
    pub fn named(name: &str) -> Option<Table> {
        KNOWN
            .iter()
            .position(|(known, _)| *known == name)
            .map(Table)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        KNOWN[self.0].0
    }

    /// The character of a byte; `None` where there is none, and for 00..7F.
    pub fn character(self, byte: u8) -> Option<char> {
        let place = usize::from(byte).checked_sub(0x80)?;
        let character = KNOWN[self.0].1.get(place).copied();
        character.filter(|character| *character != '\u{fffd}')
    }

    /// Bytes with their characters.
    fn iter(self) -> impl Iterator<Item = (u8, char)> {
        (0x80..=0xff).filter_map(move |byte| Some((byte, self.character(byte)?)))
    }
}

/// Our own tables, then those that are written out in escpos-printer-db.
static KNOWN: LazyLock<Vec<(&'static str, Vec<char>)>> = LazyLock::new(|| {
    use escpos_db::Encoding;
    let ours = tables::TABLES
        .iter()
        .map(|(name, characters)| (*name, characters.chars().collect()));
    let theirs = [
        ("CP3011", Encoding::CP3011),
        ("CP3012", Encoding::CP3012),
        ("TCVN-3-1", Encoding::TCVN_3_1),
        ("TCVN-3-2", Encoding::TCVN_3_2),
    ];
    let theirs = theirs.into_iter().filter_map(|(name, encoding)| {
        let plain = |character: &char| {
            if character.is_ascii() || character.is_control() {
                '\u{fffd}'
            } else {
                *character
            }
        };
        Some((name, encoding.data()?.iter().map(plain).collect()))
    });
    ours.chain(theirs).collect()
});

/// The tables under Epson's numbers, which most makers have taken over.
///
/// Source: Epson's ESC/POS command reference, `ESC t`. Thai pages 20 to 26 are left out: their signs stand above each
/// other, so that such lines are drawn.
#[rustfmt::skip]
pub(crate) const EPSON: &[(u8, &str)] = &[
    (0, "CP437"), (1, "KATAKANA"), (2, "CP850"), (3, "CP860"), (4, "CP863"), (5, "CP865"), (11, "CP851"), (12, "CP853"), (13, "CP857"), (14, "CP737"),
    (15, "ISO_8859-7"), (16, "CP1252"), (17, "CP866"), (18, "CP852"), (19, "CP858"), (30, "TCVN-3-1"), (31, "TCVN-3-2"),
    (32, "CP720"), (33, "CP775"), (34, "CP855"), (35, "CP861"), (36, "CP862"), (37, "CP864"), (38, "CP869"),
    (39, "ISO_8859-2"), (40, "ISO_8859-15"), (42, "CP774"), (43, "CP772"), (44, "CP1125"), (45, "CP1250"), (46, "CP1251"),
    (47, "CP1253"), (48, "CP1254"), (49, "CP1255"), (50, "CP1256"), (51, "CP1257"), (52, "CP1258"), (53, "RK1048"),
];

static BY_EPSON: LazyLock<Vec<Option<Table>>> = LazyLock::new(|| {
    let mut pages = vec![None; 256];
    for (number, name) in EPSON {
        pages[usize::from(*number)] = Table::named(name);
    }
    pages
});

/// What a byte of 80..FF means on a page of Epson's numbering; `None` where the page has no character or is not known.
pub fn decode(page: u8, byte: u8) -> Option<char> {
    BY_EPSON[usize::from(page)]?.character(byte)
}

#[cfg(test)]
mod tests;
