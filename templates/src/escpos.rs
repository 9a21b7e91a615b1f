//! Laid-out lines to ESC/POS bytes. Commands come from the `escpos` crate where it has them right; text goes through our
//! own code pages, since that crate sends a hyphen as a soft hyphen and a character outside of its page as UTF-8.

use std::sync::{Arc, Mutex, PoisonError};

use ::escpos::driver::Driver;
use ::escpos::errors::{PrinterError, Result as CommandResult};
use ::escpos::printer::Printer;
use ::escpos::utils::{JustifyMode, Protocol, QRCodeCorrectionLevel, QRCodeModel, QRCodeOption};

use crate::document::{Align, Code, CodeKind, Cut, Document, Level};
use crate::layout::{EncodeError, Line, Pass, TextLine, lay_out};
use crate::profile::Profile;
use crate::raster::{self, Bitmap};
use crate::supplies::Supplies;
use crate::symbol;

mod letters;
mod picture;

use letters::Letters;

/// The bytes of a ticket, from `ESC @` to the cut; without a request to confirm them, which the transport adds.
///
/// A line that the printer cannot say in letters of its own goes out as dots, that line alone. Control characters of the
/// text never become commands.
///
/// # Errors
/// When a part of it cannot be printed whole, or must be drawn and there is no font.
pub fn to_escpos(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
) -> Result<Vec<u8>, EncodeError> {
    let sheet = lay_out(document, profile, pass)?;
    let paper = Paper::default();
    let mut writer = Writer {
        printer: Printer::new(paper.clone(), Protocol::default(), None),
        letters: Letters::new(profile),
        profile,
        pass,
        supplies,
        indent: Align::Left,
    };
    writer.printer.init()?.custom(LEAVE_CHINESE_MODE)?;
    for line in &sheet.lines {
        writer.line(line)?;
    }
    writer.printer.print()?;
    Ok(paper.taken())
}

/// `FS .`: clones for the Chinese market start in two-byte mode, where every Latin letter with an accent is garbage.
const LEAVE_CHINESE_MODE: &[u8] = &[0x1c, b'.'];
/// `ESC p 0 25 250`: pin 2, 50 ms on, 500 ms off. The crate's own command lacks both times, so that a printer would take
/// the next two bytes for them.
const DRAWER_PULSE: &[u8] = &[0x1b, b'p', 0, 25, 250];
/// `GS V 66 n` and `GS V 65 n` feed to the cutter and n dots more, then cut. The crate's "partial" is a full cut.
const PARTIAL_CUT: &[u8] = &[0x1d, b'V', 66, 24];
const FULL_CUT: &[u8] = &[0x1d, b'V', 65, 24];

struct Writer<'t> {
    printer: Printer<Paper>,
    letters: Letters<'t>,
    profile: &'t Profile,
    pass: &'t Pass,
    supplies: &'t Supplies,
    /// What `ESC a` said last.
    indent: Align,
}

impl Writer<'_> {
    fn line(&mut self, line: &Line) -> Result<(), EncodeError> {
        match line {
            Line::Text(line) => self.text(line),
            Line::Code(code) => self.code(code),
            Line::Image(image) => match self.supplies.pictures.dots(image, self.profile.dots) {
                Ok(Some(picture)) => {
                    self.dots(&raster::aligned(&picture, image.align, self.profile.dots))
                }
                missing => {
                    let error = missing.as_ref().err();
                    self.text(&raster::missing_picture(image, error, self.profile))
                }
            },
            Line::Cut(cut) => {
                self.printer.custom(match cut {
                    Cut::Partial => PARTIAL_CUT,
                    Cut::Full => FULL_CUT,
                })?;
                Ok(())
            }
            Line::Drawer => {
                self.printer.custom(DRAWER_PULSE)?;
                Ok(())
            }
            Line::Buzzer(_) | Line::Command(_) => Ok(()),
        }
    }

    fn text(&mut self, line: &TextLine) -> Result<(), EncodeError> {
        if self.letters.can_say(&line.pieces) {
            self.align(Align::Left)?;
            self.letters.write(&line.pieces, &mut self.printer)?;
            return Ok(());
        }
        let dots = raster::text_line(line, self.profile, &self.pass.locale, &self.supplies.fonts)?;
        self.dots(&dots)
    }

    fn code(&mut self, code: &Code) -> Result<(), EncodeError> {
        let Some(symbol) = symbol::symbol(code, self.profile.dots) else {
            return raster::plain_code(code, self.profile)
                .iter()
                .try_for_each(|line| self.text(line));
        };
        match code.look.kind {
            CodeKind::Qr if self.profile.draws(CodeKind::Qr) => {
                let level = match code.look.level {
                    Level::L => QRCodeCorrectionLevel::L,
                    Level::M => QRCodeCorrectionLevel::M,
                    Level::Q => QRCodeCorrectionLevel::Q,
                    Level::H => QRCodeCorrectionLevel::H,
                };
                self.align(code.align)?;
                let option = QRCodeOption::new(QRCodeModel::Model2, symbol.module_dots, level);
                self.printer.qrcode_option(&code.data, option)?;
            }
            CodeKind::Upc
            | CodeKind::Ean
            | CodeKind::Code39
            | CodeKind::Itf
            | CodeKind::Code128
                if self.profile.draws(code.look.kind) && symbol.native_dots.is_some() =>
            {
                self.align(code.align)?;
                let bar = symbol.native_dots.unwrap_or(symbol.module_dots);
                self.printer.custom(&barcode(code, bar))?;
            }
            CodeKind::Qr
            | CodeKind::Upc
            | CodeKind::Ean
            | CodeKind::Code39
            | CodeKind::Itf
            | CodeKind::Code128
            | CodeKind::Codabar
            | CodeKind::Code93
            | CodeKind::Pdf417
            | CodeKind::DataMatrix => {
                let dots = raster::code_lines(
                    code,
                    self.profile,
                    &self.pass.locale,
                    &self.supplies.fonts,
                )?;
                return self.dots(&dots);
            }
        }
        Ok(())
    }

    fn dots(&mut self, dots: &Bitmap) -> Result<(), EncodeError> {
        self.align(Align::Left)?;
        self.printer.custom(&picture::commands(dots))?;
        Ok(())
    }

    fn align(&mut self, align: Align) -> Result<(), EncodeError> {
        if self.indent != align {
            self.indent = align;
            self.printer.justify(match align {
                Align::Left => JustifyMode::LEFT,
                Align::Center => JustifyMode::CENTER,
                Align::Right => JustifyMode::RIGHT,
            })?;
        }
        Ok(())
    }
}

/// Height, narrow bar, text below, then `GS k` function B. The crate has neither Code 128 nor free heights.
fn barcode(code: &Code, bar: u8) -> Vec<u8> {
    let (system, data) = match code.look.kind {
        CodeKind::Upc => (65, code.data.clone()),
        CodeKind::Ean if code.data.len() < 12 => (68, code.data.clone()),
        CodeKind::Ean => (67, code.data.clone()),
        CodeKind::Code39 => (69, code.data.clone()),
        CodeKind::Itf => (70, code.data.clone()),
        // Set B, in which a brace is written twice. Set C would be shorter for digits, but its bytes can be those of
        // real-time commands.
        CodeKind::Code128
        | CodeKind::Codabar
        | CodeKind::Code93
        | CodeKind::Qr
        | CodeKind::Pdf417
        | CodeKind::DataMatrix => (73, format!("{{B{}", code.data.replace('{', "{{"))),
    };
    let below = if code.look.readable { 2 } else { 0 };
    let mut bytes = vec![
        0x1d,
        b'h',
        code.look.height,
        0x1d,
        b'w',
        bar,
        0x1d,
        b'H',
        below,
        0x1d,
        b'k',
        system,
    ];
    // Longer data were refused before: no paper is wide enough for 255 characters.
    bytes.push(u8::try_from(data.len()).unwrap_or(u8::MAX));
    bytes.extend(data.bytes());
    bytes
}

impl From<PrinterError> for EncodeError {
    fn from(error: PrinterError) -> Self {
        EncodeError::Command(error.to_string())
    }
}

/// The crate writes to a driver; this one keeps what is written.
#[derive(Debug, Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Driver for Paper {
    fn name(&self) -> String {
        "paper".to_owned()
    }

    fn write(&self, data: &[u8]) -> CommandResult<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _: &mut [u8]) -> CommandResult<usize> {
        Ok(0)
    }

    fn flush(&self) -> CommandResult<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
