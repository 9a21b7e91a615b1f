//! The formats that printers are sent: ESC/POS commands, or documents.

use crate::faults::Faults;
use serde::Serialize;

/// What a paper was sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Format {
    /// Commands, over a raw connection.
    #[serde(rename = "application/vnd.escpos")]
    EscPos,
    /// PWG raster (PWG 5102.4).
    #[serde(rename = "image/pwg-raster")]
    Pwg,
    /// Apple raster.
    #[serde(rename = "image/urf")]
    Urf,
    /// PDF, drawn by the printer.
    #[serde(rename = "application/pdf")]
    Pdf,
    /// JPEG, made dots of by the printer.
    #[serde(rename = "image/jpeg")]
    Jpeg,
}

impl Format {
    /// Those that come as documents.
    pub(crate) const DOCUMENTS: [Self; 4] = [Self::Pwg, Self::Urf, Self::Pdf, Self::Jpeg];

    /// Its MIME media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::EscPos => "application/vnd.escpos",
            Self::Pwg => "image/pwg-raster",
            Self::Urf => "image/urf",
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// How a file of it ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::EscPos => "bin",
            Self::Pwg => "pwg",
            Self::Urf => "urf",
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
        }
    }

    fn of_mime(mime: &str) -> Option<Self> {
        Self::DOCUMENTS
            .into_iter()
            .find(|format| format.mime().eq_ignore_ascii_case(mime))
    }

    /// The format of this name, if a printer with these faults knows it.
    pub(crate) fn known(mime: &str, faults: &Faults) -> Option<Self> {
        let only = [(faults.jpeg_only, Self::Jpeg), (faults.pdf_only, Self::Pdf)];
        let left = |format: &Self| only.iter().all(|(on, known)| !on || format == known);
        Self::of_mime(mime).filter(left)
    }

    /// The bytes that every document of this format starts with.
    pub(crate) fn magic(self) -> &'static [u8] {
        match self {
            Self::EscPos => b"\x1b@",
            Self::Pwg => b"RaS2",
            Self::Urf => b"UNIRAST\0",
            Self::Pdf => b"%PDF-",
            Self::Jpeg => &[0xff, 0xd8, 0xff],
        }
    }

    /// What the first bytes say.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        Self::DOCUMENTS
            .into_iter()
            .find(|format| bytes.starts_with(format.magic()))
    }
}
