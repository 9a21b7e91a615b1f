//! Rows into lines of text.

use std::rc::Rc;
use std::sync::Arc;

use smallvec::SmallVec;

use super::across::{self, Cell};
use super::border::{self, Bars, Table};
use super::columns::{self, Area, Areas};
use super::limits::{Limits, owned_lines};
use super::room::{CellLine, Room, Stand};
use super::wrap::{self, width_of};
use super::{EncodeError, Line, TextLine};
use crate::direction::runs_left;
use crate::document::{
    Align, Author, Border, Column, Direction, Document, Font, Frame, Row, Run, Span, Style,
};
use crate::profile::{PictureCommand, Profile};

/// A sheet in the making.
pub(super) struct Placing<'d> {
    document: &'d Document,
    /// Characters in a row, of font A and font B.
    paper: [u32; 2],
    /// Those of the last row; most rows have them too.
    known: Option<Rc<Known>>,
    table: Table,
    limits: Limits,
    /// Letters are white on black only where they are drawn.
    impact: bool,
    pub(super) lines: Vec<Line<'d>>,
}

/// What rows of one frame have in common.
struct Known {
    frame: Arc<Frame>,
    columns: usize,
    areas: Areas,
    /// For text across the row.
    whole: Area,
    /// Cells of the paper in small letters, where text across may have them.
    small: u32,
}

impl<'d> Placing<'d> {
    pub(super) fn new(document: &'d Document, profile: &Profile, locale: &str) -> Self {
        Placing {
            document,
            paper: [Font::A, Font::B].map(|font| profile.columns_of(font)),
            known: None,
            table: Table::Closed,
            limits: Limits::of(locale),
            impact: profile.picture == PictureCommand::Columns8,
            lines: Vec::with_capacity(document.blocks.len() + 8),
        }
    }

    pub(super) fn row(&mut self, row: &'d Row) -> Result<(), EncodeError> {
        let frame = &*row.frame;
        let columns = self.document.columns(row);
        let known = self.known(&row.frame, columns.len())?;
        let areas = &known.areas;
        let mirrored = frame.direction == Direction::RightToLeft;
        let several = areas.iter().filter(|area| area.width > 0).count() > 1;
        let mut cells: SmallVec<[Cell; 4]> = SmallVec::new();
        let mut preceded = false;
        // Part of a dish: an option in the columns behind its quantity.
        let mut is_part = several
            && columns
                .first()
                .is_some_and(|first| self.document.is_empty(first));
        for (column, area) in columns
            .iter()
            .zip(areas.iter())
            .filter(|(_, area)| area.width > 0)
        {
            let room = Room {
                width: area.width,
                row: known.whole.width,
                small: known.small,
                wrap: row.wrap,
                amounts: several && column.align == Align::Right,
                preceded,
            };
            let (mut lines, right_to_left) = self.column(column, frame, room)?;
            let author = self.document.author_of(column);
            if author != Author::House {
                self.limits.field(&mut lines, area.width);
            }
            is_part = is_part && author != Author::Note;
            preceded = preceded || several && !area.below && is_visible(lines.first());
            if area.below {
                across::set_across(&mut lines, column.align, frame.font);
            }
            cells.push(Cell {
                x: area.left,
                width: area.width,
                align: if mirrored {
                    column.align.mirrored()
                } else {
                    column.align
                },
                right_to_left,
                lines,
            });
        }
        // Rows in which something stands across are rare.
        let rows = across::paper_rows(&cells);
        let count = match &rows {
            Some(rows) => rows.len(),
            None => cells
                .iter()
                .map(|cell| cell.lines.len())
                .max()
                .unwrap_or_default(),
        };
        let count = count.max(1);
        let height = match &rows {
            Some(rows) => rows
                .iter()
                .map(|row| across::height_of(&cells, |cell| row[cell]))
                .sum(),
            None => (0..count)
                .map(|at| across::height_of(&cells, |_| Some(at)))
                .sum(),
        };
        let empty = || {
            cells
                .iter()
                .all(|cell| cell.lines.iter().all(|line| line.spans.is_empty()))
        };
        if (is_part || empty()) && !self.limits.takes(count, height) {
            return Ok(());
        }
        self.say_left_out();
        self.limits.spend(height);
        let bars = (frame.border == Border::Line).then(|| Bars::of(areas, frame.font));
        if let Some(bars) = &bars {
            self.lines.extend(self.table.row(bars.clone()));
        }
        for at in 0..count {
            let mut line = TextLine::of(frame);
            let mut is_across = false;
            for (place, cell) in cells.iter_mut().enumerate() {
                let at = rows.as_ref().map_or(Some(at), |rows| rows[at][place]);
                let taken = at.and_then(|at| cell.lines.get_mut(at)).map(std::mem::take);
                let Some(CellLine { spans, stand }) = taken.filter(|line| !line.spans.is_empty())
                else {
                    continue;
                };
                let mut piece = cell.piece(spans);
                if let Stand::Row(align, font) = stand {
                    is_across = true;
                    (piece.x, piece.width) = if font == frame.font {
                        (known.whole.left, known.whole.width)
                    } else {
                        (0, known.small)
                    };
                    piece.align = if mirrored { align.mirrored() } else { align };
                    line.font = font;
                }
                line.pieces.push(piece);
            }
            if bars.is_some() || line.mirrored {
                let bars = bars.iter().flat_map(|bars| bars.pieces(is_across));
                line.pieces.extend(bars);
                line.pieces.sort_by_key(|piece| piece.x);
            }
            self.lines.push(Line::Text(line));
        }
        Ok(())
    }

    /// The lines of a column, and whether they run from right to left.
    fn column(
        &self,
        column: &Column,
        frame: &Frame,
        room: Room,
    ) -> Result<(SmallVec<[CellLine<'d>; 1]>, bool), EncodeError> {
        let document = self.document;
        let mut made = SmallVec::new();
        let edges = document.is_broken(column);
        for runs in document.run_lines(column) {
            let within: SmallVec<[Run; 2]> = if edges {
                wrap::without_edges(document.text(), runs)
            } else {
                SmallVec::new()
            };
            let runs = if edges { &within } else { runs };
            wrap::lines(document.text(), runs, room, &mut made).map_err(|text| {
                EncodeError::TooNarrow {
                    text,
                    columns: room.width,
                    paper: self.paper_of(frame.font),
                }
            })?;
        }
        let right_to_left = match frame.direction {
            Direction::Auto => {
                let lines = made.iter().flat_map(|line: &CellLine| &line.spans);
                runs_left(lines.map(|span| &*span.text))
            }
            Direction::LeftToRight => false,
            Direction::RightToLeft => true,
        };
        Ok((made, right_to_left))
    }

    fn known(&mut self, frame: &Arc<Frame>, columns: usize) -> Result<Rc<Known>, EncodeError> {
        if let Some(known) = &self.known
            && known.columns == columns
            && Arc::ptr_eq(&known.frame, frame)
        {
            return Ok(known.clone());
        }
        let paper = self.paper_of(frame.font);
        let (whole, small) =
            across::room_across(frame, columns::area(frame, paper), self.paper_of(Font::B));
        let known = Rc::new(Known {
            frame: frame.clone(),
            columns,
            areas: columns::areas(frame, columns, paper)?,
            whole,
            small,
        });
        self.known = Some(known.clone());
        Ok(known)
    }

    /// Where rows were left out, how many.
    fn say_left_out(&mut self) {
        let width = self.paper_of(Font::A);
        self.limits.say_left_out(width, &mut self.lines);
    }

    pub(super) fn rule(&mut self, frame: &'d Frame) {
        self.say_left_out();
        if frame.border == Border::Line {
            return self.table.rule();
        }
        let area = columns::area(frame, self.paper_of(frame.font));
        self.lines.push(border::rule(frame, area));
    }

    pub(super) fn end_table(&mut self) {
        self.say_left_out();
        self.lines.extend(self.table.end());
    }

    /// White on black from edge to edge, in big letters: nothing that people write or a template says looks so. What is too
    /// wide for one line keeps its height and gives up its width: "REPRINT - may be a duplicate" is read best in one piece.
    pub(super) fn banners(&mut self, texts: &mut Vec<String>) {
        for text in texts.drain(..) {
            self.banner(&text);
        }
    }

    fn banner(&mut self, text: &str) {
        let width = self.paper_of(Font::A);
        let edge = Style {
            bold: true,
            inverse: !self.impact,
            wide: 1,
            high: 2,
            ..Style::default()
        };
        let text = if self.impact {
            format!("*** {text} ***")
        } else {
            text.to_owned()
        };
        let fits = |wide| width_of(&text, Style { wide, ..edge }) <= width;
        let wide = if fits(2) { 2 } else { 1 };
        for line in owned_lines(&text, Style { wide, ..edge }, width) {
            let cells = line
                .spans
                .iter()
                .map(|span| width_of(&span.text, span.style));
            let free = width.saturating_sub(cells.sum());
            let blank = |cells: u32| {
                (cells > 0).then(|| Span {
                    text: " ".repeat(cells as usize).into(),
                    style: edge,
                })
            };
            let before = blank(free / 2).into_iter();
            let spans = before.chain(line.spans).chain(blank(free - free / 2));
            self.lines
                .push(Line::Text(TextLine::across(spans.collect(), width)));
        }
    }

    fn paper_of(&self, font: Font) -> u32 {
        match font {
            Font::A => self.paper[0],
            Font::B => self.paper[1],
        }
    }
}

fn is_visible(line: Option<&CellLine>) -> bool {
    line.into_iter()
        .flat_map(|line| &line.spans)
        .any(|span| !span.text.trim_start().is_empty())
}
