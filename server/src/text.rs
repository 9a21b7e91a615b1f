//! Normalization of text that people wrote, before it is stored.

use api::Code;

use crate::refusal::{Refusal, no};

/// Removes control characters (a line break and a tab stay) and space at both ends.
///
/// A control character means nothing on paper; it is no reason to refuse an order.
///
/// # Errors
/// When it has more than `longest` characters.
pub(crate) fn normalized(text: &str, longest: usize, field: &str) -> Result<String, Refusal> {
    let normalized: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let normalized = normalized.trim();
    if normalized.chars().count() > longest {
        return Err(no(
            Code::Invalid,
            format!("{field} has more than {longest} characters; make it shorter"),
        )
        .at(field));
    }
    Ok(normalized.to_owned())
}

/// [`normalized`] for an optional text: a blank one is `None`.
///
/// # Errors
/// As [`normalized`].
pub(crate) fn optional_text(
    text: Option<&str>,
    longest: usize,
    field: &str,
) -> Result<Option<String>, Refusal> {
    let normalized = text
        .map(|text| normalized(text, longest, field))
        .transpose()?;
    Ok(normalized.filter(|text| !text.is_empty()))
}

/// [`normalized`] for a text that must not be blank.
///
/// # Errors
/// When it is blank, and as [`normalized`].
pub(crate) fn required_text(text: &str, longest: usize, field: &str) -> Result<String, Refusal> {
    let normalized = normalized(text, longest, field)?;
    if normalized.is_empty() {
        return Err(no(Code::Invalid, format!("{field} is empty")).at(field));
    }
    Ok(normalized)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_every_script_stays() {
        assert_eq!(
            normalized(" a\u{1b}@\0b\nΑθηνά\u{7} خالد ", 40, "note").unwrap(),
            "a@b\nΑθηνά خالد"
        );
        assert_eq!(optional_text(Some(" \u{1}\t"), 40, "note").unwrap(), None);
        assert_eq!(
            required_text("\0", 40, "name")
                .unwrap_err()
                .problem
                .field
                .as_deref(),
            Some("name")
        );
        assert!(
            normalized("ééé", 3, "note").is_ok(),
            "characters are counted, not bytes"
        );
        assert!(normalized("éééé", 3, "note").is_err());
    }
}
