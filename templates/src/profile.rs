//! What a printer can do: the name in the settings, what the owner knows better, and what the printer has shown, as one.

use crate::{codepage, document::Font};

/// A printer's abilities, as far as the paper depends on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// A name of [`Profile::NAMES`].
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
    /// Pages by Epson's number, the preferred one first; all of them known to [`codepage`].
    pub code_pages: Vec<u8>,
    /// It draws QR codes by itself.
    pub native_qr: bool,
    /// It draws barcodes by itself.
    pub native_barcodes: bool,
}

/// Epson's numbers of the pages that nearly every printer and clone has: PC437, PC850, PC858, WPC1252, PC852, PC866,
/// PC737, ISO 8859-7.
const COMMON_PAGES: [u8; 8] = [0, 2, 19, 16, 18, 17, 14, 15];

impl Profile {
    /// The names that a printer's `profile_id` may have.
    pub const NAMES: [&str; 2] = ["generic-80", "generic-58"];

    /// Of a printer in the settings. A name that is not known here (written by a newer version) is taken as `generic-80`.
    pub fn of(printer: &api::Printer) -> Profile {
        let profile = Profile::named(&printer.profile_id)
            .unwrap_or_else(|| Profile::generic("generic-80", 48));
        let overrides = &printer.overrides;
        match (overrides.columns, overrides.dots) {
            (None, None) => profile,
            (Some(columns), None) => profile.with_columns(columns),
            (None, Some(dots)) => profile.with_dots(dots),
            (Some(columns), Some(dots)) => {
                let wide = profile.with_dots(dots);
                let columns = columns.clamp(MIN_COLUMNS, wide.columns.max(MIN_COLUMNS));
                Profile { columns, ..wide }
            }
        }
    }

    /// By name.
    pub fn named(id: &str) -> Option<Profile> {
        match id {
            "generic-80" => Some(Profile::generic(id, 48)),
            "generic-58" => Some(Profile::generic(id, 32)),
            _ => None,
        }
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

    /// Whether one of the printer's pages has each character of the text.
    pub fn has_letters_for(&self, text: &str) -> bool {
        let has = |character| {
            let mut pages = self.code_pages.iter();
            pages.any(|page| codepage::encode(*page, character).is_some())
        };
        text.chars()
            .all(|character| character.is_ascii() || has(character))
    }

    fn with_dots(self, dots: u32) -> Profile {
        let dots = dots.clamp(MIN_COLUMNS * self.cell.0, MAX_COLUMNS * self.cell.0);
        Profile {
            columns: dots / self.cell.0,
            dots,
            ..self
        }
    }

    fn generic(id: &str, columns: u32) -> Profile {
        Profile {
            id: id.to_owned(),
            columns,
            dots: columns * 12,
            dpi: 203,
            cell: (12, 24),
            cell_b: Some((9, 17)),
            code_pages: COMMON_PAGES.to_vec(),
            native_qr: true,
            native_barcodes: true,
        }
    }
}

const MIN_COLUMNS: u32 = 16;
const MAX_COLUMNS: u32 = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_of_80_and_58_millimetres_has_48_and_32_characters() {
        let widths = Profile::NAMES
            .map(|name| Profile::named(name).map(|profile| (profile.columns, profile.dots)));
        assert_eq!(widths, [Some((48, 576)), Some((32, 384))]);
        assert_eq!(Profile::named("laser"), None);
    }

    #[test]
    fn the_page_of_every_profile_is_known() {
        for name in Profile::NAMES {
            let profile = Profile::named(name).unwrap();
            assert!(profile.code_pages.iter().all(|page| codepage::known(*page)));
        }
    }

    #[test]
    fn characters_never_stand_beside_the_paper() {
        for columns in [0, 1, 42, 64, u32::MAX] {
            let profile = Profile::generic("generic-80", 48).with_columns(columns);
            assert!(profile.columns >= 16 && profile.columns * profile.cell.0 <= profile.dots);
        }
    }
}
