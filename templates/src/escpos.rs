//! Laid-out lines to ESC/POS bytes, written straight into one buffer. The bytes of commands are the `escpos` crate's where
//! it has them right; text goes through our own code pages, since that crate sends a hyphen as a soft hyphen and a
//! character outside of its page as UTF-8.

use ::escpos::utils::{
    ESC_HARDWARE_INIT, ESC_TEXT_JUSTIFY_CENTER, ESC_TEXT_JUSTIFY_LEFT, ESC_TEXT_JUSTIFY_RIGHT,
};

use crate::document::{Align, Code, Cut, Document};
use crate::layout::{EncodeError, Line, Pass, TextLine, lay_out};
use crate::missing::legible_with;
use crate::profile::{Buzzer, Cutter, PictureCommand, Profile};
use crate::raster::{self, Bitmap};
use crate::supplies::Supplies;

mod codes;
mod picture;
mod raw;
mod text_encoder;

use codes::{Codes, Sent};
use text_encoder::TextEncoder;

/// The bytes of a ticket, from `ESC @` to the cut; without a request to confirm them, which the transport adds.
///
/// A line that the printer cannot say in letters of its own goes out as dots, that line alone. Control characters of the
/// text never become commands. Raw commands of the template's owner go out as they are, but for those that the pass does
/// not allow or that a printer would answer.
///
/// # Errors
/// When a part of it cannot be printed whole, or must be drawn and there is no font.
pub fn to_escpos(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
) -> Result<Vec<u8>, EncodeError> {
    let (document, pass) = legible_with(document, Some(profile), pass, supplies);
    let pass = &*pass;
    let sheet = lay_out(&document, profile, pass)?;
    let mut writer = Writer {
        out: Vec::with_capacity(2048),
        text_encoder: TextEncoder::new(profile),
        codes: Codes::default(),
        profile,
        pass,
        supplies,
        indent: Some(Align::Left),
    };
    writer.out.extend_from_slice(ESC_HARDWARE_INIT);
    writer.out.extend_from_slice(LEAVE_CHINESE_MODE);
    writer.out.extend_from_slice(PLAIN_ASCII);
    for (place, line) in (1..).zip(&sheet.lines) {
        writer.line(line, &sheet.lines[place..])?;
    }
    Ok(writer.out)
}

/// `FS .`: printers for the Chinese market start in two-byte mode, where every Latin letter with an accent is garbage.
const LEAVE_CHINESE_MODE: &[u8] = &[0x1c, b'.'];
/// `ESC R 0`: printers sold in some countries start with letters of theirs in place of `#`, `$`, `@` and nine others.
const PLAIN_ASCII: &[u8] = &[0x1b, b'R', 0];
/// `ESC p 0 25 250`: pin 2, 50 ms on, 500 ms off. The crate's own command lacks both times, so that a printer would take
/// the next two bytes for them.
const DRAWER_PULSE: &[u8] = &[0x1b, b'p', 0, 25, 250];

struct Writer<'t> {
    out: Vec<u8>,
    text_encoder: TextEncoder<'t>,
    codes: Codes,
    profile: &'t Profile,
    pass: &'t Pass,
    supplies: &'t Supplies,
    /// What `ESC a` said last; `None` after commands that are not ours.
    indent: Option<Align>,
}

impl Writer<'_> {
    /// `rest` is what follows: the page of a character is chosen by it.
    fn line(&mut self, line: &Line, rest: &[Line]) -> Result<(), EncodeError> {
        match line {
            Line::Text(line) => self.text(line, rest)?,
            Line::Code(code) => self.code(code, rest)?,
            Line::Image(image) => {
                let picture = self.supplies.pictures.dots(image, self.profile.dots);
                // A guest has nothing of what is missing; [`crate::problems`] tells those who can mend it.
                if let Ok(Some(picture)) = picture {
                    let dots = raster::aligned(&picture, image.align, self.profile.dots);
                    self.dots(&dots, false);
                }
            }
            Line::Cut(cut) => self.cut(*cut),
            Line::Drawer if self.profile.drawer => self.out.extend_from_slice(DRAWER_PULSE),
            Line::Drawer => {}
            Line::Buzzer(times) => self.sound(*times),
            Line::Command(bytes) => {
                let opens = self.pass.drawer && self.pass.copy == 0;
                let kept = raw::harmless(bytes, opens);
                if !kept.is_empty() {
                    self.out.extend_from_slice(&kept);
                    // Nobody knows what they have changed, so everything is said anew.
                    self.text_encoder.reset();
                    self.codes = Codes::default();
                    self.indent = None;
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, line: &TextLine, rest: &[Line]) -> Result<(), EncodeError> {
        if self.text_encoder.can_encode(line) {
            self.align(Align::Left);
            self.text_encoder.write(line, rest, &mut self.out);
            return Ok(());
        }
        let dots = raster::text_line(line, self.profile, &self.pass.locale, &self.supplies.fonts)?;
        self.dots(&dots, false);
        Ok(())
    }

    fn code(&mut self, code: &Code, rest: &[Line]) -> Result<(), EncodeError> {
        match self.codes.command(code, self.profile) {
            Sent::Native(bytes) => {
                self.align(code.align);
                self.out.extend_from_slice(&bytes);
            }
            Sent::Dots => {
                let (locale, fonts) = (&self.pass.locale, &self.supplies.fonts);
                let dots = raster::code_lines(code, self.profile, locale, fonts)?;
                self.dots(&dots, true);
            }
            Sent::Plain => {
                self.text(&raster::plain_code(code, self.profile), rest)?;
            }
        }
        Ok(())
    }

    fn dots(&mut self, dots: &Bitmap, codes: bool) {
        self.align(Align::Left);
        match self.profile.picture {
            PictureCommand::Rows => picture::rows(dots, &mut self.out),
            PictureCommand::Columns24 => picture::columns24(dots, &mut self.out),
            PictureCommand::Columns8 => {
                picture::columns8(dots, self.profile.dpi, codes, &mut self.out)
            }
        }
    }

    /// `GS V 66 n` and `GS V 65 n` feed to the cutter and n dots more (3 mm), then cut. The crate's "partial" is a full
    /// cut. Without a cutter the paper is fed until the last line is beyond the edge where it is torn off.
    fn cut(&mut self, cut: Cut) {
        let white = u8::try_from(self.profile.dpi * 3 / 25).unwrap_or(u8::MAX);
        let function = match (self.profile.cutter, cut) {
            (Cutter::None, _) => {
                let lines = self
                    .profile
                    .cut_distance
                    .div_ceil(self.profile.line_pitch())
                    + 1;
                let lines = u8::try_from(lines).unwrap_or(u8::MAX);
                self.out.extend_from_slice(&[0x1b, b'd', lines]);
                return;
            }
            (Cutter::Full, _) | (Cutter::Both, Cut::Full) => 65,
            (Cutter::Partial, _) | (Cutter::Both, Cut::Partial) => 66,
        };
        self.out.extend_from_slice(&[0x1d, b'V', function, white]);
    }

    /// Each time a second long, or as near as the command comes to it.
    fn sound(&mut self, times: u8) {
        match self.profile.buzzer {
            Some(Buzzer::EscB) if times > 0 => {
                self.out.extend_from_slice(&[0x1b, b'B', times.min(9), 9]);
            }
            Some(Buzzer::Epson) if times > 0 => {
                let sound = [0x1b, b'(', b'A', 4, 0, 48, b'1', times.min(63), 10];
                self.out.extend_from_slice(&sound);
            }
            Some(Buzzer::EscB | Buzzer::Epson) | None => {}
        }
    }

    fn align(&mut self, align: Align) {
        if self.indent != Some(align) {
            self.indent = Some(align);
            self.out.extend_from_slice(match align {
                Align::Left => ESC_TEXT_JUSTIFY_LEFT,
                Align::Center => ESC_TEXT_JUSTIFY_CENTER,
                Align::Right => ESC_TEXT_JUSTIFY_RIGHT,
            });
        }
    }
}

/// Whether bytes hold what printers obey wherever it stands: `DLE EOT` asks for status, `DLE ENQ` clears the buffer,
/// `DLE DC4` opens the drawer or switches off.
fn armed(bytes: &[u8]) -> bool {
    bytes
        .windows(2)
        .any(|pair| pair[0] == DLE && matches!(pair[1], 0x04 | 0x05 | 0x14))
}

const DLE: u8 = 0x10;

#[cfg(test)]
mod tests;
