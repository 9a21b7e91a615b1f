//! Normalization of text that people wrote, before it is stored.
//!
//! A control character means nothing on paper; it is no reason to refuse an order, so it is removed, and a line break
//! in a field of one row becomes a space.

use api::Code;
use icu::{
    normalizer::ComposingNormalizerBorrowed,
    properties::{
        CodePointMapData, CodePointSetData,
        props::{DefaultIgnorableCodePoint, GeneralCategory},
    },
};

use crate::refusal::{Refusal, no};

/// A text of several rows: line breaks are `\n`, at most one blank row stands between two others, and there is no space
/// at either end.
pub(crate) fn note(text: &str) -> String {
    let mut rows: Vec<String> = Vec::new();
    for row in rows_of(text) {
        let row = without_controls(&row).trim_end().to_owned();
        let blank_before = rows.last().is_none_or(String::is_empty);
        if !(row.is_empty() && blank_before) {
            rows.push(row);
        }
    }
    rows.join("\n").trim().to_owned()
}

/// A text of one row: line breaks and tabs are spaces.
pub(crate) fn single_row(text: &str) -> String {
    let pieces: Vec<_> = rows_of(text)
        .flat_map(|row| row.split('\t').map(without_controls).collect::<Vec<_>>())
        .map(|piece| piece.trim().to_owned())
        .filter(|piece| !piece.is_empty())
        .collect();
    pieces.join(" ")
}

/// Refuses a text of more than `max` characters.
pub(crate) fn within(text: String, max: usize, field: &str) -> Result<String, Refusal> {
    let count = text.chars().count();
    if count > max {
        return Err(no(
            Code::Invalid,
            format!("{field} has {count} characters and at most {max} are taken; make it shorter"),
        )
        .at(field));
    }
    Ok(text)
}

/// [`single_row`] for a text that must not be blank, of at most `max` characters.
pub(crate) fn required_text(text: &str, max: usize, field: &str) -> Result<String, Refusal> {
    let text = within(single_row(text), max, field)?;
    if text.is_empty() {
        return Err(no(Code::Invalid, format!("{field} is empty")).at(field));
    }
    Ok(text)
}

/// What a text says by which somebody names a thing: two that look the same are the same, however they were typed
/// (full-width digits, composed letters, characters of no width).
pub(crate) fn identifying(text: &str) -> String {
    let alike = ComposingNormalizerBorrowed::new_nfkc();
    let unseen = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let categories = CodePointMapData::<GeneralCategory>::new();
    let seen: String = alike
        .normalize(text)
        .chars()
        .filter(|&c| !unseen.contains(c) && categories.get(c) != GeneralCategory::Format)
        .collect();
    // What stood on both sides of such a character may be one letter now.
    alike.normalize(&seen).trim().to_owned()
}

/// Splits at every line break that Unicode knows (UAX 14: BK, CR, LF, NL).
fn rows_of(text: &str) -> impl Iterator<Item = String> {
    let unix = text.replace("\r\n", "\n");
    let is_break = |c| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let rows: Vec<_> = unix.split(is_break).map(str::to_owned).collect();
    rows.into_iter()
}

fn without_controls(text: &str) -> String {
    text.chars()
        .filter(|&c| !c.is_control() || c == '\t')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_every_script_stays() {
        assert_eq!(note(" a\u{1b}@\0b\nΑθηνά\u{7} خالد "), "a@b\nΑθηνά خالد");
        assert_eq!(note(" \u{1}\t"), "");
        let refused = required_text("\0", 40, "name").unwrap_err();
        assert_eq!(refused.problem.field.as_deref(), Some("name"));
        assert!(
            required_text("ééé", 3, "note").is_ok(),
            "characters are counted, not bytes"
        );
        assert!(required_text("éééé", 3, "note").is_err());
    }

    #[test]
    fn names_that_look_the_same_are_the_same() {
        for alike in [
            "17",
            "17\u{200b}",
            "\u{feff}1\u{2060}7",
            "１７",
            "\u{3000}17\u{a0}",
            "1\u{ad}7",
        ] {
            assert_eq!(identifying(alike), "17", "{alike:?}");
        }
        assert_eq!(identifying("Caf\u{e9}"), identifying("Cafe\u{200d}\u{301}"));
        for other in ["A-17", "a-17", "١٧", "17 b", "17b"] {
            assert_eq!(identifying(other), other);
        }
        assert_eq!(identifying("\u{200b}\u{115f}\u{ffa0}"), "");
    }

    #[test]
    fn a_field_of_one_row_never_has_two() {
        for (text, row) in [
            ("Anna\nMaria", "Anna Maria"),
            ("Anna \r\n\r\n Maria\r", "Anna Maria"),
            (
                "Anna\u{2028}Maria\u{2029}\u{85}B.\u{b}C.\u{c}",
                "Anna Maria B. C.",
            ),
            ("1\t2", "1 2"),
            ("\n", ""),
            ("Anna  Maria", "Anna  Maria"),
        ] {
            assert_eq!(single_row(text), row, "{text:?}");
        }
    }

    #[test]
    fn blank_rows_of_a_note_are_not_paper() {
        assert_eq!(note("a\r\nb\rc"), "a\nb\nc");
        assert_eq!(note(&format!("a{}b", "\n \u{2028}".repeat(200))), "a\n\nb");
        assert_eq!(note(&"\n".repeat(498)), "");
        assert_eq!(note("a  \n   b\tc"), "a\n   b\tc");
    }
}
