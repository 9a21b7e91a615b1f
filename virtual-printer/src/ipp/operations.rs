//! Each operation: a request in, an answer out, or the wish to hear the document.

use super::codec::{Attribute, Group, JOB, Message, OPERATION, PRINTER, UNSUPPORTED, Value};
use super::description::{database, description, sort, template};
use super::document::{Compression, Format, Unprintable};
use super::job::{Document, Job, is_template};
use super::printer::{Device, Effect};
use super::request::{Refusal, Request};
use super::words::{JobState, Status, operation};
use crate::faults::Faults;
use crate::paper::Moment;

/// What a request leads to.
#[derive(Debug)]
pub(crate) enum Step {
    Answer(Message),
    /// The document that follows the request belongs to this job.
    Hear(Awaited),
}

/// A document that is on its way.
#[derive(Debug, Clone)]
pub(crate) struct Awaited {
    pub job: i32,
    pub epoch: u64,
    pub announced: Option<Format>,
    pub compression: Compression,
    operation: u16,
    last: bool,
    version: (u8, u8),
    id: i32,
    ignored: Vec<Attribute>,
}

impl Awaited {
    /// Which it follows: Print-Job or Send-Document.
    pub(crate) fn operation(&self) -> u16 {
        self.operation
    }
}

/// What became of a document on its way.
#[derive(Debug)]
pub(crate) enum Heard {
    /// It came, and these are its pages.
    Whole(Document),
    /// It came empty.
    Nothing,
    /// It came, and cannot be unpacked.
    BadlyPacked(String),
    /// It came, and cannot be printed.
    Unprintable(Unprintable),
    /// It is larger than anything that is taken.
    TooLarge,
    /// Its sender went away before it was whole.
    Lost,
}

/// An answer with its two languages and what it says.
pub(crate) fn answer(
    (version, id): ((u8, u8), i32),
    status: Status,
    says: &str,
    groups: Vec<Group>,
) -> Message {
    let mut first = vec![
        Attribute::new("attributes-charset", Value::Charset("utf-8".to_owned())),
        Attribute::new(
            "attributes-natural-language",
            Value::Language("en".to_owned()),
        ),
    ];
    if !says.is_empty() {
        let says = says.chars().take(200).collect();
        first.push(Attribute::new("status-message", Value::Text(says)));
    }
    let mut all = vec![Group {
        tag: OPERATION,
        attributes: first,
    }];
    all.extend(
        groups
            .into_iter()
            .filter(|group| !group.attributes.is_empty() || group.tag == PRINTER),
    );
    Message {
        version: spoken(version),
        code: status as u16,
        id,
        groups: all,
    }
}

/// The version of an answer: that of the request, or the nearest that is spoken here.
fn spoken(version: (u8, u8)) -> (u8, u8) {
    match version {
        (1, 0) => (1, 0),
        (0 | 1, _) => (1, 1),
        (_, _) => (2, 0),
    }
}

pub(crate) fn refused(whom: ((u8, u8), i32), refusal: Refusal) -> Message {
    let unsupported = Group {
        tag: UNSUPPORTED,
        attributes: refusal.unsupported,
    };
    answer(whom, refusal.status, &refusal.says, vec![unsupported])
}

fn group(tag: u8, attributes: Vec<Attribute>) -> Group {
    Group { tag, attributes }
}

/// Does what is asked. Effects are what it leads to at the printer.
pub(crate) fn ask(
    device: &mut Device,
    request: Request,
    faults: &Faults,
    now: Moment,
) -> (Step, Vec<Effect>) {
    let whom = (request.version, request.id);
    let mut effects = Vec::new();
    let step = match request.operation {
        operation::PRINT_JOB | operation::CREATE_JOB | operation::VALIDATE_JOB => {
            make(device, &request, faults, now)
        }
        operation::SEND_DOCUMENT => send_document(device, &request, now),
        operation::CANCEL_JOB => cancel(device, &request, now, &mut effects),
        operation::CANCEL_MY_JOBS => cancel_mine(device, &request, now, &mut effects),
        operation::CLOSE_JOB => close(device, &request),
        operation::GET_JOB_ATTRIBUTES => job_attributes(device, &request, faults, now),
        operation::GET_JOBS => jobs(device, &request, faults, now),
        operation::GET_PRINTER_ATTRIBUTES => Ok(printer_attributes(device, &request, now)),
        operation::IDENTIFY_PRINTER => {
            tracing::info!(printer = device.identity.name, "here I am");
            Ok(Vec::new())
        }
        _ => Err(Stop::Refused(Refusal::new(
            Status::OperationNotSupported,
            "this is not done here",
        ))),
    };
    let step = match step {
        Ok(mut groups) => {
            let mut status = Status::Ok;
            let unknown = request.unknown.clone();
            if let Some(unsupported) = groups.iter_mut().find(|group| group.tag == UNSUPPORTED) {
                unsupported.attributes.extend(unknown);
            } else {
                groups.insert(0, group(UNSUPPORTED, unknown));
            }
            if groups
                .iter()
                .any(|group| group.tag == UNSUPPORTED && !group.attributes.is_empty())
            {
                status = Status::OkSomeIgnored;
            }
            Step::Answer(answer(whom, status, "", groups))
        }
        Err(Stop::Refused(refusal)) => Step::Answer(refused(whom, refusal)),
        Err(Stop::Hear(awaited)) => Step::Hear(*awaited),
    };
    (step, effects)
}

/// Why there are no groups to answer with.
enum Stop {
    Refused(Refusal),
    Hear(Box<Awaited>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

type Groups = Result<Vec<Group>, Stop>;

/// The document's format and packing, as far as they are announced.
fn announced(request: &Request) -> Result<(Option<Format>, Compression), Refusal> {
    let compression = match request.text("compression") {
        None => Compression::None,
        Some(keyword) => Compression::named(keyword).ok_or_else(|| {
            let refused = Attribute::new("compression", Value::keyword(keyword));
            Refusal::of(
                Status::CompressionNotSupported,
                "it is packed in no way known here",
                refused,
            )
        })?,
    };
    let format = match request.text("document-format") {
        None | Some("application/octet-stream") => None,
        Some(mime) => Some(Format::of_mime(mime).ok_or_else(|| {
            let refused = Attribute::new("document-format", Value::Mime(mime.to_owned()));
            Refusal::of(
                Status::FormatNotSupported,
                "this format is not read here",
                refused,
            )
        })?),
    };
    Ok((format, compression))
}

fn make(device: &mut Device, request: &Request, faults: &Faults, now: Moment) -> Groups {
    let (announced, compression) = announced(request)?;
    let (template, ignored) = sort(request.template(), device.identity.paper);
    if !ignored.is_empty() && request.boolean("ipp-attribute-fidelity") == Some(true) {
        return Err(Stop::Refused(Refusal {
            status: Status::NotSupported,
            says: "not everything that was asked for can be done".to_owned(),
            unsupported: ignored,
        }));
    }
    if faults.refuse_jobs {
        return Err(Refusal::new(Status::NotAcceptingJobs, "no jobs are taken").into());
    }
    if request.operation == operation::VALIDATE_JOB {
        return Ok(vec![group(UNSUPPORTED, ignored)]);
    }
    if device.is_full() || (faults.one_job && device.waiting().next().is_some()) {
        return Err(Refusal::new(Status::Busy, "other jobs come first: try again").into());
    }
    let name = request
        .text("job-name")
        .or_else(|| request.text("document-name"))
        .unwrap_or("Untitled");
    let open = request.operation == operation::CREATE_JOB;
    let id = device.create((name, &request.user), template, open, now);
    if !open {
        return Err(Stop::Hear(Box::new(Awaited {
            job: id,
            epoch: device.epoch,
            announced,
            compression,
            operation: request.operation,
            last: true,
            version: request.version,
            id: request.id,
            ignored: [ignored, request.unknown.clone()].concat(),
        })));
    }
    let job = find(device, id)?;
    let summary = job.summary(&device.identity);
    Ok(vec![group(UNSUPPORTED, ignored), group(JOB, summary)])
}

fn find(device: &Device, id: i32) -> Result<&Job, Refusal> {
    let missing = || Refusal::new(Status::NotFound, format!("there is no job {id} here"));
    device
        .jobs
        .iter()
        .find(|job| job.id == id)
        .ok_or_else(missing)
}

/// The job that a request names.
fn named<'d>(device: &'d Device, request: &Request) -> Result<&'d Job, Refusal> {
    find(device, request.job.unwrap_or(0))
}

fn send_document(device: &mut Device, request: &Request, now: Moment) -> Groups {
    let (announced, compression) = announced(request)?;
    let Some(last) = request.boolean("last-document") else {
        return Err(Refusal::new(Status::BadRequest, "last-document is missing").into());
    };
    let epoch = device.epoch;
    let id = named(device, request)?.id;
    let job = device
        .job(id)
        .filter(|job| job.open.is_some() && job.incoming == 0);
    let Some(job) = job else {
        let says = "the job takes no further document";
        return Err(Refusal::new(Status::NotPossible, says).into());
    };
    job.incoming += 1;
    job.open = Some(now);
    Err(Stop::Hear(Box::new(Awaited {
        job: id,
        epoch,
        announced,
        compression,
        operation: request.operation,
        last,
        version: request.version,
        id: request.id,
        ignored: request.unknown.clone(),
    })))
}

/// A document came, or did not.
pub(crate) fn heard(
    device: &mut Device,
    awaited: Awaited,
    heard: Heard,
    now: Moment,
) -> (Message, Vec<Effect>) {
    let whom = (awaited.version, awaited.id);
    let mut effects = Vec::new();
    let gone = Refusal::new(Status::NotFound, "the job is not known any more");
    let printer = device.identity.clone();
    let Some(job) = Some(awaited.epoch)
        .filter(|epoch| *epoch == device.epoch)
        .and_then(|_| device.job(awaited.job))
    else {
        return (refused(whom, gone), effects);
    };
    job.incoming = job.incoming.saturating_sub(1);
    if job.state.is_over() {
        let says = "the job was ended while its document came";
        return (
            refused(whom, Refusal::new(Status::NotPossible, says)),
            effects,
        );
    }
    let mut abort = |device: &mut Device, reason, refusal: Refusal| {
        let why = (reason, refusal.says.as_str());
        effects.extend(device.end(awaited.job, JobState::Aborted, why, now));
        refused(whom, refusal)
    };
    let is_first = job.documents.is_empty();
    let answered = match heard {
        Heard::Whole(document) => {
            job.octets += document.bytes.len();
            job.documents.push(document);
            None
        }
        // Send-Document without a document and with last-document ends a job (RFC 8011 section 4.3.1).
        Heard::Nothing
            if awaited.operation == operation::SEND_DOCUMENT && !is_first && awaited.last =>
        {
            None
        }
        Heard::Nothing => {
            let refusal = Refusal::new(Status::BadRequest, "the document is missing");
            Some(abort(device, "document-format-error", refusal))
        }
        Heard::BadlyPacked(says) => {
            let refusal = Refusal::new(Status::CompressionError, says);
            Some(abort(device, "compression-error", refusal))
        }
        Heard::Unprintable(Unprintable::UnknownFormat) => {
            let says = Unprintable::UnknownFormat.to_string();
            let refusal = Refusal::new(Status::FormatNotSupported, says);
            Some(abort(device, "unsupported-document-format", refusal))
        }
        Heard::Unprintable(why) => {
            let refusal = Refusal::new(Status::FormatError, why.to_string());
            Some(abort(device, "document-format-error", refusal))
        }
        Heard::TooLarge => {
            let says = "the document is larger than this printer can hold";
            let refusal = Refusal::new(Status::EntityTooLarge, says);
            Some(abort(device, "aborted-by-system", refusal))
        }
        Heard::Lost => {
            let refusal = Refusal::new(Status::BadRequest, "the document was cut off");
            Some(abort(device, "aborted-by-system", refusal))
        }
    };
    if let Some(answered) = answered {
        return (answered, effects);
    }
    let Some(job) = device.job(awaited.job) else {
        return (
            refused(whom, Refusal::new(Status::NotFound, "the job is not known")),
            effects,
        );
    };
    if let Some(heard) = &mut job.open {
        *heard = now;
    }
    if awaited.last {
        job.open = None;
    }
    let status = if awaited.ignored.is_empty() {
        Status::Ok
    } else {
        Status::OkSomeIgnored
    };
    let groups = vec![
        group(UNSUPPORTED, awaited.ignored),
        group(JOB, job.summary(&printer)),
    ];
    (answer(whom, status, "", groups), effects)
}

fn cancel(
    device: &mut Device,
    request: &Request,
    now: Moment,
    effects: &mut Vec<Effect>,
) -> Groups {
    let job = named(device, request)?;
    if job.state.is_over() {
        return Err(Refusal::new(Status::NotPossible, "the job is over").into());
    }
    let id = job.id;
    let why = ("job-canceled-by-user", "canceled");
    effects.extend(device.end(id, JobState::Canceled, why, now));
    Ok(Vec::new())
}

fn cancel_mine(
    device: &mut Device,
    request: &Request,
    now: Moment,
    effects: &mut Vec<Effect>,
) -> Groups {
    let wanted = request.integers("job-ids");
    if let Some(ids) = &wanted {
        for id in ids {
            let job = find(device, *id)?;
            if job.user != request.user || job.state.is_over() {
                let refused = Attribute::new("job-ids", Value::Integer(*id));
                return Err(Refusal::of(
                    Status::NotPossible,
                    "a job is over, or not yours",
                    refused,
                )
                .into());
            }
        }
    }
    let mine: Vec<i32> = device
        .waiting()
        .filter(|job| job.user == request.user)
        .filter(|job| wanted.as_ref().is_none_or(|ids| ids.contains(&job.id)))
        .map(|job| job.id)
        .collect();
    for id in mine {
        let why = ("job-canceled-by-user", "canceled");
        effects.extend(device.end(id, JobState::Canceled, why, now));
    }
    Ok(Vec::new())
}

fn close(device: &mut Device, request: &Request) -> Groups {
    let id = named(device, request)?.id;
    match device.job(id) {
        Some(job) if !job.state.is_over() => {
            job.open = None;
            Ok(Vec::new())
        }
        Some(_) | None => Err(Refusal::new(Status::NotPossible, "the job is over").into()),
    }
}

/// What is said about a job, and what of it was asked for.
fn told(
    device: &Device,
    job: &Job,
    faults: &Faults,
    now: Moment,
    wanted: &Wanted<'_>,
) -> Vec<Attribute> {
    let before = device
        .waiting()
        .take_while(|other| other.id != job.id)
        .count();
    let before = if job.state.is_over() { 0 } else { before };
    let mut all = job.description(&device.identity, before, now);
    if let Some(state) = faults.wrong_job_state
        && let Some(told) = all
            .iter_mut()
            .find(|attribute| attribute.name == "job-state")
    {
        *told = Attribute::new("job-state", Value::Enum(state));
    }
    let template = job.template.iter();
    let own = template.filter(|attribute| is_template(&attribute.name, &device.identity));
    let own = own.filter(|own| wanted.names(&own.name) || wanted.group("job-template"));
    let all = all.into_iter().filter(|attribute| {
        wanted.names(&attribute.name)
            || wanted.group("job-description")
            || wanted.group("job-status")
    });
    all.chain(own.cloned()).collect()
}

/// `requested-attributes`.
struct Wanted<'r> {
    names: Vec<&'r str>,
}

impl<'r> Wanted<'r> {
    fn of(request: &'r Request, otherwise: &[&'static str]) -> Self {
        let names = request.words("requested-attributes");
        Self {
            names: names.unwrap_or_else(|| otherwise.to_vec()),
        }
    }

    fn names(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    fn group(&self, group: &str) -> bool {
        self.names.contains(&"all") || self.names.contains(&group)
    }
}

fn job_attributes(device: &Device, request: &Request, faults: &Faults, now: Moment) -> Groups {
    let job = named(device, request)?;
    let wanted = Wanted::of(request, &["all"]);
    Ok(vec![group(JOB, told(device, job, faults, now, &wanted))])
}

fn jobs(device: &Device, request: &Request, faults: &Faults, now: Moment) -> Groups {
    let which = request.text("which-jobs").unwrap_or("not-completed");
    if !matches!(which, "completed" | "not-completed" | "all") {
        let refused = Attribute::new("which-jobs", Value::keyword(which));
        return Err(Refusal::of(Status::NotSupported, "there are no such jobs", refused).into());
    }
    let ids = request.integers("job-ids");
    if ids.is_some() && request.get("which-jobs").is_some() {
        let says = "job-ids and which-jobs exclude each other";
        return Err(Refusal::new(Status::BadRequest, says).into());
    }
    let limit = match request.integer("limit") {
        None => usize::MAX,
        Some(limit) if limit > 0 => usize::try_from(limit).unwrap_or(usize::MAX),
        Some(_) => return Err(Refusal::new(Status::BadRequest, "limit must be 1 or more").into()),
    };
    let mine = request.boolean("my-jobs") == Some(true);
    let mut chosen: Vec<&Job> = device
        .jobs
        .iter()
        .filter(|job| match &ids {
            Some(ids) => ids.contains(&job.id),
            None => which == "all" || job.state.is_over() == (which == "completed"),
        })
        .filter(|job| !mine || job.user == request.user)
        .collect();
    if which == "completed" {
        // The last to end comes first (RFC 8011 section 4.2.6.2).
        chosen.sort_by_key(|job| std::cmp::Reverse(job.completed.map(|at| at.instant)));
    }
    let wanted = Wanted::of(request, &["job-id", "job-uri"]);
    let groups = chosen
        .into_iter()
        .take(limit)
        .map(|job| group(JOB, told(device, job, faults, now, &wanted)));
    Ok(groups.collect())
}

fn printer_attributes(device: &Device, request: &Request, now: Moment) -> Vec<Group> {
    let wanted = Wanted::of(request, &["all"]);
    let paper = device.identity.paper;
    let queued = device.waiting().count();
    let described = description(
        &device.identity,
        device.condition(),
        device.changed,
        queued,
        now,
    )
    .into_iter()
    .filter(|attribute| wanted.group("printer-description") || wanted.names(&attribute.name));
    let template = template(paper)
        .into_iter()
        .filter(|attribute| wanted.group("job-template") || wanted.names(&attribute.name));
    let mut all: Vec<Attribute> = described.chain(template).collect();
    if wanted.names("media-col-database") {
        all.push(database(paper));
    }
    vec![group(PRINTER, all)]
}
