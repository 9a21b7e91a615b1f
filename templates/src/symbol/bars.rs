//! The bars of the older codes, character by character, as modules. `None` when the symbology cannot say the data.

/// Code 39 (ISO/IEC 16388) with its start and stop, wide bars of 3 modules.
pub(super) fn code39(data: &str) -> Option<Vec<bool>> {
    if data.is_empty() || data.contains('*') {
        return None;
    }
    let mut modules = Vec::new();
    for character in format!("*{data}*").chars() {
        let (_, pattern) = CODE_39.iter().find(|(known, _)| *known == character)?;
        alternate(
            &mut modules,
            pattern
                .bytes()
                .map(|width| if width == b'w' { 3 } else { 1 }),
        );
        modules.push(false);
    }
    modules.pop();
    Some(modules)
}

/// Interleaved 2 of 5 (ISO/IEC 16390), wide bars of 3 modules.
pub(super) fn itf(data: &str) -> Option<Vec<bool>> {
    if data.is_empty() || !data.len().is_multiple_of(2) {
        return None;
    }
    let digits = digits(data)?;
    let mut modules = Vec::new();
    alternate(&mut modules, [1; 4].into_iter());
    let wide = |mark: u8| if mark == b'w' { 3 } else { 1 };
    for pair in digits.chunks(2) {
        let (bars, spaces) = (ITF[pair[0]].bytes(), ITF[pair[1]].bytes());
        alternate(
            &mut modules,
            bars.zip(spaces)
                .flat_map(|(bar, space)| [wide(bar), wide(space)]),
        );
    }
    alternate(&mut modules, [3, 1, 1].into_iter());
    Some(modules)
}

/// Codabar (ANSI/AIM BC3), wide bars of 3 modules; between A and A when the data do not say between which letters.
pub(super) fn codabar(data: &str) -> Option<Vec<bool>> {
    let data = data.to_ascii_uppercase();
    let letters = |text: &str| text.bytes().filter(u8::is_ascii_uppercase).count();
    let ends = data
        .get(1..data.len().max(2) - 1)
        .map(|within| letters(within) == 0);
    let data = match (letters(&data), ends) {
        (0, _) if !data.is_empty() => format!("A{data}A"),
        (2, Some(true)) if data.len() > 2 => data,
        _ => return None,
    };
    let mut modules = Vec::new();
    for character in data.chars() {
        let (_, pattern) = CODABAR.iter().find(|(known, _)| *known == character)?;
        let wide = |place: u32| {
            if pattern >> (6 - place) & 1 == 1 {
                3
            } else {
                1
            }
        };
        alternate(&mut modules, (0..7).map(wide));
        modules.push(false);
    }
    modules.pop();
    Some(modules)
}

/// Code 93 (ANSI/AIM BC5) with its two checking characters; what is not in its alphabet is written as two characters of it.
pub(super) fn code93(data: &str) -> Option<Vec<bool>> {
    let place = |c: char| CODE_93_ALPHABET.chars().position(|known| known == c);
    let mut values = Vec::new();
    for character in data.chars() {
        if let Some(value) = place(character) {
            values.push(value);
            continue;
        }
        // The four shifts stand behind the alphabet: $ % / +.
        let within = |first: char, letter: char| {
            char::from_u32(u32::from(letter) + u32::from(character) - u32::from(first))
        };
        let (shift, letter) = match character {
            'a'..='z' => (46, within('a', 'A')),
            '!'..=',' => (45, within('!', 'A')),
            ':' => (45, Some('Z')),
            ';'..='?' => (44, within(';', 'F')),
            '@' => (44, Some('V')),
            '['..='_' => (44, within('[', 'K')),
            '`' => (44, Some('W')),
            '{'..='~' => (44, within('{', 'P')),
            _ => return None,
        };
        values.extend([shift, place(letter?)?]);
    }
    if values.is_empty() {
        return None;
    }
    for weights in [20, 15] {
        let sum: usize = values
            .iter()
            .rev()
            .enumerate()
            .map(|(n, value)| (n % weights + 1) * value)
            .sum();
        values.push(sum % 47);
    }
    let mut modules = Vec::new();
    let mut put = |pattern: u16| modules.extend((0..9).rev().map(|bit| pattern >> bit & 1 == 1));
    put(CODE_93_ENDS);
    for value in values {
        put(*CODE_93.get(value)?);
    }
    put(CODE_93_ENDS);
    modules.push(true);
    Some(modules)
}

pub(super) fn digits(data: &str) -> Option<Vec<usize>> {
    data.chars()
        .map(|character| character.to_digit(10).map(|digit| digit as usize))
        .collect()
}

/// Bars and spaces in turn, a bar first.
pub(super) fn alternate(modules: &mut Vec<bool>, widths: impl Iterator<Item = u8>) {
    for (place, width) in widths.enumerate() {
        modules.extend((0..width).map(|_| place % 2 == 0));
    }
}

#[rustfmt::skip]
const CODE_39: [(char, &str); 44] = [
    ('0', "nnnwwnwnn"), ('1', "wnnwnnnnw"), ('2', "nnwwnnnnw"), ('3', "wnwwnnnnn"), ('4', "nnnwwnnnw"), ('5', "wnnwwnnnn"),
    ('6', "nnwwwnnnn"), ('7', "nnnwnnwnw"), ('8', "wnnwnnwnn"), ('9', "nnwwnnwnn"), ('A', "wnnnnwnnw"), ('B', "nnwnnwnnw"),
    ('C', "wnwnnwnnn"), ('D', "nnnnwwnnw"), ('E', "wnnnwwnnn"), ('F', "nnwnwwnnn"), ('G', "nnnnnwwnw"), ('H', "wnnnnwwnn"),
    ('I', "nnwnnwwnn"), ('J', "nnnnwwwnn"), ('K', "wnnnnnnww"), ('L', "nnwnnnnww"), ('M', "wnwnnnnwn"), ('N', "nnnnwnnww"),
    ('O', "wnnnwnnwn"), ('P', "nnwnwnnwn"), ('Q', "nnnnnnwww"), ('R', "wnnnnnwwn"), ('S', "nnwnnnwwn"), ('T', "nnnnwnwwn"),
    ('U', "wwnnnnnnw"), ('V', "nwwnnnnnw"), ('W', "wwwnnnnnn"), ('X', "nwnnwnnnw"), ('Y', "wwnnwnnnn"), ('Z', "nwwnwnnnn"),
    ('-', "nwnnnnwnw"), ('.', "wwnnnnwnn"), (' ', "nwwnnnwnn"), ('*', "nwnnwnwnn"), ('$', "nwnwnwnnn"), ('/', "nwnwnnnwn"),
    ('+', "nwnnnwnwn"), ('%', "nnnwnwnwn"),
];

const ITF: [&str; 10] = [
    "nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw", "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn",
];

/// Seven elements, a bar first; 1 is wide.
#[rustfmt::skip]
const CODABAR: [(char, u32); 20] = [
    ('0', 0b0000011), ('1', 0b0000110), ('2', 0b0001001), ('3', 0b1100000), ('4', 0b0010010), ('5', 0b1000010),
    ('6', 0b0100001), ('7', 0b0100100), ('8', 0b0110000), ('9', 0b1001000), ('-', 0b0001100), ('$', 0b0011000),
    (':', 0b1000101), ('/', 0b1010001), ('.', 0b1010100), ('+', 0b0010101), ('A', 0b0011010), ('B', 0b0101001),
    ('C', 0b0001011), ('D', 0b0001110),
];

const CODE_93_ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";

/// Nine modules a value; the last four are the shifts $ % / +.
#[rustfmt::skip]
const CODE_93: [u16; 47] = [
    0x114, 0x148, 0x144, 0x142, 0x128, 0x124, 0x122, 0x150, 0x112, 0x10a, 0x1a8, 0x1a4, 0x1a2, 0x194, 0x192, 0x18a,
    0x168, 0x164, 0x162, 0x134, 0x11a, 0x158, 0x14c, 0x146, 0x12c, 0x116, 0x1b4, 0x1b2, 0x1ac, 0x1a6, 0x196, 0x19a,
    0x16c, 0x166, 0x136, 0x13a, 0x12e, 0x1d4, 0x1d2, 0x1ca, 0x16e, 0x176, 0x1ae, 0x126, 0x1da, 0x1d6, 0x132,
];
const CODE_93_ENDS: u16 = 0x15e;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_characters_have_the_same_bars() {
        let of_39: BTreeSet<_> = CODE_39.iter().map(|(_, pattern)| pattern).collect();
        assert_eq!(of_39.len(), 44);
        assert!(
            of_39
                .iter()
                .all(|pattern| pattern.matches('w').count() == 3)
        );
        let of_93: BTreeSet<_> = CODE_93.iter().chain([&CODE_93_ENDS]).collect();
        assert_eq!(of_93.len(), 48);
        let of_codabar: BTreeSet<_> = CODABAR.iter().map(|(_, pattern)| pattern).collect();
        assert_eq!(of_codabar.len(), 20);
    }

    #[test]
    fn codes_have_the_length_that_their_standards_say() {
        assert_eq!(
            code93("A-1042").map(|modules| modules.len()),
            Some(10 * 9 + 1)
        );
        assert_eq!(code93("a").map(|modules| modules.len()), Some(6 * 9 + 1));
        assert_eq!(
            codabar("A1B").map(|modules| modules.len()),
            Some(13 + 11 + 13 + 2)
        );
    }

    #[test]
    fn codabar_stands_between_letters() {
        assert_eq!(codabar("40156"), codabar("A40156A"));
        assert_eq!(codabar("a40156b"), codabar("A40156B"));
        for wrong in ["", "A", "AB", "A1", "1A", "A1B2C", "E1E", "1 2", "ä1ö"] {
            assert_eq!(codabar(wrong), None, "{wrong}");
        }
    }
}
