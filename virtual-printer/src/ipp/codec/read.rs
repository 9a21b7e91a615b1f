//! Bytes to a message. Requests come from strangers: nothing is believed, and what is read is bounded before it is kept.

use super::{Attribute, END, Group, Message, OPERATION, Value};

/// Bytes of attributes that a message may have.
pub(crate) const LONGEST: usize = 256 * 1024;
/// Collections in collections.
const DEEPEST: usize = 16;

const COLLECTION: u8 = 0x34;
const END_COLLECTION: u8 = 0x37;
const MEMBER: u8 = 0x4a;

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    /// It cannot be read.
    #[error("{0}")]
    Malformed(&'static str),
    /// A value is longer than its syntax allows.
    #[error("a value is longer than its syntax allows")]
    TooLong,
    /// All of it is longer than anybody needs.
    #[error("the attributes are longer than {LONGEST} bytes")]
    TooLarge,
}

/// Version, operation and request id: there as soon as eight bytes are.
pub(crate) fn head(bytes: &[u8]) -> Option<((u8, u8), u16, i32)> {
    let [major, minor, c0, c1, i0, i1, i2, i3] = *bytes.first_chunk()?;
    Some((
        (major, minor),
        u16::from_be_bytes([c0, c1]),
        i32::from_be_bytes([i0, i1, i2, i3]),
    ))
}

/// The message at the beginning of the bytes and its length; what follows it is the document. None: more is needed.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<(Message, usize)>, ReadError> {
    let mut bytes = Bytes { bytes, at: 0 };
    match message(&mut bytes) {
        Ok(message) => Ok(Some((message, bytes.at))),
        Err(Stop::ReadError(bad)) => Err(bad),
        Err(Stop::More) if bytes.bytes.len() >= LONGEST => Err(ReadError::TooLarge),
        Err(Stop::More) => Ok(None),
    }
}

enum Stop {
    More,
    ReadError(ReadError),
}

fn malformed(what: &'static str) -> Stop {
    Stop::ReadError(ReadError::Malformed(what))
}

struct Bytes<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8], Stop> {
        let taken = self.bytes.get(self.at..self.at + count).ok_or(Stop::More)?;
        self.at += count;
        if self.at > LONGEST {
            return Err(Stop::ReadError(ReadError::TooLarge));
        }
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        self.take(N)?.try_into().map_err(|_| Stop::More)
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A length in two bytes, and so many bytes.
    fn counted(&mut self) -> Result<&'b [u8], Stop> {
        let length = i16::from_be_bytes(self.array()?);
        let length = usize::try_from(length).map_err(|_| malformed("a length is negative"))?;
        self.take(length)
    }
}

fn message(bytes: &mut Bytes<'_>) -> Result<Message, Stop> {
    let version = (bytes.byte()?, bytes.byte()?);
    let code = u16::from_be_bytes(bytes.array()?);
    let id = i32::from_be_bytes(bytes.array()?);
    let mut groups: Vec<Group> = Vec::new();
    loop {
        let tag = bytes.byte()?;
        match tag {
            END => break,
            0x00 | 0x0a..=0x0f => return Err(malformed("there is a group of no known kind")),
            0x01..=0x09 => {
                if groups.is_empty() != (tag == OPERATION) {
                    return Err(malformed(
                        "the attributes of the operation must be the first group, and only one",
                    ));
                }
                groups.push(Group {
                    tag,
                    attributes: Vec::new(),
                });
            }
            0x10.. => {
                let group = groups
                    .last_mut()
                    .ok_or_else(|| malformed("there is an attribute before the first group"))?;
                attribute(bytes, tag, group)?;
            }
        }
    }
    Ok(Message {
        version,
        code,
        id,
        groups,
    })
}

fn attribute(bytes: &mut Bytes<'_>, tag: u8, group: &mut Group) -> Result<(), Stop> {
    let name = bytes.counted()?;
    let value = value(bytes, tag, 0)?;
    if name.is_empty() {
        let last = group
            .attributes
            .last_mut()
            .ok_or_else(|| malformed("there is a further value before the first attribute"))?;
        last.values.push(value);
        return Ok(());
    }
    let name = keyword(name)?;
    if group.get(&name).is_some() {
        return Err(malformed("an attribute is there twice"));
    }
    group.attributes.push(Attribute {
        name,
        values: vec![value],
    });
    Ok(())
}

fn keyword(name: &[u8]) -> Result<String, Stop> {
    if name.len() > 255 {
        return Err(Stop::ReadError(ReadError::TooLong));
    }
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match std::str::from_utf8(name) {
        Ok(text) if !name.is_empty() && name.iter().all(allowed) => Ok(text.to_owned()),
        Ok(_) | Err(_) => Err(malformed("the name of an attribute is no keyword")),
    }
}

fn text(bytes: &[u8], longest: usize) -> Result<String, Stop> {
    if bytes.len() > longest {
        return Err(Stop::ReadError(ReadError::TooLong));
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| malformed("a text is not UTF-8"))
}

/// A value of this tag, its length and bytes (RFC 8010 section 3.9; lengths: RFC 8011 section 5.1).
fn value(bytes: &mut Bytes<'_>, tag: u8, depth: usize) -> Result<Value, Stop> {
    let content = bytes.counted()?;
    let wrong = || malformed("a value has not the length of its syntax");
    let array4 = || <[u8; 4]>::try_from(content).map_err(|_| wrong());
    Ok(match tag {
        0x10 if content.is_empty() => Value::Unsupported,
        0x12 if content.is_empty() => Value::Unknown,
        0x13 if content.is_empty() => Value::Nothing,
        0x21 => Value::Integer(i32::from_be_bytes(array4()?)),
        0x22 => match content {
            [0] => Value::Boolean(false),
            [1] => Value::Boolean(true),
            [] | [_, ..] => return Err(malformed("a boolean is neither 0 nor 1")),
        },
        0x23 => Value::Enum(i32::from_be_bytes(array4()?)),
        0x30 if content.len() > 1023 => return Err(Stop::ReadError(ReadError::TooLong)),
        0x30 => Value::Octets(content.to_vec()),
        0x31 => Value::DateTime(content.try_into().map_err(|_| wrong())?),
        0x32 => {
            let [a, b, c, d, e, f, g, h, unit] = content.try_into().map_err(|_| wrong())?;
            let across = i32::from_be_bytes([a, b, c, d]);
            Value::Resolution(across, i32::from_be_bytes([e, f, g, h]), unit)
        }
        0x33 => {
            let [a, b, c, d, e, f, g, h] = content.try_into().map_err(|_| wrong())?;
            let low = i32::from_be_bytes([a, b, c, d]);
            Value::Range(low, i32::from_be_bytes([e, f, g, h]))
        }
        COLLECTION if !content.is_empty() => return Err(wrong()),
        COLLECTION => collection(bytes, depth + 1)?,
        0x35 | 0x36 => in_language(tag, content)?,
        0x41 => Value::Text(text(content, 1023)?),
        0x42 => Value::Name(text(content, 255)?),
        0x44 => Value::Keyword(text(content, 255)?),
        0x45 => Value::Uri(text(content, 1023)?),
        0x46 => Value::UriScheme(text(content, 63)?),
        0x47 => Value::Charset(text(content, 63)?),
        0x48 => Value::Language(text(content, 63)?),
        0x49 => Value::Mime(text(content, 255)?),
        END_COLLECTION | MEMBER => {
            return Err(malformed("there is a part of a collection outside of one"));
        }
        0x10..=0x1f if !content.is_empty() => return Err(wrong()),
        other => Value::Other(other, content.to_vec()),
    })
}

/// Two counted texts in one value.
fn in_language(tag: u8, content: &[u8]) -> Result<Value, Stop> {
    let wrong = |_| malformed("a text with its language has not the lengths that it says");
    let mut inside = Bytes {
        bytes: content,
        at: 0,
    };
    let language = inside.counted().map_err(wrong)?;
    let words = inside.counted().map_err(wrong)?;
    if inside.at != content.len() {
        return Err(wrong(Stop::More));
    }
    let longest = if tag == 0x35 { 1023 } else { 255 };
    let (language, words) = (text(language, 63)?, text(words, longest)?);
    Ok(Value::InLanguage(tag, language, words))
}

/// Members up to the end of the collection: each a name of its own, then values without names.
fn collection(bytes: &mut Bytes<'_>, depth: usize) -> Result<Value, Stop> {
    if depth > DEEPEST {
        return Err(malformed("collections are nested too deep"));
    }
    let mut members: Vec<Attribute> = Vec::new();
    loop {
        let tag = bytes.byte()?;
        if !bytes.counted()?.is_empty() {
            return Err(malformed(
                "a part of a collection has a name where none may be",
            ));
        }
        match tag {
            END_COLLECTION => {
                if !bytes.counted()?.is_empty() {
                    return Err(malformed("the end of a collection has a value"));
                }
                if members.iter().any(|member| member.values.is_empty()) {
                    return Err(malformed("a member of a collection has no value"));
                }
                return Ok(Value::Collection(members));
            }
            MEMBER => {
                let name = keyword(bytes.counted()?)?;
                if members
                    .iter()
                    .any(|member| member.values.is_empty() || member.name == name)
                {
                    return Err(malformed(
                        "a member of a collection has no value, or is there twice",
                    ));
                }
                members.push(Attribute {
                    name,
                    values: Vec::new(),
                });
            }
            0x00..=0x0f => return Err(malformed("a collection does not end")),
            0x10.. => {
                let member = value(bytes, tag, depth)?;
                let last = members
                    .last_mut()
                    .ok_or_else(|| malformed("a collection begins with a value"))?;
                last.values.push(member);
            }
        }
    }
}
