//! Commands that begin with `GS`: the cutter, pictures and questions.
//!
//! Source: Epson's ESC/POS command reference.

use super::barcode;
use super::command::{Command, Picture, PictureKind};
use super::parameters::{Parsed, digit};
use super::two_dimensional::symbol;

/// No real picture is longer (576 dots by 100,000 rows); a longer block is unknown at its head instead of hoarded.
const LONGEST_BLOCK: u64 = 8 << 20;

/// What stands behind a `GS`.
pub(super) fn front(bytes: &[u8]) -> Parsed {
    let (code, rest) = bytes.split_first()?;
    let count = match code {
        b'!' | b'B' | b'h' | b'w' | b'H' | b'f' | b'r' | b'a' | b'I' | b'b' | b'|' => 1,
        b'L' | b'W' | b'P' => 2,
        b'V' => return cut(rest),
        b'v' => return rows(rest),
        b'k' => return barcode::front(rest),
        b'(' => return block(rest),
        b'8' => return long_block(rest),
        // Known by their length, but not obeyed: page mode, macros, counters, pictures that the printer keeps.
        b':' => return Some((None, 1)),
        b'/' | b'E' | b'T' | b'c' | b'j' => return rest.first().map(|_| (None, 2)),
        b'$' | b'\\' => return rest.get(..2).map(|_| (None, 3)),
        b'^' => return rest.get(..3).map(|_| (None, 4)),
        b'*' => return kept_picture(rest),
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
        b'f' => match n {
            0..=4 | b'0'..=b'4' => Some(Command::BarcodeFont(digit(n))),
            b'a' | b'b' => Some(Command::BarcodeFont(n - b'a')),
            _ => None,
        },
        b'r' => matches!(digit(n), 1 | 2 | 4).then(|| Command::Status(digit(n))),
        b'a' => Some(Command::AutomaticStatus(n)),
        b'I' => matches!(n, 1..=3 | b'1'..=b'3' | 33 | 35 | 36 | 65..=69 | 96 | 110..=112)
            .then_some(Command::Identify(n)),
        b'b' => Some(Command::Setting("GS b: smoothing")),
        b'|' => (n <= 8).then_some(Command::Setting("GS |: density")),
        // Other units would move everything that is measured in them.
        b'P' => parameters
            .iter()
            .all(|unit| matches!(unit, 0 | 203))
            .then_some(Command::Setting("GS P: motion units")),
        b'L' => Some(Command::LeftMargin(word)),
        _ => Some(Command::PrintWidth(word)),
    };
    Some((command, count + 1))
}

fn cut(rest: &[u8]) -> Parsed {
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
fn rows(rest: &[u8]) -> Parsed {
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
    let data = data.get(..(bytes * height) as usize)?;
    let picture = Picture {
        width: bytes * 8,
        height,
        scale_x,
        scale_y,
        kind: PictureKind::Rows,
        data: data.into(),
    };
    Some((Some(Command::Picture(picture)), 7 + data.len()))
}

/// `GS * x y d…`: a picture of x times 8 columns and y bytes each, which the printer keeps.
fn kept_picture(rest: &[u8]) -> Parsed {
    let [x, y, data @ ..] = rest else {
        return None;
    };
    let len = usize::from(*x) * usize::from(*y) * 8;
    data.get(..len).map(|_| (None, 3 + len))
}

/// `GS ( X pL pH …`: the length stands at the same place in all of them, also in those that nobody knows.
fn block(rest: &[u8]) -> Parsed {
    let [group, low, high, rest @ ..] = rest else {
        return None;
    };
    let block = rest.get(..usize::from(u16::from_le_bytes([*low, *high])))?;
    let command = match group {
        b'k' => symbol(block),
        b'L' => graphics(block),
        b'H' => confirm(block),
        b'D' => permissions(block),
        b'A' => match block {
            [n, pattern] if digit(*n) <= 2 && matches!(digit(*pattern), 1..=3) => {
                Some(Command::Setting("GS ( A: test print"))
            }
            [..] => None,
        },
        b'K' => match block {
            [48..=50 | 97, _] => Some(Command::Setting("GS ( K: density and speed")),
            [..] => None,
        },
        _ => None,
    };
    Some((command, 4 + block.len()))
}

/// `GS 8 L p1 p2 p3 p4 …`: as `GS ( L`, for more than 65,535 bytes.
fn long_block(rest: &[u8]) -> Parsed {
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

/// `GS ( L` functions 50 (print), 112 (store) and the settings of density.
fn graphics(block: &[u8]) -> Option<Command> {
    match block {
        [48, 2 | 50] => Some(Command::PrintStored),
        [48, 1 | 49, 50 | 51, 50 | 51] => Some(Command::Setting("GS ( L: dot density")),
        [
            48,
            112,
            48,
            scale_x @ 1..=2,
            scale_y @ 1..=2,
            49,
            wl,
            wh,
            hl,
            hh,
            data @ ..,
        ] => {
            let width = u32::from(u16::from_le_bytes([*wl, *wh]));
            let height = u32::from(u16::from_le_bytes([*hl, *hh]));
            let bytes = u64::from(width.div_ceil(8)) * u64::from(height);
            (bytes > 0 && data.len() as u64 == bytes).then(|| {
                Command::Picture(Picture {
                    width,
                    height,
                    scale_x: u32::from(*scale_x),
                    scale_y: u32::from(*scale_y),
                    kind: PictureKind::Stored,
                    data: data.into(),
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
    (!allowed.is_empty()).then_some(Command::RealTimeAllowed(allowed))
}
