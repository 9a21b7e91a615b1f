//! The bars of one-dimensional codes, as modules. `None` when the symbology cannot say the data.

/// Code 128 (ISO/IEC 15417), character set B.
pub(super) fn code128(data: &str) -> Option<Vec<bool>> {
    let bytes = data.as_bytes();
    if bytes.is_empty() || !bytes.iter().all(|byte| (0x20..0x7f).contains(byte)) {
        return None;
    }
    let mut values = vec![104];
    values.extend(bytes.iter().map(|byte| usize::from(byte - 0x20)));
    let sum: usize = values
        .iter()
        .enumerate()
        .map(|(place, value)| place.max(1) * value)
        .sum();
    values.extend([sum % 103, 106]);
    let mut modules = Vec::new();
    for value in values {
        let widths = if value == 106 {
            "2331112"
        } else {
            CODE_128.get(value * 6..value * 6 + 6)?
        };
        alternate(&mut modules, widths.bytes().map(|width| width - b'0'));
    }
    Some(modules)
}

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

/// EAN-13 and EAN-8, or UPC-A (ISO/IEC 15420), with or without the last, checking digit.
pub(super) fn ean(data: &str, upc: bool) -> Option<Vec<bool>> {
    let mut digits = digits(data)?;
    let check = |digits: &[usize]| {
        let sum: usize = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(place, digit)| if place % 2 == 0 { 3 * digit } else { *digit })
            .sum();
        (10 - sum % 10) % 10
    };
    match (digits.len(), upc) {
        (7 | 12, false) | (11, true) => digits.push(check(&digits)),
        (8 | 13, false) | (12, true)
            if check(&digits[..digits.len() - 1]) == digits[digits.len() - 1] => {}
        _ => return None,
    }
    if upc {
        // UPC-A is EAN-13 with a leading zero.
        digits.insert(0, 0);
    }
    let parity = if digits.len() == 13 {
        PARITY[digits.remove(0)]
    } else {
        "LLLL"
    };
    let (left, right) = digits.split_at(digits.len() / 2);
    let bits = |pattern: u8, inverse: bool| {
        (0..7)
            .rev()
            .map(move |bit| (pattern >> bit & 1 == 1) != inverse)
    };
    let mut modules = vec![true, false, true];
    for (digit, side) in left.iter().zip(parity.bytes()) {
        if side == b'L' {
            modules.extend(bits(EAN_L[*digit], false));
        } else {
            modules.extend(bits(EAN_L[*digit], true).rev());
        }
    }
    modules.extend([false, true, false, true, false]);
    for digit in right {
        modules.extend(bits(EAN_L[*digit], true));
    }
    modules.extend([true, false, true]);
    Some(modules)
}

fn digits(data: &str) -> Option<Vec<usize>> {
    data.chars()
        .map(|character| character.to_digit(10).map(|digit| digit as usize))
        .collect()
}

/// Bars and spaces in turn, a bar first.
fn alternate(modules: &mut Vec<bool>, widths: impl Iterator<Item = u8>) {
    for (place, width) in widths.enumerate() {
        modules.extend((0..width).map(|_| place % 2 == 0));
    }
}

/// Six widths a value, 0 to 105.
const CODE_128: &str = "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222\
    123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123\
    131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131\
    311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411\
    142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141214121412121\
    111143111341131141114113114311411113411311113141114131311141411131211412211214211232";

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

const EAN_L: [u8; 10] = [
    0b0001101, 0b0011001, 0b0010011, 0b0111101, 0b0100011, 0b0110001, 0b0101111, 0b0111011,
    0b0110111, 0b0001011,
];

/// Which left digits are mirrored, by the first digit.
const PARITY: [&str; 10] = [
    "LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL",
    "LGGLGL",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_characters_have_the_same_bars() {
        let of_128: BTreeSet<_> = (0..106)
            .map(|value| &CODE_128[value * 6..value * 6 + 6])
            .collect();
        assert_eq!((of_128.len(), CODE_128.len()), (106, 636));
        assert!(
            of_128
                .iter()
                .all(|widths| widths.bytes().map(|width| width - b'0').sum::<u8>() == 11)
        );
        let of_39: BTreeSet<_> = CODE_39.iter().map(|(_, pattern)| pattern).collect();
        assert_eq!(of_39.len(), 44);
        assert!(
            of_39
                .iter()
                .all(|pattern| pattern.matches('w').count() == 3)
        );
    }

    #[test]
    fn codes_have_the_length_that_their_standards_say() {
        assert_eq!(
            ean("4006381333931", false).map(|modules| modules.len()),
            Some(95)
        );
        assert_eq!(
            ean("96385074", false).map(|modules| modules.len()),
            Some(67)
        );
        assert_eq!(ean("036000291452", true), ean("0036000291452", false));
        assert_eq!(
            code128("A-1042").map(|modules| modules.len()),
            Some(11 * 8 + 13)
        );
    }
}
