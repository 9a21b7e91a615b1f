//! The text of a column: toggles, escapes, line breaks.

use crate::document::{Span, Style};

/// Stands for what cannot be on paper, so that nothing disappears in silence.
const REPLACEMENT: char = '\u{fffd}';

/// A place in characters from the beginning of the text, and what is odd there.
pub(super) type Odd = (usize, String);

/// Text as lines of spans.
pub(super) fn spans(text: &str, notes: &mut Vec<Odd>) -> Vec<Vec<Span>> {
    let characters: Vec<char> = text.chars().collect();
    let mut writing = Writing::default();
    let mut at = 0;
    while let Some(character) = characters.get(at) {
        let style = &mut writing.style;
        at += 1;
        match character {
            '\\' => {
                let (escaped, taken) = escape(&characters[at..], at - 1, notes);
                at += taken;
                match escaped {
                    Some('\n') => writing.break_line(),
                    Some(character) => writing.push(character),
                    None => {}
                }
            }
            '~' => writing.push(' '),
            '_' => style.underline = !style.underline,
            '"' => style.bold = !style.bold,
            '`' => style.inverse = !style.inverse,
            '^' => {
                let more = characters[at..]
                    .iter()
                    .take_while(|next| **next == '^')
                    .count();
                at += more;
                writing.scale(more + 1);
            }
            _ => writing.push(*character),
        }
    }
    writing.lines
}

/// A value of a property, with its escapes read; line breaks stay.
pub(super) fn plain(text: &str, at: usize, notes: &mut Vec<Odd>) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut value = String::with_capacity(text.len());
    let mut place = 0;
    while let Some(character) = characters.get(place) {
        place += 1;
        if *character == '\\' {
            let (escaped, taken) = escape(&characters[place..], at + place - 1, notes);
            place += taken;
            value.extend(escaped.map(|character| match character {
                '\n' => character,
                _ => printable(character),
            }));
        } else {
            value.push(printable(*character));
        }
    }
    value
}

/// The bytes that a value names, each character below U+0100 one of them; `None` when there is any other.
pub(super) fn bytes(text: &str, at: usize, notes: &mut Vec<Odd>) -> Option<Vec<u8>> {
    let characters: Vec<char> = text.chars().collect();
    let mut bytes = Vec::with_capacity(text.len());
    let mut place = 0;
    while let Some(character) = characters.get(place) {
        place += 1;
        let mut named = Some(*character);
        if *character == '\\' {
            let (escaped, taken) = escape(&characters[place..], at + place - 1, notes);
            place += taken;
            named = escaped;
        }
        if let Some(character) = named {
            bytes.push(u8::try_from(character).ok()?);
        }
    }
    Some(bytes)
}

/// What a backslash and the characters behind it mean, and how many of those it takes.
fn escape(after: &[char], at: usize, notes: &mut Vec<Odd>) -> (Option<char>, usize) {
    match after {
        ['n', ..] => (Some('\n'), 1),
        ['x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            let digit = |character: &char| character.to_digit(16).unwrap_or_default();
            (char::from_u32(digit(high) * 16 + digit(low)), 3)
        }
        ['x', ..] => {
            notes.push((
                at,
                "\\x wants two hexadecimal digits, such as \\x41".to_owned(),
            ));
            (None, 1)
        }
        [character, ..] => {
            if !"\\{|}-=_\"`^~;:".contains(*character) {
                notes.push((
                    at,
                    format!("\\{character} means nothing special; write \\\\ for a backslash"),
                ));
            }
            (Some(*character), 1)
        }
        [] => {
            notes.push((
                at,
                "a backslash at the end means nothing; write \\\\ for a backslash".to_owned(),
            ));
            (None, 0)
        }
    }
}

/// Control characters could become commands, and overrides of direction turn what stands beside them.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' => REPLACEMENT,
        _ if character.is_control() => REPLACEMENT,
        _ => character,
    }
}

/// The lines written so far, and how the next character looks.
struct Writing {
    lines: Vec<Vec<Span>>,
    style: Style,
    scaled: usize,
}

impl Default for Writing {
    fn default() -> Self {
        Writing {
            lines: vec![Vec::new()],
            style: Style::default(),
            scaled: 0,
        }
    }
}

impl Writing {
    fn push(&mut self, character: char) {
        let style = self.style;
        let character = printable(character);
        if character == '\u{ad}' {
            // A soft hyphen is seen only where a word is broken at it, which is not done here.
            return;
        }
        let Some(line) = self.lines.last_mut() else {
            return;
        };
        match line.last_mut() {
            Some(span) if span.style == style => span.text.push(character),
            _ => line.push(Span {
                text: character.to_string(),
                style,
            }),
        }
    }

    fn break_line(&mut self) {
        self.lines.push(Vec::new());
    }

    /// `^` wide, `^^` high, `^^^` to `^^^^^^^` 2 to 6 times both; the same again ends it.
    fn scale(&mut self, count: usize) {
        let count = count.min(7);
        self.scaled = if self.scaled == count { 0 } else { count };
        (self.style.wide, self.style.high) = match self.scaled {
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
}
