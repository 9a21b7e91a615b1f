//! EAN and UPC (ISO/IEC 15420): digits of seven modules between guards.

use super::bars::digits;

/// What scanners read: all digits of an EAN-13, EAN-8 or UPC-A, with the last, checking one also when the data come without
/// it. `None` when the data are no such number.
pub(super) fn checked(data: &str, upc: bool) -> Option<String> {
    let mut digits = digits(data)?;
    match (digits.len(), upc) {
        (7 | 12, false) | (11, true) => digits.push(check(&digits)),
        (8 | 13, false) | (12, true)
            if check(&digits[..digits.len() - 1]) == digits[digits.len() - 1] => {}
        _ => return None,
    }
    Some(said(&digits))
}

/// The bars of a number from [`checked`].
pub(super) fn ean(number: &str) -> Option<Vec<bool>> {
    let mut digits = digits(number)?;
    if digits.len() == 12 {
        // UPC-A is EAN-13 with a leading zero.
        digits.insert(0, 0);
    }
    let parity = match digits.len() {
        13 => PARITY[digits.remove(0)],
        8 => "LLLL",
        _ => return None,
    };
    let (left, right) = digits.split_at(digits.len() / 2);
    let mut modules = vec![true, false, true];
    put(&mut modules, left, parity);
    modules.extend([false, true, false, true, false]);
    for digit in right {
        modules.extend(bits(EAN_L[*digit], true));
    }
    modules.extend([true, false, true]);
    Some(modules)
}

/// All eight digits of a UPC-E number: its number system (0 or 1) and its check digit may be left out.
pub(super) fn checked_short(data: &str) -> Option<String> {
    let mut digits = digits(data)?;
    if digits.len() == 6 {
        digits.insert(0, 0);
    }
    let &[system @ (0 | 1), a, b, c, d, e, last, ref rest @ ..] = digits.as_slice() else {
        return None;
    };
    let long = match last {
        0..=2 => [system, a, b, last, 0, 0, 0, 0, c, d, e],
        3 => [system, a, b, c, 0, 0, 0, 0, 0, d, e],
        4 => [system, a, b, c, d, 0, 0, 0, 0, 0, e],
        _ => [system, a, b, c, d, e, 0, 0, 0, 0, last],
    };
    match rest {
        [] => digits.push(check(&long)),
        [given] if *given == check(&long) => {}
        _ => return None,
    }
    Some(said(&digits))
}

/// The bars of a number from [`checked_short`].
pub(super) fn upce(number: &str) -> Option<Vec<bool>> {
    let digits = digits(number)?;
    let &[system, ref six @ .., check] = digits.as_slice() else {
        return None;
    };
    let parity: String = SHORT_PARITY
        .get(check)?
        .chars()
        .map(|side| {
            if (side == 'G') == (system == 0) {
                'G'
            } else {
                'L'
            }
        })
        .collect();
    let mut modules = vec![true, false, true];
    put(&mut modules, six, &parity);
    modules.extend([false, true, false, true, false, true]);
    Some(modules)
}

fn put(modules: &mut Vec<bool>, digits: &[usize], parity: &str) {
    for (digit, side) in digits.iter().zip(parity.bytes()) {
        if side == b'L' {
            modules.extend(bits(EAN_L[*digit], false));
        } else {
            modules.extend(bits(EAN_L[*digit], true).rev());
        }
    }
}

fn bits(pattern: u8, inverse: bool) -> impl DoubleEndedIterator<Item = bool> {
    (0..7)
        .rev()
        .map(move |bit| (pattern >> bit & 1 == 1) != inverse)
}

/// The last digit of a number with these before it.
pub(super) fn check(digits: &[usize]) -> usize {
    let weighted = digits.iter().rev().enumerate();
    let sum: usize = weighted
        .map(|(place, digit)| if place % 2 == 0 { 3 * digit } else { *digit })
        .sum();
    (10 - sum % 10) % 10
}

fn said(digits: &[usize]) -> String {
    digits.iter().map(usize::to_string).collect()
}

const EAN_L: [u8; 10] = [
    0b0001101, 0b0011001, 0b0010011, 0b0111101, 0b0100011, 0b0110001, 0b0101111, 0b0111011,
    0b0110111, 0b0001011,
];

/// Which left digits are mirrored, by the first digit.
const PARITY: [&str; 10] = [
    "LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL",
    "LGGLGL",
];

/// Which digits of a UPC-E of number system 0 are mirrored, by its check digit; the others of system 1.
const SHORT_PARITY: [&str; 10] = [
    "GGGLLL", "GGLGLL", "GGLLGL", "GGLLLG", "GLGGLL", "GLLGGL", "GLLLGG", "GLGLGL", "GLGLLG",
    "GLLGLG",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_get_their_check_digit_and_wrong_ones_are_refused() {
        assert_eq!(checked("400638133393", false).unwrap(), "4006381333931");
        assert_eq!(checked("4006381333931", false).unwrap(), "4006381333931");
        assert_eq!(checked("9638507", false).unwrap(), "96385074");
        assert_eq!(checked("03600029145", true).unwrap(), "036000291452");
        for (wrong, upc) in [
            ("4006381333932", false),
            ("12345", false),
            ("036000291453", true),
            ("x", true),
        ] {
            assert_eq!(checked(wrong, upc), None);
        }
    }

    #[test]
    fn short_numbers_stand_for_their_long_ones() {
        assert_eq!(checked_short("654321").unwrap(), "06543217");
        assert_eq!(checked_short("123455").unwrap(), "01234558");
        assert_eq!(checked_short("01234558").unwrap(), "01234558");
        for wrong in ["01234559", "2123455", "12345", "123456789", "12345x"] {
            assert_eq!(checked_short(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn codes_have_the_length_that_their_standard_says() {
        assert_eq!(ean("4006381333931").unwrap().len(), 95);
        assert_eq!(ean("96385074").unwrap().len(), 67);
        assert_eq!(ean("036000291452"), ean("0036000291452"));
        assert_eq!(upce("01234558").unwrap().len(), 51);
    }
}
