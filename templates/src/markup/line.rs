//! A line of markup into its columns.

use smallvec::SmallVec;

use crate::document::Align;

/// A column as written: the characters between two pipes, without the space around them.
pub(super) struct Written<'m> {
    pub(super) text: &'m str,
    pub(super) align: Align,
}

/// Splits a line at its pipes. A column leans to the pipe that it touches; the first and the last column may do without
/// their outer pipe and then lean to the paper's edge unless they touch the inner one.
pub(super) fn columns(line: &str) -> SmallVec<[Written<'_>; 8]> {
    let mut parts = parts(line.trim_matches(BLANK));
    let piped = parts.len() > 1;
    let opened = piped && parts.first().is_some_and(|text| text.is_empty());
    if opened {
        parts.remove(0);
    }
    let closed = parts.len() > 1 && parts.last().is_some_and(|text| text.is_empty());
    if closed {
        parts.pop();
    }
    let last = parts.len() - 1;
    let closed = closed || (piped && !opened && last == 0);
    let written = parts.into_iter().enumerate().map(|(place, text)| {
        let mut before = text.starts_with(BLANK);
        let mut after = text.ends_with(BLANK);
        if piped && place == 0 && !opened && !text.is_empty() && !after {
            before = true;
        } else if piped && place == last && !closed && !text.is_empty() && !before {
            after = true;
        }
        let align = match (before, after) {
            (false, true) => Align::Left,
            (true, false) => Align::Right,
            (false, false) | (true, true) => Align::Center,
        };
        Written {
            text: text.trim_matches(BLANK),
            align,
        }
    });
    written.collect()
}

const BLANK: [char; 2] = [' ', '\t'];

/// What stands between unescaped pipes; at least one part.
fn parts(line: &str) -> SmallVec<[&str; 8]> {
    let bytes = line.as_bytes();
    let mut parts = SmallVec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = memchr::memchr2(b'|', b'\\', &bytes[at..]) {
        let found = at + found;
        at = found + 1;
        if bytes[found] == b'|' {
            parts.push(&line[start..found]);
            start = at;
        } else {
            // Whatever follows the backslash; the tail of a longer character is neither a pipe nor a backslash.
            at = (at + 1).min(bytes.len());
        }
    }
    parts.push(&line[start..]);
    parts
}
