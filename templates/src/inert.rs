//! Text that cannot become layout. What people wrote (names, notes, dishes) is made inert before a template sees it:
//! every character that means something in the markup is replaced by a stand-in which no template can read, and only
//! after rendering do the stand-ins become escaped characters.
//!
//! Text is composed (NFC) first: a few characters are only other names of one that means something, such as the Greek
//! question mark for `;`, and whoever composes the markup later must find nothing new in it.
//!
//! A stand-in is the ASCII character moved to the supplementary private use area (`|` U+007C is U+F007C), so a
//! template that closes a brace, changes its delimiters or renders a value raw still finds no character to use.

use icu::normalizer::ComposingNormalizerBorrowed;

/// Where ASCII stands while it is inert.
const STAND_IN: u32 = 0xF_0000;

/// What means something in ReceiptLine: everywhere in a line (`|`, `{`, `}`, the toggles, `~`, `\`), alone in a line
/// (`-`, `=`) or between braces (`;`, `:`).
const MEANING: &str = "|{}_\"`^~\\-=;:";

/// The same by character.
const MEANING_OF: [bool; 128] = {
    let mut table = [false; 128];
    let mut at = 0;
    while at < MEANING.len() {
        table[MEANING.as_bytes()[at] as usize] = true;
        at += 1;
    }
    table
};

/// FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE; they take no room.
const ISOLATE: char = '\u{2068}';
const END_ISOLATE: char = '\u{2069}';

/// The text with stand-ins. Private characters from outside and control characters become U+FFFD; a line break (CR LF
/// is one) becomes a break in the cell. Spaces at the ends are kept without moving a column. Directional overrides, which
/// could turn the rest of a row around, are left out, and each row of text that runs from right to left is isolated, so
/// that a number beside it stays beside it (Unicode Standard Annex 9, section 2.5).
pub fn inert(text: &str) -> String {
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    let spaces_before = text.len() - text.trim_start_matches(' ').len();
    let spaces_after = if spaces_before == text.len() {
        0
    } else {
        text.len() - text.trim_end_matches(' ').len()
    };
    let isolated = text.chars().any(runs_left);
    let mut made = String::with_capacity(text.len() + 8);
    made.extend(isolated.then_some(ISOLATE));
    made.extend((0..spaces_before).map(|_| stand_in(' ')));
    let mut characters = text[spaces_before..text.len() - spaces_after]
        .chars()
        .peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                break_row(&mut made, isolated);
            }
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => break_row(&mut made, isolated),
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
            _ if character.is_control() || character >= '\u{F0000}' => made.push('\u{FFFD}'),
            _ if MEANING.contains(character) => made.push(stand_in(character)),
            _ => made.push(character),
        }
    }
    made.extend((0..spaces_after).map(|_| stand_in(' ')));
    made.extend(isolated.then_some(END_ISOLATE));
    made
}

/// Whether [`inert`] would leave the text as it is, for the alphabets of which a glance tells.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_plain = |character: char| match character {
        ' '..='~' => !MEANING_OF[character as usize],
        // Latin, Greek, Cyrillic, Kana and Han letters are composed already and have no other names.
        '\u{a0}'..='\u{2ff}' | 'Α'..='ω' | 'А'..='я' => true,
        '€' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '\u{4e00}'..='\u{9fa5}' => true,
        _ => false,
    };
    text.chars().all(is_plain) && !text.starts_with(' ') && !text.ends_with(' ')
}

/// What was rendered, with each stand-in as an escaped character of the markup.
pub fn escaped(rendered: &str) -> String {
    // A stand-in begins with this byte in UTF-8, and nearly nothing else does.
    let first = rendered.bytes().position(|byte| byte == 0xF3);
    let (before, rendered) = rendered.split_at(first.unwrap_or(rendered.len()));
    let mut made = String::with_capacity(before.len() + rendered.len() + 16);
    made.push_str(before);
    for character in rendered.chars() {
        match behind(character) {
            None => made.push(character),
            Some('\n') => made.push_str("\\n"),
            Some(' ') => made.push('~'),
            // ReceiptLine has no short escape for these two, and splits properties before it reads `\xNN`.
            Some(':') => made.push_str("\\x3a"),
            Some(';') => made.push_str("\\x3b"),
            Some(known) => made.extend(['\\', known]),
        }
    }
    made
}

/// Text as one step: for markup that is written without a template.
pub fn text(text: &str) -> String {
    escaped(&inert(text))
}

fn break_row(made: &mut String, isolated: bool) {
    made.extend(isolated.then_some(END_ISOLATE));
    made.push(stand_in('\n'));
    made.extend(isolated.then_some(ISOLATE));
}

/// The blocks of Hebrew, Arabic and their like.
fn runs_left(character: char) -> bool {
    matches!(u32::from(character), 0x590..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFE | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF)
}

fn stand_in(character: char) -> char {
    char::from_u32(STAND_IN + u32::from(character)).unwrap_or('\u{FFFD}')
}

fn behind(character: char) -> Option<char> {
    let original = u32::from(character)
        .checked_sub(STAND_IN)
        .and_then(char::from_u32)?;
    (original == '\n' || original == ' ' || MEANING.contains(original)).then_some(original)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_character_with_a_meaning_comes_out_escaped() {
        assert_eq!(
            text(r#"a|b{c}d_e"f`g^h~i\j-k=l"#),
            r#"a\|b\{c\}d\_e\"f\`g\^h\~i\\j\-k\=l"#
        );
        assert_eq!(text("command:1b;c"), r"command\x3a1b\x3bc");
        assert_eq!(text("Fish & <Chips> 'ä€'"), "Fish & <Chips> 'ä€'");
    }

    #[test]
    fn a_line_break_stays_in_its_cell_and_cr_lf_is_one() {
        assert_eq!(text("a\r\nb\nc\rd\u{2028}e\u{85}f"), r"a\nb\nc\nd\ne\nf");
        assert_eq!(text("\r\r\n"), r"\n\n");
    }

    #[test]
    fn control_and_private_characters_cannot_come_in() {
        assert_eq!(
            text("a\u{1b}p\0\u{7f}\u{9b}b\t"),
            "a\u{FFFD}p\u{FFFD}\u{FFFD}\u{FFFD}b\u{FFFD}"
        );
        assert_eq!(
            text("\u{F007C}\u{10FFFD}\u{E000}"),
            "\u{FFFD}\u{FFFD}\u{E000}"
        );
    }

    #[test]
    fn other_names_of_a_character_are_that_character() {
        assert_eq!(text("\u{37E}\u{1FEF}"), "\\x3b\\`");
        assert_eq!(text("e\u{301}"), "é");
    }

    #[test]
    fn spaces_at_the_ends_move_no_column() {
        assert_eq!(text("  a b "), "~~a b~");
        assert_eq!(text("  "), "~~");
    }

    #[test]
    fn nobody_turns_the_rest_of_a_row_around() {
        assert_eq!(text("\u{202A}+49 30\u{202C}\u{202E}x\u{2066}"), "+49 30x");
    }

    #[test]
    fn text_from_right_to_left_leaves_its_neighbours_where_they_are() {
        assert_eq!(text("دجاج"), "\u{2068}دجاج\u{2069}");
        assert_eq!(
            text("\u{2069}שלום\r\nx"),
            "\u{2068}שלום\u{2069}\\n\u{2068}x\u{2069}"
        );
    }

    proptest! {
        /// The glance never lets through what the long look would change.
        #[test]
        fn plain_text_is_inert_already(input in prop_oneof![any::<String>(), "[ -~\u{a0}-\u{17f}Α-ωА-яぁ-ゖ一-龥\u{300}-\u{308}]{0,8}"]) {
            if is_plain(&input) {
                prop_assert_eq!(inert(&input), input);
            }
        }

        /// Whatever comes in, no character with a meaning leaves without its backslash, and no line break at all.
        #[test]
        fn nothing_unescaped_leaves(input in any::<String>()) {
            let made = text(&input);
            let mut characters = made.chars();
            while let Some(character) = characters.next() {
                prop_assert!(!character.is_control() && character < '\u{F0000}', "{made:?}");
                if character == '\\' {
                    prop_assert!(characters.next().is_some());
                } else {
                    prop_assert!(character == '~' || !MEANING.contains(character), "{made:?}");
                }
            }
        }
    }
}
