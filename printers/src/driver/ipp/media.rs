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
/// What a printer without a word about its paper is trusted with.
const A4: Size = Size {
    width: 21_000,
    height: 29_700,
};
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
    /// How the printer is told; `None` where it lists nothing that fits and takes what it takes by itself.
    pub told: Option<MediaRequest>,
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
/// the nearest that it lists. Nothing is asked for that it does not list: some printers refuse such a job, others wait
/// until somebody brings that paper. `printed` and `paper` are the widths of what is printed and of the roll that it is made for.
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
    // Without its other end the range lists one width.
    let least = least.unwrap_or(Size {
        width: most.width,
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
        told: Some(MediaRequest::BySize {
            width,
            shortest: least.height,
        }),
    })
}

fn ready(papers: &Papers, printed: u32) -> Option<Choice> {
    let fits = |(_, size): &(&String, Size)| holds(papers, *size, printed);
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

/// Where nothing that fits lies in it: what it takes by itself, a common sheet, or the nearest that it lists.
fn usual(papers: &Papers, printed: u32) -> Choice {
    let listed = || {
        let names = papers.supported.iter().map(String::as_str);
        let sized = names.filter(|name| !is_end_of_a_range(name));
        sized.filter_map(|name| Some((name, size_of(name)?)))
    };
    let usual = papers.usual.as_deref();
    let usual = usual.and_then(|name| Some((name, size_of(name)?)));
    if let Some((name, size)) = usual.filter(|(_, size)| holds(papers, *size, printed)) {
        let knows = |names: &[String]| names.iter().any(|known| known == name);
        if knows(&papers.supported) || knows(&papers.ready) {
            return named(papers, name, size);
        }
        return untold(medium(papers, size));
    }
    let nearest = listed()
        .filter(|(_, size)| holds(papers, *size, printed))
        .min_by_key(|(name, size)| (!COMMON.contains(name), size.width));
    match (nearest, usual) {
        (Some((name, size)), _) => named(papers, name, size),
        // Too narrow for the ticket: no page is wider than it must be, and the printer makes it fit.
        (None, Some((_, size))) => untold(Medium::Roll {
            longest: Some(size.height),
        }),
        (None, None) => untold(medium(papers, A4)),
    }
}

fn is_end_of_a_range(name: &str) -> bool {
    ["custom_min_", "custom_max_", "roll_min_", "roll_max_"]
        .iter()
        .any(|end| name.starts_with(end))
}

/// What is printed fits between the margins.
fn holds(papers: &Papers, size: Size, printed: u32) -> bool {
    match medium(papers, size) {
        Medium::Sheet { width, margin, .. } => width.saturating_sub(2 * margin) >= printed,
        Medium::Roll { .. } | Medium::Strip { .. } => size.width >= printed,
    }
}

fn medium(papers: &Papers, size: Size) -> Medium {
    let Size { width, height } = size;
    if width <= RECEIPT {
        return Medium::Strip {
            width,
            longest: Some(height),
            ends: slightest(&papers.ends),
        };
    }
    let margin = if papers.sides.is_empty() && papers.ends.is_empty() {
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
}

fn named(papers: &Papers, name: &str, size: Size) -> Choice {
    Choice {
        medium: medium(papers, size),
        name: name.to_owned(),
        told: Some(MediaRequest::ByName),
    }
}

/// Laid out so, and nothing is asked for.
fn untold(medium: Medium) -> Choice {
    Choice {
        medium,
        name: String::new(),
        told: None,
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
mod tests;
