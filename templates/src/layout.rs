//! A document on paper of a certain width: every text in its cells, every column whole.

use crate::direction::Direction;
use std::sync::Arc;

use crate::document::{Align, Block, Code, Cut, Document, Font, Frame, Image, Row, Span, Style};
use crate::fonts::FontError;
use crate::profile::Profile;

mod columns;
mod wrap;

pub(crate) use wrap::width_of;

use columns::Area;

/// What is known only when a ticket goes out: it stands on the paper, but not in the template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pass {
    /// What the first row says about this paper.
    pub mark: Mark,
    /// 0 is the original; the number in "COPY 2".
    pub copy: u32,
    /// The cash drawer may open; it does so for copy 0 only.
    pub drawer: bool,
    /// BCP 47; chooses among the shapes of Han characters.
    pub locale: String,
}

/// Why a paper is not simply the first one of its ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mark {
    /// It is.
    #[default]
    None,
    /// One of several that were wanted: "COPY 2".
    Copy,
    /// A person asked for it again: "REPRINT".
    Reprint,
    /// The first one may or may not have come out: "REPRINT - may be a duplicate".
    ReprintMaybeDuplicate,
    /// Printed in place of the named printer: "BACKUP FOR Kitchen".
    BackupFor(String),
}

/// Why a document cannot be put on this paper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Part of the text would be missing.
    #[error(
        "{text:?} does not fit into {columns} characters of {paper}; choose wider paper for this printer, or make the columns of the template narrower"
    )]
    TooNarrow {
        /// The text that has no room.
        text: String,
        /// Room of its column.
        columns: u32,
        /// Characters in a row of this paper.
        paper: u32,
    },
    /// A column is wanted that cannot be had.
    #[error(
        "{columns} columns do not fit into {paper} characters; choose wider paper for this printer, or a template with fewer columns"
    )]
    TooManyColumns {
        /// Columns of the row.
        columns: u32,
        /// Characters in a row of this paper.
        paper: u32,
    },
    /// The command library refuses something; a fault of ours.
    #[error("this ticket cannot be put into printer commands: {0}")]
    Command(String),
    /// A part of the ticket must be drawn, and there is nothing to draw with.
    #[error(transparent)]
    Font(#[from] FontError),
}

/// A document on paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// From top to bottom.
    pub lines: Vec<Line>,
}

/// One thing on the paper, or done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Text in its cells.
    Text(TextLine),
    /// A QR code or barcode.
    Code(Code),
    /// A picture.
    Image(Image),
    /// The paper is cut.
    Cut(Cut),
    /// The cash drawer opens.
    Drawer,
    /// The buzzer sounds this many times.
    Buzzer(u8),
    /// Raw bytes for an ESC/POS printer.
    Command(Vec<u8>),
}

/// A line of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextLine {
    /// From left to right; none is an empty line. Cells are those of `font`.
    pub pieces: Vec<Piece>,
    /// Which of the printer's letters.
    pub font: Font,
    /// BCP 47 tag of the text, where it is not that of the ticket.
    pub language: Option<Arc<str>>,
}

/// Text in a box of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// First cell of the box.
    pub x: u32,
    /// Cells of the box; the text is never wider.
    pub width: u32,
    /// Where the text stands in it.
    pub align: Align,
    /// Right to left, as its first letters say.
    pub right_to_left: bool,
    /// The text, in the order in which it is read.
    pub spans: Vec<Span>,
}

impl Piece {
    /// Cells of the text itself.
    pub fn text_width(&self) -> u32 {
        self.spans
            .iter()
            .map(|span| width_of(&span.text, span.style))
            .sum()
    }

    /// First cell of the text itself.
    pub fn text_x(&self) -> u32 {
        let free = self.width.saturating_sub(self.text_width());
        self.x
            + match self.align {
                Align::Left => 0,
                Align::Center => free / 2,
                Align::Right => free,
            }
    }
}

/// Lays a document out. The sheet ends with a cut; the drawer opens where the markup says so, otherwise first.
///
/// # Errors
/// When a part of it cannot be placed whole.
pub fn lay_out(document: &Document, profile: &Profile, pass: &Pass) -> Result<Sheet, EncodeError> {
    let paper = profile.columns;
    let mut lines = Vec::new();
    let mut opens = pass.drawer && pass.copy == 0;
    let placed = |wanted: &Block| document.blocks.iter().any(|block| block == wanted);
    if opens && !placed(&Block::Drawer) {
        lines.push(Line::Drawer);
        opens = false;
    }
    let mut mark = mark(pass, paper);
    if !placed(&Block::Mark) {
        lines.extend(
            mark.take()
                .map(|row| rows(&row, paper))
                .transpose()?
                .into_iter()
                .flatten(),
        );
    }
    for block in &document.blocks {
        match block {
            Block::Row(row) => lines.extend(rows(row, paper)?),
            Block::Rule(frame) => lines.push(rule(frame, paper)),
            Block::Code(code) => lines.push(Line::Code(code.clone())),
            Block::Image(image) => lines.push(Line::Image(image.clone())),
            Block::Mark => lines.extend(
                mark.take()
                    .map(|row| rows(&row, paper))
                    .transpose()?
                    .into_iter()
                    .flatten(),
            ),
            Block::Feed(count) => {
                lines.extend((0..*count).map(|_| Line::Text(TextLine::default())))
            }
            Block::Cut(cut) => lines.push(Line::Cut(*cut)),
            Block::Drawer if opens => {
                lines.push(Line::Drawer);
                opens = false;
            }
            Block::Drawer => {}
            Block::Buzzer(times) => lines.push(Line::Buzzer(*times)),
            Block::Command(bytes) => lines.push(Line::Command(bytes.clone())),
        }
    }
    let printed = |line: &Line| matches!(line, Line::Text(_) | Line::Code(_) | Line::Image(_));
    let cut = lines.iter().rposition(|line| matches!(line, Line::Cut(_)));
    let last = lines.iter().rposition(printed);
    if last.is_some() && cut < last || cut.is_none() {
        lines.push(Line::Cut(Cut::Partial));
    }
    Ok(Sheet { lines })
}

fn mark(pass: &Pass, paper: u32) -> Option<Row> {
    let text = match &pass.mark {
        Mark::None => return None,
        Mark::Copy => format!("COPY {}", pass.copy),
        Mark::Reprint => "REPRINT".to_owned(),
        Mark::ReprintMaybeDuplicate => "REPRINT - may be a duplicate".to_owned(),
        Mark::BackupFor(name) => {
            let name: String = name
                .chars()
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect();
            format!("BACKUP FOR {name}")
        }
    };
    Some(columns::banner(text, paper))
}

fn rule(frame: &Frame, paper: u32) -> Line {
    let Area { left, width } = columns::area(frame, paper);
    let spans = vec![Span {
        text: "─".repeat(width as usize),
        style: Style::default(),
    }];
    text_line(
        vec![Piece {
            x: left,
            width,
            align: Align::Left,
            right_to_left: false,
            spans,
        }],
        frame,
    )
}

fn text_line(pieces: Vec<Piece>, frame: &Frame) -> Line {
    Line::Text(TextLine {
        pieces,
        font: frame.font,
        language: frame.language.clone(),
    })
}

fn rows(row: &Row, paper: u32) -> Result<Vec<Line>, EncodeError> {
    let boxes = columns::boxes(row, paper)?;
    let several = boxes.len() > 1;
    let mut cells = Vec::with_capacity(boxes.len());
    for (column, area) in &boxes {
        let direction = Direction::of(column.lines.iter().flatten());
        let lines = wrap::lines(column, area.width, row.wrap, several).map_err(|text| {
            EncodeError::TooNarrow {
                text,
                columns: area.width,
                paper,
            }
        })?;
        cells.push((area, column.align, direction, lines));
    }
    let height = cells
        .iter()
        .map(|(.., lines)| lines.len())
        .max()
        .unwrap_or(1)
        .max(1);
    let bars = columns::bars(row, &boxes);
    let mut made = Vec::with_capacity(height);
    for at in 0..height {
        let mut pieces = bars.clone();
        for (area, align, direction, lines) in &mut cells {
            let Some(spans) = lines
                .get_mut(at)
                .map(std::mem::take)
                .filter(|spans| !spans.is_empty())
            else {
                continue;
            };
            let right_to_left = *direction == Direction::RightToLeft;
            pieces.push(Piece {
                x: area.left,
                width: area.width,
                align: *align,
                right_to_left,
                spans,
            });
        }
        pieces.sort_by_key(|piece| piece.x);
        made.push(text_line(pieces, &row.frame));
    }
    Ok(made)
}

#[cfg(test)]
mod tests;
