//! Text into lines that are not wider than their column. Amounts are never broken.

use smallvec::SmallVec;
use unicode_segmentation::UnicodeSegmentation;

use super::Spans;
use super::grapheme::{Grapheme, graphemes, total};
use crate::document::{Author, Run, Span, Style, Wrap};
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

/// The room for text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Cells.
    pub(super) width: u32,
    pub(super) wrap: Wrap,
    /// A column of amounts among others: there a broken number would be a wrong one.
    pub(super) amounts: bool,
    /// Something of ours stands before it in the same row of paper.
    pub(super) preceded: bool,
}

/// What stands before people's text where a row of paper would begin with it. Nothing of ours begins so.
fn lead<'t>(author: Author, style: Style) -> Span<'t> {
    let text = if author == Author::Note { "! " } else { "> " };
    Span {
        text: text.into(),
        style: Style { wide: 1, ..style },
    }
}

const LEAD_WIDTH: u32 = 2;

/// Adds the lines of what the markup has as one; the error is the text of ours that has no room. What people wrote always
/// has: it is broken wherever it must be.
pub(super) fn lines<'t>(
    text: &'t str,
    runs: &[Run],
    room: Room,
    made: &mut SmallVec<[Spans<'t>; 1]>,
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
        made.push(spans);
        return Ok(());
    }
    let text = Text {
        text,
        graphemes: graphemes(text, runs, room.width),
        width: room.width,
        preceded: room.preceded,
    };
    if room.amounts && text.has_digit(&text.graphemes) {
        // "53,40 €" in wide letters is better read narrow and in one piece than in two.
        let narrow: Vec<Grapheme> = text
            .graphemes
            .iter()
            .map(|grapheme| grapheme.narrow())
            .collect();
        if total(&narrow) <= text.limit(0, made) {
            text.push(&narrow, made);
            return Ok(());
        }
    }
    let everything = 0..text.graphemes.len();
    match room.wrap {
        Wrap::Never if !text.has_digit(&text.graphemes) => text.cut(made),
        Wrap::Never if text.has_amount(&text.graphemes) => {
            return Err(text.plain(&text.graphemes));
        }
        Wrap::Characters if !room.amounts => {
            let rest = text.by_characters(everything, made)?;
            text.push(&text.graphemes[rest..], made);
        }
        Wrap::Characters | Wrap::Never => text.by_words(room.amounts, made)?,
        Wrap::Words => text.without_edges().by_words(room.amounts, made)?,
    }
    Ok(())
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

/// Text that is wider than its room. Lines are stretches of its graphemes, so that nothing is copied.
struct Text<'t> {
    text: &'t str,
    graphemes: Vec<Grapheme>,
    width: u32,
    preceded: bool,
}

impl<'t> Text<'t> {
    fn of(&self, grapheme: Grapheme) -> &'t str {
        &self.text[grapheme.from..grapheme.to]
    }

    fn is_space(&self, grapheme: Grapheme) -> bool {
        matches!(self.of(grapheme), " " | "\u{3000}" | "\u{200b}")
    }

    fn has_digit(&self, graphemes: &[Grapheme]) -> bool {
        let mut graphemes = graphemes.iter();
        graphemes.any(|grapheme| self.of(*grapheme).chars().any(char::is_numeric))
    }

    /// A digit of ours: part of an amount, a time or a number.
    fn has_amount(&self, graphemes: &[Grapheme]) -> bool {
        let mut graphemes = graphemes.iter();
        graphemes.any(|grapheme| {
            grapheme.author == Author::House && self.of(*grapheme).chars().any(char::is_numeric)
        })
    }

    fn plain(&self, graphemes: &[Grapheme]) -> String {
        graphemes
            .iter()
            .map(|grapheme| self.of(*grapheme))
            .collect()
    }

    fn spans(&self, graphemes: &[Grapheme]) -> Spans<'t> {
        let together =
            |left: &Grapheme, right: &Grapheme| left.style == right.style && left.to == right.from;
        let spans = graphemes.chunk_by(together).filter_map(|graphemes| {
            let (first, last) = (graphemes.first()?, graphemes.last()?);
            Some(Span {
                text: self.text[first.from..last.to].into(),
                style: first.style,
            })
        });
        spans.collect()
    }

    /// Where black text breaks, the space inside its edge stays neither before nor behind it: on one side alone it would
    /// stand askew.
    fn without_edges(mut self) -> Self {
        let is_edge = |grapheme: &Grapheme| grapheme.style.inverse && self.is_space(*grapheme);
        if let [first, .., last] = self.graphemes.as_slice()
            && is_edge(first)
            && is_edge(last)
        {
            self.graphemes.pop();
            self.graphemes.remove(0);
        }
        self
    }

    /// The cells that a lead takes in a line that begins with this grapheme; none where there is no room for it.
    fn lead_width(&self, first: Grapheme, made: &[Spans<'t>]) -> u32 {
        if first.author == Author::House || made.is_empty() && self.preceded {
            return 0;
        }
        LEAD_WIDTH.min(self.width.saturating_sub(first.width))
    }

    /// Cells for a line of which the first grapheme is here or behind spaces.
    fn limit(&self, from: usize, made: &[Spans<'t>]) -> u32 {
        let mut rest = self.graphemes[from..].iter();
        let first = rest.find(|grapheme| !self.is_space(**grapheme));
        self.width - first.map_or(0, |first| self.lead_width(*first, made))
    }

    /// A line of these graphemes, with its lead.
    fn push(&self, graphemes: &[Grapheme], made: &mut SmallVec<[Spans<'t>; 1]>) {
        let mut visible = graphemes.iter();
        let first = visible.find(|grapheme| !self.is_space(**grapheme));
        let mut spans = Spans::new();
        if let Some(first) = first {
            let width = self.lead_width(*first, made);
            if width > 0 {
                let mut lead = lead(first.author, first.style);
                if width < LEAD_WIDTH {
                    lead.text = lead.text.trim_end().to_owned().into();
                }
                spans.push(lead);
            }
        }
        spans.extend(self.spans(graphemes));
        made.push(spans);
    }

    fn cut(&self, made: &mut SmallVec<[Spans<'t>; 1]>) {
        let (mut taken, limit) = (0, self.limit(0, made));
        let fits = |grapheme: &&Grapheme| {
            taken += grapheme.width;
            taken <= limit
        };
        let count = self.graphemes.iter().take_while(fits).count();
        self.push(&self.graphemes[..count], made);
    }

    /// Full lines of these graphemes; returns where the one begins that is not yet full.
    fn by_characters(
        &self,
        graphemes: std::ops::Range<usize>,
        made: &mut SmallVec<[Spans<'t>; 1]>,
    ) -> Result<usize, String> {
        let (mut start, mut taken) = (graphemes.start, 0);
        let mut limit = self.limit(start, made);
        for at in graphemes.clone() {
            let width = self.graphemes[at].width;
            if width > self.width {
                return Err(self.plain(&self.graphemes[graphemes]));
            }
            if taken + width > limit && start < at {
                self.push(&self.graphemes[start..at], made);
                (start, taken) = (at, 0);
                limit = self.limit(start, made);
            }
            taken += width;
        }
        Ok(start)
    }

    fn by_words(&self, amounts: bool, made: &mut SmallVec<[Spans<'t>; 1]>) -> Result<(), String> {
        let before = made.len();
        // The line that is not yet full, and the cells of its graphemes.
        let (mut start, mut end, mut taken) = (0, 0, 0_u32);
        let mut limit = self.limit(0, made);
        let mut at = 0;
        for word in self.words() {
            let here = at..at + word.len();
            at = here.end;
            let width = total(word);
            if word
                .first()
                .is_some_and(|grapheme| self.is_space(*grapheme))
            {
                // Spaces at a break disappear; those at the beginning were written on purpose.
                if start < end || made.len() == before {
                    taken = taken.saturating_add(width);
                    end = here.end;
                } else {
                    (start, end) = (here.end, here.end);
                }
                continue;
            }
            if taken.saturating_add(width) <= limit {
                taken += width;
                end = here.end;
                continue;
            }
            self.line(start..end, made);
            limit = self.limit(here.start, made);
            if width <= limit {
                (start, end, taken) = (here.start, here.end, width);
                continue;
            }
            if amounts && self.has_amount(word) {
                return Err(self.plain(word));
            }
            start = self.by_characters(here.clone(), made)?;
            limit = self.limit(start, made);
            end = here.end;
            taken = total(&self.graphemes[start..end]);
        }
        self.line(start..end, made);
        Ok(())
    }

    /// A line without the spaces at its end, if anything else is in it.
    fn line(&self, graphemes: std::ops::Range<usize>, made: &mut SmallVec<[Spans<'t>; 1]>) {
        let graphemes = &self.graphemes[graphemes];
        let last = graphemes
            .iter()
            .rposition(|grapheme| !self.is_space(*grapheme));
        if let Some(last) = last {
            self.push(&graphemes[..=last], made);
        }
    }

    /// Words and the spaces between them; each wide grapheme is a word, with the punctuation that must not leave it.
    fn words(&self) -> impl Iterator<Item = &[Grapheme]> {
        self.graphemes.chunk_by(
            |left, right| match (self.is_space(*left), self.is_space(*right)) {
                (true, true) => true,
                (true, false) | (false, true) => false,
                (false, false) if !left.is_wide() && !right.is_wide() => true,
                (false, false) => {
                    self.of(*right).starts_with(CLOSING) || self.of(*left).starts_with(OPENING)
                }
            },
        )
    }
}

/// What must not begin a line.
const CLOSING: fn(char) -> bool = |grapheme| {
    "、。，．・：；？！ー）」』】〕〉》ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?:;)]}%"
        .contains(grapheme)
};
/// What must not end one.
const OPENING: fn(char) -> bool = |grapheme| "（「『【〔〈《([{".contains(grapheme);
