//! QR codes, model 2 (ISO/IEC 18004).

use qrcodegen::{QrCode, QrCodeEcc};

use super::{QUIET_QR, SMALLEST};
use crate::document::{Code, CodeKind, Level};

/// The modules of the symbol. `None` when the data are more than it holds.
pub(super) fn modules(data: &str, level: Level) -> Option<Vec<Vec<bool>>> {
    let level = match level {
        Level::L => QrCodeEcc::Low,
        Level::M => QrCodeEcc::Medium,
        Level::Q => QrCodeEcc::Quartile,
        Level::H => QrCodeEcc::High,
    };
    let symbol = QrCode::encode_text(data, level).ok()?;
    let side = 0..symbol.size();
    let row = |y| side.clone().map(|x| symbol.get_module(x, y)).collect();
    Some(side.clone().map(row).collect())
}

/// The module of a QR code that fits on this paper in the wanted size or a smaller one, without drawing it: by the bytes
/// that each version holds (table 7 of the standard). `None` for all that is not sure.
pub(crate) fn surely_fits(code: &Code, dots: u32) -> Option<u8> {
    let plain = |character: char| !character.is_control() || character == '\n';
    let is_plain = !code.data.is_empty() && code.data.chars().all(plain);
    if code.look.kind != CodeKind::Qr || code.look.gs1 || !is_plain {
        return None;
    }
    let level = place(code.look.level);
    let version = BYTES
        .iter()
        .position(|bytes| code.data.len() <= bytes[level])? as u32;
    // 21 modules, 4 more for each version, and the white around it.
    let width = 21 + 4 * version + 2 * QUIET_QR;
    (SMALLEST..=code.look.cell.max(SMALLEST))
        .rev()
        .find(|module| u32::from(*module) * width <= dots)
}

/// Bytes of the largest version, 40.
pub(super) fn most(level: Level) -> usize {
    MOST[place(level)]
}

fn place(level: Level) -> usize {
    match level {
        Level::L => 0,
        Level::M => 1,
        Level::Q => 2,
        Level::H => 3,
    }
}

const MOST: [usize; 4] = [2_953, 2_331, 1_663, 1_273];

/// Bytes of versions 1 to 10 at levels L, M, Q, H.
const BYTES: [[usize; 4]; 10] = [
    [17, 14, 11, 7],
    [32, 26, 20, 14],
    [53, 42, 32, 24],
    [78, 62, 46, 34],
    [106, 84, 60, 44],
    [134, 106, 74, 58],
    [154, 122, 86, 64],
    [192, 152, 108, 84],
    [230, 180, 130, 98],
    [271, 213, 151, 119],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Align, CodeLook};
    use crate::symbol::symbol;

    #[test]
    fn what_surely_fits_is_never_larger_than_what_is_drawn() {
        for level in [Level::L, Level::M, Level::Q, Level::H] {
            for length in 1..300 {
                let code = Code {
                    data: "x".repeat(length),
                    look: CodeLook {
                        kind: CodeKind::Qr,
                        cell: 8,
                        level,
                        ..CodeLook::default()
                    },
                    align: Align::Left,
                    at: (1, 1),
                };
                for dots in [240, 384, 576] {
                    if let Some(module) = surely_fits(&code, dots) {
                        let drawn = symbol(&code, dots).unwrap();
                        assert_eq!(drawn.module_dots, module, "{level:?} {length} {dots}");
                    }
                }
            }
        }
    }
}
