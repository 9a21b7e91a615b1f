//! What an IPP host answered, read by the `ipp` crate after [`super::filter`] has let it through.

use std::{io::Cursor, panic::catch_unwind};

use ipp::{
    attribute::{IppAttributeGroup, IppAttributes},
    model::DelimiterTag,
    parser::IppParser,
    reader::IppReader,
    value::IppValue,
};

use super::filter::{Unreadable, filter_attributes};

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// RFC 8011 appendix B.
    pub status: u16,
    attributes: IppAttributes,
}

impl Answer {
    /// Reads the bytes of an answer.
    ///
    /// # Errors
    /// When it is no IPP, too long, or nested too deep.
    pub fn read(bytes: &[u8]) -> Result<Answer, Unreadable> {
        let good = filter_attributes(bytes)?;
        // The filter lets nothing through that the parser is known to stumble over; whatever it does not know of must not
        // take the program with it.
        let parsed = catch_unwind(|| IppParser::new(IppReader::new(Cursor::new(good))).parse());
        match parsed {
            Ok(Ok(message)) => Ok(Answer {
                status: message.header().operation_or_status.cast_unsigned(),
                attributes: message.attributes().clone(),
            }),
            Ok(Err(_)) | Err(_) => Err(Unreadable::Malformed),
        }
    }

    /// It did what was asked, perhaps without something that it does not know.
    pub fn is_ok(&self) -> bool {
        self.status < 0x0100
    }

    /// What it says about itself.
    pub fn printer(&self) -> Group<'_> {
        Group(self.attributes.first_of(DelimiterTag::PrinterAttributes))
    }

    /// What it says about a job, or about each of several.
    pub fn jobs(&self) -> impl Iterator<Item = Group<'_>> {
        let jobs = self.attributes.groups_of(DelimiterTag::JobAttributes);
        jobs.map(|group| Group(Some(group)))
    }

    /// What it says about each of several printers.
    pub fn printers(&self) -> impl Iterator<Item = Group<'_>> {
        let printers = self.attributes.groups_of(DelimiterTag::PrinterAttributes);
        printers.map(|group| Group(Some(group)))
    }

    /// The status as a person may copy it, with the words of the host if there are any.
    pub fn said(&self) -> String {
        let operation = Group(self.attributes.first_of(DelimiterTag::OperationAttributes));
        let words = operation
            .word("status-message")
            .filter(|words| !words.is_empty());
        let name = name_of(self.status);
        match words {
            Some(words) => format!("{name} (0x{:04x}): {}", self.status, plain(words)),
            None => format!("{name} (0x{:04x})", self.status),
        }
    }
}

/// Attributes that belong together. What is missing or of another kind is not there.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a>(Option<&'a IppAttributeGroup>);

impl<'a> Group<'a> {
    /// All values of an attribute that is words: keywords, names, texts, addresses, formats.
    pub fn words(self, name: &str) -> Vec<&'a str> {
        self.values(name).iter().filter_map(word).collect()
    }

    /// The first of them.
    pub fn word(self, name: &str) -> Option<&'a str> {
        self.values(name).iter().find_map(word)
    }

    /// All values of an attribute that is whole numbers or their names.
    pub fn numbers(self, name: &str) -> Vec<i32> {
        self.values(name).iter().filter_map(number).collect()
    }

    /// The first of them.
    pub fn number(self, name: &str) -> Option<i32> {
        self.values(name).iter().find_map(number)
    }

    /// An attribute that is true or false.
    pub fn flag(self, name: &str) -> Option<bool> {
        self.values(name)
            .first()
            .and_then(|value| value.as_boolean().copied())
    }

    /// Pixels an inch, across and along; those in other units are left out.
    pub fn resolutions(self, name: &str) -> Vec<(u32, u32)> {
        let inch = |value: &IppValue| {
            let IppValue::Resolution {
                cross_feed,
                feed,
                units: 3,
            } = value
            else {
                return None;
            };
            Some((u32::try_from(*cross_feed).ok()?, u32::try_from(*feed).ok()?))
        };
        self.values(name).iter().filter_map(inch).collect()
    }

    fn values(self, name: &str) -> &'a [IppValue] {
        let Some(attribute) = self.0.and_then(|group| group.get(name)) else {
            return &[];
        };
        let value = attribute.value();
        value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice)
    }
}

fn word(value: &IppValue) -> Option<&str> {
    if let IppValue::Keyword(word)
    | IppValue::MimeMediaType(word)
    | IppValue::NameWithoutLanguage(word)
    | IppValue::NameWithLanguage { name: word, .. } = value
    {
        return Some(word);
    }
    if let IppValue::TextWithoutLanguage(word) | IppValue::TextWithLanguage { text: word, .. } =
        value
    {
        return Some(word);
    }
    let uri = value.as_uri().or(value.as_uri_scheme());
    uri.map(|word| word.as_str())
}

fn number(value: &IppValue) -> Option<i32> {
    value.as_integer().or(value.as_enum()).copied()
}

/// Words of a stranger, fit for one line of a log.
fn plain(words: &str) -> String {
    words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

/// RFC 8011 appendix B.1, as its authors spell it.
fn name_of(status: u16) -> &'static str {
    const NAMES: [(u16, &str); 30] = [
        (0x0000, "successful-ok"),
        (0x0001, "successful-ok-ignored-or-substituted-attributes"),
        (0x0002, "successful-ok-conflicting-attributes"),
        (0x0400, "client-error-bad-request"),
        (0x0401, "client-error-forbidden"),
        (0x0402, "client-error-not-authenticated"),
        (0x0403, "client-error-not-authorized"),
        (0x0404, "client-error-not-possible"),
        (0x0405, "client-error-timeout"),
        (0x0406, "client-error-not-found"),
        (0x0407, "client-error-gone"),
        (0x0408, "client-error-request-entity-too-large"),
        (0x0409, "client-error-request-value-too-long"),
        (0x040A, "client-error-document-format-not-supported"),
        (0x040B, "client-error-attributes-or-values-not-supported"),
        (0x040C, "client-error-uri-scheme-not-supported"),
        (0x040D, "client-error-charset-not-supported"),
        (0x040E, "client-error-conflicting-attributes"),
        (0x040F, "client-error-compression-not-supported"),
        (0x0410, "client-error-compression-error"),
        (0x0411, "client-error-document-format-error"),
        (0x0412, "client-error-document-access-error"),
        (0x0500, "server-error-internal-error"),
        (0x0501, "server-error-operation-not-supported"),
        (0x0502, "server-error-service-unavailable"),
        (0x0503, "server-error-version-not-supported"),
        (0x0504, "server-error-device-error"),
        (0x0505, "server-error-temporary-error"),
        (0x0506, "server-error-not-accepting-jobs"),
        (0x0507, "server-error-busy"),
    ];
    let known = NAMES.iter().find(|(number, _)| *number == status);
    known.map_or("a status that RFC 8011 does not know", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An answer about a printer, its status and these attributes.
    pub fn about_printer(status: u16, parts: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![2, 0];
        bytes.extend(status.to_be_bytes());
        bytes.extend([0, 0, 0, 1, 4]);
        bytes.extend(parts.concat());
        bytes.push(3);
        bytes
    }

    fn value(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
        let mut frame = vec![tag];
        for part in [name.as_bytes(), value] {
            frame.extend(u16::try_from(part.len()).expect("short").to_be_bytes());
            frame.extend(part);
        }
        frame
    }

    #[test]
    fn words_numbers_flags_and_resolutions_are_read_by_their_names() {
        let bytes = about_printer(
            1,
            &[
                value(0x44, "printer-state-reasons", b"media-low-report"),
                value(0x44, "", b"cover-open-error"),
                value(0x23, "printer-state", &[0, 0, 0, 4]),
                value(0x22, "printer-is-accepting-jobs", &[1]),
                value(0x32, "res", &[0, 0, 0, 203, 0, 0, 0, 203, 3]),
                value(0x32, "", &[0, 0, 0, 80, 0, 0, 0, 80, 4]),
                value(0x36, "printer-name", b"\0\x02en\0\x03Bar"),
            ],
        );
        let answer = Answer::read(&bytes).expect("an answer");
        let printer = answer.printer();
        assert!(answer.is_ok());
        assert_eq!(
            printer.words("printer-state-reasons"),
            ["media-low-report", "cover-open-error"]
        );
        assert_eq!(printer.number("printer-state"), Some(4));
        assert_eq!(printer.flag("printer-is-accepting-jobs"), Some(true));
        assert_eq!(printer.resolutions("res"), [(203, 203)]);
        assert_eq!(printer.word("printer-name"), Some("Bar"));
        assert_eq!(printer.word("missing"), None);
        assert_eq!(printer.number("printer-name"), None);
    }

    #[test]
    fn a_refusal_is_told_by_its_name_number_and_words() {
        let mut bytes = vec![2, 0, 5, 7, 0, 0, 0, 1, 1];
        bytes.extend(value(
            0x41,
            "status-message",
            b"Currently\nprinting another job.",
        ));
        bytes.push(3);
        let answer = Answer::read(&bytes).expect("an answer");
        assert!(!answer.is_ok());
        assert_eq!(
            answer.said(),
            "server-error-busy (0x0507): Currently printing another job."
        );
    }

    proptest! {
        #[test]
        fn no_bytes_of_any_host_break_the_reader(
            bytes in prop::collection::vec(prop_oneof![0u8..0x50, any::<u8>()], 0..300),
            cut in 0usize..300,
        ) {
            let whole = about_printer(0, &[
                value(0x34, "media-col", b""),
                value(0x4A, "", b"media-size"),
                value(0x34, "", b""),
                value(0x37, "", b""),
                value(0x37, "", b""),
                bytes,
            ]);
            // No panic, and either an answer or a reason.
            let _ = Answer::read(&whole);
            let _ = Answer::read(&whole[..whole.len().min(cut)]);
        }
    }
}
