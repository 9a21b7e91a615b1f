//! What a job may ask for, and what it gets when it does not (RFC 8011 section 5.2).

use super::keywords;
use super::media::Media;
use crate::ipp::codec::{Attribute, Value};
use crate::ipp::document::Paper;

/// A job asks for this many copies at the most.
pub(crate) const MOST_COPIES: i32 = 99;

const MEDIA_COL: [&str; 7] = [
    "media-bottom-margin",
    "media-left-margin",
    "media-right-margin",
    "media-size",
    "media-source",
    "media-top-margin",
    "media-type",
];

/// `job-template`.
pub(crate) fn template(paper: Paper) -> Vec<Attribute> {
    let media = Media::of(paper);
    let names = |names: Vec<String>| names.into_iter().map(Value::Keyword).collect::<Vec<_>>();
    let dpi = i32::try_from(paper.dpi).unwrap_or(i32::MAX);
    let resolution = || vec![Value::Resolution(dpi, dpi, 3)];
    let no_margin = || vec![Value::Integer(0)];
    let separate = "separate-documents-collated-copies";
    let list: Vec<(&str, Vec<Value>)> = vec![
        ("copies-default", vec![Value::Integer(1)]),
        ("copies-supported", vec![Value::Range(1, MOST_COPIES)]),
        ("finishings-default", vec![Value::Enum(3)]),
        ("finishings-supported", vec![Value::Enum(3)]),
        ("job-creation-attributes-supported", keywords(&JOB_CREATION)),
        ("media-bottom-margin-supported", no_margin()),
        ("media-col-default", vec![media.usual_col()]),
        ("media-col-ready", media.cols()),
        ("media-col-supported", keywords(&MEDIA_COL)),
        ("media-default", vec![Value::Keyword(media.usual())]),
        ("media-left-margin-supported", vec![media.margin()]),
        ("media-ready", names(media.ready())),
        ("media-right-margin-supported", vec![media.margin()]),
        ("media-size-supported", media.sizes()),
        ("media-source-supported", keywords(&["main-roll", "auto"])),
        ("media-supported", names(media.names())),
        ("media-top-margin-supported", no_margin()),
        ("media-type-supported", keywords(&["continuous", "auto"])),
        ("multiple-document-handling-default", keywords(&[separate])),
        (
            "multiple-document-handling-supported",
            keywords(&[separate]),
        ),
        ("orientation-requested-default", vec![Value::Enum(3)]),
        ("orientation-requested-supported", vec![Value::Enum(3)]),
        ("output-bin-default", keywords(&["face-up"])),
        ("output-bin-supported", keywords(&["face-up"])),
        ("page-ranges-supported", vec![Value::Boolean(true)]),
        ("print-color-mode-default", keywords(&["monochrome"])),
        (
            "print-color-mode-supported",
            keywords(&["auto", "bi-level", "monochrome"]),
        ),
        ("print-content-optimize-default", keywords(&["auto"])),
        ("print-content-optimize-supported", keywords(&["auto"])),
        ("print-quality-default", vec![Value::Enum(4)]),
        ("print-quality-supported", vec![Value::Enum(4)]),
        ("print-rendering-intent-default", keywords(&["auto"])),
        ("print-rendering-intent-supported", keywords(&["auto"])),
        ("print-scaling-default", keywords(&["auto"])),
        ("print-scaling-supported", keywords(&["auto", "none"])),
        ("printer-resolution-default", resolution()),
        ("printer-resolution-supported", resolution()),
        ("sides-default", keywords(&["one-sided"])),
        ("sides-supported", keywords(&["one-sided"])),
    ];
    list.into_iter()
        .map(|(name, values)| Attribute::new(name, values))
        .collect()
}

/// What a job can be made with.
const JOB_CREATION: [&str; 16] = [
    "copies",
    "finishings",
    "job-name",
    "media",
    "media-col",
    "multiple-document-handling",
    "orientation-requested",
    "output-bin",
    "page-ranges",
    "print-color-mode",
    "print-content-optimize",
    "print-quality",
    "print-rendering-intent",
    "print-scaling",
    "printer-resolution",
    "sides",
];

/// Those of the wanted attributes that this printer can do, and those that it cannot: a whole attribute as
/// `unsupported`, or the values that are not.
pub(crate) fn sort(wanted: &[Attribute], paper: Paper) -> (Vec<Attribute>, Vec<Attribute>) {
    let template = template(paper);
    let (mut does, mut does_not) = (Vec::new(), Vec::new());
    for attribute in wanted {
        let name = format!("{}-supported", attribute.name);
        let Some(supported) = template.iter().find(|known| known.name == name) else {
            does_not.push(Attribute::new(&attribute.name, Value::Unsupported));
            continue;
        };
        let (good, bad): (Vec<Value>, Vec<Value>) = attribute
            .values
            .iter()
            .cloned()
            .partition(|value| fits(&attribute.name, value, &supported.values, paper));
        if bad.is_empty() && takes_many(&attribute.name, good.len()) {
            does.push(Attribute::new(&attribute.name, good));
        } else {
            let bad = if bad.is_empty() { good } else { bad };
            does_not.push(Attribute::new(&attribute.name, bad));
        }
    }
    (does, does_not)
}

fn takes_many(name: &str, count: usize) -> bool {
    count == 1 || matches!(name, "finishings" | "page-ranges")
}

fn fits(name: &str, value: &Value, supported: &[Value], paper: Paper) -> bool {
    match (name, value) {
        ("page-ranges", Value::Range(first, last)) => *first >= 1 && first <= last,
        ("page-ranges", _) => false,
        ("media-col", Value::Collection(members)) => Media::of(paper).takes(members),
        ("media-col", _) => false,
        ("media", Value::Keyword(_) | Value::Name(_)) => {
            let media = Media::of(paper);
            let known = [media.names(), media.ready()].concat();
            value
                .text()
                .is_some_and(|name| known.iter().any(|known| known == name))
        }
        (_, Value::Integer(number)) => supported.iter().any(|supported| {
            supported == value
                || supported
                    .range()
                    .is_some_and(|range| range.contains(number))
        }),
        (_, _) => supported.contains(value),
    }
}
