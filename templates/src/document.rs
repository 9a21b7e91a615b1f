//! The one vocabulary of paper: what a ticket says, before anybody knows how wide the paper is.

/// A ticket, from its first row to its cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

/// One thing on the paper, or done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Text in columns.
    Row(Row),
    /// A line across the paper.
    Rule(Frame),
    /// A QR code or barcode.
    Code(Code),
    /// A picture: the bytes of a PNG file.
    Image {
        /// As stored; may be damaged.
        png: Vec<u8>,
        /// Where it stands.
        align: Align,
    },
    /// The place of "REPRINT", "COPY 2" and their like.
    Mark,
    /// Empty rows.
    Feed(u8),
    /// The paper is cut here.
    Cut(Cut),
    /// The cash drawer opens, if this pass may open it.
    Drawer,
}

/// One row of columns; it takes several rows of paper when its text needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From left to right.
    pub columns: Vec<Column>,
    /// How they share the paper.
    pub frame: Frame,
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
}

impl Default for Frame {
    fn default() -> Self {
        Frame {
            align: Align::Center,
            widths: Vec::new(),
            border: Border::Space(1),
        }
    }
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
    /// Rows that the markup breaks by itself.
    pub lines: Vec<Vec<Span>>,
}

/// Text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Without control characters and line breaks.
    pub text: String,
    /// How it looks.
    pub style: Style,
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
