//! The text of a column: toggles, escapes, line breaks.

use crate::document::{Author, Document, Style};
use crate::inert::{ENDS, NOTE_BEGINS, ROW_BEGINS};

/// Stands for what cannot be on paper, so that nothing disappears in silence.
const REPLACEMENT: &str = "\u{fffd}";

/// A place in bytes from the beginning of the line, and what is odd there.
pub(super) type Warning = (usize, String);

/// Writes a column's text, which begins at byte `at` of its line, to the column of the document that was begun last.
pub(super) fn write(text: &str, at: usize, document: &mut Document, notes: &mut Vec<Warning>) {
    let mut style = Style::default();
    let mut author = Author::House;
    let mut scaled = 0;
    let mut rest = text;
    loop {
        let plain = plain_until(rest);
        if plain > 0 {
            document.write(&rest[..plain], style, author);
            rest = &rest[plain..];
        }
        let Some(character) = rest.chars().next() else {
            return;
        };
        let here = at + (text.len() - rest.len());
        rest = &rest[character.len_utf8()..];
        match character {
            '\\' => {
                let (escaped, taken) = escape(rest, here, notes);
                rest = &rest[taken..];
                match escaped {
                    Some(character) if ends_row(character) => document.break_line(style, author),
                    Some(character) => write_sign(character, style, author, document),
                    None => {}
                }
            }
            '~' => document.write(" ", style, author),
            _ if ends_row(character) => document.break_line(style, author),
            ROW_BEGINS => author = Author::Row,
            NOTE_BEGINS => author = Author::Note,
            ENDS => author = Author::House,
            '_' => style.underline = !style.underline,
            '"' => style.bold = !style.bold,
            '`' => style.inverse = !style.inverse,
            '^' => {
                let more = rest.len() - rest.trim_start_matches('^').len();
                rest = &rest[more..];
                scale(&mut style, &mut scaled, more + 1);
            }
            _ => write_sign(character, style, author, document),
        }
    }
}

/// Bytes at the beginning that mean nothing but themselves.
fn plain_until(text: &str) -> usize {
    let bytes = text.as_bytes();
    let special = |byte: &u8| MEANING[usize::from(*byte)];
    let Some(mut place) = bytes.iter().position(special) else {
        return bytes.len();
    };
    // Two lead bytes begin characters of both kinds; most of them are as plain as letters.
    while let Some(character @ '\u{80}'..) = text[place..].chars().next()
        && printed(character) == Some(character)
    {
        let from = place + character.len_utf8();
        match bytes[from..].iter().position(special) {
            Some(more) => place = from + more,
            None => return bytes.len(),
        }
    }
    place
}

/// Bytes that may begin something other than a plain character: toggles, escapes, control characters, and the lead bytes
/// of U+0080..=U+00BF and U+2000..=U+2FFF.
const MEANING: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(
            byte as u8,
            b'\\' | b'~' | b'_' | b'"' | b'`' | b'^' | 0..0x20 | 0x7f | 0xc2 | 0xe2
        );
        byte += 1;
    }
    table
};

/// Line breaks of all kinds; word processors make U+000B of Shift+Enter.
fn ends_row(character: char) -> bool {
    matches!(
        character,
        '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

fn write_sign(character: char, style: Style, author: Author, document: &mut Document) {
    match printed(character) {
        Some(character) => document.write(character.encode_utf8(&mut [0; 4]), style, author),
        // A soft hyphen is seen only where a word is broken at it, which is not done here.
        None if is_unseen(character) => {}
        None => document.write(REPLACEMENT, style, author),
    }
}

/// What stands on paper for a character. Control characters could become commands, and overrides of direction turn what
/// stands beside them.
fn printed(character: char) -> Option<char> {
    match character {
        '\t' => Some(' '),
        '\u{ad}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' => None,
        ROW_BEGINS | NOTE_BEGINS | ENDS => None,
        _ if character.is_control() => None,
        _ => Some(character),
    }
}

/// Left out without a sign of it: what is no character, but a mark.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{ad}' | ROW_BEGINS | NOTE_BEGINS | ENDS)
}

/// `^` wide, `^^` high, `^^^` to `^^^^^^^` 2 to 6 times both; the same again ends it.
fn scale(style: &mut Style, scaled: &mut usize, count: usize) {
    let count = count.min(7);
    *scaled = if *scaled == count { 0 } else { count };
    (style.wide, style.high) = match *scaled {
        0 => (1, 1),
        1 => (2, 1),
        2 => (1, 2),
        3 => (2, 2),
        4 => (3, 3),
        5 => (4, 4),
        6 => (5, 5),
        _ => (6, 6),
    };
}

/// A value of a property, with its escapes read; line breaks stay.
pub(super) fn plain(text: &str, at: usize, notes: &mut Vec<Warning>) -> String {
    let mut value = String::with_capacity(text.len());
    for character in unescaped(text, at, notes) {
        match printed(character) {
            Some(character) => value.push(character),
            None if character == '\n' => value.push('\n'),
            None if is_unseen(character) => {}
            None => value.push_str(REPLACEMENT),
        }
    }
    value
}

/// The data of a code: every character as it is written, control characters too, but our own marks.
pub(super) fn exact(text: &str, at: usize, notes: &mut Vec<Warning>) -> String {
    let is_mark = |character: &char| matches!(*character, ROW_BEGINS | NOTE_BEGINS | ENDS);
    unescaped(text, at, notes)
        .filter(|character| !is_mark(character))
        .collect()
}

/// The bytes that a value names, each character below U+0100 one of them; `None` when there is any other.
pub(super) fn bytes(text: &str, at: usize, notes: &mut Vec<Warning>) -> Option<Vec<u8>> {
    unescaped(text, at, notes)
        .map(|character| u8::try_from(character).ok())
        .collect()
}

fn unescaped(text: &str, at: usize, notes: &mut Vec<Warning>) -> impl Iterator<Item = char> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let character = rest.chars().next()?;
            let here = at + (text.len() - rest.len());
            rest = &rest[character.len_utf8()..];
            if character != '\\' {
                return Some(character);
            }
            let (escaped, taken) = escape(rest, here, notes);
            rest = &rest[taken..];
            if escaped.is_some() {
                return escaped;
            }
        }
    })
}

/// What a backslash and the characters behind it mean, and how many bytes of those it takes.
fn escape(after: &str, at: usize, notes: &mut Vec<Warning>) -> (Option<char>, usize) {
    let mut warn = |what: &str| notes.push((at, what.to_owned()));
    match after.as_bytes() {
        [] => {
            warn("a backslash at the end means nothing; write \\\\ for a backslash");
            (None, 0)
        }
        [b'n', ..] => (Some('\n'), 1),
        [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default();
            (char::from_u32(digit(high) * 16 + digit(low)), 3)
        }
        [b'x', ..] => {
            warn("\\x wants two hexadecimal digits, such as \\x41");
            (None, 1)
        }
        _ => {
            let escaped = after.chars().next();
            let taken = escaped.map_or(0, char::len_utf8);
            if let Some(character) = escaped.filter(|escaped| !ESCAPED.contains(*escaped)) {
                warn(&format!(
                    "\\{character} means nothing special; write \\\\ for a backslash"
                ));
            }
            (escaped, taken)
        }
    }
}

const ESCAPED: &str = "\\{|}-=_\"`^~;:";
