//! Text as graphemes, each with its look, its author and its cells.

use unicode_segmentation::UnicodeSegmentation;

use crate::document::{Author, Run, Style};
use crate::fonts::cells;

/// A grapheme with its look, as a place in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grapheme {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) style: Style,
    pub(super) author: Author,
    pub(super) width: u32,
}

impl Grapheme {
    pub(super) fn narrow(self) -> Self {
        Grapheme {
            style: Style {
                wide: 1,
                ..self.style
            },
            width: self.width / u32::from(self.style.wide.max(1)),
            ..self
        }
    }
}

/// The graphemes of these runs. Of people's, what is too wide for the column is made narrow, and left out where even that
/// has no room.
pub(super) fn graphemes(text: &str, runs: &[Run], room: u32) -> Vec<Grapheme> {
    let mut graphemes = Vec::with_capacity(runs.iter().map(|run| run.to - run.from).sum());
    for run in runs {
        let (style, author) = (run.style, run.author);
        let part = &text[run.from..run.to];
        if part.is_ascii() {
            graphemes.extend((run.from..run.to).map(|from| Grapheme {
                from,
                to: from + 1,
                style,
                author,
                width: u32::from(style.wide),
            }));
            continue;
        }
        graphemes.extend(part.grapheme_indices(true).map(|(at, grapheme)| Grapheme {
            from: run.from + at,
            to: run.from + at + grapheme.len(),
            style,
            author,
            width: cells(grapheme) * u32::from(style.wide),
        }));
    }
    let theirs = |grapheme: &Grapheme| grapheme.author != Author::House;
    if graphemes
        .iter()
        .any(|grapheme| theirs(grapheme) && grapheme.width > room)
    {
        for grapheme in &mut graphemes {
            if theirs(grapheme) && grapheme.width > room {
                *grapheme = grapheme.narrow();
            }
        }
        graphemes.retain(|grapheme| !theirs(grapheme) || grapheme.width <= room);
    }
    graphemes
}

pub(super) fn total(graphemes: &[Grapheme]) -> u32 {
    graphemes
        .iter()
        .fold(0, |sum, grapheme| sum.saturating_add(grapheme.width))
}
