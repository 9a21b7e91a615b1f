//! The one vocabulary of paper: what a ticket says, before anybody knows how wide the paper is.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

mod text;

pub(crate) use text::Run;

/// A ticket, from its first row to its cut. Its text stands in one piece, so that a receipt costs a handful of
/// allocations and paper is laid out without copying a letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// From top to bottom.
    pub blocks: Vec<Block>,
    columns: Vec<Column>,
    runs: Vec<Run>,
    text: String,
}

/// One thing on the paper, or done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Text in columns.
    Row(Row),
    /// A line across the paper.
    Rule(Arc<Frame>),
    /// The vertical lines between columns end here, with a line below them.
    FrameEnd,
    /// A QR code or barcode.
    Code(Code),
    /// A picture.
    Image(Image),
    /// The place of "REPRINT", "COPY 2" and their like.
    Mark,
    /// Empty rows.
    Feed(u8),
    /// The paper is cut here.
    Cut(Cut),
    /// The cash drawer opens, if this pass may open it.
    Drawer,
    /// The buzzer sounds this many times.
    Buzzer(u8),
    /// Raw bytes for an ESC/POS printer, which the template's owner has allowed; no other paper shows them.
    Command(Vec<u8>),
}

/// A picture on the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Which.
    pub picture: Picture,
    /// Where it stands.
    pub align: Align,
    /// How grey becomes black and white.
    pub dither: Dither,
    /// Its place in the markup: line and column, from 1.
    pub at: (u32, u32),
}

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// The bytes of a PNG file in the markup itself; may be damaged.
    Inline(Arc<[u8]>),
    /// A picture that is stored once and known by this name, such as `logo`.
    Named(String),
}

/// How grey becomes black and white.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Dither {
    /// Floyd and Steinberg (1976): all of the error goes to the neighbours; for photographs.
    #[default]
    FloydSteinberg,
    /// Atkinson: three quarters of it; lighter and with more contrast, for logos.
    Atkinson,
    /// Darker than the middle is black; for line drawings.
    Threshold,
}

/// One row of columns; it takes several rows of paper when its text needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its columns among those of the document.
    columns: Range<usize>,
    /// How they share the paper.
    pub frame: Arc<Frame>,
    /// What becomes of text that is wider than its column.
    pub wrap: Wrap,
}

/// How rows share the paper; kept from row to row until the markup changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Where the columns stand as a whole when they do not fill the paper.
    pub align: Align,
    /// Widths of the columns from the left; a column without one shares the rest. Empty shares all evenly.
    pub widths: Vec<Width>,
    /// What stands between two columns.
    pub border: Border,
    /// Which of the printer's letters.
    pub font: Font,
    /// Which way its rows run.
    pub direction: Direction,
    /// BCP 47 tag of its text, where it is not that of the ticket; chooses among the shapes of Han characters.
    pub language: Option<Arc<str>>,
}

impl Default for Frame {
    fn default() -> Self {
        Frame {
            align: Align::Center,
            widths: Vec::new(),
            border: Border::Space(1),
            font: Font::A,
            direction: Direction::Auto,
            language: None,
        }
    }
}

/// The letters that printers have built in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Font {
    /// The usual ones, 12 by 24 dots on most printers.
    #[default]
    A,
    /// Smaller ones, 9 by 17 dots on most printers; a printer without them uses the usual ones.
    B,
}

/// Which way a row runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// As the first letter of each column says (Unicode Standard Annex 9, rules P2 and P3); columns stand from the left.
    #[default]
    Auto,
    /// Text and columns from the left.
    LeftToRight,
    /// The row is mirrored: the first column stands at the right edge, and what leans to the left in the markup, text,
    /// rows and codes, leans to the right.
    RightToLeft,
}

/// The width of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Characters; 0 hides the column.
    Characters(u32),
    /// An even share of what the others leave.
    Share,
}

/// What stands between two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// This many characters of space, at most 2.
    Space(u32),
    /// A vertical line, one character wide, also at both edges.
    Line,
}

/// A column's text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Where its text stands in it.
    pub align: Align,
    /// Its text among the runs of the document.
    runs: Range<usize>,
}

/// Text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<'t> {
    /// Without control characters and line breaks.
    pub text: Cow<'t, str>,
    /// How it looks.
    pub style: Style,
}

/// Whose words a text is: what people wrote is broken wherever it must be, and led on each row of paper, so that it can be
/// told from what the house says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Author {
    /// Ours, or the owner's.
    #[default]
    House,
    /// One row that people wrote.
    Row,
    /// A note that people wrote.
    Note,
}

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Style {
    /// Thick strokes.
    pub bold: bool,
    /// A line below.
    pub underline: bool,
    /// White on black.
    pub inverse: bool,
    /// Times as wide, 1..=8.
    pub wide: u8,
    /// Times as high, 1..=8.
    pub high: u8,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            bold: false,
            underline: false,
            inverse: false,
            wide: 1,
            high: 1,
        }
    }
}

/// To which side something leans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Align {
    /// The left edge.
    Left,
    /// Neither.
    #[default]
    Center,
    /// The right edge.
    Right,
}

impl Align {
    /// The same from right to left.
    pub(crate) fn mirrored(self) -> Align {
        match self {
            Align::Left => Align::Right,
            Align::Center => Align::Center,
            Align::Right => Align::Left,
        }
    }

    /// What stands before a text for which this much is free.
    pub(crate) fn before(self, free: u32) -> u32 {
        match self {
            Align::Left => 0,
            Align::Center => free / 2,
            Align::Right => free,
        }
    }
}

/// Where text that is wider than its column is broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wrap {
    /// Between any two characters, as plain ReceiptLine does.
    #[default]
    Characters,
    /// Between words; inside one only when it is wider than the column.
    Words,
    /// Nowhere: the rest is left out, which is an error for everything that holds a digit.
    Never,
}

/// How far the cutter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Leaves a bridge, so that the ticket does not fall.
    Partial,
    /// All the way.
    Full,
}

/// A QR code or barcode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What a scanner reads.
    pub data: String,
    /// How it is drawn.
    pub look: CodeLook,
    /// Where it stands.
    pub align: Align,
    /// Its place in the markup: line and column, from 1.
    pub at: (u32, u32),
}

/// How a code is drawn; kept from code to code until the markup changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLook {
    /// Which symbology.
    pub kind: CodeKind,
    /// Dots of the narrow bar, 2..=4.
    pub bar: u8,
    /// Dots of height, 24..=240.
    pub height: u8,
    /// The data are printed below in plain characters.
    pub readable: bool,
    /// Dots of a QR module, 3..=8.
    pub cell: u8,
    /// How much damage a QR code survives.
    pub level: Level,
    /// The data are a GS1 element string, such as `(01)09521234543213`.
    pub gs1: bool,
}

impl Default for CodeLook {
    fn default() -> Self {
        CodeLook {
            kind: CodeKind::Code128,
            bar: 2,
            height: 72,
            readable: false,
            cell: 3,
            level: Level::L,
            gs1: false,
        }
    }
}

/// A symbology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    /// UPC-A or UPC-E.
    Upc,
    /// EAN-13 or EAN-8 (JAN).
    Ean,
    /// Code 39.
    Code39,
    /// Interleaved 2 of 5.
    Itf,
    /// Codabar (NW-7).
    Codabar,
    /// Code 93.
    Code93,
    /// Code 128.
    Code128,
    /// QR code, model 2.
    Qr,
    /// PDF417 (ISO/IEC 15438).
    Pdf417,
    /// Data Matrix ECC 200 (ISO/IEC 16022).
    DataMatrix,
}

/// Error correction of a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// About 7 %.
    L,
    /// About 15 %.
    M,
    /// About 25 %.
    Q,
    /// About 30 %.
    H,
}
