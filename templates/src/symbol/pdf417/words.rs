//! Text to the codewords of PDF417 (ISO/IEC 15438, 5.4): letters two to a codeword, long numbers three digits to one, and
//! bytes for what is not ASCII.

const TO_TEXT: u32 = 900;
const TO_BYTES: u32 = 901;
const TO_NUMBER: u32 = 902;
/// Of a multiple of six bytes.
const TO_SIXES: u32 = 924;
/// Extended channel interpretation 26: what follows is UTF-8.
const UTF_8: [u32; 2] = [927, 26];
/// A shorter number is shorter as text.
const LEAST_DIGITS: usize = 13;
/// Digits that are made one large number.
const MOST_DIGITS: usize = 44;
/// No symbol holds more digits, and fewer of everything else.
const MOST_CHARACTERS: usize = 2_710;

/// The codewords of the data alone. `None` when there are none, or too many for any symbol.
pub(super) fn of(data: &str) -> Option<Vec<u32>> {
    if data.is_empty() || data.len() > MOST_CHARACTERS {
        return None;
    }
    // The zero stands for a switch there.
    let said = |c: char| c != '\0' && ALPHABETS.iter().any(|alphabet| alphabet.contains(c));
    if !data.chars().all(said) {
        let mut words = if data.is_ascii() {
            Vec::new()
        } else {
            UTF_8.to_vec()
        };
        bytes(data.as_bytes(), &mut words);
        return Some(words);
    }
    let mut words = Vec::new();
    let mut rest = data;
    let mut in_text = true;
    while !rest.is_empty() {
        let number = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        if number >= LEAST_DIGITS {
            let (digits, after) = rest.split_at(number);
            words.push(TO_NUMBER);
            digits
                .as_bytes()
                .chunks(MOST_DIGITS)
                .for_each(|digits| self::digits(digits, &mut words));
            (rest, in_text) = (after, false);
        } else {
            let (letters, after) = rest.split_at(until_number(rest));
            if !in_text {
                words.push(TO_TEXT);
            }
            text(letters, &mut words)?;
            (rest, in_text) = (after, true);
        }
    }
    Some(words)
}

/// Where the next long number begins.
fn until_number(text: &str) -> usize {
    let mut digits = 0;
    for (place, byte) in text.bytes().enumerate() {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        if digits == LEAST_DIGITS {
            return place + 1 - LEAST_DIGITS;
        }
    }
    text.len()
}

/// What the values 0 and on mean in each of the four alphabets: capitals, small letters, figures, punctuation. What
/// follows behind them are switches.
const ALPHABETS: [&str; 4] = [
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ ",
    "abcdefghijklmnopqrstuvwxyz ",
    "0123456789&\r\t,:#-.$/+%*=^\u{0} ",
    ";<>@[\\]_`~!\r\t,:\n-.$/\"|*()?{}'",
];
/// From each alphabet (row) to each other (column) for all that follows.
const LATCHES: [[&[u32]; 4]; 4] = [
    [&[], &[27], &[28], &[28, 25]],
    [&[28, 28], &[], &[28], &[28, 25]],
    [&[28], &[27], &[], &[25]],
    [&[29], &[29, 27], &[29, 28], &[]],
];
/// For one character alone: from, to, value.
const SHIFTS: [(usize, usize, u32); 4] = [(0, 3, 29), (1, 3, 29), (2, 3, 29), (1, 0, 27)];

/// The shortest way through the alphabets, beginning with capitals.
fn text(letters: &str, words: &mut Vec<u32>) -> Option<()> {
    let mut ways: [Option<Vec<u32>>; 4] = [Some(Vec::new()), None, None, None];
    for letter in letters.chars() {
        let value = |alphabet: usize| {
            ALPHABETS[alphabet]
                .chars()
                .position(|c| c == letter)
                .map(|value| value as u32)
        };
        let mut next: [Option<Vec<u32>>; 4] = [const { None }; 4];
        let mut offer = |at: usize, way: &[u32], more: &[u32], value: u32| {
            let length = way.len() + more.len() + 1;
            if next[at].as_ref().is_none_or(|best| length < best.len()) {
                next[at] = Some([way, more, &[value]].concat());
            }
        };
        for (from, way) in ways.iter().enumerate() {
            let Some(way) = way else { continue };
            for (to, latch) in LATCHES[from].iter().enumerate() {
                if let Some(value) = value(to) {
                    offer(to, way, latch, value);
                }
            }
            for (_, to, shift) in SHIFTS.iter().filter(|(at, ..)| *at == from) {
                if let Some(value) = value(*to) {
                    offer(from, way, &[*shift], value);
                }
            }
        }
        ways = next;
    }
    let mut values = ways.into_iter().flatten().min_by_key(Vec::len)?;
    if !values.len().is_multiple_of(2) {
        // A shift with nothing behind it.
        values.push(29);
    }
    words.extend(
        values
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[high, low]| high * 30 + low),
    );
    Some(())
}

/// A 1 and the digits as one number to the base 900.
fn digits(digits: &[u8], words: &mut Vec<u32>) {
    let mut number: Vec<u32> = std::iter::once(1)
        .chain(digits.iter().map(|digit| u32::from(digit - b'0')))
        .collect();
    let mut made = Vec::new();
    while number.iter().any(|digit| *digit != 0) {
        let mut rest = 0;
        for digit in &mut number {
            let dividend = rest * 10 + *digit;
            (*digit, rest) = (dividend / 900, dividend % 900);
        }
        made.push(rest);
    }
    words.extend(made.iter().rev());
}

/// Six bytes to five codewords of base 900, and what is left one by one.
fn bytes(bytes: &[u8], words: &mut Vec<u32>) {
    let (sixes, rest) = bytes.as_chunks::<6>();
    words.push(if rest.is_empty() { TO_SIXES } else { TO_BYTES });
    for six in sixes {
        let mut number = six
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let mut five = [0; 5];
        for word in five.iter_mut().rev() {
            (*word, number) = ((number % 900) as u32, number / 900);
        }
        words.extend(five);
    }
    words.extend(rest.iter().map(|byte| u32::from(*byte)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_numbers_and_bytes_become_the_codewords_of_the_standard() {
        // ISO/IEC 15438, annex Q and 5.4.4.
        assert_eq!(of("PDF417").unwrap(), [453, 178, 121, 239]);
        assert_eq!(
            of("000213298174000").unwrap(),
            [902, 1, 624, 434, 632, 282, 200]
        );
        let mut words = Vec::new();
        bytes(b"alcool", &mut words);
        assert_eq!(words, [924, 163, 238, 432, 766, 244]);
    }

    #[test]
    fn what_no_symbol_holds_has_no_codewords() {
        assert_eq!(of(""), None);
        assert_eq!(of(&"1".repeat(3000)), None);
    }
}
