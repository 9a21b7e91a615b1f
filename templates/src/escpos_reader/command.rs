//! The words of the reader: every command that it understands, and the two for what it does not.

use std::sync::Arc;

/// One command, and where it stood in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Offset of its first byte, counted from the first byte that the reader ever got.
    pub at: usize,
    /// How many bytes it has.
    pub len: usize,
    /// What it says.
    pub what: Command,
}

impl Read {
    /// Offset of the first byte behind it.
    pub fn end(&self) -> usize {
        self.at + self.len
    }
}

/// What the bytes say. Names follow what happens on the paper; the ESC/POS name stands in the text of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Characters. `text` is decoded by the page chosen last (`ESC t`, `FS &`, `FS ( C`); `bytes` is what came.
    Text {
        /// The bytes as they came.
        bytes: Vec<u8>,
        /// The same as characters; what the page has no character for is U+FFFD.
        text: String,
    },
    /// LF: prints the line.
    LineFeed,
    /// CR: nothing on a printer whose automatic line feed is off.
    CarriageReturn,
    /// HT: to the next tab stop.
    Tab,
    /// `ESC @`.
    Initialize,
    /// `ESC !`: several styles in one byte.
    PrintMode(PrintMode),
    /// `ESC E`.
    Bold(bool),
    /// `ESC G`.
    DoubleStrike(bool),
    /// `ESC -`: thickness in dots, 0 = off.
    Underline(u8),
    /// `ESC M`.
    Font(Font),
    /// `ESC a`.
    Align(Align),
    /// `ESC d`: prints and feeds this many lines.
    FeedLines(u8),
    /// `ESC J`: prints and feeds this many dots.
    FeedDots(u8),
    /// `ESC 2`.
    DefaultLineSpacing,
    /// `ESC 3`: dots.
    LineSpacing(u8),
    /// `ESC SP`: dots at the right side of each character.
    CharacterSpacing(u8),
    /// `ESC t`: number of the code page.
    CodePage(u8),
    /// `ESC R`: number of the international character set.
    CharacterSet(u8),
    /// `FS ( C` function 48: UTF-8 instead of code pages.
    Utf8(bool),
    /// `FS &` and `FS .`: two bytes a character.
    DoubleByte(bool),
    /// `FS C`: 0 JIS, 1 Shift_JIS, 2 Shift_JIS with JIS X 0213.
    DoubleByteSystem(u8),
    /// `FS -`: thickness in dots under characters of two bytes, 0 = off.
    DoubleByteUnderline(u8),
    /// `FS !` and `FS W`: characters of two bytes alone.
    DoubleByteMode {
        /// Twice as wide.
        double_width: bool,
        /// Twice as high.
        double_height: bool,
        /// One dot of underline; `FS W` leaves it as it is.
        underline: Option<bool>,
    },
    /// `FS S`: free dots at the left and the right of characters of two bytes.
    DoubleByteSpacing(u8, u8),
    /// `ESC p`: opens the cash drawer.
    DrawerPulse {
        /// Connector pin: 2 or 5.
        pin: u8,
        /// Length of the pulse in milliseconds.
        on_ms: u16,
        /// Rest after it in milliseconds.
        off_ms: u16,
    },
    /// `ESC B` (makers of kitchen printers) and `ESC ( A` functions 48 and 97: makes itself heard.
    Buzzer {
        /// How often.
        times: u8,
        /// How long each time, with its rest, in milliseconds.
        ms: u32,
    },
    /// `GS !`: 1..=8 each.
    Size {
        /// Times as wide.
        width: u8,
        /// Times as high.
        height: u8,
    },
    /// `GS B`: white on black.
    Inverse(bool),
    /// `ESC {`.
    UpsideDown(bool),
    /// `GS V`.
    Cut {
        /// Leaves a bridge.
        partial: bool,
        /// Dots fed to the cutter before (functions B and C), otherwise none.
        feed: u8,
    },
    /// `GS L`: dots from the left edge.
    LeftMargin(u16),
    /// `GS W`: dots that may be printed.
    PrintWidth(u16),
    /// `ESC $`: dots from the left margin.
    Position(u16),
    /// `ESC \`: dots from here.
    Move(i16),
    /// `ESC D`: columns of the tab stops.
    TabStops(Vec<u8>),
    /// `GS v 0`, `GS ( L` and `GS 8 L` function 112, `ESC *`: dots.
    Picture(Picture),
    /// `GS ( L` function 50: prints what was stored before.
    PrintStored,
    /// `GS ( k` for QR codes.
    Qr(Qr),
    /// `GS ( k` for another two-dimensional symbol (48 PDF417, 50 MaxiCode, 51 GS1 DataBar, 53 Aztec, 54 DataMatrix).
    Symbol {
        /// Which symbol (`cn`).
        kind: u8,
        /// Function (`fn`): 80 stores, 81 prints, others set.
        function: u8,
        /// What follows.
        data: Vec<u8>,
    },
    /// `GS k`.
    Barcode(Barcode),
    /// `GS h`: dots.
    BarcodeHeight(u8),
    /// `GS w`: dots of the narrow bar.
    BarcodeWidth(u8),
    /// `GS H`: 0 none, 1 above, 2 below, 3 both.
    BarcodeText(u8),
    /// `GS f`.
    BarcodeFont(u8),
    /// `GS r`: a question that is answered when everything before it was processed. 1 paper, 2 drawer.
    Status(u8),
    /// `GS a`: automatic status back; the bits choose what counts as a change.
    AutomaticStatus(u8),
    /// `GS I`: who are you.
    Identify(u8),
    /// `GS ( H` function 48: say this when everything before it is on the paper.
    Confirm([u8; 4]),
    /// `GS ( D` function 20: allows (true) or forbids real-time commands, as pairs of function and permission.
    RealTimeAllowed(Vec<(u8, bool)>),
    /// DLE EOT, DLE ENQ, DLE DC4: obeyed on arrival.
    RealTime {
        /// What is asked.
        request: RealTime,
        /// It stands in the middle of another command's bytes: a real printer obeys it all the same.
        inside_data: bool,
    },
    /// A command that is known and changes nothing that this reader shows (smoothing, panel buttons, density…).
    Setting(&'static str),
    /// A command that this reader does not know, or one with parameters that do not exist.
    Unknown(Vec<u8>),
    /// The stream ended in the middle of a command.
    Truncated(Vec<u8>),
}

/// The bits of `ESC !`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintMode {
    /// Font A or B.
    pub font: Font,
    /// Emphasised.
    pub bold: bool,
    /// Twice as high.
    pub double_height: bool,
    /// Twice as wide.
    pub double_width: bool,
    /// One dot of underline.
    pub underline: bool,
}

/// Cell sizes of the printer's own characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Font {
    /// 12 by 24 dots.
    #[default]
    A,
    /// 9 by 17 dots.
    B,
}

impl Font {
    /// Width and height of one cell in dots.
    pub fn cell(self) -> (u32, u32) {
        match self {
            Font::A => (12, 24),
            Font::B => (9, 17),
        }
    }
}

/// Where a line leans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// To the left edge.
    #[default]
    Left,
    /// To the middle.
    Center,
    /// To the right edge.
    Right,
}

/// A picture as it came: columns or rows, packed, 1 = black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Dots in a row, before scaling.
    pub width: u32,
    /// Rows, before scaling.
    pub height: u32,
    /// Times as wide on the paper.
    pub scale_x: u32,
    /// Times as high on the paper.
    pub scale_y: u32,
    /// Which way the bytes run, and what happens with them.
    pub kind: PictureKind,
    /// The packed dots.
    pub data: Arc<[u8]>,
}

/// How a picture was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// Rows, printed at once (`GS v 0`).
    Rows,
    /// Rows, kept until `PrintStored` (`GS ( L`, `GS 8 L`).
    Stored,
    /// Columns, a part of the line (`ESC *`).
    Columns,
}

impl Picture {
    /// Is the dot black? Coordinates before scaling; outside is white.
    pub fn dot(&self, x: u32, y: u32) -> bool {
        if x >= self.width || y >= self.height {
            return false;
        }
        let (byte, bit) = match self.kind {
            PictureKind::Rows | PictureKind::Stored => (y * self.width.div_ceil(8) + x / 8, x % 8),
            PictureKind::Columns => (x * (self.height / 8) + y / 8, y % 8),
        };
        self.data
            .get(byte as usize)
            .is_some_and(|packed| packed & (0x80 >> bit) != 0)
    }

    /// The dots of a row as bytes from left to right, whichever way they were sent; none below the last row.
    pub(super) fn bytes(&self, y: u32) -> impl Iterator<Item = u8> + '_ {
        let row = self.width.div_ceil(8);
        (0..row).map_while(move |place| match self.kind {
            _ if y >= self.height => None,
            PictureKind::Rows | PictureKind::Stored => {
                self.data.get((y * row + place) as usize).copied()
            }
            PictureKind::Columns => {
                let bits = (0..8).map(|bit| u8::from(self.dot(place * 8 + bit, y)) << (7 - bit));
                Some(bits.sum())
            }
        })
    }
}

/// `GS ( k` with cn 49.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Qr {
    /// Function 65: 49 model 1, 50 model 2, 51 micro.
    Model(u8),
    /// Function 67: dots of a module, 1..=16.
    Size(u8),
    /// Function 69: 48 L, 49 M, 50 Q, 51 H.
    Correction(u8),
    /// Function 80: what it says.
    Store(Vec<u8>),
    /// Function 81.
    Print,
    /// Function 82: asks for the size.
    AskSize,
}

/// `GS k`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barcode {
    /// Which code.
    pub kind: BarcodeKind,
    /// Its data as sent (Code 128 begins with `{A`, `{B` or `{C`).
    pub data: Vec<u8>,
}

/// The codes of `GS k` (function A 0..=6, function B 65..=79).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarcodeKind {
    /// UPC-A.
    UpcA,
    /// UPC-E.
    UpcE,
    /// EAN-13 (JAN-13).
    Ean13,
    /// EAN-8 (JAN-8).
    Ean8,
    /// Code 39.
    Code39,
    /// Interleaved 2 of 5.
    Itf,
    /// Codabar (NW-7).
    Codabar,
    /// Code 93.
    Code93,
    /// Code 128, its sets chosen by the sender.
    Code128,
    /// GS1-128.
    Gs1Code128,
    /// GS1 DataBar Omnidirectional.
    DataBarOmnidirectional,
    /// GS1 DataBar Truncated.
    DataBarTruncated,
    /// GS1 DataBar Limited.
    DataBarLimited,
    /// GS1 DataBar Expanded.
    DataBarExpanded,
    /// Code 128, its sets chosen by the printer.
    Code128Auto,
}

/// Commands that a printer obeys on arrival, before everything that waits in its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RealTime {
    /// DLE EOT n: 1 printer, 2 cause of being offline, 3 cause of an error, 4 paper; others with a second parameter.
    Status(u8),
    /// DLE ENQ n: 0 feed button, 1 recover and print again, 2 recover and forget the buffer.
    Recover(u8),
    /// DLE DC4 1: opens the drawer now.
    DrawerPulse {
        /// Connector pin: 2 or 5.
        pin: u8,
        /// Length of the pulse in milliseconds.
        on_ms: u16,
    },
    /// DLE DC4 2: switches itself off.
    PowerOff,
    /// DLE DC4 3: buzzer.
    Buzzer,
    /// DLE DC4 7: transmits a status.
    TransmitStatus(u8),
    /// DLE DC4 8: forgets everything in the buffer.
    ClearBuffer,
}
