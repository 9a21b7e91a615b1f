//! A message as a request: what RFC 8011 section 4.1 demands of each, before anything is done.

use super::codec::{Attribute, Group, JOB, Message, OPERATION, UNSUPPORTED, Value};
use super::codes::{Status, operation};
use super::description::PATH;
use url::Url;

/// A request that has the form of one.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub version: (u8, u8),
    pub operation: u16,
    pub id: i32,
    pub user: String,
    /// Named by `job-id`, or by the end of `job-uri`.
    pub job: Option<i32>,
    attributes: Group,
    template: Vec<Attribute>,
    /// Operation attributes that are not known here.
    pub unknown: Vec<Attribute>,
}

/// Why it is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: Status,
    pub says: String,
    /// What is not supported.
    pub unsupported: Vec<Attribute>,
}

impl Refusal {
    pub(crate) fn new(status: Status, says: impl Into<String>) -> Self {
        Self {
            status,
            says: says.into(),
            unsupported: Vec::new(),
        }
    }

    pub(crate) fn of(status: Status, says: &str, unsupported: Attribute) -> Self {
        Self {
            status,
            says: says.to_owned(),
            unsupported: vec![unsupported],
        }
    }
}

impl Request {
    /// Checks a message.
    pub(crate) fn of(message: Message) -> Result<Self, Refusal> {
        let bad = |says: &str| Refusal::new(Status::BadRequest, says);
        if !matches!(message.version.0, 1 | 2) {
            let (major, minor) = message.version;
            let says = format!("IPP {major}.{minor} is not spoken here: 1.1 and 2.0 are");
            return Err(Refusal::new(Status::VersionNotSupported, says));
        }
        if message.id < 1 {
            return Err(bad("a request-id must be 1 or more"));
        }
        if !operation::ALL.contains(&message.code) {
            let says = format!("operation {:#06x} is not done here", message.code);
            return Err(Refusal::new(Status::OperationNotSupported, says));
        }
        let mut groups = message.groups.into_iter();
        let attributes = groups
            .next()
            .filter(|group| group.tag == OPERATION)
            .ok_or_else(|| bad("the attributes of the operation are missing"))?;
        languages(&attributes)?;
        syntaxes(&attributes)?;
        let job = target(&attributes, message.code)?;
        let mut template = Vec::new();
        for group in groups {
            match (group.tag, message.code) {
                (JOB, operation::PRINT_JOB | operation::VALIDATE_JOB | operation::CREATE_JOB)
                    if template.is_empty() =>
                {
                    template = group.attributes
                }
                (UNSUPPORTED, _) => {}
                // Document attributes of PWG 5100.5, of which none is supported; an empty group says nothing.
                (_, _) if group.attributes.is_empty() => {}
                (_, _) => return Err(bad("there is a group that this operation does not have")),
            }
        }
        let unknown = attributes
            .attributes
            .iter()
            .filter(|attribute| known(&attribute.name).is_none())
            .map(|attribute| Attribute::new(&attribute.name, Value::Unsupported))
            .collect();
        let user = attributes
            .get("requesting-user-name")
            .and_then(|name| name.only()?.text())
            .unwrap_or("anonymous")
            .to_owned();
        Ok(Self {
            version: message.version,
            operation: message.code,
            id: message.id,
            user,
            job,
            attributes,
            template,
            unknown,
        })
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.only()?.text()
    }

    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        self.attributes.get(name)?.only()?.boolean()
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i32> {
        self.integers(name)
            .and_then(|numbers| numbers.first().copied())
    }

    pub(crate) fn integers(&self, name: &str) -> Option<Vec<i32>> {
        Some(
            self.attributes
                .get(name)?
                .values
                .iter()
                .filter_map(Value::integer)
                .collect(),
        )
    }

    /// Keywords of an attribute that may have several.
    pub(crate) fn words(&self, name: &str) -> Option<Vec<&str>> {
        let attribute = self.attributes.get(name)?;
        Some(attribute.values.iter().filter_map(Value::text).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(name)
    }

    /// What the job shall be like.
    pub(crate) fn template(&self) -> &[Attribute] {
        &self.template
    }
}

/// `attributes-charset` and `attributes-natural-language` come first, in this order (section 4.1.4).
fn languages(group: &Group) -> Result<(), Refusal> {
    let mut first = group.attributes.iter();
    let charset = first
        .next()
        .filter(|first| first.name == "attributes-charset");
    let language = first
        .next()
        .filter(|second| second.name == "attributes-natural-language");
    let (Some(Value::Charset(charset)), Some(Value::Language(_))) = (
        charset.and_then(Attribute::only),
        language.and_then(Attribute::only),
    ) else {
        let says = "attributes-charset and attributes-natural-language must come first";
        return Err(Refusal::new(Status::BadRequest, says));
    };
    if !matches!(charset.to_ascii_lowercase().as_str(), "utf-8" | "us-ascii") {
        let refused = Attribute::new("attributes-charset", Value::Charset(charset.clone()));
        return Err(Refusal::of(
            Status::CharsetNotSupported,
            "texts must be UTF-8",
            refused,
        ));
    }
    Ok(())
}

/// The printer, or one of its jobs.
fn target(group: &Group, code: u16) -> Result<Option<i32>, Refusal> {
    let bad = |says: &str| Refusal::new(Status::BadRequest, says);
    let uri = |name: &str| group.get(name).and_then(|uri| uri.only()?.text());
    let missing = |what: &str| Refusal::new(Status::NotFound, format!("there is no {what} here"));
    let path = |uri: &str| {
        let url = Url::parse(uri).map_err(|_| bad("the target is no URI"))?;
        Ok(url.path().trim_end_matches('/').to_owned())
    };
    let of_a_job = matches!(
        code,
        operation::SEND_DOCUMENT
            | operation::CANCEL_JOB
            | operation::GET_JOB_ATTRIBUTES
            | operation::CLOSE_JOB
    );
    match (uri("printer-uri"), uri("job-uri")) {
        (Some(printer), None) => {
            if path(printer)? != PATH {
                return Err(missing(printer));
            }
            match group.get("job-id").and_then(Attribute::only) {
                Some(Value::Integer(id)) if of_a_job => Ok(Some(*id)),
                None if of_a_job => Err(bad("printer-uri without job-id names no job")),
                _ => Ok(None),
            }
        }
        (None, Some(job)) if of_a_job => {
            let path = path(job)?;
            let id = path
                .strip_prefix(PATH)
                .and_then(|rest| rest.strip_prefix('/'))
                .and_then(|id| id.parse().ok());
            id.map(Some).ok_or_else(|| missing(job))
        }
        (None, Some(_)) => Err(bad(
            "this operation is asked of the printer, by printer-uri",
        )),
        (Some(_), Some(_)) => Err(bad("printer-uri and job-uri cannot both be the target")),
        (None, None) => Err(bad("the target is missing: printer-uri, or job-uri")),
    }
}

/// The syntax of an attribute of an operation: the tags that its values may have, and whether there may be several.
fn known(name: &str) -> Option<(&'static [u8], bool)> {
    const NAME: &[u8] = &[0x42, 0x36];
    const KEYWORD: &[u8] = &[0x44];
    const INTEGER: &[u8] = &[0x21];
    const URI: &[u8] = &[0x45];
    Some(match name {
        "attributes-charset" | "document-charset" => (&[0x47], false),
        "attributes-natural-language" | "document-natural-language" => (&[0x48], false),
        "printer-uri" | "job-uri" | "requesting-user-uri" => (URI, false),
        "requesting-user-name" | "job-name" | "document-name" => (NAME, false),
        "job-id" | "limit" | "job-k-octets" | "job-impressions" | "job-media-sheets" => {
            (INTEGER, false)
        }
        "job-ids" => (INTEGER, true),
        "ipp-attribute-fidelity" | "last-document" | "my-jobs" => (&[0x22], false),
        "compression" | "which-jobs" => (KEYWORD, false),
        "requested-attributes" | "identify-actions" => (KEYWORD, true),
        "document-format" => (&[0x49], false),
        "message" => (&[0x41, 0x35], false),
        _ => return None,
    })
}

fn syntaxes(group: &Group) -> Result<(), Refusal> {
    for attribute in &group.attributes {
        let Some((tags, several)) = known(&attribute.name) else {
            continue;
        };
        let right = attribute
            .values
            .iter()
            .all(|value| tags.contains(&value.tag()));
        if !right || (!several && attribute.values.len() > 1) {
            let says = format!("{} has not the syntax that it must have", attribute.name);
            return Err(Refusal::new(Status::BadRequest, says));
        }
    }
    Ok(())
}
