//! Commands that begin with `FS`: characters of two bytes.
//!
//! Source: Epson's ESC/POS command reference.

use super::command::Command;
use super::parameters::{Parsed, digit};

/// What stands behind an `FS`.
pub(super) fn front(bytes: &[u8]) -> Parsed {
    let (code, rest) = bytes.split_first()?;
    match code {
        b'&' => Some((Some(Command::DoubleByte(true)), 1)),
        b'.' => Some((Some(Command::DoubleByte(false)), 1)),
        b'!' | b'-' | b'C' | b'W' => Some((one(*code, *rest.first()?), 2)),
        b'S' => {
            let [left, right, ..] = rest else {
                return None;
            };
            Some((Some(Command::DoubleByteSpacing(*left, *right)), 3))
        }
        b'(' => block(rest),
        // Known by their length, but not obeyed: characters and pictures that the printer keeps.
        b'?' | b'p' => rest.get(..2).map(|_| (None, 3)),
        _ => Some((None, 1)),
    }
}

fn one(code: u8, n: u8) -> Option<Command> {
    match code {
        b'!' => Some(Command::DoubleByteMode {
            double_width: n & 0x04 != 0,
            double_height: n & 0x08 != 0,
            underline: Some(n & 0x80 != 0),
        }),
        b'W' => Some(Command::DoubleByteMode {
            double_width: n & 1 == 1,
            double_height: n & 1 == 1,
            underline: None,
        }),
        b'-' => (digit(n) <= 2).then(|| Command::DoubleByteUnderline(digit(n))),
        _ => (digit(n) <= 2).then(|| Command::DoubleByteSystem(digit(n))),
    }
}

/// `FS ( X pL pH …`.
fn block(rest: &[u8]) -> Parsed {
    let [group, low, high, rest @ ..] = rest else {
        return None;
    };
    let block = rest.get(..usize::from(u16::from_le_bytes([*low, *high])))?;
    let command = match (group, block) {
        (b'A', [48, n]) if digit(*n) == 0 => {
            Some(Command::Setting("FS ( A: font A of double-byte characters"))
        }
        (b'C', [48, n @ (1 | 2 | b'1' | b'2')]) => Some(Command::Utf8(digit(*n) == 2)),
        (b'C', [60, ..]) => Some(Command::Setting("FS ( C: font priority")),
        (_, _) => None,
    };
    Some((command, 4 + block.len()))
}
