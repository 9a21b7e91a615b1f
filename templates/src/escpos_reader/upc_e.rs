//! UPC-E: a UPC-A number whose zeros are left out, in 51 modules.
//!
//! Source: GS1 General Specifications, "UPC-E barcode".

/// Left-hand patterns of the digits with an odd number of black modules; those with an even number are their mirror
/// image with black and white exchanged.
const ODD: [u8; 10] = [13, 25, 19, 61, 35, 49, 47, 59, 55, 11];
/// Which digits are even (1), by the check digit.
const EVEN: [u8; 10] = [56, 52, 50, 49, 44, 38, 35, 42, 41, 37];

/// The modules of 6 to 8 digits (with the number system 0 in front and the check digit behind or not), or of a whole
/// UPC-A number of 11 or 12 that can be shortened; none otherwise.
pub(super) fn modules(digits: &[u8]) -> Option<Vec<bool>> {
    let digits: Vec<u8> = digits
        .iter()
        .map(|digit| digit.wrapping_sub(b'0'))
        .collect();
    let short = match digits.as_slice() {
        six if six.len() == 6 => six.try_into().ok()?,
        [0, six @ ..] if six.len() == 6 => six.try_into().ok()?,
        [0, six @ .., _] if six.len() == 6 => six.try_into().ok()?,
        [0, ten @ ..] if ten.len() >= 10 => shortened(ten)?,
        [..] => return None,
    };
    let check = check_digit(short);
    if matches!(digits.len(), 8 | 12) && digits.last() != Some(&check) {
        return None;
    }
    let mut modules = vec![true, false, true];
    for (place, digit) in short.iter().enumerate() {
        let odd = *ODD.get(usize::from(*digit))?;
        let is_even = EVEN[usize::from(check)] >> (5 - place) & 1 == 1;
        let pattern = if is_even { mirrored(odd) } else { odd };
        modules.extend((0..7).rev().map(|bit| pattern >> bit & 1 == 1));
    }
    modules.extend([false, true, false, true, false, true]);
    Some(modules)
}

fn mirrored(pattern: u8) -> u8 {
    !(pattern.reverse_bits() >> 1) & 0x7f
}

/// Manufacturer and product, five digits each, as six.
fn shortened(ten: &[u8]) -> Option<[u8; 6]> {
    match *ten {
        [a, b, c @ 0..=2, 0, 0, 0, 0, x, y, z, ..] => Some([a, b, x, y, z, c]),
        [a, b, c, 0, 0, 0, 0, 0, y, z, ..] => Some([a, b, c, y, z, 3]),
        [a, b, c, d, 0, 0, 0, 0, 0, z, ..] => Some([a, b, c, d, z, 4]),
        [a, b, c, d, e, 0, 0, 0, 0, z @ 5..=9, ..] => Some([a, b, c, d, e, z]),
        _ => None,
    }
}

/// Of the whole number.
fn check_digit([a, b, c, d, e, last]: [u8; 6]) -> u8 {
    let whole = match last {
        0..=2 => [0, a, b, last, 0, 0, 0, 0, c, d, e],
        3 => [0, a, b, c, 0, 0, 0, 0, 0, d, e],
        4 => [0, a, b, c, d, 0, 0, 0, 0, 0, e],
        _ => [0, a, b, c, d, e, 0, 0, 0, 0, last],
    };
    let weighted = (0_u32..).zip(whole).map(|(place, digit)| {
        let weight = if place.is_multiple_of(2) { 3 } else { 1 };
        u32::from(digit) * weight
    });
    let sum: u32 = weighted.sum();
    ((10 - sum % 10) % 10) as u8
}
