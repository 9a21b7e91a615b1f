//! What a printer finds in our bytes is what was laid out: each letter in its place and style, each thing in its order.

use super::*;
use crate::document::{CodeKind, Font, Style};
use crate::escpos_reader::{Command, Reader};

/// A letter on the paper: dots from the left, how it looks, in which font.
type Letter = (u32, char, Style, Font);

#[derive(Debug, PartialEq)]
enum Printed {
    Letters(Vec<Letter>),
    Dots,
    Code,
    Cut,
}

/// A printer that knows nothing but its own pages.
struct Printer<'p> {
    profile: &'p Profile,
    style: Style,
    font: Font,
    page: u8,
    two_bytes: bool,
    x: u32,
    line: Vec<Letter>,
    /// Between `ESC 3` and `ESC 2`: bands of a picture.
    bands: bool,
    printed: Vec<Printed>,
}

impl Printer<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all others change no letter and no place"
    )]
    fn take(&mut self, command: Command) {
        if let Command::Text { bytes, .. } = command {
            return self.text(&bytes);
        }
        match command {
            Command::LineFeed if self.bands => {}
            Command::LineFeed => {
                self.x = 0;
                let line = std::mem::take(&mut self.line);
                self.printed.push(Printed::Letters(line));
            }
            Command::Bold(on) => self.style.bold = on,
            Command::Underline(dots) => self.style.underline = dots > 0,
            Command::Inverse(on) => self.style.inverse = on,
            Command::Size { width, height } => {
                (self.style.wide, self.style.high) = (width, height);
            }
            Command::PrintMode(mode) => {
                let times = |twice| if twice { 2 } else { 1 };
                self.style = Style {
                    bold: mode.bold,
                    underline: mode.underline,
                    inverse: false,
                    wide: times(mode.double_width),
                    high: times(mode.double_height),
                };
                self.font = font(mode.font);
            }
            Command::Font(chosen) => self.font = font(chosen),
            Command::CodePage(page) => self.page = page,
            Command::DoubleByte(on) => self.two_bytes = on,
            Command::Position(dots) => self.x = u32::from(dots),
            Command::LineSpacing(_) => {
                self.bands = true;
                self.dots();
            }
            Command::DefaultLineSpacing => self.bands = false,
            Command::Picture(_) => self.dots(),
            Command::Qr(crate::escpos_reader::Qr::Print) => self.printed.push(Printed::Code),
            Command::Cut { .. } | Command::FeedLines(_) => self.printed.push(Printed::Cut),
            Command::Unknown(_) | Command::Truncated(_) | Command::RealTime { .. } => {
                panic!("{command:?}")
            }
            _ => {}
        }
    }

    fn dots(&mut self) {
        if self.printed.last() != Some(&Printed::Dots) {
            self.printed.push(Printed::Dots);
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        let mut rest = bytes.iter();
        while let Some(byte) = rest.next() {
            let character = match byte {
                0..0x80 => char::from(*byte),
                _ if self.two_bytes => {
                    let pair = [*byte, *rest.next().expect("both bytes")];
                    self.profile.double_byte.unwrap().character(pair).unwrap()
                }
                _ => {
                    let mut pages = self.profile.pages.list().iter();
                    let (_, table) = pages.find(|(number, _)| *number == self.page).unwrap();
                    table.character(*byte).expect("a character of the page")
                }
            };
            if character != ' ' {
                self.line.push((self.x, character, self.style, self.font));
            }
            self.x += advance(character, self.style, self.font, self.profile);
        }
    }
}

fn font(font: crate::escpos_reader::Font) -> Font {
    match font {
        crate::escpos_reader::Font::A => Font::A,
        crate::escpos_reader::Font::B => Font::B,
    }
}

fn advance(character: char, style: Style, font: Font, profile: &Profile) -> u32 {
    let cells = crate::fonts::cells(character.encode_utf8(&mut [0; 4]));
    cells * u32::from(style.wide) * profile.cell_of(font).0
}

/// What the layout says that must come out.
fn wanted(document: &Document, profile: &Profile) -> Vec<Printed> {
    let letters = TextEncoder::new(profile);
    let sheet = lay_out(document, profile, &Pass::default()).unwrap();
    let mut wanted = Vec::new();
    let dots = |wanted: &mut Vec<Printed>| {
        if wanted.last() != Some(&Printed::Dots) {
            wanted.push(Printed::Dots);
        }
    };
    for line in &sheet.lines {
        match line {
            Line::Text(line) if letters.can_encode(line) => {
                let font = match profile.cell_b {
                    Some(_) => line.font,
                    None => Font::A,
                };
                let mut row = Vec::new();
                for piece in &line.pieces {
                    let mut x = piece.text_x() * profile.cell_of(line.font).0;
                    for span in &piece.spans {
                        for character in span.text.chars() {
                            if character != ' ' {
                                row.push((x, character, span.style, font));
                            }
                            x += advance(character, span.style, font, profile);
                        }
                    }
                }
                wanted.push(Printed::Letters(row));
            }
            Line::Text(line) => {
                let plain = |text: &str, style: Style| {
                    text.is_ascii() && style.wide < 3 && style.high < 3 && !style.inverse
                };
                let mut spans = line.pieces.iter().flat_map(|piece| &piece.spans);
                assert!(
                    !spans.all(|span| plain(&span.text, span.style)),
                    "{line:?} need not be drawn"
                );
                dots(&mut wanted);
            }
            Line::Code(_) if profile.draws(CodeKind::Qr) => wanted.push(Printed::Code),
            Line::Code(_) | Line::Image(_) => dots(&mut wanted),
            Line::Cut(_) => wanted.push(Printed::Cut),
            Line::Drawer | Line::Buzzer(_) | Line::Command(_) => {}
        }
    }
    wanted
}

fn markup() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[a-zA-Z0-9 .,$#-]{1,16}".prop_map(|text| format!("|{text}")),
        "[a-zäéñß€ÜŁžАяЖΩλıŞ ]{1,14}".prop_map(|text| format!("{{w:*,9}}\n|{text} | 9,00 €")),
        "[a-z餃子宫保鸡丁비빔 ]{1,6}".prop_map(|text| format!("|{text}| \"{text}\"|")),
        "[a-zé~_\"`^]{1,12}".prop_map(|text| format!("|{text}")),
        "[א-תa-z]{1,4}".prop_map(|text| format!("|{text}")),
        Just("{x-font:b}".to_owned()),
        Just("{x-font:a}".to_owned()),
        Just("-".to_owned()),
        Just("=".to_owned()),
        Just("{o:qrcode,3,l;c:https://example.org}".to_owned()),
        Just("{x-buzzer:2}".to_owned()),
    ];
    prop::collection::vec(line, 1..8).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_a_printer_finds_in_our_bytes_is_what_was_laid_out(
        markup in markup(),
        name in prop::sample::select(Profile::names().collect::<Vec<_>>()),
    ) {
        let profile = Profile::named(name).unwrap();
        let document = parse(&markup).document;
        // Amounts that have no room are refused before anything is sent.
        prop_assume!(lay_out(&document, &profile, &Pass::default()).is_ok());
        let sent = to_escpos(&document, &profile, &Pass::default(), &fonts().into()).unwrap();
        prop_assert!(!armed(&sent));
        let mut reader = Reader::new();
        let mut reads = reader.push(&sent);
        reads.extend(reader.finish());
        let mut printer = Printer {
            profile: &profile,
            style: Style::default(),
            font: Font::A,
            page: u8::MAX,
            two_bytes: false,
            x: 0,
            line: Vec::new(),
            bands: false,
            printed: Vec::new(),
        };
        for read in reads {
            printer.take(read.what);
        }
        prop_assert_eq!(printer.printed, wanted(&document, &profile), "{} {}", name, sent.escape_ascii());
    }
}
