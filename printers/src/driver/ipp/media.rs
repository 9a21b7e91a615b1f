//! Sizes of paper by their names, and which of them a ticket is printed on.
//!
//! Source: PWG 5101.1 (self-describing names: `iso_a4_210x297mm`, `roll_max_80x656000mm`), RFC 8011 section 5.2.11
//! (`media`), PWG 5100.7 (`media-col`). Sizes of `media-col-database` are not asked for: its collections have members of
//! several values, which the codec does not read.

use templates::page::Medium;

/// What is not wider is paper for receipts: its pages are as long as what is printed.
const RECEIPT: u32 = 9_000;
/// Sheets that people keep for printing; others, such as envelopes, are kept for something else.
const COMMON: [&str; 2] = ["iso_a4_210x297mm", "na_letter_8.5x11in"];
/// What a printer without a word about margins is trusted with.
const MARGIN: u32 = 500;
/// A margin below this is borderless printing, where printers enlarge the picture.
const LEAST_MARGIN: u32 = 300;

/// Hundredths of a millimetre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Across.
    pub width: u32,
    /// Along.
    pub height: u32,
}

/// The paper that a printer says it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Papers {
    /// `media-supported`.
    pub supported: Vec<String>,
    /// `media-ready`: what lies in it now.
    pub ready: Vec<String>,
    /// `media-default`.
    pub usual: Option<String>,
    /// It takes `media-col` with a size.
    pub sizes: bool,
    /// Hundredths of a millimetre that it can leave white at the sides, if it says so.
    pub sides: Vec<i32>,
    /// The same at top and bottom.
    pub ends: Vec<i32>,
}

/// What a ticket is printed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// How the pages are laid out.
    pub medium: Medium,
    /// What stands in them as the name of the medium.
    pub name: String,
    /// How the printer is told.
    pub told: MediaRequest,
}

/// How a printer is told what to print on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaRequest {
    /// By the size: this wide, as long as the ticket, but not shorter than this.
    BySize {
        /// Hundredths of a millimetre.
        width: u32,
        /// Hundredths of a millimetre.
        shortest: u32,
    },
    /// By the name.
    ByName,
}

/// The size that a name tells; `None` when it tells none.
pub fn size_of(name: &str) -> Option<Size> {
    let numbers = name.rsplit('_').next()?;
    let (numbers, hundredths) = match (numbers.strip_suffix("mm"), numbers.strip_suffix("in")) {
        (Some(numbers), _) => (numbers, 100.0),
        (None, Some(numbers)) => (numbers, 2_540.0),
        (None, None) => return None,
    };
    let (width, height) = numbers.split_once('x')?;
    let length = |number: &str| {
        let length: f64 = number.parse().ok()?;
        let hundredths = (length * hundredths).round();
        (1.0..=1e9)
            .contains(&hundredths)
            .then_some(hundredths as u32)
    };
    Some(Size {
        width: length(width)?,
        height: length(height)?,
    })
}

/// What a ticket is printed on: a roll or a range of sizes that the printer cuts to length, else what lies in it, else
/// A4. `printed` and `paper` are the widths of what is printed and of the roll that it is made for.
pub fn choose(papers: &Papers, printed: u32, paper: u32) -> Choice {
    by_size(papers, "roll", printed, paper)
        .or_else(|| custom(papers, printed, paper))
        .or_else(|| ready(papers, printed))
        .unwrap_or_else(|| usual(papers, printed))
}

/// A range of custom sizes is taken where paper for receipts lies in the printer, or nothing that is known: an office
/// printer with such a range would wait for somebody to bring paper of just that size.
fn custom(papers: &Papers, printed: u32, paper: u32) -> Option<Choice> {
    let ready: Vec<Size> = papers
        .ready
        .iter()
        .filter_map(|name| size_of(name))
        .collect();
    let receipt = ready
        .iter()
        .filter(|size| size.width <= RECEIPT && size.width >= printed)
        .min_by_key(|size| size.width);
    match (receipt, ready.is_empty()) {
        (Some(size), _) => by_size(papers, "custom", printed, size.width),
        (None, true) => by_size(papers, "custom", printed, paper),
        (None, false) => None,
    }
}

fn by_size(papers: &Papers, range: &str, printed: u32, paper: u32) -> Option<Choice> {
    let end = |end: &str| {
        let begins = format!("{range}_{end}_");
        let name = papers
            .supported
            .iter()
            .find(|name| name.starts_with(&begins))?;
        size_of(name)
    };
    let (least, most) = (end("min"), end("max")?);
    let least = least.unwrap_or(Size {
        width: 0,
        height: 0,
    });
    let width = paper.clamp(least.width, most.width.max(least.width));
    if !papers.sizes || width < printed || width > RECEIPT {
        return None;
    }
    Some(Choice {
        medium: Medium::Strip {
            width,
            longest: Some(most.height),
            ends: slightest(&papers.ends),
        },
        name: String::new(),
        told: MediaRequest::BySize {
            width,
            shortest: least.height,
        },
    })
}

fn ready(papers: &Papers, printed: u32) -> Option<Choice> {
    let fits = |(_, size): &(&String, Size)| size.width >= printed;
    let (name, size) = papers
        .ready
        .iter()
        .filter_map(|name| Some((name, size_of(name)?)))
        .filter(fits)
        .min_by_key(|(name, size)| {
            let other = !COMMON.contains(&name.as_str());
            (size.width > RECEIPT, other, size.width)
        })?;
    Some(named(papers, name, size))
}

fn usual(papers: &Papers, printed: u32) -> Choice {
    let known = |name: &&str| papers.supported.iter().any(|supported| supported == name);
    let usual = papers.usual.as_deref();
    let found = usual
        .into_iter()
        .chain(COMMON.into_iter().filter(known))
        .filter_map(|name| Some((name, size_of(name)?)))
        .find(|(_, size)| size.width >= printed);
    match found {
        Some((name, size)) => named(papers, name, size),
        None => named(
            papers,
            COMMON[0],
            Size {
                width: 21_000,
                height: 29_700,
            },
        ),
    }
}

fn named(papers: &Papers, name: &str, size: Size) -> Choice {
    let Size { width, height } = size;
    let medium = if width <= RECEIPT {
        Medium::Strip {
            width,
            longest: Some(height),
            ends: slightest(&papers.ends),
        }
    } else {
        let sides = papers.sides.iter().chain(&papers.ends);
        let margin = if sides.clone().next().is_none() {
            MARGIN
        } else {
            margin(&papers.sides)
                .max(margin(&papers.ends))
                .max(LEAST_MARGIN)
        };
        Medium::Sheet {
            width,
            height,
            margin,
        }
    };
    Choice {
        medium,
        name: name.to_owned(),
        told: MediaRequest::ByName,
    }
}

/// The least that is possible.
fn slightest(possible: &[i32]) -> u32 {
    let possible = possible
        .iter()
        .filter_map(|margin| u32::try_from(*margin).ok());
    possible.filter(|margin| *margin < 5_000).min().unwrap_or(0)
}

/// The least that is possible without printing to the edge; 0 where that is all there is.
fn margin(possible: &[i32]) -> u32 {
    let possible = possible
        .iter()
        .filter_map(|margin| u32::try_from(*margin).ok());
    let white = possible.filter(|margin| *margin > 0).min();
    white.filter(|margin| *margin < 5_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn office() -> Papers {
        Papers {
            supported: names(&[
                "na_letter_8.5x11in",
                "iso_a4_210x297mm",
                "custom_min_3x5in",
                "custom_max_8.5x14in",
            ]),
            ready: names(&["iso_a4_210x297mm", "na_number-10_4.125x9.5in"]),
            usual: Some("na_letter_8.5x11in".into()),
            sizes: true,
            sides: vec![0, 423],
            ends: vec![0, 423],
        }
    }

    fn roll() -> Papers {
        Papers {
            supported: names(&[
                "oe_3.125-receipt_80x1000mm",
                "roll_max_80x656000mm",
                "roll_min_58x10mm",
            ]),
            ready: names(&["oe_3.125-receipt_80x1000mm"]),
            sizes: true,
            ..Papers::default()
        }
    }

    #[test]
    fn the_size_of_a_medium_stands_in_its_name() {
        for (name, width, height) in [
            ("iso_a4_210x297mm", 21_000, 29_700),
            ("na_letter_8.5x11in", 21_590, 27_940),
            ("oe_3.125-receipt_80x1000mm", 8_000, 100_000),
            ("roll_max_80x656000mm", 8_000, 65_600_000),
            ("roll_current_79.5x0.1mm", 7_950, 10),
        ] {
            assert_eq!(size_of(name), Some(Size { width, height }), "{name}");
        }
        for name in [
            "",
            "iso-a4",
            "stationery",
            "a_xmm",
            "a_0x5mm",
            "a_1x-5mm",
            "a_1e99x1mm",
            "a_NaNxNaNmm",
        ] {
            assert_eq!(size_of(name), None, "{name}");
        }
    }

    #[test]
    fn a_roll_is_told_by_its_width_and_the_length_of_the_ticket() {
        let choice = choose(&roll(), 7_207, 8_000);
        assert_eq!(
            choice.told,
            MediaRequest::BySize {
                width: 8_000,
                shortest: 1_000
            }
        );
        let Medium::Strip {
            width,
            longest,
            ends,
        } = choice.medium
        else {
            panic!("{choice:?}");
        };
        assert_eq!((width, longest, ends), (8_000, Some(65_600_000), 0));
    }

    #[test]
    fn a_narrow_ticket_on_a_wide_roll_and_a_wide_one_on_a_narrow_roll() {
        let narrow = Papers {
            supported: names(&["roll_max_58x1000mm", "roll_min_58x10mm"]),
            ..roll()
        };
        let fits = |papers: &Papers, printed, paper| choose(papers, printed, paper).told;
        assert!(matches!(
            fits(&roll(), 4_800, 5_800),
            MediaRequest::BySize { width: 5_800, .. }
        ));
        assert!(matches!(
            fits(&narrow, 4_800, 8_000),
            MediaRequest::BySize { width: 5_800, .. }
        ));
        assert_eq!(
            fits(&narrow, 7_207, 8_000),
            MediaRequest::ByName,
            "it does not fit on the roll"
        );
    }

    #[test]
    fn an_office_printer_prints_on_what_lies_in_it_although_it_could_take_paper_of_any_size() {
        let choice = choose(&office(), 7_207, 8_000);
        assert_eq!(
            (choice.name.as_str(), choice.told),
            ("iso_a4_210x297mm", MediaRequest::ByName)
        );
        let sheet = Medium::Sheet {
            width: 21_000,
            height: 29_700,
            margin: 423,
        };
        assert_eq!(choice.medium, sheet);
    }

    #[test]
    fn custom_sizes_are_used_where_paper_for_receipts_lies_in_the_printer() {
        let papers = Papers {
            supported: names(&[
                "custom_min_20x20mm",
                "custom_max_80x2000mm",
                "om_ticket_72x200mm",
            ]),
            ready: names(&["om_ticket_72.1x200mm"]),
            sizes: true,
            ..Papers::default()
        };
        assert_eq!(
            choose(&papers, 7_207, 8_000).told,
            MediaRequest::BySize {
                width: 7_210,
                shortest: 2_000
            }
        );
        let silent = Papers {
            ready: Vec::new(),
            ..papers.clone()
        };
        assert!(matches!(
            choose(&silent, 7_207, 8_000).told,
            MediaRequest::BySize { width: 8_000, .. }
        ));
        let no_sizes = Papers {
            sizes: false,
            ..papers
        };
        assert_eq!(choose(&no_sizes, 7_207, 8_000).told, MediaRequest::ByName);
    }

    #[test]
    fn a_printer_that_says_nothing_prints_on_a4() {
        let choice = choose(&Papers::default(), 7_207, 8_000);
        assert_eq!(choice.name, "iso_a4_210x297mm");
        assert_eq!(choice.medium, templates::page::A4);
        let letter = Papers {
            supported: names(&["na_letter_8.5x11in"]),
            ..Papers::default()
        };
        assert_eq!(choose(&letter, 7_207, 8_000).name, "na_letter_8.5x11in");
    }
}
