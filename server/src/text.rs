//! What people wrote, before it is kept: without characters that are no text, and of a length that paper can bear.

use api::Code;

use crate::refusal::{Refusal, no};

/// The text without control characters (a line break and a tab stay) and without space around it.
///
/// A control character has nothing to say on paper, and an order is not turned away for one.
///
/// # Errors
/// When it has more than `longest` characters.
pub(crate) fn tidy(text: &str, longest: usize, field: &str) -> Result<String, Refusal> {
    let tidy: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let tidy = tidy.trim();
    if tidy.chars().count() > longest {
        return Err(no(
            Code::Invalid,
            format!("{field} has more than {longest} characters; make it shorter"),
        )
        .at(field));
    }
    Ok(tidy.to_owned())
}

/// The same for a text that need not be there: what is blank is not there.
///
/// # Errors
/// As [`tidy`].
pub(crate) fn tidy_if_any(
    text: Option<&str>,
    longest: usize,
    field: &str,
) -> Result<Option<String>, Refusal> {
    let tidy = text.map(|text| tidy(text, longest, field)).transpose()?;
    Ok(tidy.filter(|text| !text.is_empty()))
}

/// The same for a text that must say something.
///
/// # Errors
/// When it is blank, and as [`tidy`].
pub(crate) fn tidy_and_there(text: &str, longest: usize, field: &str) -> Result<String, Refusal> {
    let tidy = tidy(text, longest, field)?;
    if tidy.is_empty() {
        return Err(no(Code::Invalid, format!("{field} is empty")).at(field));
    }
    Ok(tidy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_every_script_stays() {
        assert_eq!(
            tidy(" a\u{1b}@\0b\nΑθηνά\u{7} خالد ", 40, "note").unwrap(),
            "a@b\nΑθηνά خالد"
        );
        assert_eq!(tidy_if_any(Some(" \u{1}\t"), 40, "note").unwrap(), None);
        assert_eq!(
            tidy_and_there("\0", 40, "name")
                .unwrap_err()
                .problem
                .field
                .as_deref(),
            Some("name")
        );
        assert!(
            tidy("ééé", 3, "note").is_ok(),
            "characters are counted, not bytes"
        );
        assert!(tidy("éééé", 3, "note").is_err());
    }
}
