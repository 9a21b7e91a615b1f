//! `GS k`: barcodes, in its two forms.
//!
//! Source: Epson's ESC/POS command reference, which gives for each code the lengths and characters that it can say; data
//! outside of them make the command unknown, as a printer takes them for text or prints nothing.

use super::command::{Barcode, BarcodeKind, Command};
use super::parameters::Parsed;

/// The codes in the order of their numbers.
const KINDS: [BarcodeKind; 15] = [
    BarcodeKind::UpcA,
    BarcodeKind::UpcE,
    BarcodeKind::Ean13,
    BarcodeKind::Ean8,
    BarcodeKind::Code39,
    BarcodeKind::Itf,
    BarcodeKind::Codabar,
    BarcodeKind::Code93,
    BarcodeKind::Code128,
    BarcodeKind::Gs1Code128,
    BarcodeKind::DataBarOmnidirectional,
    BarcodeKind::DataBarTruncated,
    BarcodeKind::DataBarLimited,
    BarcodeKind::DataBarExpanded,
    BarcodeKind::Code128Auto,
];

/// What stands behind `GS k`: function A ends with NUL, function B says its length.
pub(super) fn front(rest: &[u8]) -> Parsed {
    let (number, rest) = rest.split_first()?;
    match number {
        0..=6 => {
            // None of these says anything but printable ASCII. Without this end, a real-time command behind a barcode that
            // never ends would stand in it or not, by how the stream arrived.
            let strange = |byte: &u8| !(0x20..0x7f).contains(byte);
            match rest.iter().take(256).position(strange) {
                Some(end) if rest[end] == 0 => Some((barcode(*number, &rest[..end]), end + 3)),
                Some(_) => Some((None, 2)),
                None => (rest.len() >= 256).then_some((None, 2)),
            }
        }
        65..=79 => {
            let (len, rest) = rest.split_first()?;
            let data = rest.get(..usize::from(*len))?;
            Some((barcode(*number - 65, data), 3 + data.len()))
        }
        _ => Some((None, 2)),
    }
}

fn barcode(place: u8, data: &[u8]) -> Option<Command> {
    let kind = *KINDS.get(usize::from(place))?;
    can_say(kind, data).then(|| {
        Command::Barcode(Barcode {
            kind,
            data: data.to_vec(),
        })
    })
}

fn can_say(kind: BarcodeKind, data: &[u8]) -> bool {
    let len = data.len();
    let digits = data.iter().all(u8::is_ascii_digit);
    match kind {
        BarcodeKind::UpcA => digits && matches!(len, 11 | 12),
        BarcodeKind::UpcE => digits && matches!(len, 6..=8 | 11 | 12),
        BarcodeKind::Ean13 => digits && matches!(len, 12 | 13),
        BarcodeKind::Ean8 => digits && matches!(len, 7 | 8),
        BarcodeKind::Itf => digits && len >= 2 && len.is_multiple_of(2),
        BarcodeKind::Code39 => {
            let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/');
            len >= 1 && data.iter().all(plain)
        }
        BarcodeKind::Codabar => {
            let [first, inner @ .., last] = data else {
                return false;
            };
            let ends = |byte: &u8| matches!(byte, b'A'..=b'D' | b'a'..=b'd');
            let inside =
                |byte: &u8| matches!(byte, b'0'..=b'9' | b'$' | b'+' | b'-' | b'.' | b'/' | b':');
            ends(first) && ends(last) && inner.iter().all(inside)
        }
        BarcodeKind::Code93 | BarcodeKind::Code128Auto => len >= 1 && data.is_ascii(),
        BarcodeKind::Code128 => {
            // Set C sends pairs of digits as 0 to 99.
            len >= 3 && matches!(data, [b'{', b'A'..=b'C', ..]) && data.is_ascii()
        }
        BarcodeKind::Gs1Code128 => len >= 2 && data.is_ascii(),
        BarcodeKind::DataBarOmnidirectional
        | BarcodeKind::DataBarTruncated
        | BarcodeKind::DataBarLimited => digits && len == 13,
        BarcodeKind::DataBarExpanded => len >= 2 && data.is_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use crate::escpos_reader::{Command, Reader};

    #[test]
    fn what_stands_behind_a_barcode_that_never_ends_is_read_the_same_however_it_arrives() {
        let mut stream = b"\x1dk\x04A-10\x10\x05\x02".to_vec();
        stream.resize(400, b'x');
        let recovers = |parts: &[&[u8]]| {
            let mut reader = Reader::new();
            let mut reads: Vec<_> = parts.iter().flat_map(|part| reader.push(part)).collect();
            reads.extend(reader.finish());
            let mut found = reads.into_iter().filter_map(|read| {
                let Command::RealTime { inside_data, .. } = read.what else {
                    return None;
                };
                Some((read.at, inside_data))
            });
            (found.next(), found.next())
        };
        for at in 0..stream.len() {
            let (one, other) = stream.split_at(at);
            assert_eq!(recovers(&[one, other]), (Some((7, false)), None), "{at}");
        }
    }
}
