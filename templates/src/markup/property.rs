//! Lines of `{key:value;key:value}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Reading, cell};
use crate::document::{
    Align, Block, Border, Code, CodeKind, CodeLook, Cut, Image, Level, Picture, Width, Wrap,
};

/// What stands between braces that enclose the whole text and no other braces.
pub(super) fn between_braces(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
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

impl Reading {
    /// `at` is the place of the first character behind the brace, `align` how the column leans.
    pub(super) fn read_property(&mut self, inner: &str, at: usize, align: Align) {
        let mut prints = Vec::new();
        for (member, at) in members(inner, at) {
            if member.trim().is_empty() {
                continue;
            }
            let (key, value) = member.split_once(':').unwrap_or((member, ""));
            let value_at = at + key.chars().count() + 1;
            let mut notes = Vec::new();
            let value = cell::plain(value.trim(), value_at, &mut notes);
            self.set(key.trim(), &value, at, align, &mut prints);
            for (at, what) in notes {
                self.note(at, what);
            }
        }
        // Settings hold for what their own line prints, wherever they stand in it.
        for print in prints {
            let block = match print {
                Print::Code(data) => Block::Code(Code {
                    data,
                    look: self.code,
                    align,
                }),
                Print::Block(block) => block,
            };
            self.blocks.push(block);
        }
    }

    fn set(&mut self, key: &str, value: &str, at: usize, align: Align, prints: &mut Vec<Print>) {
        let word = value.trim().to_ascii_lowercase();
        let mut unknown =
            |wanted: &str| self.note(at, format!("{key}:{value} is not known; write {wanted}"));
        match key {
            "align" | "a" => match word.as_str() {
                "left" => self.frame_mut().align = Align::Left,
                "center" => self.frame_mut().align = Align::Center,
                "right" => self.frame_mut().align = Align::Right,
                _ => unknown("align:left, align:center or align:right"),
            },
            "width" | "w" => match widths(&word) {
                Some(widths) => self.frame_mut().widths = widths,
                None => unknown("width:auto or a list such as width:*,10"),
            },
            "border" | "b" => match word.as_str() {
                "line" => self.frame_mut().border = Border::Line,
                "space" | "1" => self.frame_mut().border = Border::Space(1),
                "none" | "0" => self.frame_mut().border = Border::Space(0),
                "2" => self.frame_mut().border = Border::Space(2),
                _ => unknown("border:line, border:space, border:none, or 0 to 2"),
            },
            "text" | "t" => match word.as_str() {
                "wrap" => self.wrap = Wrap::Characters,
                "nowrap" => self.wrap = Wrap::Never,
                _ => unknown("text:wrap or text:nowrap"),
            },
            "x-wrap" => match word.as_str() {
                "word" => self.wrap = Wrap::Words,
                "char" => self.wrap = Wrap::Characters,
                _ => unknown("x-wrap:word or x-wrap:char"),
            },
            "option" | "o" => self.code = code_look(&word),
            "code" | "c" => prints.push(Print::Code(value.to_owned())),
            "image" | "i" => match STANDARD.decode(value.trim()) {
                Ok(png) => prints.push(Print::Block(Block::Image(Image {
                    picture: Picture::Inline(png.into()),
                    align,
                    dither: self.dither,
                }))),
                Err(_) => self.note(at, "the image is not base64 and is left out".to_owned()),
            },
            "x-mark" => prints.push(Print::Block(Block::Mark)),
            "x-drawer" => prints.push(Print::Block(Block::Drawer)),
            "x-feed" => match word.parse() {
                Ok(rows) => prints.push(Print::Block(Block::Feed(rows))),
                Err(_) => unknown("x-feed:1 to x-feed:255"),
            },
            "x-cut" => match word.as_str() {
                "partial" | "" => prints.push(Print::Block(Block::Cut(Cut::Partial))),
                "full" => prints.push(Print::Block(Block::Cut(Cut::Full))),
                _ => unknown("x-cut:partial or x-cut:full"),
            },
            "comment" | "_" => {}
            "command" | "x" => self.note(
                at,
                "raw printer commands are off; this one is left out".to_owned(),
            ),
            _ => self.note(
                at,
                format!("the property {key} is not known and is left out"),
            ),
        }
    }
}

enum Print {
    Code(String),
    Block(Block),
}

/// The parts between unescaped `;`, with their places.
fn members(inner: &str, at: usize) -> Vec<(&str, usize)> {
    let mut members = Vec::new();
    let (mut start, mut start_at, mut escaped) = (0, at, false);
    for (place, (byte, character)) in inner.char_indices().enumerate() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ';' => {
                members.push((&inner[start..byte], start_at));
                (start, start_at) = (byte + 1, at + place + 1);
            }
            _ => {}
        }
    }
    members.push((&inner[start..], start_at));
    members
}

fn list(word: &str) -> impl Iterator<Item = &str> {
    word.split([' ', '\t', ',']).filter(|part| !part.is_empty())
}

fn widths(word: &str) -> Option<Vec<Width>> {
    if list(word).any(|part| part == "auto") {
        return Some(Vec::new());
    }
    let widths: Option<Vec<_>> = list(word)
        .map(|part| {
            if part == "*" {
                Some(Width::Share)
            } else {
                part.parse().ok().map(Width::Characters)
            }
        })
        .collect();
    widths.filter(|widths| !widths.is_empty())
}

/// Each list starts anew: what it does not name takes its usual value.
fn code_look(word: &str) -> CodeLook {
    let mut look = CodeLook::default();
    for part in list(word) {
        match part {
            "upc" => look.kind = CodeKind::Upc,
            "ean" | "jan" => look.kind = CodeKind::Ean,
            "code39" => look.kind = CodeKind::Code39,
            "itf" => look.kind = CodeKind::Itf,
            "codabar" | "nw7" => look.kind = CodeKind::Codabar,
            "code93" => look.kind = CodeKind::Code93,
            "code128" => look.kind = CodeKind::Code128,
            "qrcode" => look.kind = CodeKind::Qr,
            "hri" => look.readable = true,
            "l" => look.level = Level::L,
            "m" => look.level = Level::M,
            "q" => look.level = Level::Q,
            "h" => look.level = Level::H,
            _ => {}
        }
    }
    // One list of numbers serves all symbologies; which one is meant follows from its size, the first of each wins.
    let numbers = || list(word).filter_map(|part| part.parse::<u8>().ok());
    look.bar = numbers()
        .find(|number| (2..=4).contains(number))
        .unwrap_or(look.bar);
    look.height = numbers()
        .find(|number| (24..=240).contains(number))
        .unwrap_or(look.height);
    look.cell = numbers()
        .find(|number| (3..=8).contains(number))
        .unwrap_or(look.cell);
    look
}
