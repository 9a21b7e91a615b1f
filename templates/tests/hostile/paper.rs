//! What came out of the printer.

use templates::Profile;
use templates::escpos_reader::{Ink, Paper, Reader, Roll};

/// The papers of a ticket.
pub(crate) struct Printed {
    papers: Vec<Paper>,
    rows: Vec<String>,
    dots: u32,
}

pub(crate) fn print(bytes: &[u8], profile: &Profile) -> Printed {
    let (mut reader, mut roll) = (Reader::of(profile), Roll::of(profile));
    let mut reads = reader.push(bytes);
    reads.extend(reader.finish());
    let mut papers: Vec<Paper> = reads
        .iter()
        .filter_map(|read| roll.take(&read.what))
        .collect();
    papers.extend(roll.tear_off());
    let text: String = papers.iter().map(Paper::text).collect();
    // As a person sees them: wherever a row stands, however wide its gaps are.
    let words = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
    Printed {
        rows: text
            .lines()
            .map(words)
            .filter(|row| !row.is_empty())
            .collect(),
        papers,
        dots: profile.dots,
    }
}

impl Printed {
    pub(crate) fn rows(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        self.papers.iter().map(Paper::text).collect()
    }

    /// Dots.
    pub(crate) fn height(&self) -> u32 {
        self.papers.iter().map(Paper::height).sum()
    }

    /// Rows of strokes alone.
    pub(crate) fn rules(&self) -> usize {
        let stroke = |c: char| "-_=~#*─━│┃┄┅═║—–‾¯ ".contains(c);
        self.rows()
            .filter(|row| row.chars().count() > 3 && row.chars().all(stroke))
            .count()
    }

    /// All words, however their rows break.
    pub(crate) fn words(&self) -> String {
        self.rows.join(" ")
    }

    /// Rows that are black from edge to edge, and do not begin as people's rows do.
    pub(crate) fn bars(&self) -> usize {
        let rows = self.papers.iter().flat_map(Paper::rows);
        rows.filter(|row| {
            let texts = row.pieces.iter().filter_map(|piece| match &piece.ink {
                Ink::Text(text, style) => Some((text, style.inverse, piece.width)),
                Ink::Picture(_) | Ink::Code { .. } => None,
            });
            let black = texts.clone().filter(|(_, inverse, _)| *inverse);
            let width: u32 = black.map(|(.., width)| width).sum();
            let led = texts
                .clone()
                .next()
                .is_some_and(|(text, ..)| text.starts_with("! ") || text.starts_with("> "));
            width == self.dots && !led
        })
        .count()
    }
}
