//! A ticket in the form that a printer wants.

use templates::{
    PageFormat, Pass, Profile, Supplies, document::Document, to_escpos, to_pages, to_pdf_on,
};

use super::choose::{Format, Wanted};

/// How a document was made, which the printer is told before it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentInfo {
    /// As the printer wanted it.
    pub wanted: Wanted,
    /// Hundredths of a millimetre along its longest page; 0 where there are no pages.
    pub length: u32,
}

/// Makes a ticket so: the document, and what is told of it.
///
/// # Errors
/// The technical text of what no retry can cure.
pub fn make(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
    wanted: Wanted,
) -> Result<(Vec<u8>, DocumentInfo), String> {
    let pages = |format| {
        to_pages(format, document, profile, pass, supplies, &wanted.pages)
            .map(|pages| (pages.bytes, pages.length))
            .map_err(|error| error.to_string())
    };
    let (bytes, length) = match wanted.format {
        Format::Escpos => {
            let bytes = to_escpos(document, profile, pass, supplies);
            (bytes.map_err(|error| error.to_string())?, 0)
        }
        Format::Pwg => pages(PageFormat::Pwg)?,
        Format::Urf => pages(PageFormat::Urf)?,
        Format::Jpeg => pages(PageFormat::Jpeg)?,
        Format::Pdf => {
            let paper = &wanted.pages.medium;
            let pages = to_pdf_on(paper, document, profile, pass, supplies, "")
                .map_err(|error| error.to_string())?;
            (pages.bytes, pages.length)
        }
    };
    Ok((bytes, DocumentInfo { wanted, length }))
}
