//! Text into lines that are not wider than their column.

use smallvec::SmallVec;
use unicode_segmentation::UnicodeSegmentation;

use super::Spans;
use super::fill::Text;
use super::room::{CellLine, LEAD_WIDTH, Room, lead};
use crate::document::{Author, Run, Span, Style};
use crate::fonts::cells;

/// Cells of text in a style.
pub fn width_of(text: &str, style: Style) -> u32 {
    let cells = match simple_width(text) {
        Some(width) => width,
        None => text.graphemes(true).map(cells).sum(),
    };
    cells.saturating_mul(u32::from(style.wide))
}

/// Of text below U+0300, where each character is a grapheme of one cell; control characters and soft hyphens are not in
/// the text of a document.
fn simple_width(text: &str) -> Option<u32> {
    let bytes = text.as_bytes();
    if bytes.is_ascii() {
        return u32::try_from(bytes.len()).ok();
    }
    let simple = bytes.iter().all(|byte| *byte < 0xcc);
    let characters = || bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    simple.then(characters)?.try_into().ok()
}

/// Adds the lines of what the markup has as one; the error is the text of ours that has no room. What people wrote always
/// has: it is broken wherever it must be.
pub(super) fn lines<'t>(
    text: &'t str,
    runs: &[Run],
    room: Room,
    made: &mut SmallVec<[CellLine<'t>; 1]>,
) -> Result<(), String> {
    let is_ours = |run: &Run| run.author == Author::House;
    let mut spans = Spans::new();
    let mut width = 0;
    if !runs.iter().all(is_ours) && (!made.is_empty() || !room.preceded) {
        let visible = |run: &&Run| !text[run.from..run.to].trim_start().is_empty();
        let first = runs.iter().find(visible);
        if let Some(first) = first.filter(|run| !is_ours(run)) {
            spans.push(lead(first.author, first.style));
            width = LEAD_WIDTH;
        }
    }
    // Where the last span begins and ends in the text.
    let (mut from, mut to) = (0, usize::MAX);
    for run in runs.iter().filter(|run| run.from < run.to) {
        width = width.saturating_add(width_of(&text[run.from..run.to], run.style));
        match spans.last_mut() {
            Some(span) if span.style == run.style && to == run.from => {
                span.text = text[from..run.to].into();
            }
            Some(_) | None => {
                from = run.from;
                spans.push(Span {
                    text: text[run.from..run.to].into(),
                    style: run.style,
                });
            }
        }
        to = run.to;
    }
    if width <= room.width {
        made.push(spans.into());
        return Ok(());
    }
    Text::new(text, runs, room).lay_out(made)
}

/// These runs without the black spaces at their ends, which would stand askew in a text of several rows.
pub(super) fn without_edges(text: &str, runs: &[Run]) -> SmallVec<[Run; 2]> {
    let mut runs: SmallVec<[Run; 2]> = runs.into();
    let is_edge = |run: &Run| run.style.inverse && run.author == Author::House;
    if let Some(first) = runs.first_mut()
        && is_edge(first)
    {
        let blank = text[first.from..first.to].len()
            - text[first.from..first.to].trim_start_matches(' ').len();
        first.from += blank;
    }
    if let Some(last) = runs.last_mut()
        && is_edge(last)
    {
        last.to = last.from + text[last.from..last.to].trim_end_matches(' ').len();
    }
    runs
}
