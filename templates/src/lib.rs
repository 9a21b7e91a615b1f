//! What the paper shows. Three verbs: [`render()`] makes markup of an order, [`parse`] makes a [`document::Document`] of
//! markup, and [`to_escpos`], [`to_pages`], [`to_pdf`], [`to_png`] and [`to_text`] make of it what a printer or a person
//! can read.
//!
//! Markup is the pivot: it has no width, so a stored ticket is laid out anew for whichever printer takes it, and a reprint
//! or a preview reads the same text.
//!
//! Invariant: the same input gives the same paper. There is no clock, no network and no environment in this crate, and
//! only `fonts` opens files.
//!
//! What printers can do comes in part from escpos-printer-db, whose data are licensed CC-BY-4.0 (`profile/known.rs`);
//! how amounts are written from the Unicode CLDR, Unicode License V3 (`data/`).

pub mod context;
pub mod difference;
pub mod escpos;
pub mod escpos_reader;
pub mod inert;
pub mod markup;
pub mod mustache;
pub mod page;
pub mod pdf;
pub mod plain;
pub mod problems;
pub mod raster;
pub mod render;
pub mod text;

pub mod missing;

pub mod layout;

pub mod codepage;
pub mod document;
pub mod fonts;
pub mod image;
pub mod pictures;
pub mod profile;
pub mod supplies;
pub mod symbol;
pub mod words;

mod bitmap;
mod direction;
mod numbers;
#[cfg(test)]
mod tools;

pub use escpos::to_escpos;
pub use fonts::Fonts;
pub use layout::{EncodeError, Mark, Pass};
pub use markup::{Note, Parsed, parse};
pub use missing::{legible, missing_letters};
pub use mustache::Partials;
pub use page::{PageError, PageFormat, PageOptions, Pages, to_pages, to_pwg, to_urf};
pub use pdf::{PdfError, to_pdf, to_pdf_on};
pub use pictures::Pictures;
pub use plain::{plain_document, to_escpos_always};
pub use problems::problems;
pub use profile::Profile;
pub use raster::to_png;
pub use render::{
    NotPrinted, Period, RenderError, Ticket, built_in, render, render_not_printed, render_plain,
    render_summary, test_page, test_page_for,
};
pub use supplies::Supplies;
pub use text::to_text;
