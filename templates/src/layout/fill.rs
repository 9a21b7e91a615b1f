//! Lines of text that is wider than its room.

use std::ops::Range;

use smallvec::SmallVec;

use super::Spans;
use super::breaks::{Break, breaks};
use super::grapheme::{Grapheme, graphemes, total};
use super::room::{CellLine, LEAD_WIDTH, Room, Stand, lead};
use crate::document::{Align, Author, Font, Run, Span, Wrap};
use crate::numbers::numbers;

/// Text that is wider than its room. Lines are stretches of its graphemes, so that nothing is copied.
pub(super) struct Text<'t> {
    text: &'t str,
    graphemes: Vec<Grapheme>,
    room: Room,
}

type Lines<'t> = SmallVec<[CellLine<'t>; 1]>;

impl<'t> Text<'t> {
    pub(super) fn new(text: &'t str, runs: &[Run], room: Room) -> Self {
        Text {
            text,
            graphemes: graphemes(text, runs, room.width),
            room,
        }
    }

    /// Adds its lines; the error is the text of ours that has no room. What people wrote always has: it is broken
    /// wherever it must be.
    pub(super) fn lay_out(self, made: &mut Lines<'t>) -> Result<(), String> {
        if self.room.amounts && self.has_digit() {
            // "53,40 €" in wide letters is better read narrow and in one piece than in two.
            let narrow: Vec<Grapheme> = self.graphemes.iter().map(|one| one.narrow()).collect();
            if total(&narrow) <= self.limit(0, made) {
                self.push(&narrow, made);
                return Ok(());
            }
        }
        match self.room.wrap {
            Wrap::Never if !self.has_digit() => {
                self.cut(made);
                Ok(())
            }
            Wrap::Never if !self.room.amounts && self.has_amount(&self.graphemes) => {
                Err(self.plain(&self.graphemes))
            }
            Wrap::Characters if !self.room.amounts => self.fill(Wrap::Characters, made),
            Wrap::Characters | Wrap::Never => self.fill(Wrap::Words, made),
            Wrap::Words => self.without_edges().fill(Wrap::Words, made),
        }
    }

    fn of(&self, grapheme: Grapheme) -> &'t str {
        &self.text[grapheme.from..grapheme.to]
    }

    fn is_space(&self, grapheme: Grapheme) -> bool {
        matches!(self.of(grapheme), " " | "\u{3000}" | "\u{200b}")
    }

    fn has_digit(&self) -> bool {
        let mut graphemes = self.graphemes.iter();
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
    fn lead_width(&self, first: Grapheme, made: &Lines) -> u32 {
        if first.author == Author::House || made.is_empty() && self.room.preceded {
            return 0;
        }
        LEAD_WIDTH.min(self.room.width.saturating_sub(first.width))
    }

    /// Cells for a line of which the first grapheme is here or behind spaces.
    fn limit(&self, from: usize, made: &Lines) -> u32 {
        let mut rest = self.graphemes[from..].iter();
        let first = rest.find(|grapheme| !self.is_space(**grapheme));
        self.room.width - first.map_or(0, |first| self.lead_width(*first, made))
    }

    /// A line of these graphemes, with its lead.
    fn push(&self, graphemes: &[Grapheme], made: &mut Lines<'t>) {
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
        made.push(spans.into());
    }

    fn cut(&self, made: &mut Lines<'t>) {
        let (mut taken, limit) = (0, self.limit(0, made));
        let fits = |grapheme: &&Grapheme| {
            taken += grapheme.width;
            taken <= limit
        };
        let count = self.graphemes.iter().take_while(fits).count();
        self.push(&self.graphemes[..count], made);
    }

    fn fill(mut self, wrap: Wrap, made: &mut Lines<'t>) -> Result<(), String> {
        let breaks = breaks(self.text, &self.graphemes, wrap, self.room.width);
        let count = self.graphemes.len();
        let mut start = 0;
        while start < count {
            let limit = self.limit(start, made);
            let (end, at) = self.end_of_line(&breaks, wrap, start, limit);
            if at > Break::Word
                && let Some(number) = self.number_at(&breaks, start)
            {
                if self.make_narrow(&number, limit) {
                    self.line(number.clone(), wrap, made);
                    start = self.behind_spaces(number.end, wrap);
                    continue;
                }
                if self.push_across(&breaks, &number, made) {
                    start = self.behind_spaces(number.end, wrap);
                    continue;
                }
                if self.room.amounts && self.has_amount(&self.graphemes[number.clone()]) {
                    return Err(self.plain(&self.graphemes[number]));
                }
            }
            if end == start {
                return Err(self.plain(&self.graphemes[start..]));
            }
            if self.is_amount_behind_people(&breaks, start..end) {
                let spans = self.spans(self.without_spaces(start..end));
                let stand = Stand::Row(Align::Right, Font::A);
                made.push(CellLine { spans, stand });
            } else {
                self.line(start..end, wrap, made);
            }
            start = self.behind_spaces(end, wrap);
        }
        Ok(())
    }

    /// Spaces at a break disappear; those at the beginning were written on purpose.
    fn behind_spaces(&self, at: usize, wrap: Wrap) -> usize {
        if wrap == Wrap::Characters {
            return at;
        }
        let spaces = self.graphemes[at..].iter();
        at + spaces.take_while(|one| self.is_space(**one)).count()
    }

    /// Where a line of these cells ends that begins here, and how well the text breaks there.
    fn end_of_line(
        &self,
        breaks: &[Break],
        wrap: Wrap,
        start: usize,
        limit: u32,
    ) -> (usize, Break) {
        let mut best = (start, Break::Anywhere);
        let mut taken = 0_u32;
        let rest = self.graphemes.iter().zip(breaks).enumerate().skip(start);
        for (at, (grapheme, here)) in rest {
            if at > start && *here <= best.1 {
                best = (at, *here);
            }
            taken = taken.saturating_add(grapheme.width);
            // Spaces may stand out of a line, where nobody sees them.
            let hangs = wrap != Wrap::Characters && self.is_space(*grapheme);
            if taken > limit && !hangs {
                return best;
            }
        }
        (self.graphemes.len(), Break::Word)
    }

    /// The word that begins here, if it is a number for the most part.
    fn number_at(&self, breaks: &[Break], start: usize) -> Option<Range<usize>> {
        let rest = &breaks[start + 1..];
        let rest = &rest[..rest.len().min(LONGEST_NUMBER)];
        let end = match rest.iter().position(|one| *one == Break::Word) {
            Some(place) => start + 1 + place,
            None if rest.len() < LONGEST_NUMBER => self.graphemes.len(),
            None => return None,
        };
        let visible = |one: &Grapheme| !self.is_space(*one);
        let end = start + 1 + self.graphemes[start..end].iter().rposition(visible)?;
        let (first, last) = (self.graphemes.get(start)?, self.graphemes.get(end - 1)?);
        let word = self.text.get(first.from..last.to)?;
        let digits: usize = numbers(word).map(|number| number.len()).sum();
        let letters = word
            .chars()
            .filter(|character| character.is_alphabetic())
            .count();
        let ours = self.room.amounts && self.has_amount(&self.graphemes[start..end]);
        (digits > letters || ours).then_some(start..end)
    }

    /// An amount of ours that is all of a line, since what people wrote before it left no room: it stands where amounts do.
    fn is_amount_behind_people(&self, breaks: &[Break], line: Range<usize>) -> bool {
        let (before, rest) = self.graphemes.split_at(line.start);
        self.room.small > 0
            && line.end == self.graphemes.len()
            && before.iter().any(|one| one.author != Author::House)
            && rest.iter().all(|one| one.author == Author::House)
            && self.number_at(breaks, line.start).is_some_and(|number| {
                number.end == line.start + self.without_spaces(line.clone()).len()
            })
    }

    /// Without the spaces at the end.
    fn without_spaces(&self, line: Range<usize>) -> &[Grapheme] {
        let graphemes = &self.graphemes[line];
        let visible = |one: &Grapheme| !self.is_space(*one);
        let end = graphemes.iter().rposition(visible);
        &graphemes[..end.map_or(0, |last| last + 1)]
    }

    /// Makes a number narrow, if it has room then.
    fn make_narrow(&mut self, number: &Range<usize>, limit: u32) -> bool {
        let graphemes = &mut self.graphemes[number.clone()];
        let narrow: Vec<Grapheme> = graphemes.iter().map(|one| one.narrow()).collect();
        let fits = total(&narrow) <= limit;
        if fits {
            graphemes.copy_from_slice(&narrow);
        }
        fits
    }

    /// A number that has no room in its column stands alone in a row of paper: as large as it is, narrow, or in small
    /// letters; if even those have no room, in several rows, broken between its groups.
    fn push_across(&self, breaks: &[Break], number: &Range<usize>, made: &mut Lines<'t>) -> bool {
        let large = &self.graphemes[number.clone()];
        let narrow: Vec<Grapheme> = large.iter().map(|one| one.narrow()).collect();
        let is_people = |one: &&Grapheme| one.author != Author::House;
        let first = large.first().filter(is_people);
        let lead_width = first.map_or(0, |_| LEAD_WIDTH);
        let align = large.iter().find(is_people);
        let align = align.map_or(Align::Right, |_| Align::Left);
        let mut push = |graphemes: &[Grapheme], font| {
            let lead = first.map(|one| lead(one.author, one.style));
            made.push(CellLine {
                spans: lead.into_iter().chain(self.spans(graphemes)).collect(),
                stand: Stand::Row(align, font),
            });
        };
        let row = self.room.row.saturating_sub(lead_width);
        let small = self.room.small.saturating_sub(lead_width);
        for (graphemes, room, font) in [
            (large, row, Font::A),
            (&narrow, row, Font::A),
            (&narrow, small, Font::B),
        ] {
            if total(graphemes) <= room {
                push(graphemes, font);
                return true;
            }
        }
        let mut parts = Vec::new();
        let mut from = 0;
        while from < narrow.len() {
            let (mut to, mut best, mut taken) = (from, Break::Group, 0);
            for at in from..=narrow.len() {
                if taken > row {
                    break;
                }
                let here = breaks.get(number.start + at).filter(|_| at < narrow.len());
                let here = here.copied().unwrap_or(Break::Word);
                if at > from && here <= best {
                    (to, best) = (at, here);
                }
                taken += narrow.get(at).map_or(0, |one| one.width);
            }
            if to == from {
                return false;
            }
            parts.push(from..to);
            from = to;
        }
        for part in parts {
            push(&narrow[part], Font::A);
        }
        true
    }

    /// A line without the spaces at its end, if anything else is in it.
    fn line(&self, graphemes: Range<usize>, wrap: Wrap, made: &mut Lines<'t>) {
        if wrap == Wrap::Characters {
            return self.push(&self.graphemes[graphemes], made);
        }
        let visible = self.without_spaces(graphemes);
        if !visible.is_empty() {
            self.push(visible, made);
        }
    }
}

/// Graphemes; what is longer is no number that anybody reads.
const LONGEST_NUMBER: usize = 160;
