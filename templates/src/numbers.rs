//! Numbers in text: digits with the signs that belong to them. A phone number, a door code, a time, a date or an amount is
//! one number, however it is grouped; on paper it is neither broken nor turned around.

use std::ops::Range;

use smallvec::SmallVec;

/// The numbers of a text by their bytes, from the first to the last.
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(character) = text[at..].chars().next() {
            if (character.is_numeric() || LEADS.contains(character))
                && let Some(number) = number(text, at)
            {
                at = number.end;
                return Some(number);
            }
            at += character.len_utf8();
        }
        None
    })
}

/// What may stand before the first digit: of a country, a code, a key, below zero, and the area in brackets.
const LEADS: &str = "+#*-\u{2212}(";
/// What may stand between two digits of one number.
const SEPARATORS: &str = "-.,/:'#*_\u{2010}\u{2011}\u{2012}\u{2013}\u{2019}\u{2212}\u{66b}\u{66c}";
/// What may stand behind the last one.
const TRAILS: &str = "#*";

/// Whether digits are grouped by this space and by no other meaning of it.
pub(crate) fn is_tight_space(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}')
}

/// Whether this stands between two digits of one number.
pub(crate) fn is_separator(character: char) -> bool {
    SEPARATORS.contains(character) || matches!(character, '(' | ')')
}

/// Digits without a space between them.
struct Group {
    end: usize,
    digits: usize,
    /// Digits before the first separator.
    first: usize,
    separated: bool,
}

/// The number that begins here.
fn number(text: &str, from: usize) -> Option<Range<usize>> {
    let before = text[..from].chars().next_back();
    let mut begin = from;
    let mut bracket = false;
    for character in text[from..].chars() {
        let starts = match character {
            _ if character.is_numeric() => break,
            '(' if bracket => false,
            '(' => {
                bracket = true;
                true
            }
            // Otherwise it joins two words, or a word and a number.
            '-' | '\u{2212}' => {
                begin == from && before.is_none_or(|before| !before.is_alphanumeric())
            }
            _ => LEADS.contains(character) && begin - from < MOST_LEADS,
        };
        if !starts {
            return None;
        }
        begin += character.len_utf8();
    }
    let mut groups: SmallVec<[Group; MOST_GROUPS]> = SmallVec::new();
    groups.push(group(text, begin, &mut bracket)?);
    if bracket {
        // It closes somewhere behind the number.
        return None;
    }
    while let Some(last) = groups.last()
        && let Some(rest) = text[last.end..].strip_prefix(' ')
        && groups.len() < MOST_GROUPS
    {
        let next = text.len() - rest.len();
        let mut bracket = rest.starts_with('(');
        let next = next + usize::from(bracket);
        match group(text, next, &mut bracket) {
            Some(group) if !bracket => groups.push(group),
            Some(_) | None => break,
        }
    }
    let called = matches!(
        text[from..].chars().next(),
        Some('+' | '(' | '0' | '\u{660}' | '\u{6f0}')
    );
    let together = (2..=groups.len()).rev().find(|count| {
        let groups = &groups[..*count];
        is_phone(groups, called) || is_grouped(groups)
    });
    let last = &groups[together.unwrap_or(1) - 1];
    // Brackets around all of it are none of the number.
    let within = text[from..last.end].starts_with('(') && text[from..last.end].ends_with(')');
    (!within).then_some(from..last.end)
}

const MOST_LEADS: usize = 3;
const MOST_GROUPS: usize = 8;
/// Of a phone number with its country (ITU-T E.164).
const MOST_DIGITS: usize = 15;

/// The digits from here to the next space.
fn group(text: &str, from: usize, bracket: &mut bool) -> Option<Group> {
    let mut made = Group {
        end: from,
        digits: 0,
        first: 0,
        separated: false,
    };
    let digit = |at: usize| text[at..].chars().next().is_some_and(char::is_numeric);
    loop {
        let digits = text[made.end..]
            .chars()
            .take_while(|next| next.is_numeric());
        let (count, bytes) = digits.fold((0, 0), |(count, bytes), next| {
            (count + 1, bytes + next.len_utf8())
        });
        if count == 0 {
            return None;
        }
        made.end += bytes;
        made.digits += count;
        if !made.separated {
            made.first = count;
        }
        if *bracket && text[made.end..].starts_with(')') {
            *bracket = false;
            made.end += 1;
        }
        let mut next = text[made.end..].chars();
        let Some(separator) = next.next() else {
            return Some(made);
        };
        let behind = made.end + separator.len_utf8();
        if digit(made.end) {
            continue;
        }
        if (SEPARATORS.contains(separator) || is_tight_space(separator)) && digit(behind) {
            made.end = behind;
            made.separated = true;
            continue;
        }
        if TRAILS.contains(separator) && !next.next().is_some_and(char::is_alphanumeric) {
            made.end = behind;
        }
        return Some(made);
    }
}

/// "+972 3-123-4567", "03 123 4567" and "555 123 4567", but not "12 10827" of an address, nor "2 3" of two tables.
fn is_phone(groups: &[Group], called: bool) -> bool {
    let digits: usize = groups.iter().map(|group| group.digits).sum();
    let even = |least: usize, most: usize| {
        groups
            .iter()
            .all(|group| (least..=most).contains(&group.digits))
    };
    (7..=MOST_DIGITS).contains(&digits)
        && (called || groups.len() > 2 && even(2, 5) || groups.len() == 2 && even(3, 4))
}

/// "1 234 567,50"
fn is_grouped(groups: &[Group]) -> bool {
    groups.iter().enumerate().all(|(place, group)| match place {
        0 => group.digits < 4 && !group.separated,
        _ => group.first == 3 && (!group.separated || place + 1 == groups.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        numbers(text).map(|number| &text[number]).collect()
    }

    #[test]
    fn a_phone_number_is_one_number_however_it_is_grouped() {
        for number in [
            "+972 3-123-4567",
            "050-123-4567",
            "+49 30 1234-567",
            "+49 (0)30 1234567",
            "(03) 123-4567",
            "03 1234567",
            "555 123 4567",
            "555 0142",
            "+1 (555) 123-4567",
            "٠٥٠-١٢٣-٤٥٦٧",
            "۰۲۱-۸۸۷۷۶۶۵۵",
            "+98 21 8877 6655",
        ] {
            for text in [
                format!("שלום {number}, תודה"),
                format!("({number})"),
                number.to_owned(),
            ] {
                assert_eq!(found(&text), [number], "{text}");
            }
        }
    }

    #[test]
    fn codes_times_dates_and_amounts_are_one_number_each() {
        for number in [
            "12-34#",
            "*1234#",
            "#12*",
            "18:30",
            "18:30-19:00",
            "21.11.2026",
            "2026-11-21",
            "21/11/2026",
            "1.234,50",
            "1 234 567,50",
            "1\u{a0}234",
            "1'234.50",
            "١٬٢٣٤٫٥٠",
            "-12.50",
            "12½",
        ] {
            assert_eq!(found(&format!("a {number} b")), [number]);
        }
    }

    #[test]
    fn numbers_of_different_things_stay_apart() {
        assert_eq!(found("הרצל 12 6688312 תל אביב"), ["12", "6688312"]);
        assert_eq!(found("2 3"), ["2", "3"]);
        assert_eq!(found("table 12, 4 people (2 children)"), ["12", "4", "2"]);
        assert_eq!(found("ב-12:30. 5"), ["12:30", "5"]);
        assert_eq!(found("3 - 5"), ["3", "5"]);
        assert_eq!(found("+ - # ( no number"), Vec::<&str>::new());
    }
}
