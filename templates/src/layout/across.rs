//! Rows of paper out of the lines of a row's columns: beside one another, but for what stands across.

use smallvec::SmallVec;

use super::columns::Area;
use super::room::{CellLine, Stand};
use super::{Piece, Spans};
use crate::document::{Align, Border, Font, Frame};

/// A column in its cells; as in [`Piece`], for all of its lines.
pub(super) struct Cell<'d> {
    pub(super) x: u32,
    pub(super) width: u32,
    pub(super) align: Align,
    pub(super) right_to_left: bool,
    pub(super) lines: SmallVec<[CellLine<'d>; 1]>,
}

impl<'d> Cell<'d> {
    pub(super) fn piece(&self, spans: Spans<'d>) -> Piece<'d> {
        Piece {
            x: self.x,
            width: self.width,
            align: self.align,
            right_to_left: self.right_to_left,
            spans,
        }
    }
}

/// What a row of paper shows of each column: the number of a line, or nothing.
pub(super) type PaperRow = SmallVec<[Option<usize>; 4]>;

/// The rows of paper that these columns take if something stands across one; else lines stand simply beside one another.
/// What stands across comes when all columns have come to their next such line, or to their end.
pub(super) fn paper_rows(cells: &[Cell]) -> Option<Vec<PaperRow>> {
    let is_across = |line: &CellLine| line.stand != Stand::Column;
    if !cells.iter().any(|cell| cell.lines.iter().any(is_across)) {
        return None;
    }
    let mut made = Vec::new();
    let mut next: SmallVec<[usize; 4]> = SmallVec::from_elem(0, cells.len());
    loop {
        let stands = |cell: usize, across| {
            let line = cells[cell].lines.get(next[cell]);
            line.filter(|line| is_across(line) == across)
                .map(|_| next[cell])
        };
        let mut row: PaperRow = (0..cells.len()).map(|cell| stands(cell, false)).collect();
        if row.iter().all(Option::is_none) {
            let Some(first) = (0..cells.len()).find(|cell| stands(*cell, true).is_some()) else {
                return Some(made);
            };
            row[first] = Some(next[first]);
        }
        for (next, shown) in next.iter_mut().zip(&row) {
            *next += usize::from(shown.is_some());
        }
        made.push(row);
    }
}

/// Has all lines of a column stand across, the empty ones left out.
pub(super) fn set_across(lines: &mut SmallVec<[CellLine; 1]>, align: Align, font: Font) {
    lines.retain(|line| !line.spans.is_empty());
    for line in lines.iter_mut().filter(|line| line.stand == Stand::Column) {
        line.stand = Stand::Row(align, font);
    }
}

/// Of a row of paper that shows these lines of the cells, in rows of normal letters.
pub(super) fn height_of(cells: &[Cell], shown: impl Fn(usize) -> Option<usize>) -> u32 {
    let lines = cells.iter().enumerate();
    let lines = lines.filter_map(|(place, cell)| cell.lines.get(shown(place)?));
    lines
        .flat_map(|line| &line.spans)
        .map(|span| u32::from(span.style.high))
        .max()
        .unwrap_or(1)
}

/// What a row of this frame has for text across it, and the cells of the paper in small letters, where it may have them.
pub(super) fn room_across(frame: &Frame, whole: Area, small: u32) -> (Area, u32) {
    match (frame.border, frame.font) {
        (Border::Space(_), Font::A) => (whole, small),
        (Border::Space(_), Font::B) => (whole, 0),
        (Border::Line, Font::A | Font::B) => {
            let within = Area {
                left: whole.left + 1,
                width: whole.width.saturating_sub(2),
                ..whole
            };
            (within, 0)
        }
    }
}
