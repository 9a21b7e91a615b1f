//! Which way text runs, and which text can only be drawn as a whole.

use icu::properties::CodePointMapData;
use icu::properties::props::BidiClass;

/// Whether text runs from right to left, as its first letter with a direction says (Unicode Standard Annex 9, rules P2
/// and P3).
pub(crate) fn runs_left<'s>(mut parts: impl Iterator<Item = &'s str> + Clone) -> bool {
    // Most text has no such letter at all.
    parts.clone().any(|part| !is_before_hebrew(part))
        && parts.find_map(first_direction).unwrap_or(false)
}

fn first_direction(text: &str) -> Option<bool> {
    text.chars().find_map(|character| match class(character) {
        BidiClass::LeftToRight => Some(false),
        BidiClass::RightToLeft | BidiClass::ArabicLetter => Some(true),
        _ => None,
    })
}

/// All of it below U+0580, by its UTF-8: Latin, Greek, Cyrillic and Armenian letters, which stand cell by cell.
fn is_before_hebrew(text: &str) -> bool {
    text.is_ascii() || text.bytes().all(|byte| byte < 0xd6)
}

/// Whether letters of this text join, change places or run to the left, so that it cannot be set cell by cell.
pub(crate) fn is_drawn_whole(text: &str) -> bool {
    !is_before_hebrew(text) && text.chars().any(|character| {
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
