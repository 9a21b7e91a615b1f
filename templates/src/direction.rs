//! Which way text runs, and which text can only be drawn as a whole.

use icu::properties::CodePointMapData;
use icu::properties::props::BidiClass;

use crate::document::Span;

/// Which way text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Direction {
    /// As the first letter with a direction says (Unicode Standard Annex 9, rules P2 and P3).
    pub(crate) fn of<'s>(spans: impl IntoIterator<Item = &'s Span>) -> Direction {
        let mut characters = spans.into_iter().flat_map(|span| span.text.chars());
        let first = characters.find_map(|character| match class(character) {
            BidiClass::LeftToRight => Some(Direction::LeftToRight),
            BidiClass::RightToLeft | BidiClass::ArabicLetter => Some(Direction::RightToLeft),
            _ => None,
        });
        first.unwrap_or(Direction::LeftToRight)
    }
}

/// Whether letters of this text join, change places or run to the left, so that it cannot be set cell by cell.
pub(crate) fn is_drawn_whole(text: &str) -> bool {
    text.chars().any(|character| {
        let code = u32::from(character);
        let joins = matches!(code, 0x0900..=0x0dff | 0x0f00..=0x109f | 0x1780..=0x18af | 0x1900..=0x1aaf | 0x1b00..=0x1c4f | 0xa800..=0xa8ff | 0xa900..=0xa95f | 0xa980..=0xaa5f | 0x11000..=0x11fff);
        let right_to_left = code >= 0x590
            && matches!(class(character), BidiClass::RightToLeft | BidiClass::ArabicLetter | BidiClass::ArabicNumber);
        joins || right_to_left
    })
}

fn class(character: char) -> BidiClass {
    CodePointMapData::<BidiClass>::new().get(character)
}
