//! Why a code cannot be printed, in words that say what to write instead.

use super::{SMALLEST, bars, ean, encoded, is_short, modules, qr, symbol};
use crate::document::{Code, CodeKind};

/// Why a code is not printed on paper of this many dots; `None` when it is.
pub fn problem(code: &Code, dots: u32) -> Option<String> {
    // Asked of every ticket: most codes need not be drawn for it.
    if qr::surely_fits(code, dots).is_some() || symbol(code, dots).is_some() {
        return None;
    }
    let name = name(code.look.kind);
    let data = match encoded(code) {
        Ok(data) => data,
        Err(wrong) => return Some(format!("{name}: {wrong}")),
    };
    if data.is_empty() {
        return Some(format!("{name}: there are no data to print"));
    }
    let wrong = match code.look.kind {
        CodeKind::Ean => ean_number(&data, &[7, 8, 12, 13], false),
        CodeKind::Upc if is_short(&data) => upc_short(&data),
        CodeKind::Upc => ean_number(&data, &[11, 12], true),
        CodeKind::Code39 => unknown(&data, |character| bars::code39(character).is_some())
            .map(|strange| format!("{strange} is not in its alphabet of capital letters, digits and - . $ / + % space; code128 has more")),
        CodeKind::Itf if bars::digits(&data).is_none() => {
            unknown(&data, |character| bars::digits(character).is_some())
                .map(|strange| format!("{strange} is no digit"))
        }
        CodeKind::Itf => (!data.len().is_multiple_of(2))
            .then(|| format!("it holds pairs of digits, and these are {}; write a zero in front", data.len())),
        CodeKind::Codabar => bars::codabar(&data).is_none().then(|| {
            "it holds digits and - $ : / . + between two of the letters A to D".to_owned()
        }),
        CodeKind::Code93 => unknown(&data, |character| bars::code93(character).is_some())
            .map(|strange| format!("{strange} is not in its alphabet, which is that of ASCII without control characters")),
        CodeKind::Code128 => unknown(&data, |character| modules(character, CodeKind::Code128).is_some())
            .map(|strange| format!("{strange} is no printable ASCII; a QR code holds any text")),
        CodeKind::Qr => (symbol(code, u32::MAX).is_none())
            .then(|| format!("{} bytes are more than the {} that it holds", data.len(), qr::most(code.look.level))),
        CodeKind::Pdf417 | CodeKind::DataMatrix => (symbol(code, u32::MAX).is_none())
            .then(|| format!("{} bytes are more than it holds", data.len())),
    };
    let wrong = wrong.unwrap_or_else(|| too_wide(code, &data, dots));
    Some(format!("{name}: {wrong}"))
}

/// What people call it.
pub(crate) fn name(kind: CodeKind) -> &'static str {
    match kind {
        CodeKind::Upc => "UPC",
        CodeKind::Ean => "EAN",
        CodeKind::Code39 => "Code 39",
        CodeKind::Itf => "ITF",
        CodeKind::Codabar => "Codabar",
        CodeKind::Code93 => "Code 93",
        CodeKind::Code128 => "Code 128",
        CodeKind::Qr => "QR code",
        CodeKind::Pdf417 => "PDF417",
        CodeKind::DataMatrix => "Data Matrix",
    }
}

fn too_wide(code: &Code, data: &str, dots: u32) -> String {
    let instead = "print less of it, or on wider paper";
    match modules(data, code.look.kind) {
        Some(modules) => {
            let needed = modules.len() * usize::from(SMALLEST);
            format!("its bars are {needed} dots wide and this paper {dots}; {instead}")
        }
        None => format!("it is wider than the {dots} dots of this paper; {instead}"),
    }
}

/// The first character that is not known.
fn unknown(data: &str, known: impl Fn(&str) -> bool) -> Option<String> {
    let strange = data
        .chars()
        .find(|character| !known(character.encode_utf8(&mut [0; 4])))?;
    Some(format!("{strange:?}"))
}

fn ean_number(data: &str, lengths: &[usize], upc: bool) -> Option<String> {
    if ean::checked(data, upc).is_some() {
        return None;
    }
    let Some(digits) = bars::digits(data) else {
        return Some("it holds digits only".to_owned());
    };
    if !lengths.contains(&digits.len()) {
        let wanted = if upc { "12 digits" } else { "13 or 8 digits" };
        return Some(format!(
            "it has {wanted}, of which the last may be left out, and not {}",
            digits.len()
        ));
    }
    wrong_check(&digits)
}

fn wrong_check(digits: &[usize]) -> Option<String> {
    let (last, others) = digits.split_last()?;
    let right = ean::check(others);
    Some(format!(
        "the last digit, {last}, checks the others and should be {right}"
    ))
}

fn upc_short(data: &str) -> Option<String> {
    if ean::checked_short(data).is_some() {
        return None;
    }
    let without_check = data.get(..7).and_then(ean::checked_short);
    Some(match (data.len(), without_check) {
        (8, Some(right)) => format!(
            "the last digit checks the others and should be {}",
            right.chars().last().unwrap_or_default()
        ),
        (..) => "it has 12 digits, or 6 to 8 as UPC-E, which begins with 0 or 1".to_owned(),
    })
}
