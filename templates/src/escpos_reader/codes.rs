//! Codes that the printer draws itself, from what was stored and set before.

use super::command::{Barcode, BarcodeKind, Font, Picture, PictureKind, Qr};
use super::line::{Ink, Style};
use super::upc_e;
use crate::{document, symbol};
use qrcodegen::{QrCode, QrCodeEcc};

/// Width, height and ink of something that is printed alone.
pub(super) type Printed = (u32, u32, Ink);

/// Dots of the frame that stands for a symbol which is not drawn.
const FRAME: (u32, u32) = (240, 60);

/// What `GS ( k` has set and stored.
#[derive(Debug)]
pub(super) struct Symbols {
    size: u32,
    level: QrCodeEcc,
    data: Vec<u8>,
    /// Dots of a module of PDF417 and of DataMatrix.
    pdf417: u8,
    matrix: u8,
    /// What was stored last of the others, and for which code.
    other: (u8, Vec<u8>),
    /// What was printed last: the same code may be printed again and again.
    drawn: Option<Printed>,
    /// The same of the other codes, by kind and paper.
    others: Option<((u8, u32), Printed)>,
}

impl Default for Symbols {
    fn default() -> Self {
        Self {
            size: 3,
            level: QrCodeEcc::Low,
            data: Vec::new(),
            pdf417: 3,
            matrix: 3,
            other: (0, Vec::new()),
            drawn: None,
            others: None,
        }
    }
}

impl Symbols {
    /// Obeys one function; printing gives the code.
    pub(super) fn qr(&mut self, qr: &Qr) -> Option<Printed> {
        match qr {
            Qr::Model(_) | Qr::AskSize => return None,
            Qr::Size(dots) => self.size = u32::from(*dots),
            Qr::Correction(level) => {
                self.level = match level {
                    49 => QrCodeEcc::Medium,
                    50 => QrCodeEcc::Quartile,
                    51 => QrCodeEcc::High,
                    _ => QrCodeEcc::Low,
                };
            }
            Qr::Store(data) => self.data.clone_from(data),
            Qr::Print if self.data.is_empty() => return None,
            Qr::Print => {
                if self.drawn.is_none() {
                    self.drawn = Some(qr_code(&self.data, self.level, self.size));
                }
                return self.drawn.clone();
            }
        }
        self.drawn = None;
        None
    }

    /// A function of another code; printing gives it, as a frame with its name where it is not drawn here.
    pub(super) fn other(
        &mut self,
        kind: u8,
        function: u8,
        data: &[u8],
        paper: u32,
    ) -> Option<Printed> {
        let n = data.first().copied().unwrap_or_default();
        match (kind, function) {
            (_, 80) => {
                // Some begin with what they are, one or two bytes more.
                let from = match kind {
                    51 => 2,
                    52 => 3,
                    _ => 1,
                };
                self.other = (kind, data.get(from..).unwrap_or_default().to_vec());
            }
            (_, 81) if self.other.0 == kind => {
                let asked = (kind, paper);
                let printed = match self.others.take() {
                    Some((known, printed)) if known == asked => printed,
                    _ => self.print(kind, paper),
                };
                self.others = Some((asked, printed.clone()));
                return Some(printed);
            }
            (48, 67) => self.pdf417 = n,
            (54, 67) => self.matrix = n,
            (_, _) => {}
        }
        self.others = None;
        None
    }

    fn print(&self, kind: u8, paper: u32) -> Printed {
        let says = says(&self.other.1);
        let name = match kind {
            48 => "PDF417",
            50 => "MaxiCode",
            51 => "GS1 DataBar",
            52 => "Composite",
            53 => "Aztec",
            _ => "DataMatrix",
        };
        let look = document::CodeLook {
            cell: self.matrix,
            bar: self.pdf417,
            ..document::CodeLook::default()
        };
        let dots = match kind {
            48 => matrix(&says, document::CodeKind::Pdf417, look, paper),
            54 => matrix(&says, document::CodeKind::DataMatrix, look, paper),
            _ => None,
        };
        let (width, height) = dots
            .as_ref()
            .map_or(FRAME, |dots| (dots.width, dots.height));
        (width, height, Ink::Code { name, says, dots })
    }
}

/// The dots of a code in two dimensions, without the white around it, which is the paper.
fn matrix(
    data: &str,
    kind: document::CodeKind,
    look: document::CodeLook,
    paper: u32,
) -> Option<Picture> {
    let code = document::Code {
        data: data.to_owned(),
        look: document::CodeLook { kind, ..look },
        align: document::Align::Left,
        at: (1, 1),
    };
    let drawn = symbol::drawn(&code, paper)?;
    let black = |x: u32, y: u32| drawn.get(x, y);
    let (all_x, all_y) = (0..drawn.width(), 0..drawn.height());
    let top = all_y
        .clone()
        .find(|y| all_x.clone().any(|x| black(x, *y)))?;
    let bottom = all_y.rev().find(|y| all_x.clone().any(|x| black(x, *y)))?;
    let rows = top..=bottom;
    let left = all_x.clone().find(|x| rows.clone().any(|y| black(*x, y)))?;
    let right = all_x.rev().find(|x| rows.clone().any(|y| black(*x, y)))?;
    let (width, height) = (right + 1 - left, bottom + 1 - top);
    Some(packed(width, height, (1, 1), |x, y| {
        black(x + left, y + top)
    }))
}

fn says(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

fn qr_code(data: &[u8], level: QrCodeEcc, size: u32) -> Printed {
    let code = match std::str::from_utf8(data) {
        Ok(text) => QrCode::encode_text(text, level),
        Err(_) => QrCode::encode_binary(data, level),
    };
    let Ok(code) = code else {
        return (
            FRAME.0,
            FRAME.1,
            Ink::Code {
                name: "QR",
                says: says(data),
                dots: None,
            },
        );
    };
    let modules = code.size().unsigned_abs();
    let dot = |x: u32, y: u32| code.get_module(x.cast_signed(), y.cast_signed());
    let dots = packed(modules, modules, (size, size), dot);
    (
        modules * size,
        modules * size,
        Ink::Code {
            name: "QR",
            says: says(data),
            dots: Some(dots),
        },
    )
}

fn packed(width: u32, height: u32, scale: (u32, u32), black: impl Fn(u32, u32) -> bool) -> Picture {
    let row = width.div_ceil(8);
    let mut data = vec![0; (row * height) as usize];
    for y in 0..height {
        for x in (0..width).filter(|x| black(*x, y)) {
            data[(y * row + x / 8) as usize] |= 0x80 >> (x % 8);
        }
    }
    Picture {
        width,
        height,
        scale_x: scale.0,
        scale_y: scale.1,
        kind: PictureKind::Rows,
        data: data.into(),
    }
}

/// What `GS h`, `GS w`, `GS H` and `GS f` have set.
#[derive(Debug)]
pub(super) struct Barcodes {
    /// Dots.
    pub height: u32,
    /// Dots of the narrow bar.
    pub width: u32,
    /// 0 none, 1 above, 2 below, 3 both.
    pub text: u8,
    /// Of the text.
    pub font: Font,
}

impl Default for Barcodes {
    fn default() -> Self {
        Self {
            height: 162,
            width: 3,
            text: 0,
            font: Font::A,
        }
    }
}

impl Barcodes {
    /// The bars, with the text in this style above and below where it was asked for.
    pub(super) fn print(&self, barcode: &Barcode, style: Style) -> Vec<Printed> {
        let says = readable(barcode);
        let text = || {
            let width = says.chars().map(|character| style.advance(character)).sum();
            (width, style.rise(), Ink::Text(says.clone(), style))
        };
        let mut printed = Vec::new();
        if self.text & 1 != 0 {
            printed.push(text());
        }
        let dots = bars(barcode).map(|bars| {
            let width = u32::try_from(bars.len()).unwrap_or(u32::MAX);
            packed(width, 1, (self.width, self.height), |x, _| {
                bars.get(x as usize).is_some_and(|black| *black)
            })
        });
        let (width, height) = dots.as_ref().map_or(FRAME, |dots| {
            (dots.width * dots.scale_x, dots.height * dots.scale_y)
        });
        printed.push((
            width,
            height,
            Ink::Code {
                name: name(barcode.kind),
                says: says.clone(),
                dots,
            },
        ));
        if self.text & 2 != 0 {
            printed.push(text());
        }
        printed
    }
}

fn name(kind: BarcodeKind) -> &'static str {
    match kind {
        BarcodeKind::UpcA => "UPC-A",
        BarcodeKind::UpcE => "UPC-E",
        BarcodeKind::Ean13 => "EAN-13",
        BarcodeKind::Ean8 => "EAN-8",
        BarcodeKind::Code39 => "Code 39",
        BarcodeKind::Itf => "ITF",
        BarcodeKind::Codabar => "Codabar",
        BarcodeKind::Code93 => "Code 93",
        BarcodeKind::Code128 | BarcodeKind::Code128Auto => "Code 128",
        BarcodeKind::Gs1Code128 => "GS1-128",
        BarcodeKind::DataBarOmnidirectional
        | BarcodeKind::DataBarTruncated
        | BarcodeKind::DataBarLimited
        | BarcodeKind::DataBarExpanded => "GS1 DataBar",
    }
}

/// The data without what only steers the code.
fn readable(barcode: &Barcode) -> String {
    if barcode.kind != BarcodeKind::Code128 {
        return says(&barcode.data);
    }
    let mut out = Vec::new();
    let mut set = b'B';
    let mut bytes = barcode.data.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' => match bytes.next() {
                Some(b'{') => out.push(b'{'),
                Some(chosen @ (b'A' | b'B' | b'C')) => set = *chosen,
                Some(_) | None => {}
            },
            pair if set == b'C' => out.extend(format!("{pair:02}").bytes()),
            byte => out.push(*byte),
        }
    }
    says(&out)
}

/// Modules of the code, true = black; none when it cannot say the data, and for those that are not drawn here (those of
/// GS1).
fn bars(barcode: &Barcode) -> Option<Vec<bool>> {
    let kind = match barcode.kind {
        BarcodeKind::UpcA => document::CodeKind::Upc,
        BarcodeKind::Ean13 | BarcodeKind::Ean8 => document::CodeKind::Ean,
        BarcodeKind::Code39 => document::CodeKind::Code39,
        BarcodeKind::Itf => document::CodeKind::Itf,
        BarcodeKind::Codabar => document::CodeKind::Codabar,
        BarcodeKind::Code93 => document::CodeKind::Code93,
        BarcodeKind::Code128 | BarcodeKind::Code128Auto => document::CodeKind::Code128,
        BarcodeKind::UpcE => return upc_e::modules(&barcode.data),
        BarcodeKind::Gs1Code128
        | BarcodeKind::DataBarOmnidirectional
        | BarcodeKind::DataBarTruncated
        | BarcodeKind::DataBarLimited
        | BarcodeKind::DataBarExpanded => return None,
    };
    let data = readable(barcode).trim_matches('*').to_owned();
    let look = document::CodeLook {
        kind,
        bar: 2,
        height: 1,
        ..document::CodeLook::default()
    };
    let code = document::Code {
        data,
        look,
        align: document::Align::Left,
        at: (1, 1),
    };
    let module = u32::from(symbol::symbol(&code, u32::MAX)?.module_dots);
    let drawn = symbol::drawn(&code, u32::MAX)?;
    let row = (0..drawn.height()).find(|y| drawn.row(*y).iter().any(|byte| *byte != 0))?;
    let mut modules: Vec<bool> = (0..drawn.width() / module)
        .map(|x| drawn.get(x * module, row))
        .collect();
    // The quiet zone is the paper beside it.
    modules.truncate(modules.iter().rposition(|black| *black)? + 1);
    let first = modules.iter().position(|black| *black)?;
    Some(modules.split_off(first))
}
