//! QR codes and barcodes as dots, and whether a code can be printed on this paper at all.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::bitmap::Bitmap;
use crate::document::{Code, CodeKind, Level};

mod bars;

/// White around a QR code, in modules, as ISO/IEC 18004 wants it.
const QUIET_QR: u32 = 4;
/// White beside a barcode, in narrow bars.
const QUIET_BARS: u32 = 10;

/// A code that fits on the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Black modules, row by row; a barcode has one row.
    modules: Vec<Vec<bool>>,
    /// Dots of a module, made smaller than wanted where the paper is narrow.
    pub module_dots: u8,
    height: u8,
}

/// The symbol of a code on paper of this many dots. `None` when its symbology cannot say the data, when it is wider than
/// the paper even with the smallest modules that scanners read, and for symbologies that are not drawn here (Codabar,
/// Code 93, UPC-E): then the data are printed in plain letters.
pub fn symbol(code: &Code, dots: u32) -> Option<Symbol> {
    let look = code.look;
    // Printers obey some control characters wherever they stand.
    if code
        .data
        .chars()
        .any(|character| character.is_control() && character != '\n')
    {
        return None;
    }
    let (modules, wanted, quiet, height) = match look.kind {
        CodeKind::Qr => (qr(code)?, look.cell, QUIET_QR, 0),
        CodeKind::Code128 => (
            vec![bars::code128(&code.data)?],
            look.bar,
            QUIET_BARS,
            look.height,
        ),
        CodeKind::Code39 => (
            vec![bars::code39(&code.data)?],
            look.bar,
            QUIET_BARS,
            look.height,
        ),
        CodeKind::Itf => (
            vec![bars::itf(&code.data)?],
            look.bar,
            QUIET_BARS,
            look.height,
        ),
        CodeKind::Ean | CodeKind::Upc => (
            vec![bars::ean(&code.data, look.kind == CodeKind::Upc)?],
            look.bar,
            QUIET_BARS,
            look.height,
        ),
        CodeKind::Codabar | CodeKind::Code93 | CodeKind::Pdf417 | CodeKind::DataMatrix => {
            return None;
        }
    };
    let width = u32::try_from(modules.first()?.len()).ok()? + 2 * quiet;
    let smallest = 2;
    let module_dots = (smallest..=wanted.max(smallest))
        .rev()
        .find(|module| u32::from(*module) * width <= dots)?;
    Some(Symbol {
        modules,
        module_dots,
        height,
    })
}

/// The dots of a code with its quiet zone; `None` as for [`symbol`].
pub fn drawn(code: &Code, dots: u32) -> Option<Bitmap> {
    let symbol = symbol(code, dots)?;
    let module = u32::from(symbol.module_dots);
    let barcode = code.look.kind != CodeKind::Qr;
    let quiet = if barcode { QUIET_BARS } else { QUIET_QR };
    let rows = symbol.modules.len() as u32;
    let columns = symbol.modules.first()?.len() as u32;
    let (row_height, top) = if barcode {
        (u32::from(symbol.height), 4)
    } else {
        (module, quiet * module)
    };
    let mut picture = Bitmap::new((columns + 2 * quiet) * module, rows * row_height + 2 * top);
    for (y, row) in (0_u32..).zip(&symbol.modules) {
        for (x, black) in (0_u32..).zip(row) {
            if *black {
                picture.fill(
                    (x + quiet) * module,
                    top + y * row_height,
                    module,
                    row_height,
                    true,
                );
            }
        }
    }
    Some(picture)
}

fn qr(code: &Code) -> Option<Vec<Vec<bool>>> {
    let level = match code.look.level {
        Level::L => QrCodeEcc::Low,
        Level::M => QrCodeEcc::Medium,
        Level::Q => QrCodeEcc::Quartile,
        Level::H => QrCodeEcc::High,
    };
    let symbol = QrCode::encode_text(&code.data, level).ok()?;
    let modules = 0..symbol.size();
    Some(
        modules
            .clone()
            .map(|y| modules.clone().map(|x| symbol.get_module(x, y)).collect())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Align, CodeLook};

    fn code(kind: CodeKind, data: &str) -> Code {
        Code {
            data: data.to_owned(),
            look: CodeLook {
                kind,
                cell: 8,
                bar: 4,
                ..CodeLook::default()
            },
            align: Align::Center,
        }
    }

    #[test]
    fn a_code_shrinks_to_the_paper_but_never_below_what_scanners_read() {
        let link = code(CodeKind::Qr, &"https://example.org/".repeat(8));
        assert_eq!(symbol(&link, 576).unwrap().module_dots, 8);
        assert_eq!(symbol(&link, 384).unwrap().module_dots, 6);
        assert_eq!(
            symbol(&code(CodeKind::Code128, "A-1042"), 576)
                .unwrap()
                .module_dots,
            4
        );
        assert_eq!(symbol(&code(CodeKind::Code128, &"A".repeat(30)), 384), None);
        assert_eq!(symbol(&code(CodeKind::Qr, &"x".repeat(5000)), 576), None);
    }

    #[test]
    fn data_that_a_symbology_cannot_say_make_no_symbol() {
        for (kind, data) in [
            (CodeKind::Ean, "12345"),
            (CodeKind::Ean, "4006381333932"),
            (CodeKind::Upc, "ABC"),
            (CodeKind::Code39, "ä"),
            (CodeKind::Itf, "123"),
            (CodeKind::Code128, "Käse"),
            (CodeKind::Code128, ""),
        ] {
            assert_eq!(symbol(&code(kind, data), 576), None, "{kind:?} {data}");
        }
        assert!(symbol(&code(CodeKind::Ean, "4006381333931"), 576).is_some());
        assert!(symbol(&code(CodeKind::Ean, "400638133393"), 576).is_some());
    }
}
