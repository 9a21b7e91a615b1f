//! Where text may break: between its words as Unicode Standard Annex 14 says, with dictionaries for scripts that write no
//! spaces; and where else, if a word has no room.

use icu::properties::CodePointMapData;
use icu::properties::props::{GeneralCategory, LineBreak};
use icu::segmenter::LineSegmenter;
use icu::segmenter::options::{LineBreakOptions, LineBreakStrictness, LineBreakWordOption};

use super::grapheme::Grapheme;
use crate::document::{Author, Wrap};
use crate::numbers::{is_separator, is_tight_space, numbers};

mod simple;

use simple::{is_simple, simple};

/// How well text breaks at a place, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    /// Between two words.
    Word,
    /// Between two letters of a word.
    Letter,
    /// Between two groups of a number that a space separates.
    Space,
    /// Behind another separator in a number.
    Group,
    /// Between two digits, before punctuation that closes, within a syllable.
    Anywhere,
}

/// How well the text breaks before each of these graphemes.
pub(super) fn breaks(text: &str, graphemes: &[Grapheme], wrap: Wrap, width: u32) -> Vec<Break> {
    let (Some(first), Some(last)) = (graphemes.first(), graphemes.last()) else {
        return Vec::new();
    };
    let base = first.from;
    let text = &text[base..last.to];
    let mut made: Vec<Break> = (0..graphemes.len())
        .map(|at| within(text, graphemes, at, base))
        .collect();
    let mut allow = |offset: usize| {
        let at = graphemes.binary_search_by_key(&(offset + base), |grapheme| grapheme.from);
        // Where dictionaries do not know a word, they break its syllables too.
        let last = text[..offset].chars().next_back().unwrap_or(' ');
        if let Ok(at) = at
            && let Some(here) = text.get(offset..graphemes[at].to - base)
            && !is_within_syllable(last, here)
        {
            made[at] = Break::Word;
        }
    };
    match wrap {
        Wrap::Characters => {
            for (one, grapheme) in made.iter_mut().zip(graphemes) {
                let space = text[grapheme.from - base..].starts_with(' ');
                if *one == Break::Letter || space {
                    *one = Break::Word;
                }
            }
        }
        Wrap::Words | Wrap::Never if !is_simple(text) => {
            let segmenter = LineSegmenter::new_dictionary(options(text, width));
            segmenter.segment_str(text).for_each(&mut allow);
            keep_leading_hyphens(text, graphemes, base, &mut made);
        }
        Wrap::Words | Wrap::Never => {
            simple(text, &mut allow);
            keep_leading_hyphens(text, graphemes, base, &mut made);
        }
    }
    keep_leading_sign(text, graphemes, base, &mut made);
    keep_numbers(text, graphemes, base, &mut made);
    made
}

/// Rows of small columns may begin with small kana, as columns of newspapers do; all others keep the strict rules that
/// Japanese (JIS X 4051) and Chinese (CLREQ) share. Korean breaks at its spaces.
fn options(text: &str, width: u32) -> LineBreakOptions<'static> {
    let hangul = |character| matches!(character, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}');
    let mut options = LineBreakOptions::default();
    options.strictness = Some(if width < NARROW {
        LineBreakStrictness::Normal
    } else {
        LineBreakStrictness::Strict
    });
    options.word_option = text
        .contains(hangul)
        .then_some(LineBreakWordOption::KeepAll);
    options
}

/// Cells of a column for four or fewer Han characters.
const NARROW: u32 = 10;

/// How a word that has no room breaks before this grapheme.
fn within(text: &str, graphemes: &[Grapheme], at: usize, base: usize) -> Break {
    let of = |grapheme: &Grapheme| &text[grapheme.from - base..grapheme.to - base];
    let here = of(&graphemes[at]);
    let before = at
        .checked_sub(1)
        .map_or("", |before| of(&graphemes[before]));
    let (Some(last), Some(first)) = (before.chars().next_back(), here.chars().next()) else {
        return Break::Letter;
    };
    if begins_no_row(first) || ends_no_row(last) || is_within_syllable(last, here) {
        Break::Anywhere
    } else {
        Break::Letter
    }
}

fn begins_no_row(character: char) -> bool {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => false,
        ' ' => true,
        _ => matches!(
            line_break(character),
            LineBreak::ClosePunctuation
                | LineBreak::CloseParenthesis
                | LineBreak::Exclamation
                | LineBreak::InfixNumeric
                | LineBreak::Nonstarter
                | LineBreak::CombiningMark
                | LineBreak::ZWJ
                | LineBreak::PostfixNumeric
                | LineBreak::Inseparable
        ),
    }
}

fn ends_no_row(character: char) -> bool {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => false,
        _ => matches!(
            line_break(character),
            LineBreak::OpenPunctuation | LineBreak::PrefixNumeric
        ),
    }
}

/// Letters that belong to a syllable whose other letters are graphemes of their own.
fn is_within_syllable(before: char, here: &str) -> bool {
    if here.is_ascii() {
        return false;
    }
    let vowel_before = matches!(before, '\u{e40}'..='\u{e44}' | '\u{ec0}'..='\u{ec4}');
    // KHMER SIGN COENG, MYANMAR SIGN VIRAMA, KANNADA SIGN VIRAMA: the next letter stands below.
    let stacked = matches!(before, '\u{17d2}' | '\u{1039}' | '\u{ccd}');
    // Vowels of Thai and Lao that are letters by themselves, and marks that are no part of a grapheme.
    let vowel_behind = here.starts_with([
        '\u{e2f}', '\u{e30}', '\u{e32}', '\u{e33}', '\u{e45}', '\u{e46}', '\u{eaf}', '\u{eb0}',
        '\u{eb2}', '\u{eb3}', '\u{ebd}', '\u{ec6}', '\u{17d4}', '\u{17d5}', '\u{17d7}', '\u{104a}',
        '\u{104b}',
    ]) || here.starts_with(is_mark);
    // MYANMAR SIGN ASAT: a consonant without a vowel ends its syllable.
    vowel_before || stacked || vowel_behind || here.contains('\u{103a}')
}

fn is_mark(character: char) -> bool {
    matches!(
        CodePointMapData::<GeneralCategory>::new().get(character),
        GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    )
}

fn line_break(character: char) -> LineBreak {
    CodePointMapData::<LineBreak>::new().get(character)
}

/// A hyphen behind a space begins its word (rule LB20a of Unicode 16).
fn keep_leading_hyphens(text: &str, graphemes: &[Grapheme], base: usize, made: &mut [Break]) {
    for (at, pair) in (1..).zip(graphemes.windows(2)) {
        let is = |grapheme: &Grapheme, wanted: &str| {
            text[grapheme.from - base..grapheme.to - base] == *wanted
        };
        let leads = is(&pair[0], "-") && !is(&pair[1], " ");
        if leads && (at == 1 || graphemes.get(at - 2).is_some_and(|one| is(one, " "))) {
            made[at] = made[at].max(Break::Letter);
        }
    }
}

/// A sign that a template writes before a note or an option, such as "! " or "+ ", does not stand alone in a row.
fn keep_leading_sign(text: &str, graphemes: &[Grapheme], base: usize, made: &mut [Break]) {
    if let [sign, space, _, ..] = graphemes
        && sign.author == Author::House
        && text[..sign.to - base]
            .chars()
            .all(|sign| sign.is_ascii_punctuation())
        && text[space.from - base..].starts_with(' ')
    {
        made[2] = made[2].max(Break::Letter);
    }
}

/// A number with its currency is one word.
fn keep_numbers(text: &str, graphemes: &[Grapheme], base: usize, made: &mut [Break]) {
    for number in numbers(text) {
        let (from, to) = with_currency(text, number.start, number.end);
        let first = graphemes.partition_point(|grapheme| grapheme.from - base <= from);
        for (grapheme, one) in graphemes[first..].iter().zip(&mut made[first..]) {
            let at = grapheme.from - base;
            if at >= to {
                break;
            }
            let before = text[..at].chars().next_back().unwrap_or(' ');
            let here = text[at..].chars().next().unwrap_or(' ');
            *one = if here == ' ' || is_tight_space(here) || is_separator(here) {
                Break::Anywhere
            } else if before == ' ' || is_tight_space(before) {
                Break::Space
            } else if is_separator(before) && here.is_numeric() && at > number.start + 1 {
                Break::Group
            } else {
                Break::Anywhere
            };
        }
    }
}

/// "12 €" and "EUR 12": the sign or the code of a currency, with one space.
fn with_currency(text: &str, from: usize, to: usize) -> (usize, usize) {
    let is_code =
        |word: &str| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_sign = |word: &str| {
        let mut characters = word.chars();
        characters.next().is_some_and(is_currency) && characters.next().is_none()
    };
    let word_of = |rest: &str| -> usize {
        let is_part = |next: &char| next.is_alphanumeric() || is_currency(*next);
        rest.chars().take_while(is_part).map(char::len_utf8).sum()
    };
    let is_space = |character: char| character == ' ' || is_tight_space(character);
    let mut end = to;
    if let Some(rest) = text[to..].strip_prefix(is_space) {
        let word = &rest[..word_of(rest)];
        if is_code(word) || is_sign(word) {
            end = text.len() - rest.len() + word.len();
        }
    }
    let mut begin = from;
    if let Some(rest) = text[..from].strip_suffix(is_space) {
        let word = rest.rsplit([' ', '(']).next().unwrap_or_default();
        if is_code(word) || is_sign(word) {
            begin = rest.len() - word.len();
        }
    }
    (begin, end)
}

fn is_currency(character: char) -> bool {
    matches!(character, '$' | '¢'..='¥' | '\u{20a0}'..='\u{20cf}' | '\u{e3f}' | '\u{17db}' | '\u{fdfc}' | '￥' | '￦')
}

#[cfg(test)]
mod tests;
