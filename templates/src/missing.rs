//! Letters that can be neither sent nor drawn, since no font here has them. Their numbers are printed in their place, such
//! as `[U+13000]`, so that an order is never lost and a person can still find out what it says.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;

use crate::document::Document;
use crate::fonts::{is_ignorable, script_of};
use crate::layout::Pass;
use crate::markup::{Note, lines};
use crate::profile::Profile;
use crate::supplies::Supplies;

/// The letters of a ticket whose numbers are printed in their place, each once. `own` is the printer that may have them in
/// letters of its own; `None` where all of them are drawn.
pub fn missing_letters(
    document: &Document,
    own: Option<&Profile>,
    pass: &Pass,
    supplies: &Supplies,
) -> BTreeSet<char> {
    let mut wanted = BTreeSet::new();
    collect(document.text(), own, &mut wanted);
    collect(
        pass.backup_for.as_deref().unwrap_or_default(),
        own,
        &mut wanted,
    );
    if wanted.is_empty() {
        return wanted;
    }
    // Where there is no font at all, that is what has to be said.
    let lacking = supplies.fonts.lacking(&wanted, &pass.locale);
    lacking.unwrap_or_default()
}

/// The ticket as its paper shows it, see [`missing_letters`].
pub fn legible<'d>(
    document: &'d Document,
    own: Option<&Profile>,
    pass: &Pass,
    supplies: &Supplies,
) -> Cow<'d, Document> {
    legible_with(document, own, pass, supplies).0
}

/// The same, and what is said about its paper.
pub(crate) fn legible_with<'d, 'p>(
    document: &'d Document,
    own: Option<&Profile>,
    pass: &'p Pass,
    supplies: &Supplies,
) -> (Cow<'d, Document>, Cow<'p, Pass>) {
    let missing = missing_letters(document, own, pass, supplies);
    if missing.is_empty() {
        return (Cow::Borrowed(document), Cow::Borrowed(pass));
    }
    let rewrite = |text: &str| numbered(text, |letter| missing.contains(&letter));
    let pass = Pass {
        backup_for: pass.backup_for.as_deref().map(rewrite),
        ..pass.clone()
    };
    (Cow::Owned(document.with_text(rewrite)), Cow::Owned(pass))
}

/// The text with numbers in place of letters, those of neighbours in one pair of brackets.
pub(crate) fn numbered(text: &str, lacks: impl Fn(char) -> bool) -> String {
    let mut made = String::with_capacity(text.len() + 16);
    let mut within = false;
    for letter in text.chars() {
        if !lacks(letter) {
            made.extend(within.then_some(']'));
            within = false;
            made.push(letter);
            continue;
        }
        let before = if within { " " } else { "[U+" };
        within = true;
        let _infallible = write!(made, "{before}{:04X}", u32::from(letter));
    }
    made.extend(within.then_some(']'));
    made
}

/// The number of a letter as people write it: `U+13000`.
pub fn number_of(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

/// The font to install for a letter; `None` for one of no script, such as those of the private use areas.
pub fn font_for(letter: char) -> Option<String> {
    match script_of(letter)? {
        "Han" => Some("Noto Sans CJK".to_owned()),
        script => Some(format!("Noto Sans {}", script.replace('_', " "))),
    }
}

/// The first place of each of these letters in markup, and what can be done about it.
pub fn notes(markup: &str, missing: &BTreeSet<char>) -> Vec<Note> {
    let note = |(letter, line, column)| Note {
        line,
        column,
        what: advice(letter),
    };
    places(markup, missing).into_iter().map(note).collect()
}

/// The first line and column of each of these letters in markup. One that the markup does not have, such as one of the
/// name of a printer, has no place.
pub fn places(markup: &str, missing: &BTreeSet<char>) -> Vec<(char, u32, u32)> {
    let mut left = missing.clone();
    let mut places = Vec::new();
    for (line, text) in (1..).zip(lines(markup)) {
        if left.is_empty() {
            break;
        }
        for (column, letter) in (1..).zip(text.chars()) {
            if left.remove(&letter) {
                places.push((letter, line, column));
            }
        }
    }
    places
}

fn advice(letter: char) -> String {
    let number = number_of(letter);
    let cure = match font_for(letter) {
        Some(font) => {
            format!("install the font {font} on this PC, or put its file into the fonts folder")
        }
        None => "write something else".to_owned(),
    };
    format!("no font here has {number}, which is printed as its number; {cure}")
}

/// Letters beyond those that every font has, which the printer has not and which are more than a space.
fn collect(text: &str, own: Option<&Profile>, wanted: &mut BTreeSet<char>) {
    // Latin letters need no look.
    if text.bytes().all(|byte| byte < 0xcc) {
        return;
    }
    let mut last = ' ';
    for letter in text.chars() {
        if letter < '\u{300}' || letter == last {
            continue;
        }
        last = letter;
        let has = |profile: &Profile| profile.has_letters_for(letter.encode_utf8(&mut [0; 4]));
        if !own.is_some_and(has) && is_letter(letter) {
            wanted.insert(letter);
        }
    }
}

fn is_letter(letter: char) -> bool {
    letter != '\u{fffd}' && !letter.is_whitespace() && !letter.is_control() && !is_ignorable(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::Fonts;
    use crate::{parse, to_escpos, to_pdf, to_png, to_text};

    fn shipped() -> Supplies {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts");
        Fonts::of_folder_alone(folder.into()).into()
    }

    fn profile() -> Profile {
        Profile::named("generic-80").unwrap()
    }

    /// Two hieroglyphs and a letter of some program's own.
    const LACKING: &str = "{width:*,8}\n|Soup \u{13000}\u{13001} and \u{e000} | 8.50\n";

    #[test]
    fn the_number_of_a_letter_that_no_font_has_stands_in_its_place() {
        let document = parse(LACKING).document;
        let (profile, pass, supplies) = (profile(), Pass::default(), shipped());
        let legible = legible(&document, Some(&profile), &pass, &supplies);
        let text = to_text(&legible, &profile, &pass).unwrap();
        assert!(
            text.starts_with("Soup [U+13000 13001] and [U+E000] "),
            "{text}"
        );
        assert!(text.ends_with(" 8.50\n"), "{text}");
    }

    #[test]
    fn bytes_pictures_and_pdf_have_the_number_as_if_it_had_been_written() {
        let lacking = parse(LACKING).document;
        let written = parse("{width:*,8}\n|Soup [U+13000 13001] and [U+E000] | 8.50\n").document;
        let (profile, pass, supplies) = (profile(), Pass::default(), shipped());
        let bytes = |document| to_escpos(document, &profile, &pass, &supplies).unwrap();
        assert_eq!(bytes(&lacking), bytes(&written));
        let picture = |document| to_png(document, &profile, &pass, &supplies).unwrap();
        assert!(picture(&lacking) == picture(&written));
        let pdf = |document| to_pdf(document, &profile, &pass, &supplies, "").unwrap();
        assert!(pdf(&lacking) == pdf(&written));
    }

    #[test]
    fn a_letter_that_the_printer_or_a_font_has_is_not_missing() {
        let supplies = shipped();
        let missing = |text: &str, own: Option<&Profile>| {
            missing_letters(&parse(text).document, own, &Pass::default(), &supplies)
        };
        let known =
            "Café ½ Жук தோசை 김치 餃子 👩‍🍳 ❤️ 1️⃣ ↳ ✗ ✓ → ★ e\u{308}\u{304} \u{2003}\u{2063}\u{fffd}";
        assert_eq!(missing(known, None), BTreeSet::new());
        assert_eq!(
            missing("\u{13000}a\u{13000}", None),
            BTreeSet::from(['\u{13000}'])
        );
        assert_eq!(missing("\u{13000}", Some(&profile())).len(), 1);
        // Without any font the printer's own letters are all there is, and the error says so.
        let none = Supplies::from(Fonts::none());
        let document = parse("Ж \u{13000}").document;
        assert!(missing_letters(&document, None, &Pass::default(), &none).is_empty());
    }

    #[test]
    fn a_printer_whose_name_no_font_has_is_named_by_numbers() {
        let pass = Pass {
            backup_for: Some("\u{13000}".into()),
            ..Pass::default()
        };
        let document = parse("x").document;
        let (_, legible) = legible_with(&document, None, &pass, &shipped());
        assert_eq!(legible.backup_for.as_deref(), Some("[U+13000]"));
    }

    #[test]
    fn each_missing_letter_is_told_once_with_its_place_and_what_to_install() {
        let markup = "a\r\nbc \u{13000}\u{13000}\n\u{e000}";
        let notes = notes(markup, &BTreeSet::from(['\u{13000}', '\u{e000}']));
        let places: Vec<_> = notes.iter().map(|note| (note.line, note.column)).collect();
        assert_eq!(places, [(2, 4), (3, 1)]);
        assert!(notes[0].what.contains("U+13000"), "{}", notes[0].what);
        assert!(
            notes[0].what.contains("Noto Sans Egyptian Hieroglyphs"),
            "{}",
            notes[0].what
        );
        assert!(notes[1].what.contains("U+E000"), "{}", notes[1].what);
    }
}
