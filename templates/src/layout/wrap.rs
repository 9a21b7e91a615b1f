//! Text into lines that are not wider than their column. Amounts are never broken.

use smallvec::SmallVec;
use unicode_segmentation::UnicodeSegmentation;

use super::Spans;
use crate::document::{Run, Span, Style, Wrap};
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
}

/// Adds the lines of what the markup has as one; the error is the text that has no room.
pub(super) fn lines<'t>(
    text: &'t str,
    runs: &[Run],
    room: Room,
    made: &mut SmallVec<[Spans<'t>; 1]>,
) -> Result<(), String> {
    let mut spans = Spans::new();
    let mut width = 0_u32;
    for run in runs.iter().filter(|run| run.from < run.to) {
        let text = &text[run.from..run.to];
        width = width.saturating_add(width_of(text, run.style));
        spans.push(Span {
            text: text.into(),
            style: run.style,
        });
    }
    if width <= room.width {
        made.push(spans);
        return Ok(());
    }
    let text = Text {
        text,
        graphemes: graphemes(text, runs),
        width: room.width,
    };
    if room.amounts && text.has_digit(&text.graphemes) {
        // "53,40 €" in wide letters is better read narrow and in one piece than in two.
        let narrow: Vec<Grapheme> = text
            .graphemes
            .iter()
            .map(|grapheme| grapheme.narrow())
            .collect();
        if total(&narrow) <= room.width {
            made.push(text.spans(&narrow));
            return Ok(());
        }
    }
    match room.wrap {
        Wrap::Never => made.push(text.cut()?),
        Wrap::Characters if !room.amounts => {
            let rest = text.by_characters(0..text.graphemes.len(), made)?;
            made.push(text.spans(&text.graphemes[rest..]));
        }
        Wrap::Characters => text.by_words(room.amounts, made)?,
        Wrap::Words => text.without_edges().by_words(room.amounts, made)?,
    }
    Ok(())
}

/// A grapheme with its look, as a place in the text.
#[derive(Debug, Clone, Copy)]
struct Grapheme {
    from: usize,
    to: usize,
    style: Style,
    width: u32,
}

impl Grapheme {
    fn narrow(self) -> Self {
        Grapheme {
            style: Style {
                wide: 1,
                ..self.style
            },
            width: self.width / u32::from(self.style.wide.max(1)),
            ..self
        }
    }

    /// Han, kana, hangul: lines break between any two of them.
    fn is_wide(self) -> bool {
        self.width >= 2 * u32::from(self.style.wide.max(1))
    }
}

fn graphemes(text: &str, runs: &[Run]) -> Vec<Grapheme> {
    let mut graphemes = Vec::with_capacity(runs.iter().map(|run| run.to - run.from).sum());
    for run in runs {
        let style = run.style;
        let part = &text[run.from..run.to];
        if part.is_ascii() {
            graphemes.extend((run.from..run.to).map(|from| Grapheme {
                from,
                to: from + 1,
                style,
                width: u32::from(style.wide),
            }));
            continue;
        }
        graphemes.extend(part.grapheme_indices(true).map(|(at, grapheme)| Grapheme {
            from: run.from + at,
            to: run.from + at + grapheme.len(),
            style,
            width: cells(grapheme) * u32::from(style.wide),
        }));
    }
    graphemes
}

fn total(graphemes: &[Grapheme]) -> u32 {
    graphemes
        .iter()
        .fold(0, |sum, grapheme| sum.saturating_add(grapheme.width))
}

/// Text that is wider than its room. Lines are stretches of its graphemes, so that nothing is copied.
struct Text<'t> {
    text: &'t str,
    graphemes: Vec<Grapheme>,
    width: u32,
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

    fn cut(&self) -> Result<Spans<'t>, String> {
        if self.has_digit(&self.graphemes) {
            return Err(self.plain(&self.graphemes));
        }
        let mut taken = 0;
        let fits = |grapheme: &&Grapheme| {
            taken += grapheme.width;
            taken <= self.width
        };
        let count = self.graphemes.iter().take_while(fits).count();
        Ok(self.spans(&self.graphemes[..count]))
    }

    /// Full lines of these graphemes; returns where the one begins that is not yet full.
    fn by_characters(
        &self,
        graphemes: std::ops::Range<usize>,
        made: &mut SmallVec<[Spans<'t>; 1]>,
    ) -> Result<usize, String> {
        let (mut start, mut taken) = (graphemes.start, 0);
        for at in graphemes.clone() {
            let width = self.graphemes[at].width;
            if width > self.width {
                return Err(self.plain(&self.graphemes[graphemes]));
            }
            if taken + width > self.width {
                made.push(self.spans(&self.graphemes[start..at]));
                (start, taken) = (at, 0);
            }
            taken += width;
        }
        Ok(start)
    }

    fn by_words(&self, amounts: bool, made: &mut SmallVec<[Spans<'t>; 1]>) -> Result<(), String> {
        let before = made.len();
        // The line that is not yet full, and the cells of its graphemes.
        let (mut start, mut end, mut taken) = (0, 0, 0_u32);
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
            if taken.saturating_add(width) <= self.width {
                taken += width;
                end = here.end;
                continue;
            }
            self.line(start..end, made);
            if width <= self.width {
                (start, end, taken) = (here.start, here.end, width);
                continue;
            }
            if amounts && self.has_digit(word) {
                return Err(self.plain(word));
            }
            start = self.by_characters(here.clone(), made)?;
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
            made.push(self.spans(&graphemes[..=last]));
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
