//! IPP messages as bytes (RFC 8010 section 3) and as values. Whatever the bytes are, reading ends in a message, in
//! "more is needed" or in a sentence that says what is wrong; sizes and depths are bounded.

mod read;
mod write;

pub(crate) use read::{LONGEST, ReadError, head, read};
pub(crate) use write::write;

/// Tags of groups.
pub(crate) const OPERATION: u8 = 0x01;
pub(crate) const JOB: u8 = 0x02;
pub(crate) const END: u8 = 0x03;
pub(crate) const PRINTER: u8 = 0x04;
pub(crate) const UNSUPPORTED: u8 = 0x05;

/// A request or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub version: (u8, u8),
    /// The operation asked for, or the status of an answer.
    pub code: u16,
    pub id: i32,
    pub groups: Vec<Group>,
}

/// Attributes that belong together: of the operation, of a job, of the printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub tag: u8,
    pub attributes: Vec<Attribute>,
}

impl Group {
    pub(crate) fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

/// A name and its values, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub name: String,
    pub values: Vec<Value>,
}

impl Attribute {
    pub(crate) fn new(name: &str, values: impl Into<Values>) -> Self {
        let Values(values) = values.into();
        Self {
            name: name.to_owned(),
            values,
        }
    }

    /// The value of an attribute that has exactly one.
    pub(crate) fn only(&self) -> Option<&Value> {
        match self.values.as_slice() {
            [value] => Some(value),
            [] | [_, _, ..] => None,
        }
    }
}

/// One or several values.
#[derive(Debug)]
pub(crate) struct Values(pub Vec<Value>);

impl From<Value> for Values {
    fn from(value: Value) -> Self {
        Self(vec![value])
    }
}

impl From<Vec<Value>> for Values {
    fn from(values: Vec<Value>) -> Self {
        Self(values)
    }
}

/// A value by its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Out of band: the attribute or value is not supported.
    Unsupported,
    /// Out of band: there is a value, and nobody knows it.
    Unknown,
    /// Out of band: there is none.
    Nothing,
    Integer(i32),
    Boolean(bool),
    Enum(i32),
    Octets(Vec<u8>),
    /// RFC 2579, 11 bytes.
    DateTime([u8; 11]),
    /// Across, along; 3 = an inch, 4 = a centimetre.
    Resolution(i32, i32, u8),
    Range(i32, i32),
    Collection(Vec<Attribute>),
    Text(String),
    Name(String),
    Keyword(String),
    Uri(String),
    UriScheme(String),
    Charset(String),
    Language(String),
    Mime(String),
    /// `textWithLanguage` (35) and `nameWithLanguage` (36): tag, language, text.
    InLanguage(u8, String, String),
    /// A syntax that nobody here knows: tag and bytes.
    Other(u8, Vec<u8>),
}

impl Value {
    pub(crate) fn keyword(word: &str) -> Self {
        Self::Keyword(word.to_owned())
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        if let Self::Boolean(yes) = self {
            Some(*yes)
        } else {
            None
        }
    }

    pub(crate) fn integer(&self) -> Option<i32> {
        if let Self::Integer(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    pub(crate) fn range(&self) -> Option<std::ops::RangeInclusive<i32>> {
        if let Self::Range(low, high) = self {
            Some(*low..=*high)
        } else {
            None
        }
    }

    /// What it says, when it is a text of some kind.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text)
            | Self::Name(text)
            | Self::Keyword(text)
            | Self::Uri(text)
            | Self::UriScheme(text)
            | Self::Charset(text)
            | Self::Language(text)
            | Self::Mime(text)
            | Self::InLanguage(_, _, text) => Some(text),
            Self::Unsupported
            | Self::Unknown
            | Self::Nothing
            | Self::Integer(_)
            | Self::Boolean(_)
            | Self::Enum(_)
            | Self::Octets(_)
            | Self::DateTime(_)
            | Self::Resolution(..)
            | Self::Range(..)
            | Self::Collection(_)
            | Self::Other(..) => None,
        }
    }

    /// Its tag on the wire (RFC 8010 section 3.5.2).
    pub(crate) fn tag(&self) -> u8 {
        match self {
            Self::Unsupported => 0x10,
            Self::Unknown => 0x12,
            Self::Nothing => 0x13,
            Self::Integer(_) => 0x21,
            Self::Boolean(_) => 0x22,
            Self::Enum(_) => 0x23,
            Self::Octets(_) => 0x30,
            Self::DateTime(_) => 0x31,
            Self::Resolution(..) => 0x32,
            Self::Range(..) => 0x33,
            Self::Collection(_) => 0x34,
            Self::Text(_) => 0x41,
            Self::Name(_) => 0x42,
            Self::Keyword(_) => 0x44,
            Self::Uri(_) => 0x45,
            Self::UriScheme(_) => 0x46,
            Self::Charset(_) => 0x47,
            Self::Language(_) => 0x48,
            Self::Mime(_) => 0x49,
            Self::InLanguage(tag, ..) | Self::Other(tag, _) => *tag,
        }
    }
}

#[cfg(test)]
mod tests;
