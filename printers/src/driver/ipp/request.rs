//! Encodes the IPP requests.
//!
//! Source: RFC 8011 section 4 (operations), PWG 5100.7 (`media-col`), CUPS' own operations for its queues.

use std::collections::BTreeMap;

use ipp::{
    IppHeader,
    attribute::{IppAttribute, IppAttributes},
    model::{DelimiterTag, IppVersion, Operation},
    value::{BoundedStrLiteral, BoundedString, IppValue},
};

/// Whom our jobs belong to at the printer.
const USER: &str = "panbot";

/// Whom we ask.
#[derive(Debug, Clone)]
pub struct Target {
    /// `printer-uri`, at most 1023 bytes.
    pub uri: String,
    /// Version 1.1 for those who do not know 2.0.
    pub old: bool,
}

/// What kind of document a job is, and on what it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobAttributes<'a> {
    /// The name by which a lost answer is looked up.
    pub name: &'a str,
    /// MIME type.
    pub format: &'a str,
    /// What the printer may be told about the paper.
    pub paper: Option<Paper<'a>>,
}

/// The paper of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper<'a> {
    /// Hundredths of a millimetre.
    Size {
        /// Across.
        width: u32,
        /// Along.
        height: u32,
    },
    /// As the printer calls it.
    Named(&'a str),
}

impl Target {
    /// Get-Printer-Attributes for these alone: a host that says everything says more than can be read.
    pub fn printer(&self, attributes: &[&str]) -> Vec<u8> {
        let mut request = self.request(Operation::GetPrinterAttributes);
        request.add("requested-attributes", keywords(attributes));
        request.bytes()
    }

    /// Validate-Job: nothing is printed, and what would be refused is refused now.
    pub fn validate_job(&self, words: &JobAttributes<'_>) -> Vec<u8> {
        self.job(Operation::ValidateJob, words).bytes()
    }

    /// Create-Job.
    pub fn create_job(&self, words: &JobAttributes<'_>) -> Vec<u8> {
        self.job(Operation::CreateJob, words).bytes()
    }

    /// Print-Job, before its document: for printers that know nothing better.
    pub fn print_job(&self, words: &JobAttributes<'_>) -> Vec<u8> {
        self.job(Operation::PrintJob, words).bytes()
    }

    /// Send-Document, before the document, which is the only one of the job.
    pub fn send_document(&self, job: i32, format: &str) -> Vec<u8> {
        let mut request = self.about_job(Operation::SendDocument, job);
        request.add("document-format", IppValue::MimeMediaType(bounded(format)));
        request.add("last-document", IppValue::Boolean(true));
        request.bytes()
    }

    /// Get-Job-Attributes for these alone.
    pub fn job_attributes(&self, job: i32, attributes: &[&str]) -> Vec<u8> {
        let mut request = self.about_job(Operation::GetJobAttributes, job);
        request.add("requested-attributes", keywords(attributes));
        request.bytes()
    }

    /// Get-Jobs: ours, those that are `completed` or `not-completed`.
    pub fn jobs(&self, which: &str, attributes: &[&str]) -> Vec<u8> {
        let mut request = self.request(Operation::GetJobs);
        request.add("which-jobs", IppValue::Keyword(bounded(which)));
        request.add("my-jobs", IppValue::Boolean(true));
        request.add("limit", IppValue::Integer(100));
        request.add("requested-attributes", keywords(attributes));
        request.bytes()
    }

    /// Cancel-Job.
    pub fn cancel_job(&self, job: i32) -> Vec<u8> {
        self.about_job(Operation::CancelJob, job).bytes()
    }

    /// CUPS-Get-Printers, to a server and not to one of its queues.
    pub fn queues(&self, attributes: &[&str]) -> Vec<u8> {
        let mut request = self.bare(Operation::CupsGetPrinters);
        request.add("requested-attributes", keywords(attributes));
        request.bytes()
    }

    fn job(&self, operation: Operation, words: &JobAttributes<'_>) -> Request {
        let mut request = self.request(operation);
        request.add(
            "job-name",
            IppValue::NameWithoutLanguage(bounded(words.name)),
        );
        request.add("ipp-attribute-fidelity", IppValue::Boolean(false));
        if operation != Operation::CreateJob {
            let format = IppValue::MimeMediaType(bounded(words.format));
            request.add("document-format", format);
        }
        match words.paper {
            Some(Paper::Size { width, height }) => {
                let size = collection([
                    ("x-dimension", IppValue::Integer(number(width))),
                    ("y-dimension", IppValue::Integer(number(height))),
                ]);
                request.add_to_job("media-col", collection([("media-size", size)]));
            }
            Some(Paper::Named(name)) => {
                request.add_to_job("media", IppValue::Keyword(bounded(name)));
            }
            None => {}
        }
        request
    }

    fn about_job(&self, operation: Operation, job: i32) -> Request {
        let mut request = self.request(operation);
        request.add("job-id", IppValue::Integer(job));
        request
    }

    fn request(&self, operation: Operation) -> Request {
        let mut request = self.bare(operation);
        request.add("printer-uri", IppValue::Uri(bounded(&self.uri)));
        request
    }

    fn bare(&self, operation: Operation) -> Request {
        let version = if self.old {
            IppVersion::v1_1()
        } else {
            IppVersion::v2_0()
        };
        let mut request = Request {
            header: IppHeader::new(version, operation as i16, 1),
            attributes: IppAttributes::new(),
        };
        let words = [
            ("attributes-charset", IppValue::Charset(bounded("utf-8"))),
            (
                "attributes-natural-language",
                IppValue::NaturalLanguage(bounded("en")),
            ),
            (
                "requesting-user-name",
                IppValue::NameWithoutLanguage(bounded(USER)),
            ),
        ];
        for (name, value) in words {
            request.add(name, value);
        }
        request
    }
}

struct Request {
    header: IppHeader,
    attributes: IppAttributes,
}

impl Request {
    /// The crate writes charset, language, printer and job first, as RFC 8011 section 4.1.4 wants it.
    fn add(&mut self, name: &'static str, value: IppValue) {
        let attribute = IppAttribute::new(bounded::<255>(name), value);
        self.attributes
            .add(DelimiterTag::OperationAttributes, attribute);
    }

    fn add_to_job(&mut self, name: &'static str, value: IppValue) {
        let attribute = IppAttribute::new(bounded::<255>(name), value);
        self.attributes.add(DelimiterTag::JobAttributes, attribute);
    }

    fn bytes(self) -> Vec<u8> {
        [self.header.to_bytes(), self.attributes.to_bytes()].concat()
    }
}

fn keywords(words: &[&str]) -> IppValue {
    let keyword = |word: &&str| IppValue::Keyword(bounded(word));
    IppValue::Array(words.iter().map(keyword).collect())
}

fn collection<const N: usize>(members: [(&str, IppValue); N]) -> IppValue {
    let members = members.map(|(name, value)| (bounded(name), value));
    IppValue::Collection(BTreeMap::from(members))
}

fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// As much of a text as fits, whole characters.
fn bounded<const MAX: usize>(text: &str) -> BoundedString<MAX> {
    let fits = &text[..text.floor_char_boundary(MAX)];
    BoundedString::new(fits).unwrap_or_else(|_| BoundedStrLiteral::const_new("").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::ipp::filter::filter_attributes;

    fn target() -> Target {
        Target {
            uri: "ipps://printer.local:631/ipp/print".into(),
            old: false,
        }
    }

    fn words<'a>(name: &'a str) -> JobAttributes<'a> {
        JobAttributes {
            name,
            format: "image/pwg-raster",
            paper: Some(Paper::Size {
                width: 8_000,
                height: 12_345,
            }),
        }
    }

    fn has(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn a_request_names_charset_language_printer_and_job_first() {
        let bytes = target().send_document(7, "image/urf");
        let begin = [
            &[2, 0, 0, 6, 0, 0, 0, 1, 1, 0x47, 0, 18][..],
            b"attributes-charset\0\x05utf-8\x48\0\x1battributes-natural-language\0\x02en",
            b"\x45\0\x0bprinter-uri\0\x22ipps://printer.local:631/ipp/print",
            b"\x21\0\x06job-id\0\x04\0\0\0\x07",
        ]
        .concat();
        assert!(bytes.starts_with(&begin), "{}", bytes.escape_ascii());
        assert_eq!(bytes.last(), Some(&3));
    }

    #[test]
    fn what_we_say_is_sound_whatever_it_is_called() {
        let long = "Küche ".repeat(80);
        let target = target();
        for bytes in [
            target.printer(&["printer-state", "media-ready"]),
            target.validate_job(&words(&long)),
            target.create_job(&words("PanBot")),
            target.print_job(&words(&long)),
            target.jobs("completed", &["job-name"]),
            target.cancel_job(1),
            target.queues(&["printer-name"]),
        ] {
            assert_eq!(filter_attributes(&bytes), Ok(bytes.clone()));
        }
    }

    #[test]
    fn a_job_says_how_large_its_paper_is_or_what_it_is_called() {
        let sized = target().create_job(&words("PanBot"));
        assert!(has(&sized, b"\x34\0\x09media-col\0\0"));
        assert!(has(&sized, b"x-dimension\x21\0\0\0\x04\0\0\x1f\x40"));
        assert!(
            !has(&sized, b"document-format"),
            "Create-Job has no document"
        );
        let named = target().print_job(&JobAttributes {
            paper: Some(Paper::Named("iso_a4_210x297mm")),
            ..words("PanBot")
        });
        assert!(has(&named, b"\x44\0\x05media\0\x10iso_a4_210x297mm"));
        assert!(has(&named, b"image/pwg-raster"));
    }

    #[test]
    fn an_old_printer_is_asked_in_version_1_1() {
        let old = Target {
            old: true,
            ..target()
        };
        assert!(old.cancel_job(1).starts_with(&[1, 1, 0, 8]));
    }
}
