//! What a printer remembers between commands, until `ESC @`.

use super::codes::Barcodes;
use super::command::{Align, Font, PrintMode};
use super::line::Style;
use crate::document;
use crate::profile::{PictureCommand, Profile};

/// Dots of a line after power-on and `ESC 2`.
pub(super) const LINE_SPACING: u32 = 30;

/// What of a printer's characters and paper differs from model to model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells {
    pub(super) a: (u32, u32),
    pub(super) b: (u32, u32),
    pub(super) spacing: u32,
    /// A head that goes back on CR, as impact printers have; others do nothing.
    pub(super) returns: bool,
}

impl Cells {
    /// Of the printers that most others are like.
    pub(super) fn usual() -> Self {
        Self {
            a: Font::A.cell(),
            b: Font::B.cell(),
            spacing: LINE_SPACING,
            returns: false,
        }
    }

    /// Of a printer of this kind.
    pub(super) fn of(profile: &Profile) -> Self {
        Self {
            a: profile.cell_of(document::Font::A),
            b: profile.cell_of(document::Font::B),
            spacing: profile.line_pitch().min(255),
            returns: profile.picture == PictureCommand::Columns8,
        }
    }

    pub(super) fn of_font(&self, font: Font) -> (u32, u32) {
        match font {
            Font::A => self.a,
            Font::B => self.b,
        }
    }
}

/// What `ESC @` sets back.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) cells: Cells,
    pub(super) style: Style,
    pub(super) wide: Wide,
    pub(super) double_strike: bool,
    pub(super) emphasised: bool,
    pub(super) upside_down: bool,
    pub(super) align: Align,
    pub(super) spacing: u32,
    pub(super) margin: u32,
    pub(super) width: Option<u32>,
    pub(super) tabs: Vec<u8>,
    pub(super) barcodes: Barcodes,
}

/// How characters of two bytes differ from the others: they have switches of their own.
#[derive(Debug, Default)]
pub(super) struct Wide {
    /// `FS &`, or Shift_JIS by `FS C`.
    pub(super) on: bool,
    pub(super) shift_jis: bool,
    pub(super) underline: u8,
    pub(super) double_width: bool,
    pub(super) double_height: bool,
    pub(super) spacing: (u8, u8),
}

impl Settings {
    pub(super) fn new(cells: Cells) -> Self {
        Self {
            cells,
            style: Style {
                cell: cells.a,
                ..Style::default()
            },
            wide: Wide::default(),
            double_strike: false,
            emphasised: false,
            upside_down: false,
            align: Align::Left,
            spacing: cells.spacing,
            margin: 0,
            width: None,
            tabs: (1..=31).map(|stop| stop * 8).collect(),
            barcodes: Barcodes::default(),
        }
    }

    pub(super) fn font(&mut self, font: Font) {
        self.style.font = font;
        self.style.cell = self.cells.of_font(font);
    }

    pub(super) fn print_mode(&mut self, mode: PrintMode) {
        self.emphasised = mode.bold;
        self.font(mode.font);
        self.style = Style {
            bold: mode.bold || self.double_strike,
            underline: u8::from(mode.underline),
            width: if mode.double_width { 2 } else { 1 },
            height: if mode.double_height { 2 } else { 1 },
            ..self.style
        };
    }

    /// The style of characters of two bytes, where they have one of their own.
    pub(super) fn wide_style(&self) -> Option<Style> {
        let wide = &self.wide;
        (wide.on || wide.shift_jis).then(|| {
            let doubled = |times: u8, double| if double { times.max(2) } else { times };
            Style {
                underline: wide.underline,
                width: doubled(self.style.width, wide.double_width),
                height: doubled(self.style.height, wide.double_height),
                spacing: wide.spacing.0.saturating_add(wide.spacing.1),
                ..self.style
            }
        })
    }

    /// The style of the text beside a barcode.
    pub(super) fn barcode_style(&self) -> Style {
        Style {
            font: self.barcodes.font,
            cell: self.cells.of_font(self.barcodes.font),
            ..Style::default()
        }
    }
}
