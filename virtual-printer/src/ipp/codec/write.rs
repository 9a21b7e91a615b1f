//! A message to bytes.

use super::{Attribute, END, Message, Value};

/// The message without a document behind it.
pub(crate) fn write(message: &Message) -> Vec<u8> {
    let mut bytes = vec![message.version.0, message.version.1];
    bytes.extend(message.code.to_be_bytes());
    bytes.extend(message.id.to_be_bytes());
    for group in &message.groups {
        bytes.push(group.tag);
        for attribute in &group.attributes {
            named(&mut bytes, attribute);
        }
    }
    bytes.push(END);
    bytes
}

fn named(bytes: &mut Vec<u8>, attribute: &Attribute) {
    for (place, value) in attribute.values.iter().enumerate() {
        bytes.push(value.tag());
        counted(
            bytes,
            if place == 0 {
                attribute.name.as_bytes()
            } else {
                b""
            },
        );
        content(bytes, value);
    }
}

fn content(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Unsupported | Value::Unknown | Value::Nothing => counted(bytes, b""),
        Value::Integer(number) | Value::Enum(number) => counted(bytes, &number.to_be_bytes()),
        Value::Boolean(yes) => counted(bytes, &[u8::from(*yes)]),
        Value::Octets(octets) | Value::Other(_, octets) => counted(bytes, octets),
        Value::DateTime(time) => counted(bytes, time),
        Value::Resolution(across, along, unit) => {
            let pair = [across.to_be_bytes(), along.to_be_bytes()].concat();
            counted(bytes, &[pair.as_slice(), &[*unit]].concat());
        }
        Value::Range(low, high) => {
            counted(bytes, &[low.to_be_bytes(), high.to_be_bytes()].concat());
        }
        Value::Text(text)
        | Value::Name(text)
        | Value::Keyword(text)
        | Value::Uri(text)
        | Value::UriScheme(text)
        | Value::Charset(text)
        | Value::Language(text)
        | Value::Mime(text) => counted(bytes, text.as_bytes()),
        Value::InLanguage(_, language, text) => {
            let mut both = Vec::new();
            counted(&mut both, language.as_bytes());
            counted(&mut both, text.as_bytes());
            counted(bytes, &both);
        }
        Value::Collection(members) => {
            counted(bytes, b"");
            for member in members {
                bytes.extend([0x4a, 0, 0]);
                counted(bytes, member.name.as_bytes());
                for value in &member.values {
                    bytes.extend([value.tag(), 0, 0]);
                    content(bytes, value);
                }
            }
            bytes.extend([0x37, 0, 0, 0, 0]);
        }
    }
}

/// A length in two bytes, and the bytes; what is longer than that can say is cut.
fn counted(bytes: &mut Vec<u8>, what: &[u8]) {
    let length = i16::try_from(what.len()).unwrap_or(i16::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(&what[..usize::try_from(length).unwrap_or(0)]);
}
