//! How far the letters of a script stand out of their cells.

/// Above and below cells, in eighths of their height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beyond {
    above: u32,
    below: u32,
}

impl Beyond {
    /// Accents and tails of most scripts.
    const USUAL: Beyond = Beyond { above: 1, below: 2 };

    /// What a text needs: scripts that stack their letters need more than others.
    pub(crate) fn of(text: &str) -> Beyond {
        // Everything below U+0800, which is most text, stacks nothing.
        if text.bytes().all(|byte| byte < 0xe0) {
            return Beyond::USUAL;
        }
        let needed = text.chars().map(of_character);
        needed.fold(Beyond::USUAL, Beyond::and)
    }

    /// What both need.
    pub(crate) fn and(self, other: Beyond) -> Beyond {
        Beyond {
            above: self.above.max(other.above),
            below: self.below.max(other.below),
        }
    }

    /// Dots above cells of this height.
    pub(crate) fn above(self, height: u32) -> u32 {
        height * self.above / 8
    }

    /// Dots below cells of this height.
    pub(crate) fn below(self, height: u32) -> u32 {
        height * self.below / 8
    }

    /// Dots above and below together.
    pub(crate) fn sum(self, height: u32) -> u32 {
        height * (self.above + self.below) / 8
    }
}

/// By the highest and deepest letters of the Noto fonts.
fn of_character(character: char) -> Beyond {
    let (above, below) = match u32::from(character) {
        // Lao, whose tone marks stand on vowels.
        0x0e80..=0x0eff => (2, 2),
        // Kannada and Telugu write a second consonant below the first one.
        0x0c00..=0x0cff => (1, 3),
        // Tibetan has up to four of them, and vowels above and below.
        0x0f00..=0x0fff => (4, 6),
        // Burmese.
        0x1000..=0x109f | 0xa9e0..=0xa9ff | 0xaa60..=0xaa7f => (4, 4),
        // Khmer.
        0x1780..=0x17ff => (3, 4),
        // Mongolian.
        0x1800..=0x18af => (3, 2),
        // Balinese.
        0x1b00..=0x1b7f => (4, 5),
        // Javanese.
        0xa980..=0xa9df => (3, 6),
        _ => (1, 2),
    };
    Beyond { above, below }
}
