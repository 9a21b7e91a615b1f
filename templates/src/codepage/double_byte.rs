//! The two-byte sets of printers for China, Japan and Korea.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS};
use serde::Deserialize;

/// Which two-byte set a printer has.
///
/// Each is kept to what all printers of its market have; the rest is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoubleByte {
    /// JIS X 0208 as Shift_JIS (`FS C 1`): Japan.
    ShiftJis,
    /// The two-byte part of GB 18030, which is GBK: mainland China.
    Gb18030,
    /// Big5: Taiwan, Hong Kong.
    Big5,
    /// KS X 1001 as EUC-KR: Korea.
    EucKr,
}

impl DoubleByte {
    /// The two bytes of a character of two cells; `None` where the set cannot say it.
    pub fn bytes(self, character: char) -> Option<[u8; 2]> {
        if character.is_ascii() {
            return None;
        }
        let mut text = [0; 4];
        let (bytes, _, lost) = self.encoding().encode(character.encode_utf8(&mut text));
        let pair = <[u8; 2]>::try_from(&*bytes).ok().filter(|_| !lost)?;
        self.holds(pair).then_some(pair)
    }

    /// The character of two bytes.
    pub fn character(self, pair: [u8; 2]) -> Option<char> {
        if !self.holds(pair) {
            return None;
        }
        let (text, lost) = self.encoding().decode_without_bom_handling(&pair);
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) if !lost => Some(character),
            _ => None,
        }
    }

    /// Whether a pair is of the part that all printers of the market have. No second byte is below 40h, so that no pair
    /// can be the beginning of a real-time command.
    fn holds(self, [first, second]: [u8; 2]) -> bool {
        match self {
            // Rows 1 to 8 and 16 to 84 of JIS X 0208; what the makers have added between and behind differs.
            DoubleByte::ShiftJis => {
                matches!(first, 0x81..=0x84 | 0x88..=0x9f | 0xe0..=0xea)
                    && (first != 0x88 || second >= 0x9f)
                    && matches!(second, 0x40..=0x7e | 0x80..=0xfc)
            }
            DoubleByte::Gb18030 => {
                matches!(first, 0x81..=0xfe) && matches!(second, 0x40..=0x7e | 0x80..=0xfe)
            }
            DoubleByte::Big5 => {
                matches!(first, 0xa1..=0xf9) && matches!(second, 0x40..=0x7e | 0xa1..=0xfe)
            }
            DoubleByte::EucKr => matches!(first, 0xa1..=0xfd) && second >= 0xa1,
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            DoubleByte::ShiftJis => SHIFT_JIS,
            DoubleByte::Gb18030 => GB18030,
            DoubleByte::Big5 => BIG5,
            DoubleByte::EucKr => EUC_KR,
        }
    }
}
