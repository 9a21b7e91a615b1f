use super::*;
use proptest::prelude::*;

fn everything() -> Message {
    let inner = Value::Collection(vec![Attribute::new("x-dimension", Value::Integer(8000))]);
    let values = vec![
        Value::Unsupported,
        Value::Unknown,
        Value::Nothing,
        Value::Integer(-7),
        Value::Boolean(true),
        Value::Enum(3),
        Value::Octets(vec![0, 255]),
        Value::DateTime([7, 234, 11, 25, 12, 0, 0, 0, b'+', 0, 0]),
        Value::Resolution(203, 300, 3),
        Value::Range(1, 99),
        Value::Text("Zwölf".to_owned()),
        Value::Name("Kitchen".to_owned()),
        Value::keyword("none"),
        Value::Uri("ipp://localhost/ipp/print".to_owned()),
        Value::UriScheme("ipp".to_owned()),
        Value::Charset("utf-8".to_owned()),
        Value::Language("en".to_owned()),
        Value::Mime("image/pwg-raster".to_owned()),
        Value::InLanguage(0x35, "de".to_owned(), "Küche".to_owned()),
        Value::Other(0x4f, vec![1, 2, 3]),
        Value::Collection(vec![
            Attribute::new("media-size", vec![inner.clone(), inner]),
            Attribute::new("media-type", Value::keyword("continuous")),
        ]),
    ];
    Message {
        version: (2, 0),
        code: 0x000b,
        id: 77,
        groups: vec![
            Group {
                tag: OPERATION,
                attributes: vec![Attribute::new("all", values)],
            },
            Group {
                tag: JOB,
                attributes: vec![Attribute::new("copies", Value::Integer(2))],
            },
        ],
    }
}

#[test]
fn every_kind_of_value_is_read_as_it_was_written_and_the_document_behind_it_is_found() {
    let bytes = write(&everything());
    let with_document = [bytes.as_slice(), b"RaS2"].concat();
    assert_eq!(read(&with_document), Ok(Some((everything(), bytes.len()))));
}

#[test]
fn a_message_that_is_not_whole_yet_asks_for_more_at_every_byte() {
    let bytes = write(&everything());
    for end in 0..bytes.len() {
        assert_eq!(read(&bytes[..end]), Ok(None), "after {end} bytes");
    }
}

#[test]
fn what_is_wrong_is_refused_and_said() {
    let start = [2, 0, 0, 11, 0, 0, 0, 1];
    let refused = |rest: &[u8], says: &str| {
        let bad = read(&[&start, rest].concat()).unwrap_err().to_string();
        assert!(bad.contains(says), "{bad}");
    };
    refused(&[JOB], "first group");
    refused(&[OPERATION, OPERATION], "first group");
    refused(&[OPERATION, 0x0b], "no known kind");
    refused(&[0x21, 0, 1, b'a'], "before the first group");
    refused(&[OPERATION, 0x21, 0, 0, 0, 4, 0, 0, 0, 1], "further value");
    refused(&[OPERATION, 0x21, 0xff, 0xff], "negative");
    refused(
        &[OPERATION, 0x21, 0, 1, b'a', 0, 3, 0, 0, 0],
        "length of its syntax",
    );
    refused(&[OPERATION, 0x22, 0, 1, b'a', 0, 1, 2], "neither 0 nor 1");
    refused(&[OPERATION, 0x44, 0, 1, b'a', 0, 1, 0xff], "UTF-8");
    refused(&[OPERATION, 0x44, 0, 1, b' ', 0, 1, b'a'], "no keyword");
    refused(&[OPERATION, 0x4a, 0, 1, b'a', 0, 0], "outside");
    let twice = [0x22, 0, 1, b'a', 0, 1, 1].repeat(2);
    refused(&[&[OPERATION], twice.as_slice()].concat(), "twice");
    let inner_too_long = [OPERATION, 0x35, 0, 1, b'a', 0, 6, 0, 2, b'e', b'n', 0, 9];
    refused(&inner_too_long, "lengths");
    let long = [&[OPERATION, 0x44, 0, 1, b'a', 1, 0], [b'x'; 256].as_slice()].concat();
    refused(&long, "longer than its syntax");
}

#[test]
fn collections_in_collections_end_the_reading_long_before_they_end_the_stack() {
    let mut bytes = vec![2, 0, 0, 11, 0, 0, 0, 1, OPERATION, 0x34, 0, 1, b'a', 0, 0];
    for _ in 0..8000 {
        bytes.extend([0x4a, 0, 0, 0, 1, b'a', 0x34, 0, 0, 0, 0]);
    }
    assert_eq!(
        read(&bytes),
        Err(ReadError::Malformed("collections are nested too deep"))
    );
}

#[test]
fn attributes_without_end_are_too_large() {
    let mut bytes = vec![2, 0, 0, 11, 0, 0, 0, 1, OPERATION];
    bytes.extend([0x41, 0, 1, b'a', 0, 0]);
    while bytes.len() <= LONGEST {
        bytes.extend([0x41, 0, 0, 0, 0]);
    }
    assert_eq!(read(&bytes), Err(ReadError::TooLarge));
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = read(&[&[2, 0, 0, 2, 0, 0, 0, 1, OPERATION], bytes.as_slice()].concat());
    }

    #[test]
    fn one_wrong_byte_breaks_nothing(at in 0usize..600, byte in any::<u8>()) {
        let mut bytes = write(&everything());
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(Some((message, _))) = read(&bytes) {
            // What was read can be written and is then read alike.
            let again = write(&message);
            prop_assert_eq!(read(&again), Ok(Some((message, again.len()))));
        }
    }
}
