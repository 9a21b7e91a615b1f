//! Commands that begin with `GS`: the cutter, pictures, codes and questions.
//!
//! Source: Epson's ESC/POS command reference.

use super::behind::{Behind, digit};
use super::command::{Barcode, BarcodeKind, Command, Picture, PictureKind, Qr};

/// No real picture is longer (576 dots by 100,000 rows); a longer block is unknown at its head instead of hoarded.
const LONGEST_BLOCK: u64 = 8 << 20;

/// What stands behind a `GS`.
pub(super) fn front(bytes: &[u8]) -> Behind {
    let (code, rest) = bytes.split_first()?;
    let count = match code {
        b'!' | b'B' | b'h' | b'w' | b'H' | b'f' | b'r' | b'a' | b'I' | b'b' => 1,
        b'L' | b'W' | b'P' => 2,
        b'V' => return cut(rest),
        b'v' => return rows(rest),
        b'k' => return barcode(rest),
        b'(' => return block(rest),
        b'8' => return long_block(rest),
        _ => return Some((None, 1)),
    };
    let parameters = rest.get(..count)?;
    let n = parameters.first().copied().unwrap_or(0);
    let word = u16::from_le_bytes([n, parameters.get(1).copied().unwrap_or(0)]);
    let command = match code {
        b'!' => (n & 0x88 == 0).then_some(Command::Size {
            width: (n >> 4) + 1,
            height: (n & 0x07) + 1,
        }),
        b'B' => Some(Command::Inverse(n & 1 == 1)),
        b'h' => (n > 0).then_some(Command::BarcodeHeight(n)),
        b'w' => matches!(n, 1..=6).then_some(Command::BarcodeWidth(n)),
        b'H' => (digit(n) <= 3).then(|| Command::BarcodeText(digit(n))),
        b'f' => (digit(n) <= 4).then(|| Command::BarcodeFont(digit(n))),
        b'r' => matches!(digit(n), 1 | 2 | 4).then(|| Command::Status(digit(n))),
        b'a' => Some(Command::AutomaticStatus(n)),
        b'I' => Some(Command::Identify(n)),
        b'b' => Some(Command::Setting("GS b: smoothing")),
        b'P' => Some(Command::Setting("GS P: motion units")),
        b'L' => Some(Command::LeftMargin(word)),
        _ => Some(Command::PrintWidth(word)),
    };
    Some((command, count + 1))
}

fn cut(rest: &[u8]) -> Behind {
    let (mode, rest) = rest.split_first()?;
    match mode {
        0 | 1 | b'0' | b'1' => Some((
            Some(Command::Cut {
                partial: digit(*mode) == 1,
                feed: 0,
            }),
            2,
        )),
        // Functions B (feed, then cut), C (remember a place to cut) and D (feed, cut, feed back).
        65 | 66 | 97 | 98 | 103 | 104 => {
            let feed = *rest.first()?;
            Some((
                Some(Command::Cut {
                    partial: matches!(mode, 66 | 98 | 104),
                    feed,
                }),
                3,
            ))
        }
        _ => Some((None, 2)),
    }
}

/// `GS v 0 m xL xH yL yH d…`.
fn rows(rest: &[u8]) -> Behind {
    let [
        b'0',
        mode,
        width_low,
        width_high,
        height_low,
        height_high,
        data @ ..,
    ] = rest
    else {
        return match rest {
            [] | [b'0', ..] => None,
            [_, ..] => Some((None, 2)),
        };
    };
    let (scale_x, scale_y) = match digit(*mode) {
        0 => (1, 1),
        1 => (2, 1),
        2 => (1, 2),
        3 => (2, 2),
        _ => return Some((None, 7)),
    };
    let bytes = u32::from(u16::from_le_bytes([*width_low, *width_high]));
    let height = u32::from(u16::from_le_bytes([*height_low, *height_high]));
    if bytes == 0 || height == 0 || u64::from(bytes) * u64::from(height) > LONGEST_BLOCK {
        return Some((None, 7));
    }
    let data = data.get(..(bytes * height) as usize)?.to_vec();
    let len = 7 + data.len();
    let picture = Picture {
        width: bytes * 8,
        height,
        scale_x,
        scale_y,
        kind: PictureKind::Rows,
        data,
    };
    Some((Some(Command::Picture(picture)), len))
}

/// `GS k`: function A ends with NUL, function B says its length.
fn barcode(rest: &[u8]) -> Behind {
    let (kind, rest) = rest.split_first()?;
    match kind {
        0..=6 => {
            let Some(end) = rest.iter().take(256).position(|byte| *byte == 0) else {
                return (rest.len() >= 256).then_some((None, 2));
            };
            Some((
                barcode_kind(*kind).map(|kind| barcode_of(kind, &rest[..end])),
                end + 3,
            ))
        }
        65..=73 => {
            let (len, rest) = rest.split_first()?;
            let data = rest.get(..usize::from(*len))?;
            Some((
                barcode_kind(*kind - 65).map(|kind| barcode_of(kind, data)),
                3 + data.len(),
            ))
        }
        _ => Some((None, 2)),
    }
}

fn barcode_of(kind: BarcodeKind, data: &[u8]) -> Command {
    Command::Barcode(Barcode {
        kind,
        data: data.to_vec(),
    })
}

fn barcode_kind(n: u8) -> Option<BarcodeKind> {
    match n {
        0 => Some(BarcodeKind::UpcA),
        1 => Some(BarcodeKind::UpcE),
        2 => Some(BarcodeKind::Ean13),
        3 => Some(BarcodeKind::Ean8),
        4 => Some(BarcodeKind::Code39),
        5 => Some(BarcodeKind::Itf),
        6 => Some(BarcodeKind::Codabar),
        7 => Some(BarcodeKind::Code93),
        8 => Some(BarcodeKind::Code128),
        _ => None,
    }
}

/// `GS ( X pL pH …`: the length stands at the same place in all of them, also in those that nobody knows.
fn block(rest: &[u8]) -> Behind {
    let [group, low, high, rest @ ..] = rest else {
        return None;
    };
    let block = rest.get(..usize::from(u16::from_le_bytes([*low, *high])))?;
    let command = match group {
        b'k' => symbol(block),
        b'L' => graphics(block),
        b'H' => confirm(block),
        b'D' => permissions(block),
        b'A' => Some(Command::Setting("GS ( A: test print")),
        b'K' => Some(Command::Setting("GS ( K: density and speed")),
        _ => None,
    };
    Some((command, 4 + block.len()))
}

/// `GS 8 L p1 p2 p3 p4 …`: as `GS ( L`, for more than 65,535 bytes.
fn long_block(rest: &[u8]) -> Behind {
    let [group, p1, p2, p3, p4, rest @ ..] = rest else {
        return None;
    };
    let len = u32::from_le_bytes([*p1, *p2, *p3, *p4]);
    if *group != b'L' || u64::from(len) > LONGEST_BLOCK {
        return Some((None, 6));
    }
    let block = rest.get(..len as usize)?;
    Some((graphics(block), 6 + block.len()))
}

/// `GS ( k pL pH cn fn …`.
fn symbol(block: &[u8]) -> Option<Command> {
    let [kind, function, data @ ..] = block else {
        return None;
    };
    let qr = match (kind, function, data) {
        (49, 65, [model @ 49..=51, ..]) => Qr::Model(*model),
        (49, 67, [size @ 1..=16]) => Qr::Size(*size),
        (49, 69, [level @ 48..=51]) => Qr::Correction(*level),
        (49, 80, [48, data @ ..]) => Qr::Store(data.to_vec()),
        (49, 81, [48]) => Qr::Print,
        (49, 82, [48]) => Qr::AskSize,
        (49, ..) => return None,
        (48 | 50..=54, 65..=82, data) => {
            return Some(Command::Symbol {
                kind: *kind,
                function: *function,
                data: data.to_vec(),
            });
        }
        (..) => return None,
    };
    Some(Command::Qr(qr))
}

/// `GS ( L` functions 50 (print), 112 (store) and the settings of density.
fn graphics(block: &[u8]) -> Option<Command> {
    match block {
        [48, 2 | 50] => Some(Command::PrintStored),
        [48, 1 | 49, ..] => Some(Command::Setting("GS ( L: dot density")),
        [
            48,
            112,
            48,
            scale_x @ 1..=2,
            scale_y @ 1..=2,
            49..=52,
            wl,
            wh,
            hl,
            hh,
            data @ ..,
        ] => {
            let width = u32::from(u16::from_le_bytes([*wl, *wh]));
            let height = u32::from(u16::from_le_bytes([*hl, *hh]));
            (data.len() == (width.div_ceil(8) * height) as usize).then(|| {
                let (scale_x, scale_y) = (u32::from(*scale_x), u32::from(*scale_y));
                let kind = PictureKind::Stored;
                Command::Picture(Picture {
                    width,
                    height,
                    scale_x,
                    scale_y,
                    kind,
                    data: data.to_vec(),
                })
            })
        }
        [..] => None,
    }
}

/// `GS ( H 06 00 30 30 d1 d2 d3 d4`.
fn confirm(block: &[u8]) -> Option<Command> {
    match block {
        [48, 48, id @ ..] => {
            let id: [u8; 4] = id.try_into().ok()?;
            id.iter()
                .all(|byte| matches!(byte, 0x20..=0x7e))
                .then_some(Command::Confirm(id))
        }
        [..] => None,
    }
}

/// `GS ( D pL pH 14 [a b]…`.
fn permissions(block: &[u8]) -> Option<Command> {
    let (20, pairs) = block
        .split_first()
        .map(|(function, pairs)| (*function, pairs))?
    else {
        return None;
    };
    let mut allowed = Vec::new();
    for pair in pairs.chunks(2) {
        match pair {
            [function, permission @ (0 | 1 | b'0' | b'1')] => {
                allowed.push((*function, digit(*permission) == 1))
            }
            [..] => return None,
        }
    }
    Some(Command::RealTimeAllowed(allowed))
}
