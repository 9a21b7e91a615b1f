//! What the values of properties say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::document::{CodeKind, CodeLook, Level, Width};

/// A PNG file in base64. Lenient, as ReceiptLine is: white space, other strangers and missing padding do no harm.
pub(super) fn png(value: &str) -> Option<Vec<u8>> {
    let base64: Vec<u8> = value
        .bytes()
        .take_while(|byte| *byte != b'=')
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect();
    let png = STANDARD_NO_PAD.decode(base64).ok()?;
    (!png.is_empty()).then_some(png)
}

/// The shape of a BCP 47 tag; whether the language is known is asked by whoever needs it.
pub(super) fn is_tag(tag: &str) -> bool {
    let language = tag.split('-').next().unwrap_or_default();
    let short = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    language.len() >= 2
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && tag.len() <= 35
        && tag.split('-').all(short)
}

/// `auto` is an empty list. A part that is left out hides its column, as 0 does.
pub(super) fn widths(word: &str) -> Option<Vec<Width>> {
    if word.is_empty() {
        return None;
    }
    if list(word).any(|part| part == "auto") {
        return Some(Vec::new());
    }
    list(word)
        .map(|part| match part {
            "*" => Some(Width::Share),
            "" => Some(Width::Characters(0)),
            _ => part.parse().ok().map(Width::Characters),
        })
        .collect()
}

/// Each list starts anew: what it does not name takes its usual value, and of what it names twice the first counts.
/// Also the first part that is none of all this.
pub(super) fn code_look(word: &str) -> (CodeLook, Option<&str>) {
    let usual = CodeLook::default();
    let (mut kind, mut level, mut readable, mut gs1) = (None, None, false, false);
    let (mut bar, mut height, mut cell) = (None, None, None);
    let mut strange = None;
    for part in list(word) {
        match part {
            "upc" => kind = kind.or(Some(CodeKind::Upc)),
            "ean" | "jan" => kind = kind.or(Some(CodeKind::Ean)),
            "code39" => kind = kind.or(Some(CodeKind::Code39)),
            "itf" => kind = kind.or(Some(CodeKind::Itf)),
            "codabar" | "nw7" => kind = kind.or(Some(CodeKind::Codabar)),
            "code93" => kind = kind.or(Some(CodeKind::Code93)),
            "code128" => kind = kind.or(Some(CodeKind::Code128)),
            "qrcode" => kind = kind.or(Some(CodeKind::Qr)),
            "gs1" => gs1 = true,
            "hri" => readable = true,
            "nohri" | "" => {}
            "l" => level = level.or(Some(Level::L)),
            "m" => level = level.or(Some(Level::M)),
            "q" => level = level.or(Some(Level::Q)),
            "h" => level = level.or(Some(Level::H)),
            // One list of numbers serves all symbologies; which one is meant follows from its size.
            _ => match part.parse::<u8>() {
                Ok(number @ 2..=8) => {
                    bar = bar.or((number <= 4).then_some(number));
                    cell = cell.or((number >= 3).then_some(number));
                }
                Ok(number @ 24..=240) => height = height.or(Some(number)),
                Ok(_) | Err(_) => strange = strange.or(Some(part)),
            },
        }
    }
    let look = CodeLook {
        kind: kind.unwrap_or(usual.kind),
        bar: bar.unwrap_or(usual.bar),
        height: height.unwrap_or(usual.height),
        readable,
        cell: cell.unwrap_or(usual.cell),
        level: level.unwrap_or(usual.level),
        gs1,
    };
    (look, strange)
}

/// Parts between commas or spaces; two commas have an empty part between them.
fn list(word: &str) -> impl Iterator<Item = &str> {
    word.split(',').flat_map(|part| {
        let part = part.trim();
        part.split([' ', '\t'])
            .filter(move |word| part.is_empty() || !word.is_empty())
    })
}
