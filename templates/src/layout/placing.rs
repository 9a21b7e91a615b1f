//! Rows into lines of text.

use std::sync::Arc;

use smallvec::SmallVec;

use super::border::{self, Bars, Table};
use super::columns::{self, Areas};
use super::wrap::{self, Room, width_of};
use super::{EncodeError, Line, Piece, Spans, TextLine};
use crate::direction::runs_left;
use crate::document::{
    Align, Border, Column, Direction, Document, Font, Frame, Row, Run, Span, Style, Wrap,
};
use crate::profile::Profile;

/// A sheet in the making.
pub(super) struct Placing<'d> {
    document: &'d Document,
    /// Characters in a row, of font A and font B.
    paper: [u32; 2],
    /// Those of the last row; most rows have them too.
    areas: Option<(Arc<Frame>, usize, Areas)>,
    table: Table,
    pub(super) lines: Vec<Line<'d>>,
}

/// A column in its cells.
struct Cell<'d> {
    piece: Piece<'d>,
    lines: SmallVec<[Spans<'d>; 1]>,
}

impl<'d> Placing<'d> {
    pub(super) fn new(document: &'d Document, profile: &Profile) -> Self {
        Placing {
            document,
            paper: [Font::A, Font::B].map(|font| profile.columns_of(font)),
            areas: None,
            table: Table::Closed,
            lines: Vec::with_capacity(document.blocks.len() + 8),
        }
    }

    pub(super) fn row(&mut self, row: &'d Row) -> Result<(), EncodeError> {
        let frame = &*row.frame;
        let columns = self.document.columns(row);
        let areas = self.areas(&row.frame, columns.len())?;
        let bars = (frame.border == Border::Line).then(|| Bars::of(&areas, frame.font));
        if let Some(bars) = &bars {
            self.lines.extend(self.table.row(bars.clone()));
        }
        let several = areas.iter().filter(|area| area.width > 0).count() > 1;
        let mut cells: SmallVec<[Cell; 4]> = SmallVec::new();
        for (column, area) in columns
            .iter()
            .zip(&areas)
            .filter(|(_, area)| area.width > 0)
        {
            let room = Room {
                width: area.width,
                wrap: row.wrap,
                amounts: several && column.align == Align::Right,
            };
            let (lines, right_to_left) = self.column(column, frame, room)?;
            let mirrored = frame.direction == Direction::RightToLeft;
            let piece = Piece {
                x: area.left,
                width: area.width,
                align: if mirrored {
                    column.align.mirrored()
                } else {
                    column.align
                },
                right_to_left,
                spans: Spans::new(),
            };
            cells.push(Cell { piece, lines });
        }
        let height = cells.iter().map(|cell| cell.lines.len()).max();
        for at in 0..height.unwrap_or_default().max(1) {
            let mut line = TextLine::of(frame);
            for Cell { piece, lines } in &mut cells {
                let spans = lines.get_mut(at).map(std::mem::take).unwrap_or_default();
                if !spans.is_empty() {
                    line.pieces.push(Piece {
                        spans,
                        ..piece.clone()
                    });
                }
            }
            if bars.is_some() || line.mirrored {
                line.pieces.extend(bars.iter().flat_map(Bars::pieces));
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
    ) -> Result<(SmallVec<[Spans<'d>; 1]>, bool), EncodeError> {
        let document = self.document;
        let mut made = SmallVec::new();
        for runs in document.run_lines(column) {
            wrap::lines(document.text(), runs, room, &mut made).map_err(|text| {
                EncodeError::TooNarrow {
                    text,
                    columns: room.width,
                    paper: self.paper_of(frame.font),
                }
            })?;
        }
        let right_to_left = match frame.direction {
            Direction::Auto => runs_left(made.iter().flatten().map(|span| &*span.text)),
            Direction::LeftToRight => false,
            Direction::RightToLeft => true,
        };
        Ok((made, right_to_left))
    }

    fn areas(&mut self, frame: &Arc<Frame>, count: usize) -> Result<Areas, EncodeError> {
        if let Some((known, columns, areas)) = &self.areas
            && *columns == count
            && Arc::ptr_eq(known, frame)
        {
            return Ok(areas.clone());
        }
        let areas = columns::areas(frame, count, self.paper_of(frame.font))?;
        self.areas = Some((frame.clone(), count, areas.clone()));
        Ok(areas)
    }

    pub(super) fn rule(&mut self, frame: &'d Frame) {
        if frame.border == Border::Line {
            return self.table.rule();
        }
        let area = columns::area(frame, self.paper_of(frame.font));
        self.lines.push(border::rule(frame, area));
    }

    pub(super) fn end_table(&mut self) {
        self.lines.extend(self.table.end());
    }

    /// Big letters across the paper. What is too wide for one line keeps its height and gives up its width: "REPRINT - may
    /// be a duplicate" is read best in one piece.
    pub(super) fn banners(&mut self, texts: &mut Vec<String>) -> Result<(), EncodeError> {
        texts.drain(..).try_for_each(|text| self.banner(text))
    }

    fn banner(&mut self, text: String) -> Result<(), EncodeError> {
        let width = self.paper_of(Font::A);
        let style = Style {
            bold: true,
            wide: 2,
            high: 2,
            ..Style::default()
        };
        let wide = if width_of(&text, style) > width { 1 } else { 2 };
        let run = Run {
            from: 0,
            to: text.len(),
            style: Style { wide, ..style },
            breaks: false,
        };
        let room = Room {
            width,
            wrap: Wrap::Words,
            amounts: false,
        };
        let mut made = SmallVec::new();
        wrap::lines(&text, &[run], room, &mut made).map_err(|text| EncodeError::TooNarrow {
            text,
            columns: width,
            paper: width,
        })?;
        for spans in made {
            let owned = spans.into_iter().map(|span| Span {
                text: span.text.into_owned().into(),
                style: span.style,
            });
            let spans: Spans<'d> = owned.collect();
            let piece = Piece {
                x: 0,
                width,
                align: Align::Center,
                right_to_left: runs_left(spans.iter().map(|span| &*span.text)),
                spans,
            };
            self.lines.push(Line::Text(TextLine {
                pieces: SmallVec::from_iter([piece]),
                ..TextLine::default()
            }));
        }
        Ok(())
    }

    fn paper_of(&self, font: Font) -> u32 {
        match font {
            Font::A => self.paper[0],
            Font::B => self.paper[1],
        }
    }
}
