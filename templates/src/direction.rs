//! Which way text runs, and which text can only be drawn as a whole.

use std::ops::Range;

use icu::properties::CodePointMapData;
use icu::properties::props::BidiClass;

use crate::numbers::numbers;

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
        // Letters of Ethiopic, Cherokee and Canadian syllables join nothing, but are of many widths, and most are wider
        // than a cell.
        let wide = matches!(code, 0x1200..=0x167f | 0x2d80..=0x2ddf | 0xab00..=0xab2f | 0xab70..=0xabbf);
        let joins = matches!(code, 0x0900..=0x0dff | 0x0f00..=0x109f | 0x1780..=0x18af | 0x1900..=0x1aaf | 0x1b00..=0x1c4f | 0xa800..=0xa8ff | 0xa900..=0xa95f | 0xa980..=0xaa5f | 0x11000..=0x11fff);
        let right_to_left = code >= 0x590
            && is_from_right(character);
        joins || wide || right_to_left
    })
}

/// LEFT-TO-RIGHT ISOLATE and POP DIRECTIONAL ISOLATE: what is between them is set from the left, by itself.
const ISOLATE: &str = "\u{2066}";
const END_ISOLATE: &str = "\u{2069}";
/// The same with LEFT-TO-RIGHT OVERRIDE and POP DIRECTIONAL FORMATTING.
const ISOLATE_OVERRIDE: &str = "\u{2066}\u{202d}";
const END_ISOLATE_OVERRIDE: &str = "\u{202c}\u{2069}";

/// Which invisible characters have to stand at which places of a text, so that each number is read in its own order: in
/// text from the right, the groups of "+972 3-123-4567" would stand in the order of words (Annex 9, rules W2 to N2). None
/// where nothing runs from the right.
pub(crate) fn number_marks(text: &str, right_to_left: bool) -> Vec<(usize, &'static str)> {
    if !right_to_left && (is_before_hebrew(text) || !text.chars().any(is_from_right)) {
        return Vec::new();
    }
    let mut made: Vec<(usize, &str)> = Vec::new();
    let mut end = 0;
    for number in numbers(text) {
        // It stood close to the one before.
        if number.start < end {
            continue;
        }
        let number = with_letters(text, number, end);
        // Digits alone have but one order.
        if text[number.clone()].chars().all(char::is_numeric) {
            continue;
        }
        end = number.end;
        // Groups of these digits have an order of their own even in text from the left.
        let own_order = |character: char| matches!(class(character), BidiClass::ArabicNumber);
        let (from, to) = if text[number.clone()].contains(own_order) {
            (ISOLATE_OVERRIDE, END_ISOLATE_OVERRIDE)
        } else {
            (ISOLATE, END_ISOLATE)
        };
        made.extend([(number.start, from), (number.end, to)]);
    }
    made
}

/// The same text with these characters in it.
pub(crate) fn with_number_marks(text: &str, right_to_left: bool) -> String {
    let mut made = String::with_capacity(text.len());
    let mut from = 0;
    for (at, mark) in number_marks(text, right_to_left) {
        made.push_str(&text[from..at]);
        made.push_str(mark);
        from = at;
    }
    made.push_str(&text[from..]);
    made
}

/// A number with the Latin letters, the percent sign and the sign of a currency that stand close to it: "B12-34#".
fn with_letters(text: &str, number: Range<usize>, least: usize) -> Range<usize> {
    let close = |character: &char| {
        character.is_ascii_alphanumeric()
            || matches!(class(*character), BidiClass::EuropeanTerminator)
    };
    let joins = |rest: &mut dyn Iterator<Item = char>| {
        matches!(rest.next(), Some('-' | '/' | '.' | '_' | '*'))
            && rest.next().is_some_and(|next| next.is_ascii_alphanumeric())
    };
    let (mut start, mut end) = (number.start, number.end);
    loop {
        let letters = text[end..].chars().take_while(close);
        end += letters.map(char::len_utf8).sum::<usize>();
        if !joins(&mut text[end..].chars()) {
            break;
        }
        end += 1;
    }
    loop {
        let letters = text[least..start].chars().rev().take_while(close);
        start -= letters.map(char::len_utf8).sum::<usize>();
        if !joins(&mut text[least..start].chars().rev()) {
            break;
        }
        start -= 1;
    }
    start..end
}

fn is_from_right(character: char) -> bool {
    matches!(
        class(character),
        BidiClass::RightToLeft | BidiClass::ArabicLetter | BidiClass::ArabicNumber
    )
}

fn class(character: char) -> BidiClass {
    CodePointMapData::<BidiClass>::new().get(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With `<` and `>` for the marks, `[` and `]` for those with an override.
    fn marked(text: &str) -> String {
        with_number_marks(text, false)
            .replace(ISOLATE_OVERRIDE, "[")
            .replace(END_ISOLATE_OVERRIDE, "]")
            .replace(ISOLATE, "<")
            .replace(END_ISOLATE, ">")
    }

    #[test]
    fn a_number_in_text_from_the_right_is_kept_in_its_order() {
        for (text, wanted) in [
            (
                "טל +972 3-123-4567, קוד 12-34#",
                "טל <+972 3-123-4567>, קוד <12-34#>",
            ),
            ("هاتف 050-123-4567", "هاتف <050-123-4567>"),
            ("هاتف ٠٥٠-١٢٣-٤٥٦٧", "هاتف [٠٥٠-١٢٣-٤٥٦٧]"),
            ("تلفن ۰۲۱-۸۸۷۷۶۶۵۵", "تلفن <۰۲۱-۸۸۷۷۶۶۵۵>"),
            ("קוד B12-C34# ו-₪12.50", "קוד <B12-C34#> ו-<₪12.50>"),
            ("ב-12:30 עד 21/11/2026", "ב-<12:30> עד <21/11/2026>"),
            ("הרצל 12 6688312", "הרצל 12 6688312"),
            ("Tel 050-123-4567", "Tel 050-123-4567"),
        ] {
            assert_eq!(marked(text), wanted);
        }
    }
}
