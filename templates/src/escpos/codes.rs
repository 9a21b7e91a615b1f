//! QR codes and barcodes that the printer draws by itself: fewer bytes, and sharper than dots.
//!
//! Source: Epson's ESC/POS command reference, `GS k` and `GS ( k`.

use ::escpos::utils::{
    GS_2D, GS_2D_DATA_MATRIX_PRINT, GS_2D_DATA_MATRIX_SIZE, GS_2D_DATA_MATRIX_TYPE,
    GS_2D_PDF417_COLUMNS, GS_2D_PDF417_PRINT, GS_2D_PDF417_ROW_HEIGHT, GS_2D_PDF417_ROWS,
    GS_2D_PDF417_WIDTH, GS_2D_QRCODE_CORRECTION_LEVEL, GS_2D_QRCODE_MODEL,
    GS_2D_QRCODE_PRINT_SYMBOL_DATA, GS_2D_QRCODE_SIZE, GS_BARCODE_HEIGHT, GS_BARCODE_POSITION,
    GS_BARCODE_PRINT, GS_BARCODE_WIDTH,
};

use super::armed;
use crate::document::{Code, CodeKind, Level};
use crate::profile::Profile;
use crate::symbol::{self, Symbol};

/// What the printer has been told about codes so far.
#[derive(Debug, Default)]
pub(super) struct Codes {
    height: Option<u8>,
    bar: Option<u8>,
    below: Option<bool>,
    qr: bool,
    qr_module: Option<u8>,
    qr_level: Option<Level>,
}

/// How a code goes out.
pub(super) enum Sent {
    /// As the printer's own.
    Native(Vec<u8>),
    /// As a picture.
    Dots,
    /// As a line that says so: it cannot be drawn, or not on this paper.
    Plain,
}

impl Codes {
    /// The commands for a code.
    pub(super) fn command(&mut self, code: &Code, profile: &Profile) -> Sent {
        let native = profile.draws(code.look.kind);
        if native && let Some(module) = symbol::qr_surely_fits(code, profile.dots) {
            return self.qr(code, module);
        }
        let Some(symbol) = symbol::symbol(code, profile.dots) else {
            return Sent::Plain;
        };
        // Printers obey some control characters wherever they stand.
        let is_command = |character: char| character.is_control() && character != '\n';
        if !native || !code.look.gs1 && code.data.chars().any(is_command) {
            return Sent::Dots;
        }
        match code.look.kind {
            CodeKind::Qr => self.qr(code, symbol.module_dots),
            CodeKind::Pdf417 => unless_armed(pdf417(code, symbol.module_dots)),
            // The command has no place for FNC1.
            CodeKind::DataMatrix if code.look.gs1 => Sent::Dots,
            CodeKind::DataMatrix => unless_armed(data_matrix(code, symbol.module_dots)),
            CodeKind::Upc
            | CodeKind::Ean
            | CodeKind::Code39
            | CodeKind::Itf
            | CodeKind::Codabar
            | CodeKind::Code93
            | CodeKind::Code128 => match native_bar(code.look.kind, &symbol) {
                Some(bar) => self.bars(code, bar),
                None => Sent::Dots,
            },
        }
    }

    fn qr(&mut self, code: &Code, module: u8) -> Sent {
        let Some(store) = stored(49, &code.data).filter(|store| !armed(store)) else {
            return Sent::Dots;
        };
        let mut bytes = Vec::with_capacity(store.len() + 33);
        if !self.qr {
            self.qr = true;
            // Model 2.
            bytes.extend_from_slice(GS_2D_QRCODE_MODEL);
            bytes.extend_from_slice(&[50, 0]);
        }
        if self.qr_module.replace(module) != Some(module) {
            bytes.extend_from_slice(GS_2D_QRCODE_SIZE);
            bytes.push(module);
        }
        if self.qr_level.replace(code.look.level) != Some(code.look.level) {
            bytes.extend_from_slice(GS_2D_QRCODE_CORRECTION_LEVEL);
            bytes.push(match code.look.level {
                Level::L => 48,
                Level::M => 49,
                Level::Q => 50,
                Level::H => 51,
            });
        }
        bytes.extend(store);
        bytes.extend_from_slice(GS_2D_QRCODE_PRINT_SYMBOL_DATA);
        Sent::Native(bytes)
    }

    /// Function B of `GS k`, which says how many bytes follow. The crate has neither Code 93 and 128 nor free heights.
    fn bars(&mut self, code: &Code, bar: u8) -> Sent {
        let (system, data) = match code.look.kind {
            CodeKind::Upc => (65, code.data.clone().into_bytes()),
            CodeKind::Ean if code.data.len() < 12 => (68, code.data.clone().into_bytes()),
            CodeKind::Ean => (67, code.data.clone().into_bytes()),
            CodeKind::Code39 => (69, code.data.clone().into_bytes()),
            CodeKind::Itf => (70, code.data.clone().into_bytes()),
            CodeKind::Codabar => (71, with_start_and_stop(&code.data)),
            CodeKind::Code93 => (72, code.data.clone().into_bytes()),
            CodeKind::Code128 => match symbol::encoded(code) {
                Ok(data) => (73, code128(&data)),
                Err(_) => return Sent::Plain,
            },
            CodeKind::Qr | CodeKind::Pdf417 | CodeKind::DataMatrix => return Sent::Dots,
        };
        let Ok(count) = u8::try_from(data.len()) else {
            return Sent::Dots;
        };
        if armed(&data) {
            return Sent::Dots;
        }
        let mut bytes = Vec::with_capacity(data.len() + 13);
        let look = code.look;
        if self.height.replace(look.height) != Some(look.height) {
            bytes.extend_from_slice(GS_BARCODE_HEIGHT);
            bytes.push(look.height);
        }
        if self.bar.replace(bar) != Some(bar) {
            bytes.extend_from_slice(GS_BARCODE_WIDTH);
            bytes.push(bar);
        }
        if self.below.replace(look.readable) != Some(look.readable) {
            bytes.extend_from_slice(GS_BARCODE_POSITION);
            bytes.push(if look.readable { 2 } else { 0 });
        }
        bytes.extend_from_slice(GS_BARCODE_PRINT);
        bytes.extend_from_slice(&[system, count]);
        bytes.extend(data);
        Sent::Native(bytes)
    }
}

fn unless_armed(bytes: Option<Vec<u8>>) -> Sent {
    bytes
        .filter(|bytes| !armed(bytes))
        .map_or(Sent::Dots, Sent::Native)
}

/// Dots of the narrow bar. Codabar and Code 93 have one form each, so that what fits as dots fits as the printer's own.
/// UPC-E has several ways to be written down, which printers read differently: it is drawn.
fn native_bar(kind: CodeKind, symbol: &Symbol) -> Option<u8> {
    match kind {
        CodeKind::Codabar | CodeKind::Code93 => Some(symbol.module_dots),
        CodeKind::Upc
        | CodeKind::Ean
        | CodeKind::Code39
        | CodeKind::Itf
        | CodeKind::Code128
        | CodeKind::Qr
        | CodeKind::Pdf417
        | CodeKind::DataMatrix => symbol.native_dots,
    }
}

/// Function 80 of `GS ( k`: the data, with their count.
fn stored(symbol: u8, data: &str) -> Option<Vec<u8>> {
    let [low, high] = u16::try_from(data.len() + 3).ok()?.to_le_bytes();
    let mut bytes = Vec::with_capacity(data.len() + 8);
    bytes.extend_from_slice(GS_2D);
    bytes.extend_from_slice(&[low, high, symbol, 80, 48]);
    bytes.extend_from_slice(data.as_bytes());
    Some(bytes)
}

/// Columns and rows as the printer finds them best; a row is three times as high as its modules are wide.
fn pdf417(code: &Code, module: u8) -> Option<Vec<u8>> {
    // Error correction levels 1, 2, 4 and 5 of ISO/IEC 15438.
    let level = match code.look.level {
        Level::L => 49,
        Level::M => 50,
        Level::Q => 52,
        Level::H => 53,
    };
    let mut bytes = Vec::new();
    for (function, value) in [
        (GS_2D_PDF417_COLUMNS, 0),
        (GS_2D_PDF417_ROWS, 0),
        (GS_2D_PDF417_WIDTH, module.clamp(2, 8)),
        (GS_2D_PDF417_ROW_HEIGHT, 3),
    ] {
        bytes.extend_from_slice(function);
        bytes.push(value);
    }
    // Function 69 has two parameters, so that the crate's head is one byte short.
    bytes.extend_from_slice(GS_2D);
    bytes.extend_from_slice(&[4, 0, 48, 69, 48, level]);
    bytes.extend(stored(48, &code.data)?);
    bytes.extend_from_slice(GS_2D_PDF417_PRINT);
    Some(bytes)
}

/// A square, as large as the data want.
fn data_matrix(code: &Code, module: u8) -> Option<Vec<u8>> {
    let mut bytes = GS_2D_DATA_MATRIX_TYPE.to_vec();
    bytes.extend_from_slice(&[0, 0, 0]);
    bytes.extend_from_slice(GS_2D_DATA_MATRIX_SIZE);
    bytes.push(module.clamp(2, 16));
    bytes.extend(stored(54, &code.data)?);
    bytes.extend_from_slice(GS_2D_DATA_MATRIX_PRINT);
    Some(bytes)
}

/// Codabar begins and ends with one of A to D.
fn with_start_and_stop(data: &str) -> Vec<u8> {
    let data = data.to_ascii_uppercase();
    if data.starts_with(|first: char| first.is_ascii_uppercase()) {
        return data.into_bytes();
    }
    format!("A{data}A").into_bytes()
}

/// FNC1 as `{1`, set B, in which a brace is written twice, and set C for four digits and more, two in a byte; but never where these
/// bytes would be those of a real-time command.
fn code128(data: &str) -> Vec<u8> {
    let bytes = data.as_bytes();
    let mut sent = Vec::with_capacity(bytes.len() + 4);
    let mut set = None;
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let pairs: Vec<u8> = bytes[at..at + digits / 2 * 2]
            .chunks(2)
            .map(|pair| (pair[0] - b'0') * 10 + (pair[1] - b'0'))
            .collect();
        let (wanted, taken) = if digits >= 4 && !armed(&pairs) {
            (b'C', pairs.len() * 2)
        } else {
            (b'B', digits.max(1))
        };
        if set != Some(wanted) {
            set = Some(wanted);
            sent.extend_from_slice(&[b'{', wanted]);
        }
        if wanted == b'C' {
            sent.extend(pairs);
        } else {
            for byte in &bytes[at..at + taken] {
                sent.extend_from_slice(match byte {
                    b'{' => b"{{",
                    0x1d => b"{1",
                    _ => std::slice::from_ref(byte),
                });
            }
        }
        at += taken;
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Align, CodeLook};

    fn code(kind: CodeKind, data: &str) -> Code {
        let look = CodeLook {
            kind,
            ..CodeLook::default()
        };
        Code {
            data: data.to_owned(),
            look,
            align: Align::Left,
            at: (1, 1),
        }
    }

    #[test]
    fn code_128_writes_two_digits_in_a_byte_but_never_a_real_time_command() {
        assert_eq!(code128("A-1042"), b"{BA-{C\x0a\x2a");
        assert_eq!(code128("12345"), b"{C\x0c\x22{B5");
        assert_eq!(code128("{1"), b"{B{{1");
        assert_eq!(code128("\u{1d}10A\u{1d}2112"), b"{B{110A{1{C\x15\x0c");
        // 16 and 04 would be DLE EOT, 20 DLE DC4.
        assert_eq!(code128("1604"), b"{B1604");
        assert_eq!(code128("991620"), b"{B991620");
    }

    #[test]
    fn a_count_that_looks_like_a_real_time_command_goes_as_dots() {
        // 1037 bytes and 3 are 0410h: low byte 10h, high byte 04h.
        let link = code(CodeKind::Qr, &"x".repeat(1037));
        let mut codes = Codes::default();
        let profile = Profile::named("generic-80").unwrap();
        assert!(matches!(codes.command(&link, &profile), Sent::Dots));
        let link = code(CodeKind::Qr, &"x".repeat(1036));
        assert!(matches!(codes.command(&link, &profile), Sent::Native(_)));
    }

    #[test]
    fn a_printer_is_told_once() {
        let profile = Profile::named("generic-80").unwrap();
        let mut codes = Codes::default();
        let mut sent = |code: &Code| match codes.command(code, &profile) {
            Sent::Native(bytes) => bytes.len(),
            Sent::Dots | Sent::Plain => panic!("the printer has it"),
        };
        let (bars, qr) = (code(CodeKind::Code128, "A1"), code(CodeKind::Qr, "A1"));
        assert_eq!((sent(&bars), sent(&bars)), (9 + 8, 8));
        assert_eq!((sent(&qr), sent(&qr)), (9 + 8 + 8 + 18, 18));
    }
}
