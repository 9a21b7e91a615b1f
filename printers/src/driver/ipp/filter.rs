//! What comes from an IPP host, before anything else reads it: the frames are walked once, without recursion and without
//! a copy, and only attributes that are whole and within their limits go on. One odd attribute costs itself, not the
//! answer; nesting that would exhaust a stack costs the answer.
//!
//! Source: RFC 8010 section 3 (encoding), RFC 8011 section 5.1 (lengths).

/// An answer that is longer than this is none: what we ask for fits into a tenth of it.
pub const LARGEST: usize = 512 * 1024;
/// Collections within collections.
pub const DEEPEST: usize = 16;

const HEADER: usize = 8;
const END: u8 = 0x03;
const BEGIN_COLLECTION: u8 = 0x34;
const END_COLLECTION: u8 = 0x37;

/// Why an answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than [`LARGEST`].
    #[error("the answer is longer than {LARGEST} bytes")]
    TooLong,
    /// More than [`DEEPEST`].
    #[error("the answer nests more than {DEEPEST} collections")]
    TooDeep,
    /// It ends in the middle, or its frames make no sense.
    #[error("the answer is not IPP, or it was cut off")]
    Malformed,
}

/// The answer without the attributes that cannot be read, ended at its end.
///
/// # Errors
/// When the frames are not those of IPP, or nest too deep.
pub fn filter_attributes(answer: &[u8]) -> Result<Vec<u8>, Unreadable> {
    if answer.len() > LARGEST {
        return Err(Unreadable::TooLong);
    }
    let header = answer.get(..HEADER).ok_or(Unreadable::Malformed)?;
    let mut good = header.to_vec();
    let mut frames = Frames {
        bytes: answer,
        at: HEADER,
    };
    let mut attribute: Option<Attribute> = None;
    let mut group = false;
    loop {
        let from = frames.at;
        let tag = frames.byte()?;
        if tag < 0x10 {
            keep(&mut good, answer, attribute.take(), from)?;
            // Groups that came after this was written are left out with all that is in them.
            group = (1..=0x0A).contains(&tag);
            if group {
                good.push(tag);
            }
            if tag == END {
                return Ok(good);
            }
            continue;
        }
        let (name, value) = (frames.string()?, frames.string()?);
        if !name.is_empty() {
            keep(&mut good, answer, attribute.take(), from)?;
            attribute = Some(Attribute {
                from,
                depth: 0,
                sound: group && name.len() <= 255,
            });
        }
        // A further value, or a member of a collection, needs an attribute that it belongs to.
        let current = attribute.as_mut().ok_or(Unreadable::Malformed)?;
        match tag {
            BEGIN_COLLECTION => current.depth += 1,
            END_COLLECTION => {
                current.depth = current.depth.checked_sub(1).ok_or(Unreadable::Malformed)?;
            }
            _ => {}
        }
        if current.depth > DEEPEST {
            return Err(Unreadable::TooDeep);
        }
        current.sound &= is_sound(tag, value);
    }
}

/// One that is being walked through.
struct Attribute {
    from: usize,
    depth: usize,
    sound: bool,
}

fn keep(
    good: &mut Vec<u8>,
    answer: &[u8],
    attribute: Option<Attribute>,
    to: usize,
) -> Result<(), Unreadable> {
    match attribute {
        Some(Attribute { depth, .. }) if depth > 0 => Err(Unreadable::Malformed),
        Some(Attribute { from, sound, .. }) if sound => {
            good.extend(&answer[from..to]);
            Ok(())
        }
        Some(_) | None => Ok(()),
    }
}

/// The value has a form and a length that its tag allows.
fn is_sound(tag: u8, value: &[u8]) -> bool {
    let length = value.len();
    match tag {
        // Out of band: unsupported, unknown, no value and the like.
        0x10..=0x1F => true,
        0x21 | 0x23 => length == 4,
        0x22 => length == 1,
        0x30 => length <= 1023,
        0x31 => length == 11,
        0x32 => length == 9,
        0x33 => length == 8,
        BEGIN_COLLECTION | END_COLLECTION => length == 0,
        0x35 => with_language(value).is_some_and(|text| text <= 1023),
        0x36 => with_language(value).is_some_and(|name| name <= 255),
        0x41 | 0x45 | 0x46 => length <= 1023,
        0x42 | 0x44 | 0x49 | 0x4A => length <= 255,
        0x47 | 0x48 => length <= 63,
        _ => false,
    }
}

/// Length of the text behind its language, if both lie within the value and fill it.
fn with_language(value: &[u8]) -> Option<usize> {
    let mut frames = Frames {
        bytes: value,
        at: 0,
    };
    let language = frames.string().ok()?.len();
    let text = frames.string().ok()?.len();
    (language <= 63 && frames.at == value.len()).then_some(text)
}

struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Frames<'a> {
    fn byte(&mut self) -> Result<u8, Unreadable> {
        let byte = self.bytes.get(self.at).ok_or(Unreadable::Malformed)?;
        self.at += 1;
        Ok(*byte)
    }

    /// A length of two bytes and so many bytes behind it.
    fn string(&mut self) -> Result<&'a [u8], Unreadable> {
        let length = usize::from(u16::from_be_bytes([self.byte()?, self.byte()?]));
        let string = self.bytes.get(self.at..self.at + length);
        self.at += length;
        string.ok_or(Unreadable::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OK: [u8; 8] = [2, 0, 0, 0, 0, 0, 0, 1];

    fn value(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
        let mut frame = vec![tag];
        for part in [name.as_bytes(), value] {
            frame.extend(u16::try_from(part.len()).expect("short").to_be_bytes());
            frame.extend(part);
        }
        frame
    }

    fn answer(parts: &[Vec<u8>]) -> Vec<u8> {
        let mut answer = OK.to_vec();
        answer.push(4);
        answer.extend(parts.concat());
        answer.push(END);
        answer
    }

    fn nested(depth: usize) -> Vec<u8> {
        let mut parts = vec![value(BEGIN_COLLECTION, "media-col", b"")];
        for _ in 1..depth {
            parts.push(value(0x4A, "", b"m"));
            parts.push(value(BEGIN_COLLECTION, "", b""));
        }
        parts.extend(vec![value(END_COLLECTION, "", b""); depth]);
        answer(&parts)
    }

    #[test]
    fn what_is_sound_goes_through_as_it_came() {
        let whole = answer(&[
            value(0x44, "printer-state-reasons", b"none"),
            value(0x44, "", b"media-low-report"),
            value(0x36, "printer-name", b"\0\x02en\0\x03Bar"),
        ]);
        assert_eq!(filter_attributes(&whole), Ok(whole.clone()));
        let mut with_data = whole.clone();
        with_data.extend(b"what follows is no attribute");
        assert_eq!(filter_attributes(&with_data), Ok(whole));
    }

    #[test]
    fn one_odd_attribute_costs_itself_and_not_the_answer() {
        let state = value(0x23, "printer-state", &[0, 0, 0, 3]);
        for odd in [
            value(0x44, "media", &[b'a'; 256]),
            value(0x41, "printer-info", &[b'a'; 1024]),
            value(0x7F, "maker-thing", b"\x40\0\0\0"),
            value(0x23, "short", &[0, 0, 3]),
            value(0x36, "lies", b"\0\x02en\xFF\xFFBar"),
            value(0x35, "lies", b"\xFF\xFFen"),
            value(0x33, "range", &[0; 4]),
            [value(0x44, "many", b"a"), value(0x44, "", &[b'a'; 300])].concat(),
        ] {
            let both = answer(&[odd, state.clone()]);
            assert_eq!(
                filter_attributes(&both),
                Ok(answer(std::slice::from_ref(&state)))
            );
        }
    }

    #[test]
    fn nesting_that_would_exhaust_a_stack_is_refused() {
        assert!(filter_attributes(&nested(DEEPEST)).is_ok());
        for depth in [DEEPEST + 1, 2_000, 8_000] {
            assert_eq!(filter_attributes(&nested(depth)), Err(Unreadable::TooDeep));
        }
    }

    #[test]
    fn an_answer_that_was_cut_off_anywhere_is_refused() {
        let whole = nested(3);
        for length in 0..whole.len() {
            assert_eq!(
                filter_attributes(&whole[..length]),
                Err(Unreadable::Malformed)
            );
        }
        assert_eq!(
            filter_attributes(&vec![0; LARGEST + 1]),
            Err(Unreadable::TooLong)
        );
    }

    #[test]
    fn collections_that_do_not_close_and_values_of_nothing_are_refused() {
        for parts in [
            vec![value(BEGIN_COLLECTION, "media-col", b"")],
            vec![value(END_COLLECTION, "media-col", b"")],
            vec![value(0x44, "", b"orphan")],
            vec![
                value(BEGIN_COLLECTION, "media-col", b""),
                value(0x44, "named", b"inside"),
            ],
        ] {
            assert_eq!(
                filter_attributes(&answer(&parts)),
                Err(Unreadable::Malformed)
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it_and_what_it_lets_through_it_lets_through_again(
            bytes in prop::collection::vec(prop_oneof![0u8..0x50, any::<u8>()], 0..400),
        ) {
            let mut answer = OK.to_vec();
            answer.extend(bytes);
            if let Ok(good) = filter_attributes(&answer) {
                prop_assert_eq!(filter_attributes(&good), Ok(good.clone()));
            }
        }
    }
}
