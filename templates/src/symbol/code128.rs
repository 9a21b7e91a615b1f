//! Code 128 (ISO/IEC 15417) in the sets B and C, whichever makes it shorter. Set A has nothing that they lack but control
//! characters, which no code here holds. FNC1 of GS1-128 is written as [`SEPARATOR`].

use super::bars::alternate;
use super::gs1::SEPARATOR;

const TO_C: usize = 99;
const TO_B: usize = 100;
const FNC1: usize = 102;
const START_B: usize = 104;
const START_C: usize = 105;
const STOP: usize = 106;

/// The bars as modules. `None` when the symbology cannot say the data.
pub(super) fn code128(data: &str) -> Option<Vec<bool>> {
    modules(values(sayable(data)?))
}

/// How many modules the code has in set B alone, as printers draw it by themselves.
pub(super) fn in_set_b(data: &str) -> Option<usize> {
    sayable(data).map(|bytes| (bytes.len() + 2) * 11 + 13)
}

fn sayable(data: &str) -> Option<&[u8]> {
    let bytes = data.as_bytes();
    let sayable = |byte: &u8| (0x20..0x7f).contains(byte) || is_fnc1(*byte);
    (!bytes.is_empty() && bytes.iter().all(sayable)).then_some(bytes)
}

fn is_fnc1(byte: u8) -> bool {
    char::from(byte) == SEPARATOR
}

/// The fewest values, from the start to the last character.
fn values(bytes: &[u8]) -> Vec<usize> {
    const NEVER: usize = usize::MAX / 2;
    let pair = |place: usize| match bytes.get(place..place + 2) {
        Some(&[ten @ b'0'..=b'9', one @ b'0'..=b'9']) => {
            Some(usize::from(ten - b'0') * 10 + usize::from(one - b'0'))
        }
        _ => None,
    };
    // How many values are still to come from each place on, when it is said in set B and in set C.
    let mut rest = vec![(0, 0); bytes.len() + 1];
    for place in (0..bytes.len()).rev() {
        let (b, c) = rest[place + 1];
        let in_b = 1 + b.min(c + 1);
        let in_c = match pair(place) {
            Some(_) => {
                let (b, c) = rest[place + 2];
                1 + c.min(b + 1)
            }
            // FNC1 is in both sets.
            None if is_fnc1(bytes[place]) => 1 + c.min(b + 1),
            None => NEVER,
        };
        rest[place] = (in_b, in_c);
    }
    let mut is_c = rest[0].1 < rest[0].0;
    let mut values = vec![if is_c { START_C } else { START_B }];
    let mut place = 0;
    while place < bytes.len() {
        let (b, c) = rest[place];
        let switch = if is_c { b + 1 < c } else { c + 1 < b };
        if switch {
            is_c = !is_c;
            values.push(if is_c { TO_C } else { TO_B });
        }
        match pair(place) {
            Some(pair) if is_c => {
                values.push(pair);
                place += 2;
            }
            _ if is_fnc1(bytes[place]) => {
                values.push(FNC1);
                place += 1;
            }
            _ => {
                values.push(usize::from(bytes[place] - 0x20));
                place += 1;
            }
        }
    }
    values
}

fn modules(mut values: Vec<usize>) -> Option<Vec<bool>> {
    let weighted = values.iter().enumerate();
    let sum: usize = weighted.map(|(place, value)| place.max(1) * value).sum();
    values.extend([sum % 103, STOP]);
    let mut modules = Vec::new();
    for value in values {
        let widths = if value == STOP {
            "2331112"
        } else {
            WIDTHS.get(value * 6..value * 6 + 6)?
        };
        alternate(&mut modules, widths.bytes().map(|width| width - b'0'));
    }
    Some(modules)
}

/// Six widths a value, 0 to 105.
const WIDTHS: &str = "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222\
    123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123\
    131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131\
    311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411\
    142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141214121412121\
    111143111341131141114113114311411113411311113141114131311141411131211412211214211232";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_values_have_the_same_bars() {
        let distinct: BTreeSet<_> = (0..106)
            .map(|value| &WIDTHS[value * 6..value * 6 + 6])
            .collect();
        assert_eq!((distinct.len(), WIDTHS.len()), (106, 636));
        let sum = |widths: &&str| widths.bytes().map(|width| width - b'0').sum::<u8>();
        assert!(distinct.iter().all(|widths| sum(widths) == 11));
    }

    #[test]
    fn digits_are_said_in_pairs_where_that_is_shorter() {
        for (data, count) in [
            ("A-1042", 6),
            ("12345678", 5),
            ("1234567", 6),
            ("12", 2),
            ("1", 2),
            ("A12345678", 7),
            ("A1234B", 7),
            ("A123456B", 8),
            ("1234AB5678", 9),
        ] {
            assert_eq!(values(data.as_bytes()).len(), count, "{data}");
            let modules = code128(data).unwrap().len();
            assert_eq!(modules, (count + 1) * 11 + 13);
            assert!(modules <= in_set_b(data).unwrap());
        }
    }
}
