//! Text into lines that are not wider than their column. Amounts are never broken.

use unicode_segmentation::UnicodeSegmentation;

use crate::document::{Align, Column, Span, Style, Wrap};
use crate::fonts::cells;

/// Cells of text in a style.
pub(crate) fn width_of(text: &str, style: Style) -> u32 {
    text.graphemes(true)
        .map(|grapheme| cells(grapheme) * u32::from(style.wide))
        .sum()
}

/// The lines of a column; the error is the text that has no room.
pub(super) fn lines(
    column: &Column,
    width: u32,
    wrap: Wrap,
    several: bool,
) -> Result<Vec<Vec<Span>>, String> {
    // Columns of amounts lean to the right; there a broken number would be a wrong one.
    let amounts = several && column.align == Align::Right;
    let mut made = Vec::new();
    for line in &column.lines {
        let signs: Vec<Sign> = line.iter().flat_map(signs).collect();
        let fits = |signs: &[Sign]| signs.iter().map(|sign| sign.width).sum::<u32>() <= width;
        if fits(&signs) {
            made.push(line.clone());
            continue;
        }
        if amounts && signs.iter().any(Sign::has_digit) {
            // "53,40 €" in wide letters is better read narrow and in one piece than in two.
            let narrow: Vec<Sign> = signs.iter().map(Sign::narrow).collect();
            if fits(&narrow) {
                made.push(spans(&narrow));
                continue;
            }
        }
        match wrap {
            Wrap::Never => made.push(cut(&signs, width)?),
            Wrap::Characters if !amounts => by_characters(&signs, width, &mut made)?,
            Wrap::Characters | Wrap::Words => by_words(&signs, width, amounts, &mut made)?,
        }
    }
    Ok(made)
}

/// A grapheme with its look.
#[derive(Debug, Clone, Copy)]
struct Sign<'t> {
    text: &'t str,
    style: Style,
    width: u32,
}

impl Sign<'_> {
    fn is_space(&self) -> bool {
        matches!(self.text, " " | "\u{3000}" | "\u{200b}")
    }

    fn narrow(&self) -> Self {
        Sign {
            text: self.text,
            style: Style {
                wide: 1,
                ..self.style
            },
            width: cells(self.text),
        }
    }

    fn has_digit(&self) -> bool {
        self.text.chars().any(char::is_numeric)
    }

    /// Han, kana, hangul: lines break between any two of them.
    fn is_wide(&self) -> bool {
        cells(self.text) == 2
    }
}

fn signs(span: &Span) -> impl Iterator<Item = Sign<'_>> {
    let style = span.style;
    span.text.graphemes(true).map(move |text| Sign {
        text,
        style,
        width: cells(text) * u32::from(style.wide),
    })
}

fn cut(signs: &[Sign<'_>], width: u32) -> Result<Vec<Span>, String> {
    if signs.iter().any(Sign::has_digit) {
        return Err(plain(signs));
    }
    let mut taken = 0;
    let fitting = signs.iter().take_while(|sign| {
        taken += sign.width;
        taken <= width
    });
    Ok(spans(&fitting.copied().collect::<Vec<_>>()))
}

fn by_characters(signs: &[Sign<'_>], width: u32, made: &mut Vec<Vec<Span>>) -> Result<(), String> {
    let mut line: Vec<Sign> = Vec::new();
    let mut taken = 0;
    for sign in signs {
        if sign.width > width {
            return Err(plain(signs));
        }
        if taken + sign.width > width {
            made.push(spans(&line));
            line.clear();
            taken = 0;
        }
        taken += sign.width;
        line.push(*sign);
    }
    made.push(spans(&line));
    Ok(())
}

fn by_words(
    signs: &[Sign<'_>],
    width: u32,
    amounts: bool,
    made: &mut Vec<Vec<Span>>,
) -> Result<(), String> {
    let mut line: Vec<Sign> = Vec::new();
    let mut taken = 0;
    let first = made.len();
    for word in words(signs) {
        let word_width: u32 = word.iter().map(|sign| sign.width).sum();
        let spaces = word.first().is_some_and(Sign::is_space);
        if spaces {
            // Spaces at a break disappear; those at the beginning were written on purpose.
            if !line.is_empty() || made.len() == first {
                taken += word_width;
                line.extend_from_slice(word);
            }
            continue;
        }
        if taken + word_width <= width {
            taken += word_width;
            line.extend_from_slice(word);
            continue;
        }
        trim(&mut line);
        if !line.is_empty() {
            made.push(spans(&line));
            line.clear();
        }
        taken = 0;
        if word_width > width {
            if amounts && word.iter().any(Sign::has_digit) {
                return Err(plain(word));
            }
            by_characters(word, width, made)?;
            if let Some(rest) = made.pop() {
                taken = rest
                    .iter()
                    .map(|span| width_of(&span.text, span.style))
                    .sum();
                line.extend_from_slice(tail(word, taken));
            }
        } else {
            taken = word_width;
            line.extend_from_slice(word);
        }
    }
    trim(&mut line);
    if !line.is_empty() {
        made.push(spans(&line));
    }
    Ok(())
}

/// The last signs of a word that together have this width.
fn tail<'s, 't>(word: &'s [Sign<'t>], width: u32) -> &'s [Sign<'t>] {
    let mut left = width;
    let mut start = word.len();
    while start > 0 && left >= word[start - 1].width && (left > 0 || word[start - 1].width == 0) {
        start -= 1;
        left -= word[start].width;
    }
    &word[start..]
}

fn trim(line: &mut Vec<Sign<'_>>) {
    while line.last().is_some_and(Sign::is_space) {
        line.pop();
    }
}

/// Words and the spaces between them; each wide sign is a word, with the punctuation that must not leave it.
fn words<'s, 't>(signs: &'s [Sign<'t>]) -> impl Iterator<Item = &'s [Sign<'t>]> {
    signs.chunk_by(|left, right| match (left.is_space(), right.is_space()) {
        (true, true) => true,
        (true, false) | (false, true) => false,
        (false, false) => {
            let closing = right.text.starts_with(|c| "、。，．・：；？！ー）」』】〕〉》ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?:;)]}%".contains(c));
            let opening = left.text.starts_with(|c| "（「『【〔〈《([{".contains(c));
            closing || opening || !(left.is_wide() || right.is_wide())
        }
    })
}

fn plain(signs: &[Sign<'_>]) -> String {
    signs.iter().map(|sign| sign.text).collect()
}

fn spans(signs: &[Sign<'_>]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for sign in signs {
        match spans.last_mut() {
            Some(span) if span.style == sign.style => span.text.push_str(sign.text),
            _ => spans.push(Span {
                text: sign.text.to_owned(),
                style: sign.style,
            }),
        }
    }
    spans
}
