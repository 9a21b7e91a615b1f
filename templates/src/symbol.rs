//! QR codes, barcodes and their like as dots, and whether a code can be printed on this paper at all.
//!
//! QR codes and Data Matrix come from crates. Barcodes and PDF417 are ours: `barcoders` has neither UPC-E nor PDF417
//! and leaves the sets of Code 128 to its caller, and the writers of `rxing` come with all of its readers (28 crates), by
//! which our tests read what is drawn here.

use std::borrow::Cow;

use datamatrix::{DataMatrixBuilder, SymbolList};

use crate::bitmap::Bitmap;
use crate::document::{Code, CodeKind, CodeLook};

mod code128;
mod ean;
mod gs1;
mod pdf417;
mod problem;
mod qr;

mod bars;

pub(crate) use problem::name;
pub use problem::problem;
pub(crate) use qr::surely_fits as qr_surely_fits;

/// Dots of the smallest module that scanners read off thermal paper.
const SMALLEST: u8 = 2;
/// White above and below bars, in dots.
const ABOVE: u32 = 4;

/// A code that fits on the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Black modules, row by row; a barcode has one row.
    modules: Vec<Vec<bool>>,
    /// Dots of a module, made smaller than wanted where the paper is narrow.
    pub module_dots: u8,
    /// The same for a printer that draws a barcode by itself, in the plainest way that its commands know: Code 128 in its
    /// set B. `None` when the paper has no room for that, or when it is none of the codes that all printers draw alike.
    pub native_dots: Option<u8>,
    /// Dots of a row of modules.
    row_dots: u32,
    /// White at the sides, in modules.
    quiet: u32,
    /// White above and below, in dots.
    above: u32,
}

/// The symbol of a code on paper of this many dots. `None` when its symbology cannot say the data, and when it is wider than
/// the paper even with the smallest modules that scanners read: [`problem`] says which.
pub fn symbol(code: &Code, dots: u32) -> Option<Symbol> {
    let look = code.look;
    let data = &*encoded(code).ok()?;
    if data.is_empty() {
        return None;
    }
    match look.kind {
        CodeKind::Qr => square(qr::modules(data, look.level)?, look.cell, QUIET_QR, dots),
        CodeKind::DataMatrix => square(matrix(data, look.gs1)?, look.cell, QUIET_MATRIX, dots),
        CodeKind::Pdf417 => wide(data, look, dots),
        CodeKind::Upc
        | CodeKind::Ean
        | CodeKind::Code39
        | CodeKind::Itf
        | CodeKind::Codabar
        | CodeKind::Code93
        | CodeKind::Code128 => bars(data, look, dots),
    }
}

/// What the symbol says: the data, or the element string of GS1, which begins with FNC1 in a barcode.
pub(crate) fn encoded(code: &Code) -> Result<Cow<'_, str>, String> {
    match code.look.kind {
        CodeKind::Code128 if !code.look.gs1 && code.data.contains(gs1::SEPARATOR) => Err(
            "FNC1 is for GS1; write the option gs1, and the data as (01)09521234543213".to_owned(),
        ),
        _ if !code.look.gs1 => Ok(Cow::Borrowed(&code.data)),
        CodeKind::Code128 => {
            let elements = gs1::element_string(&code.data)?;
            Ok(Cow::Owned(format!("{}{elements}", gs1::SEPARATOR)))
        }
        CodeKind::DataMatrix => gs1::element_string(&code.data).map(Cow::Owned),
        CodeKind::Upc
        | CodeKind::Ean
        | CodeKind::Code39
        | CodeKind::Itf
        | CodeKind::Codabar
        | CodeKind::Code93
        | CodeKind::Qr
        | CodeKind::Pdf417 => Err("gs1 goes with code128 and x-datamatrix only".to_owned()),
    }
}

/// The dots of a code with its quiet zone; `None` as for [`symbol`].
pub fn drawn(code: &Code, dots: u32) -> Option<Bitmap> {
    let symbol = symbol(code, dots)?;
    let module = u32::from(symbol.module_dots);
    let (quiet, above, high) = (symbol.quiet, symbol.above, symbol.row_dots);
    let rows = symbol.modules.len() as u32;
    let columns = symbol.modules.first()?.len() as u32;
    let mut picture = Bitmap::new((columns + 2 * quiet) * module, rows * high + 2 * above);
    for (y, row) in (0_u32..).zip(&symbol.modules) {
        for (x, _) in (0_u32..).zip(row).filter(|(_, black)| **black) {
            let (x, y) = ((x + quiet) * module, above + y * high);
            picture.fill(x, y, module, high, true);
        }
    }
    Some(picture)
}

/// What stands below a barcode when its look wants it: what a scanner reads. `None` for the codes in two dimensions, which
/// never have it.
pub fn readable(code: &Code) -> Option<String> {
    let data = || code.data.replace(char::is_control, " ");
    match code.look.kind {
        CodeKind::Qr | CodeKind::Pdf417 | CodeKind::DataMatrix => None,
        CodeKind::Ean => Some(ean::checked(&code.data, false).unwrap_or_else(data)),
        CodeKind::Upc => Some(upc(&code.data).unwrap_or_else(data)),
        CodeKind::Code39
        | CodeKind::Itf
        | CodeKind::Codabar
        | CodeKind::Code93
        | CodeKind::Code128 => Some(data()),
    }
}

/// White around a QR code, in modules, as ISO/IEC 18004 wants it.
const QUIET_QR: u32 = 4;
/// Around a Data Matrix: ISO/IEC 16022 wants 1, and scanners like 2.
const QUIET_MATRIX: u32 = 2;
/// Beside PDF417 (ISO/IEC 15438).
const QUIET_PDF417: u32 = 2;
/// Beside a barcode, in narrow bars.
const QUIET_BARS: u32 = 10;

fn square(modules: Vec<Vec<bool>>, wanted: u8, quiet: u32, dots: u32) -> Option<Symbol> {
    let module_dots = fitting(modules.first()?.len(), wanted, quiet, dots)?;
    Some(Symbol {
        modules,
        module_dots,
        native_dots: None,
        row_dots: module_dots.into(),
        quiet,
        above: quiet * u32::from(module_dots),
    })
}

fn wide(data: &str, look: CodeLook, dots: u32) -> Option<Symbol> {
    // The larger the modules, the fewer columns fit; at last there is one, and rows for all of the data.
    let (modules, module_dots) = (SMALLEST..=look.bar.max(SMALLEST))
        .rev()
        .find_map(|module| {
            let widest = (dots / u32::from(module)).checked_sub(2 * QUIET_PDF417)?;
            let rows = pdf417::rows(data, look.level, widest as usize)?;
            Some((rows, module))
        })?;
    let module = u32::from(module_dots);
    Some(Symbol {
        modules,
        module_dots,
        native_dots: None,
        row_dots: pdf417::ROW as u32 * module,
        quiet: QUIET_PDF417,
        above: QUIET_PDF417 * module,
    })
}

fn bars(data: &str, look: CodeLook, dots: u32) -> Option<Symbol> {
    let modules = modules(data, look.kind)?;
    let native = match look.kind {
        CodeKind::Code128 => code128::in_set_b(data),
        CodeKind::Upc if is_short(data) => None,
        CodeKind::Upc | CodeKind::Ean | CodeKind::Code39 | CodeKind::Itf => Some(modules.len()),
        CodeKind::Codabar
        | CodeKind::Code93
        | CodeKind::Qr
        | CodeKind::Pdf417
        | CodeKind::DataMatrix => None,
    };
    let fits = |modules| fitting_bars(modules, look.bar, dots);
    let (module_dots, quiet) = fits(modules.len())?;
    Some(Symbol {
        module_dots,
        modules: vec![modules],
        native_dots: native.and_then(fits).map(|(module, _)| module),
        row_dots: look.height.into(),
        quiet,
        above: ABOVE,
    })
}

/// The modules of a barcode, whatever the paper.
fn modules(data: &str, kind: CodeKind) -> Option<Vec<bool>> {
    match kind {
        CodeKind::Code39 => bars::code39(data),
        CodeKind::Itf => bars::itf(data),
        CodeKind::Codabar => bars::codabar(data),
        CodeKind::Code93 => bars::code93(data),
        CodeKind::Ean => ean::ean(&ean::checked(data, false)?),
        CodeKind::Upc if is_short(data) => ean::upce(&upc(data)?),
        CodeKind::Upc => ean::ean(&upc(data)?),
        CodeKind::Code128 => code128::code128(data),
        CodeKind::Qr | CodeKind::Pdf417 | CodeKind::DataMatrix => None,
    }
}

/// The largest module, up to the wanted one, with which so many fit on the paper.
fn fitting(modules: usize, wanted: u8, quiet: u32, dots: u32) -> Option<u8> {
    let width = u32::try_from(modules).ok()? + 2 * quiet;
    (SMALLEST..=wanted.max(SMALLEST))
        .rev()
        .find(|module| u32::from(*module) * width <= dots)
}

/// The same for bars, and the quiet zone beside them. What is too wide with all of it is printed with the smallest modules:
/// no printer prints up to the edge of its paper, and this white, 3 mm and more, is wider than ten of them.
fn fitting_bars(modules: usize, wanted: u8, dots: u32) -> Option<(u8, u32)> {
    if let Some(module) = fitting(modules, wanted, QUIET_BARS, dots) {
        return Some((module, QUIET_BARS));
    }
    let free = (dots / u32::from(SMALLEST)).checked_sub(u32::try_from(modules).ok()?)?;
    Some((SMALLEST, free / 2))
}

/// UPC-E, as in ReceiptLine: fewer than nine digits.
fn is_short(data: &str) -> bool {
    data.len() < 9
}

fn upc(data: &str) -> Option<String> {
    if is_short(data) {
        ean::checked_short(data)
    } else {
        ean::checked(data, true)
    }
}

/// Data Matrix ECC 200 (ISO/IEC 16022).
fn matrix(data: &str, gs1: bool) -> Option<Vec<Vec<bool>>> {
    if data.is_empty() || data.len() > MOST_MATRIX {
        return None;
    }
    let sizes = SymbolList::default().enforce_square();
    // Its short form for data between `[)>` and EOT cuts off two bytes where EOT is missing, or panics.
    let builder = DataMatrixBuilder::new()
        .with_symbol_list(sizes)
        .with_macros(false);
    let matrix = if gs1 {
        builder.with_fnc1_start(true).encode(data.as_bytes())
    } else {
        builder.encode_str(data)
    };
    let bitmap = matrix.ok()?.bitmap();
    let rows = bitmap.bits().chunks(bitmap.width());
    Some(rows.map(<[bool]>::to_vec).collect())
}

/// Digits that the largest Data Matrix holds, and fewer of everything else.
const MOST_MATRIX: usize = 3_116;

#[cfg(test)]
mod tests;
