//! A document on paper of a certain width: every text in its cells, every column whole.

use smallvec::SmallVec;

use crate::direction::runs_left;
use crate::document::{
    Align, Block, Code, Cut, Direction, Document, Font, Frame, Image, Span, Style,
};
use crate::fonts::FontError;
use crate::profile::Profile;
use crate::words;

mod across;
mod border;
mod breaks;
mod columns;
mod fill;
mod grapheme;
mod limits;
mod placing;
mod room;
mod wrap;

pub use wrap::width_of;

use placing::Placing;

/// What is known only when a ticket goes out: it stands on the paper, but not in the template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pass {
    /// What the first row says about this paper.
    pub mark: Mark,
    /// Printed in place of the printer of this name: one more row, "BACKUP FOR Kitchen".
    pub backup_for: Option<String>,
    /// 0 is the original; the number in "COPY 2".
    pub copy: u32,
    /// The cash drawer may open; it does so for copy 0 only.
    pub drawer: bool,
    /// BCP 47; the language of the mark, and chooses among the shapes of Han characters.
    pub locale: String,
}

/// Why a paper is not simply the first one of its ticket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    /// A part of the ticket must be drawn, and there is nothing to draw with.
    #[error(transparent)]
    Font(#[from] FontError),
}

/// A document on paper; its text is that of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet<'d> {
    /// From top to bottom.
    pub lines: Vec<Line<'d>>,
}

/// One thing on the paper, or done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'d> {
    /// Text in its cells.
    Text(TextLine<'d>),
    /// A QR code or barcode.
    Code(&'d Code),
    /// A picture.
    Image(&'d Image),
    /// The paper is cut.
    Cut(Cut),
    /// The cash drawer opens.
    Drawer,
    /// The buzzer sounds this many times.
    Buzzer(u8),
    /// Raw bytes for an ESC/POS printer.
    Command(&'d [u8]),
}

/// A line of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextLine<'d> {
    /// From left to right; none is an empty line. Cells are those of `font`.
    pub pieces: SmallVec<[Piece<'d>; 3]>,
    /// Which of the printer's letters.
    pub font: Font,
    /// BCP 47 tag of the text, where it is not that of the ticket.
    pub language: Option<&'d str>,
    /// The row was mirrored: it is read from the right.
    pub mirrored: bool,
}

impl<'d> TextLine<'d> {
    /// Text by itself on paper of this many characters; what stands in place of something else.
    pub(crate) fn plain(text: String, align: Align, width: u32) -> Self {
        let span = Span {
            text: text.into(),
            style: Style::default(),
        };
        let piece = Piece {
            align,
            ..Piece::across(Spans::from_iter([span]), width)
        };
        TextLine {
            pieces: SmallVec::from_iter([piece]),
            ..TextLine::default()
        }
    }

    /// Text from the left edge of paper of this many characters.
    fn across(spans: Spans<'d>, width: u32) -> Self {
        TextLine {
            pieces: SmallVec::from_iter([Piece::across(spans, width)]),
            ..TextLine::default()
        }
    }

    /// Without any text.
    fn of(frame: &'d Frame) -> Self {
        TextLine {
            pieces: SmallVec::new(),
            font: frame.font,
            language: frame.language.as_deref(),
            mirrored: frame.direction == Direction::RightToLeft,
        }
    }
}

/// Text in a box of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'d> {
    /// First cell of the box.
    pub x: u32,
    /// Cells of the box; the text is never wider.
    pub width: u32,
    /// Where the text stands in it.
    pub align: Align,
    /// Right to left, as its first letters or its row say.
    pub right_to_left: bool,
    /// The text, in the order in which it is read.
    pub spans: Spans<'d>,
}

/// Text of one line.
pub type Spans<'d> = SmallVec<[Span<'d>; 1]>;

impl<'d> Piece<'d> {
    fn across(spans: Spans<'d>, width: u32) -> Self {
        Piece {
            x: 0,
            width,
            align: Align::Left,
            right_to_left: runs_left(spans.iter().map(|span| &*span.text)),
            spans,
        }
    }

    /// Cells of the text itself.
    pub fn text_width(&self) -> u32 {
        self.spans
            .iter()
            .map(|span| width_of(&span.text, span.style))
            .sum()
    }

    /// First cell of the text itself.
    pub fn text_x(&self) -> u32 {
        self.x
            + self
                .align
                .before(self.width.saturating_sub(self.text_width()))
    }
}

/// Lays a document out. The sheet ends with a cut; the drawer opens where the markup says so, otherwise first.
///
/// # Errors
/// When a part of it cannot be placed whole.
pub fn lay_out<'d>(
    document: &'d Document,
    profile: &Profile,
    pass: &Pass,
) -> Result<Sheet<'d>, EncodeError> {
    let mut placing = Placing::new(document, profile, &pass.locale);
    let mut opens = pass.drawer && pass.copy == 0;
    let mut marks = marks(pass);
    if opens && !document.blocks.contains(&Block::Drawer) {
        placing.lines.push(Line::Drawer);
        opens = false;
    }
    if !document.blocks.contains(&Block::Mark) {
        placing.banners(&mut marks);
    }
    for block in &document.blocks {
        match block {
            Block::Row(row) => placing.row(row)?,
            Block::Rule(frame) => placing.rule(frame),
            Block::FrameEnd => placing.end_table(),
            Block::Code(code) => placing.lines.push(Line::Code(code)),
            Block::Image(image) => placing.lines.push(Line::Image(image)),
            Block::Mark => placing.banners(&mut marks),
            Block::Feed(count) => {
                let rows = (0..*count).map(|_| Line::Text(TextLine::default()));
                placing.lines.extend(rows);
            }
            Block::Cut(cut) => {
                placing.end_table();
                placing.lines.push(Line::Cut(*cut));
            }
            Block::Drawer if opens => {
                placing.lines.push(Line::Drawer);
                opens = false;
            }
            Block::Drawer => {}
            Block::Buzzer(times) => placing.lines.push(Line::Buzzer(*times)),
            Block::Command(bytes) => placing.lines.push(Line::Command(bytes)),
        }
    }
    placing.end_table();
    let mut lines = placing.lines;
    let printed = |line: &Line| matches!(line, Line::Text(_) | Line::Code(_) | Line::Image(_));
    let cut = lines.iter().rposition(|line| matches!(line, Line::Cut(_)));
    let last = lines.iter().rposition(printed);
    if last.is_some() && cut < last || cut.is_none() {
        lines.push(Line::Cut(Cut::Partial));
    }
    Ok(Sheet { lines })
}

/// Where it is, before what it is.
fn marks(pass: &Pass) -> Vec<String> {
    let words = words::of(&pass.locale);
    let backup = pass.backup_for.as_ref().map(|name| {
        let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let name: String = name.chars().map(printable).collect();
        words::filled(words.backup_for, &name)
    });
    let mark = match pass.mark {
        Mark::None => None,
        Mark::Copy => Some(words::filled(words.copy, &pass.copy.to_string())),
        Mark::Reprint => Some(words.reprint.to_owned()),
        Mark::ReprintMaybeDuplicate => Some(words.maybe_duplicate.to_owned()),
    };
    backup.into_iter().chain(mark).collect()
}

#[cfg(test)]
mod tests;
