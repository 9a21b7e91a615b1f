//! GS1 element strings: a GTIN, a weight or a batch behind their application identifiers. Source: GS1 General
//! Specifications 24, sections 3.2 (lengths), 7.8 (how they are put together) and 7.9 (check digits).

use super::ean::check;

/// Ends a value whose length is not known by its identifier; what a scanner sends for FNC1 within a symbol.
pub(super) const SEPARATOR: char = '\u{1d}';

/// What is wrong with the data.
pub(super) type Wrong = String;

/// The element string of data such as `(01)09521234543213(10)A-42`, without the FNC1 at its beginning. Data without an
/// opening parenthesis are taken to be one already, with FNC1 written as U+001D.
pub(super) fn element_string(data: &str) -> Result<String, Wrong> {
    if !data.starts_with('(') {
        return Ok(data.strip_prefix(SEPARATOR).unwrap_or(data).to_owned());
    }
    let mut made = String::with_capacity(data.len());
    let mut rest = data;
    while !rest.is_empty() {
        let (identifier, behind) = identifier(rest).ok_or_else(|| {
            format!("an application identifier such as (01) is missing at {rest:?}")
        })?;
        let end = (0..behind.len())
            .find(|at| behind.is_char_boundary(*at) && self::identifier(&behind[*at..]).is_some())
            .unwrap_or(behind.len());
        let value = &behind[..end];
        rest = &behind[end..];
        examine(identifier, value)?;
        made.push_str(identifier);
        made.push_str(value);
        if !rest.is_empty() && fixed(identifier).is_none() {
            made.push(SEPARATOR);
        }
    }
    Ok(made)
}

/// Two to four digits in parentheses, and what stands behind them.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let (inside, behind) = text.strip_prefix('(')?.split_once(')')?;
    let digits = inside.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (2..=4).contains(&inside.len())).then_some((inside, behind))
}

fn examine(identifier: &str, value: &str) -> Result<(), Wrong> {
    if value.is_empty() {
        return Err(format!("nothing stands behind ({identifier})"));
    }
    if let Some(strange) = value.chars().find(|character| !is_invariant(*character)) {
        return Err(format!("({identifier}) cannot hold {strange:?}"));
    }
    let Some(length) = fixed(identifier) else {
        return if value.len() <= 90 {
            Ok(())
        } else {
            Err(format!("({identifier}) holds at most 90 characters"))
        };
    };
    let digits: Vec<usize> = value
        .bytes()
        .map(|byte| usize::from(byte.wrapping_sub(b'0')))
        .collect();
    if value.len() != length || digits.iter().any(|digit| *digit > 9) {
        return Err(format!(
            "({identifier}) wants {length} digits, and {value:?} is not that"
        ));
    }
    let is_checked =
        matches!(identifier, "00" | "01" | "02" | "03") || identifier.starts_with("41");
    if let Some((last, others)) = digits.split_last().filter(|_| is_checked)
        && check(others) != *last
    {
        return Err(format!(
            "the last digit of ({identifier}){value} checks the others and should be {}",
            check(others)
        ));
    }
    Ok(())
}

/// The length of a value that no separator follows: figure 7.8.5-2 of the specifications, without the identifier.
fn fixed(identifier: &str) -> Option<usize> {
    match identifier.get(..2)? {
        "00" => Some(18),
        "01" | "02" | "03" => Some(14),
        "04" => Some(16),
        "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" | "19" => Some(6),
        "20" => Some(2),
        "31" | "32" | "33" | "34" | "35" | "36" => Some(6),
        "41" => Some(13),
        _ => None,
    }
}

/// Character set 82 of the specifications.
fn is_invariant(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!\"%&'()*+,-./:;<=>?_".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_stands_only_behind_values_of_no_fixed_length() {
        for (data, wanted) in [
            (
                "(01)09521234543213(3103)001500",
                "01095212345432133103001500",
            ),
            ("(10)A-42(17)270131", "10A-42\u{1d}17270131"),
            ("(17)270131(10)A-42", "1727013110A-42"),
            ("(10)A(1)(21)7", "10A(1)\u{1d}217"),
            ("0109521234543213", "0109521234543213"),
            ("\u{1d}10A\u{1d}217", "10A\u{1d}217"),
        ] {
            assert_eq!(element_string(data).as_deref(), Ok(wanted), "{data}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_identifier() {
        for (data, said) in [
            ("(01)09521234543214", "should be 3"),
            ("(01)0952123454321", "14 digits"),
            ("(10)", "nothing stands behind (10)"),
            ("(10)ä", "cannot hold 'ä'"),
            ("(414)4012345678900", "should be 1"),
            ("(3103)00150", "6 digits"),
            ("(1)x", "is missing"),
        ] {
            let wrong = element_string(data).unwrap_err();
            assert!(wrong.contains(said), "{data}: {wrong}");
        }
    }
}
