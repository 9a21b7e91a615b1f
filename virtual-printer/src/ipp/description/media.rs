//! The paper in IPP's words (PWG 5101.1, PWG 5100.7): one roll, of which pages of any length come; where it is as wide as
//! A4, the usual page is a sheet of that.

use crate::ipp::codec::{Attribute, Value};
use crate::ipp::document::Paper;

/// Hundredths of a millimetre.
const SHORTEST: i32 = 1000;
/// A page that is not asked for in its own length.
const USUAL: i32 = 20_000;
/// Width and length of a sheet.
const A4: (i32, i32) = (21_000, 29_700);

/// The only medium of a printer with odd paper (fault `odd_paper`).
pub(crate) const ODD_PAPER: &str = "om_slip_77x3000mm";

/// Lengths of the paper in hundredths of a millimetre, and its names.
#[derive(Debug)]
pub(super) struct Media {
    width: i32,
    longest: i32,
    margin: i32,
}

impl Media {
    pub(super) fn of(paper: Paper) -> Self {
        let length = |dots: u32| {
            let hundredths = u64::from(dots) * 2540 / u64::from(paper.dpi.max(1));
            i32::try_from(hundredths).unwrap_or(i32::MAX)
        };
        // Rolls have whole millimetres.
        let width = (length(paper.wide) + 50) / 100 * 100;
        Self {
            width,
            longest: length(paper.longest) / 100 * 100,
            margin: (width - length(paper.dots)).max(0) / 2,
        }
    }

    fn name(&self, kind: &str, length: i32) -> String {
        format!("{kind}_{}x{}mm", self.width / 100, length / 100)
    }

    fn is_a4(&self) -> bool {
        self.width == A4.0
    }

    /// The length of a page that is not asked for in its own.
    fn usual_length(&self) -> i32 {
        if self.is_a4() { A4.1 } else { USUAL }
    }

    /// The name of a page that is not asked for in its own length.
    pub(super) fn usual(&self) -> String {
        let kind = if self.is_a4() { "iso_a4" } else { "om_receipt" };
        self.name(kind, self.usual_length())
    }

    pub(super) fn names(&self) -> Vec<String> {
        vec![
            self.usual(),
            self.name("roll_min", SHORTEST),
            self.name("roll_max", self.longest),
            self.name("custom_min", SHORTEST),
            self.name("custom_max", self.longest),
        ]
    }

    pub(super) fn ready(&self) -> Vec<String> {
        vec![self.usual(), self.name("roll_current", self.longest)]
    }

    fn lengths(&self) -> Value {
        Value::Range(SHORTEST, self.longest)
    }

    fn size(&self, length: Value) -> Value {
        Value::Collection(vec![
            Attribute::new("x-dimension", Value::Integer(self.width)),
            Attribute::new("y-dimension", length),
        ])
    }

    /// `media-size-supported`.
    pub(super) fn sizes(&self) -> Vec<Value> {
        vec![
            self.size(Value::Integer(self.usual_length())),
            self.size(self.lengths()),
        ]
    }

    fn col(&self, length: Value) -> Value {
        let word = |name, word| Attribute::new(name, Value::keyword(word));
        let margin = |name, margin| Attribute::new(name, Value::Integer(margin));
        Value::Collection(vec![
            Attribute::new("media-size", self.size(length)),
            margin("media-bottom-margin", 0),
            margin("media-left-margin", self.margin),
            margin("media-right-margin", self.margin),
            margin("media-top-margin", 0),
            word("media-source", "main-roll"),
            word("media-type", "continuous"),
        ])
    }

    /// `media-col-default`.
    pub(super) fn usual_col(&self) -> Value {
        self.col(Value::Integer(self.usual_length()))
    }

    pub(super) fn cols(&self) -> Vec<Value> {
        vec![self.usual_col(), self.col(self.lengths())]
    }

    pub(super) fn margin(&self) -> Value {
        Value::Integer(self.margin)
    }

    /// Whether a `media-col` asks for this paper: its size if it names one, and nothing that is not known.
    pub(super) fn takes(&self, col: &[Attribute]) -> bool {
        let integer = |members: &[Attribute], name: &str| {
            let member = members.iter().find(|member| member.name == name)?;
            match member.only() {
                Some(Value::Integer(number)) => Some(*number),
                Some(_) | None => None,
            }
        };
        col.iter()
            .all(|member| match (member.name.as_str(), member.only()) {
                ("media-size", Some(Value::Collection(size))) => {
                    let across = integer(size, "x-dimension");
                    let along = integer(size, "y-dimension");
                    // Senders that count in points miss a roll by a few hundredths.
                    across.is_some_and(|across| (across - self.width).abs() <= 100)
                        && along.is_some_and(|along| (1..=self.longest).contains(&along))
                }
                ("media-size-name", Some(name)) => name.text().is_some_and(|name| {
                    self.names()
                        .iter()
                        .chain(&self.ready())
                        .any(|known| known == name)
                }),
                ("media-source", Some(source)) => {
                    matches!(source.text(), Some("main-roll" | "auto"))
                }
                ("media-type", Some(kind)) => matches!(kind.text(), Some("continuous" | "auto")),
                (
                    "media-bottom-margin"
                    | "media-left-margin"
                    | "media-right-margin"
                    | "media-top-margin",
                    Some(Value::Integer(margin)),
                ) => *margin >= 0,
                (_, _) => false,
            })
    }
}

/// `media-col-database`, which is only returned when requested by name.
pub(crate) fn database(paper: Paper) -> Attribute {
    Attribute::new("media-col-database", Media::of(paper).cols())
}
