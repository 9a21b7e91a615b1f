//! The roll: a printer's settings and its paper. Commands in, torn-off papers out.

use super::codes::Symbols;
use super::command::{Command, Font, Picture, PictureKind, Qr};
use super::line::{Ink, Line, Piece};
use super::paper::{Paper, Row};
use super::settings::{Cells, LINE_SPACING, Settings};
use crate::profile::Profile;
use unicode_width::UnicodeWidthChar;

/// Dots of a whole roll of 80 metres, and most rows on it (those of height 0 use up no paper): there it ends.
const ROLL: u64 = 640_000;
const MOST_ROWS: usize = 1 << 18;

/// A printer with paper in it.
#[derive(Debug)]
pub struct Roll {
    dots: u32,
    cells: Cells,
    settings: Settings,
    line: Line,
    rows: Vec<Row>,
    stored: Option<Picture>,
    symbols: Symbols,
    lines: u64,
    /// Dots since the last cut.
    used: u64,
}

impl Roll {
    /// New paper, `dots` wide (576 on 80 mm, 384 on 58 mm).
    pub fn new(dots: u32) -> Self {
        Self::with(dots, Cells::usual())
    }

    /// New paper in a printer of this kind.
    pub fn of(profile: &Profile) -> Self {
        Self::with(profile.dots, Cells::of(profile))
    }

    fn with(dots: u32, cells: Cells) -> Self {
        Self {
            dots,
            cells,
            settings: Settings::new(cells),
            line: Line::default(),
            rows: Vec::new(),
            stored: None,
            symbols: Symbols::default(),
            lines: 0,
            used: 0,
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
        self.used = 0;
        let rows = std::mem::take(&mut self.rows);
        (!rows.is_empty()).then(|| Paper::new((self.dots, self.cells.a.0), rows, None))
    }

    /// Does what the command says. A cut gives the paper, when there is something on it; so does the end of the roll.
    pub fn take(&mut self, command: &Command) -> Option<Paper> {
        if let Command::Cut { partial, feed } = command {
            return self.cut(*partial, u32::from(*feed));
        }
        self.obey(command);
        if self.used < ROLL && self.rows.len() < MOST_ROWS {
            return None;
        }
        self.used = 0;
        let rows = std::mem::take(&mut self.rows);
        Some(Paper::new((self.dots, self.cells.a.0), rows, None))
    }

    fn obey(&mut self, command: &Command) {
        match command {
            Command::Text { text, .. } => self.text(text),
            Command::LineFeed => self.feed_lines(1),
            Command::FeedLines(lines) => self.feed_lines(u32::from(*lines)),
            Command::FeedDots(dots) => self.feed_dots(u32::from(*dots)),
            Command::Tab => self.tab(),
            Command::CarriageReturn => {
                if self.cells.returns {
                    self.line.move_to(0);
                }
            }
            Command::Position(x) => self.move_to(u32::from(*x)),
            Command::Move(by) => {
                if let Some(x) = self.line.cursor().checked_add_signed(i32::from(*by)) {
                    self.move_to(x);
                }
            }
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
                let style = self.settings.barcode_style();
                for (width, height, ink) in self.settings.barcodes.print(barcode, style) {
                    self.alone(width, height, ink);
                }
            }
            Command::Initialize => {
                self.settings = Settings::new(self.cells);
                self.line = Line::default();
                self.symbols = Symbols::default();
            }
            Command::PrintMode(mode) => self.settings.print_mode(*mode),
            Command::Bold(on) => {
                self.settings.emphasised = *on;
                self.settings.style.bold = *on || self.settings.double_strike;
            }
            Command::DoubleStrike(on) => {
                self.settings.double_strike = *on;
                self.settings.style.bold = *on || self.settings.emphasised;
            }
            Command::Underline(dots) => self.settings.style.underline = *dots,
            Command::Font(font) => self.settings.font(*font),
            Command::Align(align) => self.settings.align = *align,
            Command::DefaultLineSpacing => self.settings.spacing = self.cells.spacing,
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
            Command::DoubleByte(on) => self.settings.wide.on = *on,
            Command::DoubleByteSystem(system) => self.settings.wide.shift_jis = *system > 0,
            Command::DoubleByteUnderline(dots) => self.settings.wide.underline = *dots,
            Command::DoubleByteMode {
                double_width,
                double_height,
                underline,
            } => {
                let wide = &mut self.settings.wide;
                wide.double_width = *double_width;
                wide.double_height = *double_height;
                if let Some(underline) = underline {
                    wide.underline = u8::from(*underline);
                }
            }
            Command::DoubleByteSpacing(left, right) => self.settings.wide.spacing = (*left, *right),
            // A cut was taken out before.
            Command::Cut { .. }
            | Command::CodePage(_)
            | Command::CharacterSet(_)
            | Command::Utf8(_)
            | Command::Buzzer { .. }
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
    }

    /// Dots between the margins.
    fn room(&self) -> u32 {
        let most = self.dots.saturating_sub(self.settings.margin);
        self.settings.width.unwrap_or(most).min(most)
    }

    /// A place outside of the printing area is no place (Epson's reference, `ESC $` and `ESC \`).
    fn move_to(&mut self, x: u32) {
        if x <= self.room() {
            self.line.move_to(x);
        }
    }

    fn text(&mut self, text: &str) {
        let style = self.settings.style;
        let wide = self.settings.wide_style();
        for character in text.chars() {
            let style = match wide {
                Some(wide) if character.width() == Some(2) => wide,
                _ => style,
            };
            if !self.line.has_room(style.advance(character), self.room()) {
                self.print(self.settings.spacing);
            }
            self.line.put_char(character, style);
        }
    }

    fn tab(&mut self) {
        let style = self.settings.style;
        let cell = (style.cell.0 + u32::from(style.spacing)) * u32::from(style.width);
        let room = self.room();
        let mut stops = self
            .settings
            .tabs
            .iter()
            .map(|stop| u32::from(*stop) * cell);
        let cursor = self.line.cursor();
        if let Some(next) = stops.find(|x| *x > cursor) {
            // Parsed the right edge there is only the edge.
            self.line.move_to(next.min(room));
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
            upside_down: self.settings.upside_down && !is_raster(&pieces),
            is_line: true,
            pieces,
        });
    }

    fn row(&mut self, row: Row) {
        self.lines += u64::from(row.height.div_ceil(LINE_SPACING).max(1));
        self.used += u64::from(row.height);
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
        if let Some((width, height, ink)) = self.symbols.qr(qr) {
            self.alone(width, height, ink);
        }
    }

    fn symbol(&mut self, kind: u8, function: u8, data: &[u8]) {
        if let Some((width, height, ink)) = self.symbols.other(kind, function, data, self.dots) {
            self.alone(width, height, ink);
        }
    }

    fn cut(&mut self, partial: bool, feed: u32) -> Option<Paper> {
        if !self.line.is_empty() {
            self.print(self.settings.spacing);
        }
        self.used = 0;
        let mut rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return None;
        }
        if feed > 0 {
            rows.push(Row {
                height: feed,
                upside_down: false,
                is_line: false,
                pieces: Vec::new(),
            });
        }
        Some(Paper::new((self.dots, self.cells.a.0), rows, Some(partial)))
    }
}

/// Pictures sent row by row come out as they are, whatever else is upside down (Epson's reference, `GS v 0`, `GS ( L`).
fn is_raster(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| match &piece.ink {
        Ink::Picture(picture) => picture.kind != PictureKind::Columns,
        Ink::Text(..) | Ink::Code { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Reader;
    use super::*;

    fn papers(bytes: &[u8]) -> (Vec<Paper>, Roll) {
        let (mut reader, mut roll) = (Reader::new(), Roll::new(576));
        let reads = reader.push(bytes);
        let papers = reads.iter().filter_map(|read| roll.take(&read.what));
        (papers.collect(), roll)
    }

    #[test]
    fn a_roll_that_is_never_cut_ends_after_eighty_metres() {
        let (ended, roll) = papers(&b"\x1bJ\xff".repeat(2_600));
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].height(), ended[0].cut()), (640_050, None));
        assert!(!roll.is_blank(), "the next one goes on");
        let (ended, _) = papers(&[b"\x1b3\x00".as_slice(), &b"\n".repeat(1 << 18)].concat());
        assert_eq!(
            ended.len(),
            1,
            "rows that use up no paper are bounded as well"
        );
    }

    #[test]
    fn a_stored_picture_that_is_printed_a_thousand_times_is_kept_once() {
        let mut bytes = b"\x1d(L\x0c\x000p0\x01\x011\x08\x00\x02\x00\xf0\x0f".to_vec();
        bytes.extend(b"\x1d(L\x02\x0002".repeat(1000));
        let (_, mut roll) = papers(&bytes);
        let paper = roll.tear_off().expect("a thousand pictures");
        let data = |row: &Row| match &row.pieces[0].ink {
            Ink::Picture(picture) => picture.data.as_ptr(),
            Ink::Text(..) | Ink::Code { .. } => panic!("a picture"),
        };
        assert_eq!(paper.rows().len(), 1000);
        assert!(
            paper
                .rows()
                .iter()
                .all(|row| data(row) == data(&paper.rows()[0]))
        );
    }

    #[test]
    fn places_beside_the_paper_are_no_places() {
        let (papers, _) = papers(b"a\x1b$\xff\xffb\x1b\\\xff\x7fc\x1b\\\x00\x80d\n\x1dV\x00");
        assert_eq!(papers[0].text(), "abcd\n");
    }

    #[test]
    fn characters_of_two_bytes_have_switches_of_their_own() {
        let (papers, _) = papers(b"\x1cC1\x1b-\x01a\x8e\xf5\x1c-\x01\x1cW\x01\x8e\xf5\n\x1dV\x00");
        let styles: Vec<(u8, u8)> = papers[0].rows()[0]
            .pieces
            .iter()
            .map(|piece| match &piece.ink {
                Ink::Text(_, style) => (style.underline, style.width),
                Ink::Picture(_) | Ink::Code { .. } => panic!("text"),
            })
            .collect();
        assert_eq!(styles, [(1, 1), (0, 1), (1, 2)]);
    }
}
