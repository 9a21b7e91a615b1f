//! A line of markup into its columns.

use smallvec::SmallVec;

use crate::document::Align;

/// A column as written: the characters between two pipes, without the space around them.
pub(super) struct RawColumn<'m> {
    pub(super) text: &'m str,
    pub(super) align: Align,
}

/// Splits a line at its pipes; there is at least one column. A column leans to the pipe that it touches; the first and
/// the last column may do without their outer pipe and then lean to the paper's edge unless they touch the inner one.
pub(super) fn columns(line: &str) -> SmallVec<[RawColumn<'_>; 8]> {
    let line = trimmed(line);
    let mut raw = SmallVec::new();
    let opening = (line.as_bytes().first() == Some(&b'|')).then(|| &line[1..]);
    let mut rest = opening.unwrap_or(line);
    loop {
        let pipe = pipe_in(rest);
        let text = &rest[..pipe.unwrap_or(rest.len())];
        rest = pipe.map_or("", |pipe| &rest[pipe + 1..]);
        let first = raw.is_empty();
        let ends = rest.is_empty();
        let bare_before = first && opening.is_none() && pipe.is_some();
        let bare_after = ends && pipe.is_none() && !(first && opening.is_none());
        raw.push(RawColumn {
            text: trimmed(text),
            align: leaning(text.as_bytes(), bare_before, bare_after),
        });
        if ends {
            return raw;
        }
    }
}

/// To which side a column leans; `bare` is the side at the edge of a line with pipes that has no pipe itself.
fn leaning(text: &[u8], bare_before: bool, bare_after: bool) -> Align {
    let mut before = text.first().is_some_and(is_blank);
    let mut after = text.last().is_some_and(is_blank);
    if bare_before && !text.is_empty() && !after {
        before = true;
    } else if bare_after && !text.is_empty() && !before {
        after = true;
    }
    match (before, after) {
        (false, true) => Align::Left,
        (true, false) => Align::Right,
        (false, false) | (true, true) => Align::Center,
    }
}

/// The first pipe without a backslash.
fn pipe_in(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'|', b'\\', text.as_bytes().get(from..)?)?;
        if text.as_bytes()[at] == b'|' {
            return Some(at);
        }
        // Whatever follows; the tail of a longer character is neither a pipe nor a backslash.
        from = at + 2;
    }
}

/// Without spaces and tabs at both ends.
pub(super) fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    let Some(last) = bytes.iter().rposition(|byte| !is_blank(byte)) else {
        return &text[..0];
    };
    let first = bytes.iter().position(|byte| !is_blank(byte));
    &text[first.unwrap_or(0)..=last]
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
