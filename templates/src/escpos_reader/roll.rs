//! The roll: a printer's settings and its paper. Commands in, torn-off papers out.

use super::codes::{Barcodes, QrSettings};
use super::command::{Align, Command, Font, Picture, PictureKind, PrintMode, Qr};
use super::line::{Ink, Line, Style};
use super::paper::{Paper, Row};

/// Dots of a line after power-on and `ESC 2`.
const LINE_SPACING: u32 = 30;

/// A printer with paper in it.
#[derive(Debug)]
pub struct Roll {
    dots: u32,
    settings: Settings,
    line: Line,
    rows: Vec<Row>,
    stored: Option<Picture>,
    qr: QrSettings,
    lines: u64,
}

/// What `ESC @` sets back.
#[derive(Debug)]
struct Settings {
    style: Style,
    double_strike: bool,
    emphasised: bool,
    upside_down: bool,
    align: Align,
    spacing: u32,
    margin: u32,
    width: Option<u32>,
    tabs: Vec<u8>,
    barcodes: Barcodes,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            style: Style::default(),
            double_strike: false,
            emphasised: false,
            upside_down: false,
            align: Align::Left,
            spacing: LINE_SPACING,
            margin: 0,
            width: None,
            tabs: (1..=31).map(|stop| stop * 8).collect(),
            barcodes: Barcodes::default(),
        }
    }
}

impl Roll {
    /// New paper, `dots` wide (576 on 80 mm, 384 on 58 mm).
    pub fn new(dots: u32) -> Self {
        Self {
            dots,
            settings: Settings::default(),
            line: Line::default(),
            rows: Vec::new(),
            stored: None,
            qr: QrSettings::default(),
            lines: 0,
        }
    }

    /// Lines that came out since the roll was put in; blank ones count, pictures by their height.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Nothing has come out since the last cut.
    pub fn is_blank(&self) -> bool {
        self.rows.is_empty()
    }

    /// Characters that wait for their line feed: they are in the printer, not on the paper.
    pub fn has_open_line(&self) -> bool {
        !self.line.is_empty()
    }

    /// Tears off what has come out, without a cut; forgets the line that was not printed.
    pub fn tear_off(&mut self) -> Option<Paper> {
        self.line = Line::default();
        let rows = std::mem::take(&mut self.rows);
        (!rows.is_empty()).then(|| Paper::new(self.dots, rows, None))
    }

    /// Does what the command says. A cut gives the paper, when there is something on it.
    pub fn take(&mut self, command: &Command) -> Option<Paper> {
        match command {
            Command::Text { text, .. } => self.text(text),
            Command::LineFeed => self.feed_lines(1),
            Command::FeedLines(lines) => self.feed_lines(u32::from(*lines)),
            Command::FeedDots(dots) => self.feed_dots(u32::from(*dots)),
            Command::Tab => self.tab(),
            Command::Position(x) => self.line.move_to(u32::from(*x)),
            Command::Move(by) => self
                .line
                .move_to(self.line.cursor().saturating_add_signed(i32::from(*by))),
            Command::Picture(picture) => self.picture(picture),
            Command::PrintStored => {
                if let Some(picture) = self.stored.clone() {
                    self.alone(
                        picture.width * picture.scale_x,
                        picture.height * picture.scale_y,
                        Ink::Picture(picture),
                    );
                }
            }
            Command::Qr(qr) => self.qr(qr),
            Command::Symbol {
                kind,
                function,
                data,
            } => self.symbol(*kind, *function, data),
            Command::Barcode(barcode) => {
                for (width, height, ink) in self.settings.barcodes.print(barcode) {
                    self.alone(width, height, ink);
                }
            }
            Command::Cut { partial, feed } => return self.cut(*partial, u32::from(*feed)),
            Command::Initialize => {
                self.settings = Settings::default();
                self.line = Line::default();
                self.qr = QrSettings::default();
            }
            Command::PrintMode(mode) => self.print_mode(*mode),
            Command::Bold(on) => {
                self.settings.emphasised = *on;
                self.settings.style.bold = *on || self.settings.double_strike;
            }
            Command::DoubleStrike(on) => {
                self.settings.double_strike = *on;
                self.settings.style.bold = *on || self.settings.emphasised;
            }
            Command::Underline(dots) => self.settings.style.underline = *dots,
            Command::Font(font) => self.settings.style.font = *font,
            Command::Align(align) => self.settings.align = *align,
            Command::DefaultLineSpacing => self.settings.spacing = LINE_SPACING,
            Command::LineSpacing(dots) => self.settings.spacing = u32::from(*dots),
            Command::CharacterSpacing(dots) => self.settings.style.spacing = *dots,
            Command::Size { width, height } => {
                self.settings.style.width = *width;
                self.settings.style.height = *height;
            }
            Command::Inverse(on) => self.settings.style.inverse = *on,
            Command::UpsideDown(on) => self.settings.upside_down = *on,
            Command::LeftMargin(dots) => self.settings.margin = u32::from(*dots),
            Command::PrintWidth(dots) => self.settings.width = Some(u32::from(*dots)),
            Command::TabStops(stops) => self.settings.tabs.clone_from(stops),
            Command::BarcodeHeight(dots) => self.settings.barcodes.height = u32::from(*dots),
            Command::BarcodeWidth(dots) => self.settings.barcodes.width = u32::from(*dots),
            Command::BarcodeText(place) => self.settings.barcodes.text = *place,
            Command::BarcodeFont(font) => {
                self.settings.barcodes.font = if *font == 0 { Font::A } else { Font::B };
            }
            Command::CarriageReturn
            | Command::CodePage(_)
            | Command::CharacterSet(_)
            | Command::Utf8(_)
            | Command::DoubleByte(_)
            | Command::DrawerPulse { .. }
            | Command::Status(_)
            | Command::AutomaticStatus(_)
            | Command::Identify(_)
            | Command::Confirm(_)
            | Command::RealTimeAllowed(_)
            | Command::RealTime { .. }
            | Command::Setting(_)
            | Command::Unknown(_)
            | Command::Truncated(_) => {}
        }
        None
    }

    /// Dots between the margins.
    fn room(&self) -> u32 {
        let most = self.dots.saturating_sub(self.settings.margin);
        self.settings.width.unwrap_or(most).min(most)
    }

    fn text(&mut self, text: &str) {
        let style = self.settings.style;
        for character in text.chars() {
            if !self.line.has_room(style.advance(character), self.room()) {
                self.print(self.settings.spacing);
            }
            self.line.put_char(character, style);
        }
    }

    fn tab(&mut self) {
        let cell = self.settings.style.font.cell().0 * u32::from(self.settings.style.width);
        let stops = self
            .settings
            .tabs
            .iter()
            .map(|stop| u32::from(*stop) * cell);
        if let Some(next) = stops.into_iter().find(|x| *x > self.line.cursor()) {
            self.line.move_to(next);
        }
    }

    /// Prints the open line, at least `feed` dots high.
    fn print(&mut self, feed: u32) {
        let room = self.room();
        let pieces = self
            .line
            .take(self.settings.align, self.settings.margin, room);
        let tallest = pieces.iter().map(|piece| piece.height).max().unwrap_or(0);
        self.row(Row {
            height: tallest.max(feed),
            upside_down: self.settings.upside_down,
            is_line: true,
            pieces,
        });
    }

    fn row(&mut self, row: Row) {
        self.lines += u64::from(row.height.div_ceil(LINE_SPACING).max(1));
        self.rows.push(row);
    }

    fn feed_lines(&mut self, count: u32) {
        let blank = if self.line.is_empty() {
            count
        } else {
            self.print(if count == 0 { 0 } else { self.settings.spacing });
            count.saturating_sub(1)
        };
        for _ in 0..blank {
            self.print(self.settings.spacing);
        }
    }

    fn feed_dots(&mut self, dots: u32) {
        if !self.line.is_empty() {
            self.print(dots);
        } else if dots > 0 {
            self.row(Row {
                height: dots,
                upside_down: false,
                is_line: false,
                pieces: Vec::new(),
            });
        }
    }

    /// A row for one thing alone, without space above or below.
    fn alone(&mut self, width: u32, height: u32, ink: Ink) {
        if !self.line.is_empty() {
            self.print(self.settings.spacing);
        }
        self.line.move_to(0);
        self.line.put(width, height, ink);
        self.print(0);
    }

    fn picture(&mut self, picture: &Picture) {
        let (width, height) = (
            picture.width * picture.scale_x,
            picture.height * picture.scale_y,
        );
        match picture.kind {
            PictureKind::Rows => self.alone(width, height, Ink::Picture(picture.clone())),
            PictureKind::Columns => self.line.put(width, height, Ink::Picture(picture.clone())),
            PictureKind::Stored => self.stored = Some(picture.clone()),
        }
    }

    fn qr(&mut self, qr: &Qr) {
        if let Some((width, height, ink)) = self.qr.take(qr) {
            self.alone(width, height, ink);
        }
    }

    fn symbol(&mut self, kind: u8, function: u8, data: &[u8]) {
        if let Some((width, height, ink)) = self.qr.other(kind, function, data) {
            self.alone(width, height, ink);
        }
    }

    fn print_mode(&mut self, mode: PrintMode) {
        self.settings.emphasised = mode.bold;
        self.settings.style = Style {
            font: mode.font,
            bold: mode.bold || self.settings.double_strike,
            underline: u8::from(mode.underline),
            width: if mode.double_width { 2 } else { 1 },
            height: if mode.double_height { 2 } else { 1 },
            ..self.settings.style
        };
    }

    fn cut(&mut self, partial: bool, feed: u32) -> Option<Paper> {
        if !self.line.is_empty() {
            self.print(self.settings.spacing);
        }
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return None;
        }
        let mut rows = rows;
        if feed > 0 {
            rows.push(Row {
                height: feed,
                upside_down: false,
                is_line: false,
                pieces: Vec::new(),
            });
        }
        Some(Paper::new(self.dots, rows, Some(partial)))
    }
}
