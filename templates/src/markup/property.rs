//! Lines of `{key:value;key:value}`.

use super::line::trimmed;
use super::{Parser, cell, offset};
use crate::document::{
    Align, Block, Border, Code, CodeKind, CodeLook, Cut, Direction, Dither, Font, Image, Picture,
    Wrap,
};

mod value;

/// What stands between braces that enclose the whole text and no other braces.
pub(super) fn between_braces(text: &str) -> Option<&str> {
    // Asked of every column, nearly always in vain.
    if text.as_bytes().first() != Some(&b'{') {
        return None;
    }
    let inner = text[1..].strip_suffix('}')?;
    let mut escaped = false;
    for character in inner.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' | '}' => return None,
            _ => {}
        }
    }
    (!escaped).then_some(inner)
}

/// What a property prints where it stands; settings hold for it wherever they stand in the same line.
enum Print {
    /// Of this kind, or of that of `option`; the data, and the line and column of the property.
    Code(Option<CodeKind>, String, (u32, u32)),
    Picture(Picture, (u32, u32)),
    Block(Block),
}

impl Parser {
    /// `inner` is what stands between the braces of this line, `align` how it leans.
    pub(super) fn read_property(&mut self, line: &str, inner: &str, align: Align) {
        let mut prints = Vec::new();
        for member in members(inner) {
            let member = trimmed(member);
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once(':').unwrap_or((member, ""));
            let (key, value) = (key.trim(), trimmed(value));
            let at = Place {
                line,
                at: offset(line, member),
            };
            let mut notes = Vec::new();
            let code = match key {
                "code" | "c" => Some(None),
                "x-pdf417" => Some(Some(CodeKind::Pdf417)),
                "x-datamatrix" => Some(Some(CodeKind::DataMatrix)),
                _ => None,
            };
            if matches!(key, "command" | "x") {
                self.command(value, &at, &mut prints);
            } else if let Some(kind) = code {
                let data = cell::exact(value, offset(line, value), &mut notes);
                prints.push(Print::Code(kind, data, self.place(line, at.at)));
            } else {
                let plain = cell::plain(value, offset(line, value), &mut notes);
                self.set(key, &plain, &at, &mut prints);
            }
            self.note_all(line, notes);
        }
        for print in prints {
            let block = match print {
                Print::Code(kind, data, at) => Block::Code(Code {
                    data,
                    at,
                    look: CodeLook {
                        kind: kind.unwrap_or(self.code.kind),
                        ..self.code
                    },
                    align,
                }),
                Print::Picture(picture, at) => Block::Image(Image {
                    picture,
                    at,
                    align,
                    dither: self.dither,
                }),
                Print::Block(block) => block,
            };
            self.print(block);
        }
    }

    fn set(&mut self, key: &str, value: &str, at: &Place<'_>, prints: &mut Vec<Print>) {
        let word = value.trim().to_ascii_lowercase();
        let mut unknown =
            |wanted: &str| self.note_at(at, format!("{key}:{value} is not known; write {wanted}"));
        let mut print = |block| prints.push(Print::Block(block));
        match key {
            "align" | "a" => match word.as_str() {
                "left" => self.frame_mut().align = Align::Left,
                "center" => self.frame_mut().align = Align::Center,
                "right" => self.frame_mut().align = Align::Right,
                _ => unknown("align:left, align:center or align:right"),
            },
            "width" | "w" => match value::widths(&word) {
                Some(widths) => self.frame_mut().widths = widths,
                None => unknown("width:auto or a list such as width:*,10"),
            },
            "border" | "b" => match word.as_str() {
                "line" => self.set_border(Border::Line),
                "space" | "1" => self.set_border(Border::Space(1)),
                "none" | "0" => self.set_border(Border::Space(0)),
                "2" => self.set_border(Border::Space(2)),
                _ => unknown("border:line, border:space, border:none, or 0 to 2"),
            },
            "text" | "t" => match word.as_str() {
                "wrap" => self.wrap = Wrap::Characters,
                "nowrap" => self.wrap = Wrap::Never,
                _ => unknown("text:wrap or text:nowrap"),
            },
            "option" | "o" => {
                let (look, strange) = value::code_look(&word);
                self.code = look;
                if let Some(part) = strange {
                    self.note_at(at, format!("the option {part} is not known; write a symbology such as code128 or qrcode, gs1, hri or nohri, a bar of 2 to 4, a height of 24 to 240, a cell of 3 to 8, or a level l, m, q or h"));
                }
            }
            "image" | "i" => match value::png(value) {
                Some(png) => {
                    prints.push(Print::Picture(
                        Picture::Inline(png.into()),
                        self.place(at.line, at.at),
                    ));
                }
                None => self.note_at(at, "the image is not base64 and is left out".to_owned()),
            },
            "comment" | "_" => {}
            "x-wrap" => match word.as_str() {
                "word" => self.wrap = Wrap::Words,
                "char" => self.wrap = Wrap::Characters,
                _ => unknown("x-wrap:word or x-wrap:char"),
            },
            "x-font" => match word.as_str() {
                "a" => self.frame_mut().font = Font::A,
                "b" => self.frame_mut().font = Font::B,
                _ => unknown("x-font:a or x-font:b"),
            },
            "x-dir" => match word.as_str() {
                "auto" => self.frame_mut().direction = Direction::Auto,
                "ltr" => self.frame_mut().direction = Direction::LeftToRight,
                "rtl" => self.frame_mut().direction = Direction::RightToLeft,
                _ => unknown("x-dir:auto, x-dir:ltr or x-dir:rtl"),
            },
            "x-lang" => match value.trim() {
                "" => self.frame_mut().language = None,
                tag if value::is_tag(tag) => self.frame_mut().language = Some(tag.into()),
                _ => unknown(
                    "a language such as x-lang:ja or x-lang:zh-Hant, or x-lang: for that of the ticket",
                ),
            },
            "x-dither" => match word.as_str() {
                "floyd" => self.dither = Dither::FloydSteinberg,
                "atkinson" => self.dither = Dither::Atkinson,
                "threshold" => self.dither = Dither::Threshold,
                _ => unknown("x-dither:floyd, x-dither:atkinson or x-dither:threshold"),
            },
            "x-commands" => match word.as_str() {
                "on" => self.commands = true,
                "off" => self.commands = false,
                _ => unknown("x-commands:on or x-commands:off"),
            },
            "x-image" => match value.trim() {
                "" => unknown("the name of a picture, such as x-image:logo"),
                name => {
                    prints.push(Print::Picture(
                        Picture::Named(name.to_owned()),
                        self.place(at.line, at.at),
                    ));
                }
            },
            "x-mark" => print(Block::Mark),
            "x-drawer" => print(Block::Drawer),
            "x-buzzer" => match word.parse() {
                Ok(times @ 1..=9) => print(Block::Buzzer(times)),
                _ => unknown("x-buzzer:1 to x-buzzer:9"),
            },
            "x-feed" => match word.parse() {
                Ok(rows @ 1..) => print(Block::Feed(rows)),
                _ => unknown("x-feed:1 to x-feed:255"),
            },
            "x-cut" => match word.as_str() {
                "partial" | "" => print(Block::Cut(Cut::Partial)),
                "full" => print(Block::Cut(Cut::Full)),
                _ => unknown("x-cut:partial or x-cut:full"),
            },
            _ => self.note_at(
                at,
                format!("the property {key} is not known and is left out"),
            ),
        }
    }

    /// Raw bytes, the one value in which control characters are read.
    fn command(&mut self, value: &str, at: &Place<'_>, prints: &mut Vec<Print>) {
        if !self.commands {
            let off = "raw printer commands are off, so this one is left out; whoever owns the template can write {x-commands:on} in a line before it";
            return self.note_at(at, off.to_owned());
        }
        let mut notes = Vec::new();
        match cell::bytes(value, offset(at.line, value), &mut notes) {
            Some(bytes) => prints.push(Print::Block(Block::Command(bytes))),
            None => self.note_at(
                at,
                r"a command holds bytes only, so this one is left out; write each byte above 7e as \xNN".to_owned(),
            ),
        }
        self.note_all(at.line, notes);
    }

    fn note_at(&mut self, at: &Place<'_>, what: String) {
        self.note(at.line, at.at, what);
    }

    /// Ends the vertical lines of the rows above when the next ones have none.
    fn set_border(&mut self, border: Border) {
        if self.frame.border == Border::Line && border != Border::Line {
            self.print(Block::FrameEnd);
        }
        self.frame_mut().border = border;
    }
}

/// A place in the line that is read.
struct Place<'m> {
    line: &'m str,
    /// In bytes.
    at: usize,
}

/// The parts between unescaped `;`.
fn members(inner: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    inner.split(move |character| match character {
        _ if escaped => {
            escaped = false;
            false
        }
        '\\' => {
            escaped = true;
            false
        }
        _ => character == ';',
    })
}
