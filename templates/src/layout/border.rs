//! The lines around and between the columns of a table.

use smallvec::SmallVec;

use super::columns::{Area, Areas};
use super::{Line, Piece, Spans, TextLine};
use crate::document::{Align, Font, Frame, Span, Style};

/// The vertical lines of a row: their cells, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bars {
    at: SmallVec<[u32; 9]>,
    font: Font,
}

impl Bars {
    /// Around and between these columns; none around none.
    pub(super) fn of(areas: &Areas, font: Font) -> Bars {
        let shown = || areas.iter().filter(|area| area.width > 0);
        let first = shown().map(|area| area.left - 1).min();
        let ends = shown().map(|area| area.left + area.width);
        let mut at: SmallVec<[u32; 9]> = first.into_iter().chain(ends).collect();
        at.sort_unstable();
        Bars { at, font }
    }

    /// As parts of a line of text, which may stand across the columns.
    pub(super) fn pieces<'d>(&self, across: bool) -> impl Iterator<Item = Piece<'d>> {
        let last = self.at.len().saturating_sub(1);
        let shown = move |(place, _): &(usize, &u32)| !across || *place == 0 || *place == last;
        let shown = self.at.iter().enumerate().filter(shown);
        shown.map(|(_, x)| piece(*x, 1, "│".into()))
    }

    fn left(&self) -> u32 {
        self.at.first().copied().unwrap_or_default()
    }

    /// Behind the last one.
    fn right(&self) -> u32 {
        self.at.last().map_or(0, |last| last + 1)
    }
}

/// The table that the last row belongs to.
#[derive(Debug, Default)]
pub(super) enum Table {
    /// None.
    #[default]
    Closed,
    /// This row was the last.
    Open(Bars),
    /// A rule follows this row; how it looks depends on the next one.
    Ruled(Bars),
}

impl Table {
    /// Before a row with these bars: the line above it, if there is one.
    pub(super) fn row<'d>(&mut self, bars: Bars) -> SmallVec<[Line<'d>; 2]> {
        let next = Table::Open(bars.clone());
        match std::mem::replace(self, next) {
            Table::Open(above) if above.font == bars.font => SmallVec::new(),
            Table::Ruled(above) if above.font == bars.font => {
                SmallVec::from_iter([between(Some(&above), Some(&bars))])
            }
            Table::Closed => SmallVec::from_iter([between(None, Some(&bars))]),
            Table::Open(above) | Table::Ruled(above) => {
                SmallVec::from_iter([between(Some(&above), None), between(None, Some(&bars))])
            }
        }
    }

    /// A rule between rows. At the edge of a table there is a line already.
    pub(super) fn rule(&mut self) {
        *self = match std::mem::take(self) {
            Table::Closed => Table::Closed,
            Table::Open(bars) | Table::Ruled(bars) => Table::Ruled(bars),
        };
    }

    /// The line below the last row.
    pub(super) fn end<'d>(&mut self) -> Option<Line<'d>> {
        match std::mem::take(self) {
            Table::Closed => None,
            Table::Open(bars) | Table::Ruled(bars) => Some(between(Some(&bars), None)),
        }
    }
}

/// A line with a knot at each bar above and below it.
fn between<'d>(above: Option<&Bars>, below: Option<&Bars>) -> Line<'d> {
    let both = || above.into_iter().chain(below);
    let left = both().map(Bars::left).min().unwrap_or_default();
    let right = both().map(Bars::right).max().unwrap_or_default();
    let within =
        |bars: Option<&Bars>, x| bars.is_some_and(|bars| (bars.left()..bars.right()).contains(&x));
    let has = |bars: Option<&Bars>, x| bars.is_some_and(|bars| bars.at.contains(&x));
    let knots =
        (left..right).map(
            |x| match (has(above, x), has(below, x), x == left, x + 1 == right) {
                (false, true, true, _) => '┌',
                (false, true, _, true) => '┐',
                (true, false, true, _) => '└',
                (true, false, _, true) => '┘',
                (true, true, true, _) => '├',
                (true, true, _, true) => '┤',
                (true, true, ..) => '┼',
                (true, false, ..) => '┴',
                (false, true, ..) => '┬',
                (false, false, ..) if within(above, x) || within(below, x) => '─',
                (false, false, ..) => ' ',
            },
        );
    let text: String = knots.collect();
    let font = both().map(|bars| bars.font).next().unwrap_or_default();
    Line::Text(TextLine {
        pieces: SmallVec::from_iter([piece(left, right.saturating_sub(left), text.into())]),
        font,
        ..TextLine::default()
    })
}

/// A line across the paper.
pub(super) fn rule<'d>(frame: &'d Frame, area: Area) -> Line<'d> {
    let bytes = area.width as usize * '─'.len_utf8();
    let text = match LONG_RULE.get(..bytes) {
        Some(text) => text.into(),
        None => "─".repeat(area.width as usize).into(),
    };
    Line::Text(TextLine {
        pieces: SmallVec::from_iter([piece(area.left, area.width, text)]),
        ..TextLine::of(frame)
    })
}

/// As wide as any usual paper.
const LONG_RULE: &str = "────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────";

fn piece<'d>(x: u32, width: u32, text: std::borrow::Cow<'d, str>) -> Piece<'d> {
    let span = Span {
        text,
        style: Style::default(),
    };
    Piece {
        x,
        width,
        align: Align::Left,
        right_to_left: false,
        spans: Spans::from_iter([span]),
    }
}
