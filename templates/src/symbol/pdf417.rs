//! PDF417 (ISO/IEC 15438): rows of codewords, shaped to the paper.

mod patterns;
mod words;

use crate::document::Level;
use patterns::PATTERNS;

/// Codewords count modulo this prime.
const PRIME: u32 = 929;
/// Codewords of a symbol, with those of correction.
const MOST_WORDS: usize = 928;
const ROWS: std::ops::RangeInclusive<usize> = 3..=90;
const MOST_COLUMNS: usize = 30;
/// Modules of a row besides its columns: start, stop, and the two indicators.
const FRAME: usize = 17 + 18 + 2 * 17;
/// A row is this many modules high, the least that the standard asks for.
pub(super) const ROW: usize = 3;
const PAD: u32 = 900;
const START: u32 = 0x1_fea8;
const STOP: u32 = 0x3_fa29;

/// The modules of the symbol, at most `widest` wide; each row of codewords is one row here. `None` when the data are too
/// long for it.
pub(super) fn rows(data: &str, level: Level, widest: usize) -> Option<Vec<Vec<bool>>> {
    let mut words = words::of(data)?;
    let level = correction(level, words.len());
    let corrections = 2_usize << level;
    let least = 1 + words.len() + corrections;
    let (columns, rows) = shape(least, widest)?;
    words.resize(columns * rows - corrections - 1, PAD);
    words.insert(0, u32::try_from(words.len() + 1).ok()?);
    let correction = corrected(&words, corrections);
    words.extend(correction);
    Some(
        words
            .chunks(columns)
            .enumerate()
            .map(|(y, words)| row(y, words, rows, level))
            .collect(),
    )
}

/// How many columns and rows: wide rather than high, as scanners hold it best, within the paper.
fn shape(words: usize, widest: usize) -> Option<(usize, usize)> {
    let most = widest.saturating_sub(FRAME) / 17;
    let shapes = (1..=most.min(MOST_COLUMNS)).filter_map(|columns| {
        let rows = words.div_ceil(columns).max(*ROWS.start());
        let fits = rows <= *ROWS.end() && columns * rows <= MOST_WORDS;
        fits.then_some((columns, rows))
    });
    // Three times as wide as high.
    shapes.min_by_key(|(columns, rows)| (columns * 17 + FRAME).abs_diff(3 * ROW * rows))
}

/// The correction level that the standard recommends for so many codewords (annex E), and more where it is wished.
fn correction(level: Level, words: usize) -> usize {
    let recommended = match words {
        0..=40 => 2,
        41..=160 => 3,
        161..=320 => 4,
        _ => 5,
    };
    recommended
        + match level {
            Level::L => 0,
            Level::M => 1,
            Level::Q => 2,
            Level::H => 3,
        }
}

/// Reed and Solomon's codewords for these, over the field of 929 with the roots 3, 9, 27 and on.
fn corrected(words: &[u32], count: usize) -> Vec<u32> {
    // The product of all x - root, highest power first.
    let mut generator = vec![0; count + 1];
    generator[0] = 1;
    let mut root = 1;
    for degree in 1..=count {
        root = root * 3 % PRIME;
        for place in (1..=degree).rev() {
            generator[place] = (generator[place] + (PRIME - root) * generator[place - 1]) % PRIME;
        }
    }
    let mut rest = vec![0; count];
    for word in words {
        let first = (word + rest[0]) % PRIME;
        rest.rotate_left(1);
        rest[count - 1] = 0;
        for (rest, factor) in rest.iter_mut().zip(&generator[1..]) {
            *rest = (*rest + PRIME * PRIME - first * factor) % PRIME;
        }
    }
    rest.iter().map(|rest| (PRIME - rest) % PRIME).collect()
}

fn row(y: usize, words: &[u32], rows: usize, level: usize) -> Vec<bool> {
    let of_rows = (rows - 1) / 3;
    let of_level = level * 3 + (rows - 1) % 3;
    let of_columns = words.len() - 1;
    let (left, right) = match y % 3 {
        0 => (of_rows, of_columns),
        1 => (of_level, of_rows),
        _ => (of_columns, of_level),
    };
    let mut modules = Vec::with_capacity(words.len() * 17 + FRAME);
    let mut put = |bits: u32, count: u32| {
        modules.extend((0..count).rev().map(|bit| bits >> bit & 1 == 1));
    };
    let pattern = |word: usize| 0x1_0000 | u32::from(PATTERNS[y % 3][word % PRIME as usize]);
    put(START, 17);
    put(pattern(30 * (y / 3) + left), 17);
    for word in words {
        put(pattern(*word as usize), 17);
    }
    put(pattern(30 * (y / 3) + right), 17);
    put(STOP, 18);
    modules
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_codeword_has_four_bars_and_spaces_of_its_cluster() {
        for (cluster, patterns) in PATTERNS.iter().enumerate() {
            let distinct: BTreeSet<_> = patterns.iter().collect();
            assert_eq!(distinct.len(), 929);
            for pattern in patterns {
                let bits = format!("{:017b}", 0x1_0000 | u32::from(*pattern));
                let mut widths = Vec::new();
                let mut rest = bits.as_str();
                while let Some(first) = rest.chars().next() {
                    let width = rest.len() - rest.trim_start_matches(first).len();
                    widths.push(width);
                    rest = &rest[width..];
                }
                assert_eq!(widths.len(), 8, "{bits}");
                assert!(widths.iter().all(|width| *width <= 6), "{bits}");
                let number = (widths[0] + 9 + widths[4] + 9 - widths[2] - widths[6]) % 9;
                assert_eq!(number, cluster * 3, "{bits}");
            }
        }
    }

    #[test]
    fn corrections_are_those_of_the_standard() {
        // ISO/IEC 15438, annex Q: "PDF417" at level 1.
        assert_eq!(corrected(&[5, 453, 178, 121, 239], 4), [452, 327, 657, 619]);
    }

    #[test]
    fn a_symbol_is_never_wider_than_its_paper() {
        for widest in [86, 103, 188, 284] {
            for length in [1, 40, 200] {
                let rows = rows(&"Ab1".repeat(length), Level::L, widest);
                let width = rows.and_then(|rows| rows.first().map(Vec::len));
                assert!(width.is_none_or(|width| width <= widest));
            }
        }
        assert_eq!(rows("A", Level::L, 85), None);
        assert_eq!(rows(&"x".repeat(3000), Level::L, 284), None);
    }
}
