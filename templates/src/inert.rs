//! Text that cannot become layout. What people wrote (names, notes, dishes) is made inert before a template sees it:
//! every character that means something in the markup is replaced by a stand-in which no template can read, and only
//! after rendering do the stand-ins become escaped characters.
//!
//! Text is composed (NFC) first: a few characters are only other names of one that means something, such as the Greek
//! question mark for `;`, and whoever composes the markup later must find nothing new in it.
//!
//! A stand-in is the ASCII character moved to the supplementary private use area (`|` U+007C is U+F007C), so a
//! template that closes a brace, changes its delimiters or renders a value raw still finds no character to use.

//!
//! What people wrote says so in the markup ([`Author`]): layout breaks it wherever it must, never takes it for an amount,
//! and leads each of its rows, so that no row of it can be taken for one of ours. The marks are invisible characters that
//! other ReceiptLine programs print as nothing, and that people's text cannot contain.

use icu::normalizer::ComposingNormalizerBorrowed;

use crate::document::Author;

/// INVISIBLE SEPARATOR: a single row of people's begins.
pub(crate) const ROW_BEGINS: char = '\u{2063}';
/// INVISIBLE PLUS: a note of people's begins.
pub(crate) const NOTE_BEGINS: char = '\u{2064}';
/// INVISIBLE TIMES: people's text ends.
pub(crate) const ENDS: char = '\u{2062}';

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

/// Our own text, or the owner's, with stand-ins. Private characters from outside and control characters become U+FFFD, a
/// tab a space; a line break (CR LF is one) becomes a break in the cell. Spaces at the ends are kept without moving a column. Directional overrides, which
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
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                break_row(&mut made, isolated);
            }
            '\t' => made.push(' '),
            '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' => {}
            _ if character.is_control() || character >= '\u{F0000}' => made.push('\u{FFFD}'),
            _ if MEANING.contains(character) => made.push(stand_in(character)),
            _ => made.push(character),
        }
    }
    made.extend((0..spaces_after).map(|_| stand_in(' ')));
    made.extend(isolated.then_some(END_ISOLATE));
    made
}

/// Adds what people wrote, with stand-ins and between marks. Blanks of all kinds are one space, rows included where it is
/// a single row; what cannot be seen is left out; lines that would look like a rule are shortened.
pub(crate) fn push_people(made: &mut String, text: &str, author: Author) {
    made.push(match author {
        Author::Note => NOTE_BEGINS,
        Author::Row | Author::House => ROW_BEGINS,
    });
    if is_plain_for_people(text) {
        made.push_str(text);
    } else {
        push_cleaned(made, text, author);
    }
    made.push(ENDS);
}

/// Adds text of anybody's as the value of a property, with stand-ins for what would end or change it: all of it comes out
/// again, blanks and control characters too.
pub(crate) fn push_exactly(made: &mut String, text: &str) {
    if is_plain(text) {
        return made.push_str(text);
    }
    for character in text.chars() {
        made.push(match character {
            '\u{f0000}'.. => '\u{fffd}',
            '\0'..=' ' | '\u{7f}' => stand_in(character),
            _ if MEANING.contains(character) => stand_in(character),
            _ => character,
        });
    }
}

fn push_cleaned(made: &mut String, text: &str, author: Author) {
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    let isolated = text.chars().any(runs_left);
    let (mut between, mut begun, mut strokes) = (Between::Nothing, false, 0);
    let mut last = ' ';
    for character in text.chars() {
        let character = match kind(character) {
            Kind::Break if author == Author::Note => {
                between = Between::Rows;
                continue;
            }
            Kind::Break | Kind::Blank => {
                between = between.max(Between::Words);
                continue;
            }
            Kind::Unseen => continue,
            // What joins letters, and what turns them: not between letters that do neither.
            Kind::Joiner if last.is_ascii() => continue,
            Kind::Turn if !isolated => continue,
            Kind::Seen(character) => character,
            Kind::Joiner | Kind::Turn => character,
        };
        strokes = match character {
            _ if between == Between::Rows && !is_stroke(character) => 0,
            _ if between == Between::Rows => 1,
            _ if is_stroke(character) => strokes + 1,
            _ => 0,
        };
        if strokes > MOST_STROKES {
            continue;
        }
        match between {
            Between::Rows if begun => break_row(made, isolated),
            Between::Words if begun => made.push(' '),
            _ if !begun => made.extend(isolated.then_some(ISOLATE)),
            Between::Nothing | Between::Words | Between::Rows => {}
        }
        (between, begun, last) = (Between::Nothing, true, character);
        made.push(if MEANING.contains(character) {
            stand_in(character)
        } else {
            character
        });
    }
    made.extend((isolated && begun).then_some(END_ISOLATE));
}

/// Whether two texts of people are the same on paper.
pub(crate) fn reads_alike(one: &str, other: &str, author: Author) -> bool {
    let cleaned = |text: &str| {
        let mut made = String::with_capacity(text.len());
        push_cleaned(&mut made, text, author);
        made
    };
    one == other || cleaned(one) == cleaned(other)
}

/// Strokes beside one another; more would look like a rule across the paper.
const MOST_STROKES: u32 = 3;

/// What has to come before the next character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Between {
    Nothing,
    Words,
    Rows,
}

/// What a character from people is.
enum Kind {
    /// A row ends.
    Break,
    /// A space, however wide.
    Blank,
    /// Nothing to be seen: controls, marks of direction, fillers.
    Unseen,
    /// Nothing to be seen, but letters of some scripts and emoji look otherwise with it.
    Joiner,
    /// Nothing to be seen, but it moves punctuation beside letters that run to the left.
    Turn,
    /// This, on paper.
    Seen(char),
}

fn kind(character: char) -> Kind {
    match character {
        '!'..='~' => Kind::Seen(character),
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::Break,
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => Kind::Blank,
        '\u{200e}' | '\u{200f}' | '\u{61c}' => Kind::Turn,
        '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => Kind::Joiner,
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => {
            Kind::Unseen
        }
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' => Kind::Unseen,
        // Lines and blocks of tables: ours alone.
        '\u{2502}' | '\u{2503}' | '\u{2506}' | '\u{2507}' | '\u{250a}' | '\u{250b}'
        | '\u{2551}' => Kind::Seen('|'),
        '\u{2500}'..='\u{257f}' => Kind::Seen('-'),
        '\u{2580}'..='\u{259f}' => Kind::Seen('#'),
        '\u{f0000}'.. => Kind::Seen('\u{fffd}'),
        _ if character.is_whitespace() => Kind::Blank,
        _ if character.is_control() => Kind::Unseen,
        _ => Kind::Seen(character),
    }
}

/// Of which a row could be made that looks like a rule.
fn is_stroke(character: char) -> bool {
    matches!(
        character,
        '-' | '_' | '=' | '~' | '#' | '*' | '\u{af}' | '\u{2010}'..='\u{2015}' | '\u{203e}' | '\u{2212}' | '\u{23af}'
            | '\u{2e3a}' | '\u{2e3b}' | '\u{30fc}' | '\u{fe4d}'..='\u{fe4f}' | '\u{fe58}' | '\u{fe63}'
            | '\u{ff0d}' | '\u{ff1d}' | '\u{ff3f}' | '\u{ff70}' | '\u{ffe3}'
    )
}

/// Whether people's text stays as it is, for the alphabets of which a glance tells.
fn is_plain_for_people(text: &str) -> bool {
    let mut last = ' ';
    let plain = |character: char| {
        let plain = match character {
            ' ' => last != ' ',
            '#' | '*' => false,
            '!'..='~' => !MEANING_OF[character as usize],
            '\u{a1}'..='\u{ac}' | '\u{ae}' | '\u{b0}'..='\u{2ff}' | 'Α'..='ω' | 'А'..='я' => {
                true
            }
            '€' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '\u{4e00}'..='\u{9fa5}' => true,
            _ => false,
        };
        last = character;
        plain
    };
    text.chars().all(plain) && !text.ends_with(' ')
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
    let mut made = String::with_capacity(rendered.len());
    let mut rest = rendered;
    // A stand-in begins with this byte in UTF-8, and nearly nothing else does.
    while let Some(at) = memchr::memchr(0xF3, rest.as_bytes()) {
        made.push_str(&rest[..at]);
        let mut behind = rest[at..].chars();
        if let Some(character) = behind.next() {
            push_escaped(&mut made, character);
        }
        rest = behind.as_str();
    }
    made.push_str(rest);
    made
}

fn push_escaped(made: &mut String, character: char) {
    match behind(character) {
        None => made.push(character),
        Some('\n') => made.push_str("\\n"),
        // A tilde is a space in a cell, but a tilde in the data of a code.
        Some(' ') => made.push_str("\\x20"),
        Some(control) if control.is_control() => {
            made.push_str(&format!("\\x{:02x}", u32::from(control)));
        }
        // ReceiptLine has no short escape for these two, and splits properties before it reads `\xNN`.
        Some(':') => made.push_str("\\x3a"),
        Some(';') => made.push_str("\\x3b"),
        Some(known) => made.extend(['\\', known]),
    }
}

/// What people wrote as a single row, in one step.
pub fn row(text: &str) -> String {
    let mut made = String::with_capacity(text.len() + 16);
    push_people(&mut made, text, Author::Row);
    escaped(&made)
}

/// Our own text as one step: for markup that is written without a template.
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
    (original.is_ascii_control() || original == ' ' || MEANING.contains(original))
        .then_some(original)
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
            "a\u{FFFD}p\u{FFFD}\u{FFFD}\u{FFFD}b "
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
        assert_eq!(text("  a b "), r"\x20\x20a b\x20");
        assert_eq!(text("  "), r"\x20\x20");
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

    /// Without the marks.
    fn cleaned(text: &str, author: Author) -> String {
        let mut made = String::new();
        push_people(&mut made, text, author);
        let made = escaped(&made);
        let begins = if author == Author::Note {
            NOTE_BEGINS
        } else {
            ROW_BEGINS
        };
        let within = made
            .strip_prefix(begins)
            .and_then(|made| made.strip_suffix(ENDS));
        within.unwrap().to_owned()
    }

    #[test]
    fn a_single_row_of_people_stays_one_whatever_separates_it() {
        for separator in [
            "\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}", "\t",
        ] {
            assert_eq!(
                cleaned(
                    &format!(" a{separator}{separator}b{separator}"),
                    Author::Row
                ),
                "a b"
            );
        }
        assert_eq!(
            cleaned("a\n\n \u{b}b\tc\u{3000} d", Author::Note),
            "a\\nb c d"
        );
    }

    #[test]
    fn what_people_write_and_nobody_sees_is_left_out() {
        assert_eq!(
            cleaned("a\u{0}\u{1b}\u{202e}\u{feff}\u{2063}\u{ad}b", Author::Row),
            "ab"
        );
        assert_eq!(cleaned("\u{200b}\u{200e}", Author::Row), "");
        assert_eq!(
            cleaned("क\u{94d}\u{200d}ष", Author::Row),
            "क\u{94d}\u{200d}ष"
        );
        assert_eq!(
            cleaned("שלום\u{200f}!\n1", Author::Note),
            "\u{2068}שלום\u{200f}!\u{2069}\\n\u{2068}1\u{2069}"
        );
    }

    #[test]
    fn no_row_of_strokes_looks_like_a_rule() {
        assert_eq!(cleaned("────── x", Author::Row), "\\-\\-\\- x");
        assert_eq!(
            cleaned("- - - - - -\n══════", Author::Note),
            "\\- \\- \\-\\n\\-\\-\\-"
        );
        assert_eq!(
            cleaned("Cola│light – 0,3", Author::Row),
            "Cola\\|light – 0,3"
        );
    }

    proptest! {
        /// The same for what people write.
        #[test]
        fn plain_text_of_people_is_clean_already(input in prop_oneof![any::<String>(), "[ -~\u{a0}-\u{17f}Α-ωА-яぁ-ゖ一-龥\u{300}-\u{308}]{0,8}"]) {
            if is_plain_for_people(&input) {
                let mut made = String::new();
                push_cleaned(&mut made, &input, Author::Row);
                prop_assert_eq!(made, input);
            }
        }

        /// Neither does a mark, a line break or anything unseen of theirs come through.
        #[test]
        fn nothing_of_people_leaves_unescaped(input in any::<String>()) {
            for author in [Author::Row, Author::Note] {
                let made = cleaned(&input, author);
                let mut characters = made.chars();
                while let Some(character) = characters.next() {
                    prop_assert!(!character.is_control() && character < '\u{F0000}', "{made:?}");
                    prop_assert!(!('\u{2060}'..'\u{2068}').contains(&character), "{made:?}");
                    if character == '\\' {
                        prop_assert!(characters.next().is_some());
                    } else {
                        prop_assert!(!MEANING.contains(character), "{made:?}");
                    }
                }
            }
        }

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
