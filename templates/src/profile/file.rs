//! A profile written down as JSON. It says what differs from a profile by name.

use std::sync::Arc;

use serde::Deserialize;

use super::{Buzzer, Cutter, MAX_COLUMNS, MIN_COLUMNS, PictureCommand, Profile};
use crate::codepage::{DoubleByte, Pages, Table};
use crate::document::CodeKind;

/// Why a file is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// No JSON, a field that is not known, or a value of the wrong kind.
    #[error("the profile cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// `based_on` names nothing.
    #[error(
        "there is no profile {0:?} to base this one on; choose one such as generic-80 or TM-T88V"
    )]
    Base(String),
    /// A table without known characters.
    #[error(
        "the table {0:?} of a code page is not known; write one such as CP437, CP1252 or ISO_8859-7"
    )]
    Table(String),
    /// A number that cannot be true.
    #[error("{field} is {value}; it must be from {least} to {most}")]
    Range {
        /// Which field.
        field: &'static str,
        /// What it says.
        value: u32,
        /// Smallest allowed.
        least: u32,
        /// Largest allowed.
        most: u32,
    },
    /// Letters beside the paper.
    #[error(
        "{columns} columns of {cell} dots are wider than the {dots} dots of the paper; write fewer columns or more dots"
    )]
    TooWide {
        /// Columns of font A.
        columns: u32,
        /// Dots of a character.
        cell: u32,
        /// Dots of a row.
        dots: u32,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    based_on: Option<String>,
    id: Option<String>,
    columns: Option<u32>,
    dots: Option<u32>,
    dpi: Option<u32>,
    media_mm: Option<u32>,
    font_a: Option<(u32, u32)>,
    #[serde(default, deserialize_with = "said")]
    font_b: Option<Option<(u32, u32)>>,
    code_pages: Option<Vec<Page>>,
    #[serde(default, deserialize_with = "said")]
    double_byte: Option<Option<DoubleByte>>,
    codes: Option<Vec<Kind>>,
    picture: Option<PictureCommand>,
    cutter: Option<Cutter>,
    cut_distance: Option<u32>,
    #[serde(default, deserialize_with = "said")]
    buzzer: Option<Option<Buzzer>>,
    drawer: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    number: u8,
    table: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Upc,
    Ean,
    Code39,
    Itf,
    Codabar,
    Code93,
    Code128,
    Qr,
    Pdf417,
    DataMatrix,
}

/// `null` is said too: it takes away what the base has.
fn said<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

pub(super) fn read(text: &str) -> Result<Profile, ProfileError> {
    let file: File = serde_json::from_str(text)?;
    let base = file.based_on.as_deref().unwrap_or("generic-80");
    let mut profile = Profile::named(base).ok_or_else(|| ProfileError::Base(base.to_owned()))?;
    profile.id = file.id.unwrap_or_else(|| format!("{base}, changed"));
    if let Some(cell) = file.font_a {
        profile.cell = cell;
    }
    if let Some(cell) = file.font_b {
        profile.cell_b = cell;
    }
    in_range("font_a", profile.cell.0.min(profile.cell.1), 4, 96)?;
    in_range("font_a", profile.cell.0.max(profile.cell.1), 4, 96)?;
    if let Some((width, height)) = profile.cell_b {
        in_range("font_b", width.min(height), 4, 96)?;
        in_range("font_b", width.max(height), 4, 96)?;
    }
    // What follows from the other is not left as it was.
    (profile.columns, profile.dots) = match (file.columns, file.dots) {
        (Some(columns), Some(dots)) => (columns, dots),
        (Some(columns), None) => (columns, columns.saturating_mul(profile.cell.0)),
        (None, Some(dots)) => (dots / profile.cell.0, dots),
        (None, None) if file.font_a.is_some() => (profile.dots / profile.cell.0, profile.dots),
        (None, None) => (profile.columns, profile.dots),
    };
    profile.dpi = file.dpi.unwrap_or(profile.dpi);
    profile.media_mm = file.media_mm.unwrap_or(profile.media_mm);
    profile.cut_distance = file.cut_distance.unwrap_or(profile.cut_distance);
    if let Some(pages) = file.code_pages {
        let pages = pages
            .into_iter()
            .map(|page| match Table::named(&page.table) {
                Some(table) => Ok((page.number, table)),
                None => Err(ProfileError::Table(page.table)),
            });
        profile.pages = Arc::new(Pages::new(pages.collect::<Result<Vec<_>, _>>()?));
    }
    if let Some(set) = file.double_byte {
        profile.double_byte = set;
    }
    if let Some(codes) = file.codes {
        profile.codes = codes.into_iter().map(CodeKind::from).collect();
    }
    profile.picture = file.picture.unwrap_or(profile.picture);
    profile.cutter = file.cutter.unwrap_or(profile.cutter);
    if let Some(buzzer) = file.buzzer {
        profile.buzzer = buzzer;
    }
    profile.drawer = file.drawer.unwrap_or(profile.drawer);

    in_range("columns", profile.columns, MIN_COLUMNS, MAX_COLUMNS)?;
    in_range("dots", profile.dots, 128, 2400)?;
    in_range("dpi", profile.dpi, 60, 600)?;
    in_range("media_mm", profile.media_mm, 20, 216)?;
    in_range("cut_distance", profile.cut_distance, 0, 1200)?;
    let (columns, cell, dots) = (profile.columns, profile.cell.0, profile.dots);
    if columns * cell > dots {
        return Err(ProfileError::TooWide {
            columns,
            cell,
            dots,
        });
    }
    Ok(profile)
}

fn in_range(field: &'static str, value: u32, least: u32, most: u32) -> Result<(), ProfileError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(ProfileError::Range {
        field,
        value,
        least,
        most,
    })
}

impl From<Kind> for CodeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Upc => CodeKind::Upc,
            Kind::Ean => CodeKind::Ean,
            Kind::Code39 => CodeKind::Code39,
            Kind::Itf => CodeKind::Itf,
            Kind::Codabar => CodeKind::Codabar,
            Kind::Code93 => CodeKind::Code93,
            Kind::Code128 => CodeKind::Code128,
            Kind::Qr => CodeKind::Qr,
            Kind::Pdf417 => CodeKind::Pdf417,
            Kind::DataMatrix => CodeKind::DataMatrix,
        }
    }
}
