//! What a printer can do: the name in the settings, what the owner knows better, and what the printer has shown, as one.

use std::sync::Arc;

use crate::codepage::{DoubleByte, Pages};
use crate::document::{CodeKind, Font};

mod file;
mod known;
mod suggest;

pub use file::ProfileError;

/// A printer's abilities, as far as the paper depends on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// One of [`Profile::names`], or what a file says.
    pub id: String,
    /// Characters of font A in a row.
    pub columns: u32,
    /// Printable dots in a row.
    pub dots: u32,
    /// Dots an inch.
    pub dpi: u32,
    /// Width and height in dots of a character of font A.
    pub cell: (u32, u32),
    /// Of a character of font B; `None` when the printer has none.
    pub cell_b: Option<(u32, u32)>,
    /// Millimetres of the roll: 58, 76, 80.
    pub media_mm: u32,
    /// Its code pages under its own numbers, the preferred one first.
    pub pages: Arc<Pages>,
    /// Its two-byte letters.
    pub double_byte: Option<DoubleByte>,
    /// The codes that it draws by itself.
    pub codes: Vec<CodeKind>,
    /// How it takes dots.
    pub picture: PictureCommand,
    /// How it cuts.
    pub cutter: Cutter,
    /// Dots from the print head to the cutter, or to the edge where paper is torn off.
    pub cut_distance: u32,
    /// How it is made to sound.
    pub buzzer: Option<Buzzer>,
    /// It has a connector for a cash drawer.
    pub drawer: bool,
}

/// How a printer takes dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureCommand {
    /// Row by row (`GS v 0`), as all thermal printers of today.
    Rows,
    /// Columns of 24 dots (`ESC * 33`), for older thermal printers.
    Columns24,
    /// Columns of 8 pins (`ESC * 1`), 72 an inch from top to bottom: impact printers.
    Columns8,
}

/// How a printer cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cutter {
    /// Not at all: the paper is fed to the edge where it is torn off.
    None,
    /// Always with a bridge.
    Partial,
    /// Always all the way.
    Full,
    /// As it is told.
    Both,
}

/// The command for the buzzer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Buzzer {
    /// `ESC B n t`, as most makers of kitchen printers have it (Xprinter and Rongta programming manuals).
    EscB,
    /// `ESC ( A` function 48 (Epson's ESC/POS command reference).
    Epson,
}

impl Profile {
    /// The names that a printer's `profile_id` may have: paper of a width first, then models.
    pub fn names() -> impl Iterator<Item = &'static str> {
        known::all().iter().map(|profile| profile.id.as_str())
    }

    /// By name.
    pub fn named(id: &str) -> Option<Profile> {
        known::all()
            .iter()
            .find(|profile| profile.id == id)
            .cloned()
    }

    /// Who makes the model of this name; `None` for paper of a width, which any maker's printer may hold.
    pub fn maker(id: &str) -> Option<&'static str> {
        known::maker(id)
    }

    /// From a file, as `docs/profiles.md` describes it.
    ///
    /// # Errors
    /// When it is no JSON, says something that is not known, or cannot be true of a printer.
    pub fn from_json(text: &str) -> Result<Profile, ProfileError> {
        file::read(text)
    }

    /// Of a printer in the settings. A name that is not known here (written by a newer version) is taken as `generic-80`.
    ///
    /// What the owner says wins over what the printer has shown, and that over the profile. What the printer calls itself
    /// changes nothing, since makers give one name to devices that number their pages differently.
    pub fn of(printer: &api::Printer) -> Profile {
        let profile = Profile::named(&printer.profile_id).unwrap_or_else(known::fallback);
        let overrides = &printer.overrides;
        let mut profile = match (overrides.columns, overrides.dots) {
            (None, None) => profile,
            (Some(columns), None) => profile.with_columns(columns),
            (None, Some(dots)) => profile.with_dots(dots),
            (Some(columns), Some(dots)) => {
                let wide = profile.with_dots(dots);
                let columns = columns.clamp(MIN_COLUMNS, wide.columns.max(MIN_COLUMNS));
                Profile { columns, ..wide }
            }
        };
        match (overrides.cutter.or(printer.learned.cutter), profile.cutter) {
            (Some(false), _) => profile.cutter = Cutter::None,
            (Some(true), Cutter::None) => profile.cutter = Cutter::Partial,
            (Some(true), Cutter::Partial | Cutter::Full | Cutter::Both) | (None, _) => {}
        }
        match overrides.native_qr.or(printer.learned.native_qr) {
            Some(true) if !profile.draws(CodeKind::Qr) => profile.codes.push(CodeKind::Qr),
            Some(false) => profile.codes.retain(|kind| *kind != CodeKind::Qr),
            Some(true) | None => {}
        }
        profile
    }

    /// The same on paper for this many characters, 16 to 128.
    pub fn with_columns(self, columns: u32) -> Profile {
        let columns = columns.clamp(MIN_COLUMNS, MAX_COLUMNS);
        let dots = columns * self.cell.0;
        Profile {
            columns,
            dots,
            ..self
        }
    }

    /// Width and height in dots of a character; font A where the printer has no font B.
    pub fn cell_of(&self, font: Font) -> (u32, u32) {
        match font {
            Font::A => self.cell,
            Font::B => self.cell_b.unwrap_or(self.cell),
        }
    }

    /// Characters of a font in a row.
    pub fn columns_of(&self, font: Font) -> u32 {
        match font {
            Font::A => self.columns,
            Font::B => self
                .cell_b
                .map_or(self.columns, |(width, _)| self.dots / width),
        }
    }

    /// Dots that the paper moves for a line of normal height: a sixth of an inch, as printers do after `ESC @`.
    pub fn line_pitch(&self) -> u32 {
        (self.dpi / 6).max(self.cell.1)
    }

    /// It draws QR codes by itself.
    pub fn draws_qr(&self) -> bool {
        self.draws(CodeKind::Qr)
    }

    /// It draws codes of this kind by itself.
    pub fn draws(&self, kind: CodeKind) -> bool {
        self.codes.contains(&kind)
    }

    /// Whether the printer has each character of the text, on one of its pages or in its two-byte set.
    pub fn has_letters_for(&self, text: &str) -> bool {
        text.chars().all(|character| {
            character.is_ascii()
                || self.pages.code(character).is_some()
                || self
                    .double_byte
                    .is_some_and(|set| set.bytes(character).is_some())
        })
    }

    fn with_dots(self, dots: u32) -> Profile {
        let dots = dots.clamp(MIN_COLUMNS * self.cell.0, MAX_COLUMNS * self.cell.0);
        Profile {
            columns: dots / self.cell.0,
            dots,
            ..self
        }
    }
}

const MIN_COLUMNS: u32 = 16;
const MAX_COLUMNS: u32 = 128;

#[cfg(test)]
mod tests;
