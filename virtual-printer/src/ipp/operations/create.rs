//! Print-Job, Create-Job, Validate-Job and Send-Document.

use super::{Groups, Stop, answer, find, group, named, refused};
use crate::faults::Faults;
use crate::format::Format;
use crate::ipp::codec::{Attribute, JOB, Message, UNSUPPORTED, Value};
use crate::ipp::codes::{JobState, Status, operation};
use crate::ipp::description::{ODD_PAPER, sort};
use crate::ipp::document::{Compression, Unprintable};
use crate::ipp::job::Document;
use crate::ipp::printer::{Device, Effect};
use crate::ipp::request::{Refusal, Request};
use crate::paper::Moment;

/// A document that has not arrived yet.
#[derive(Debug, Clone)]
pub(crate) struct PendingDocument {
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

impl PendingDocument {
    /// Print-Job or Send-Document.
    pub(crate) fn operation(&self) -> u16 {
        self.operation
    }
}

/// How a pending document ended.
#[derive(Debug)]
pub(crate) enum DocumentOutcome {
    /// It came, and these are its pages.
    Complete(Document),
    /// It came empty.
    Empty,
    /// It came, and cannot be unpacked.
    UnpackFailed(String),
    /// It came, and cannot be printed.
    Unprintable(Unprintable),
    /// It is larger than anything that is taken.
    TooLarge,
    /// Its sender went away before it was whole.
    Lost,
}

/// The document's format and packing, as far as they are announced.
fn announced(request: &Request, faults: &Faults) -> Result<(Option<Format>, Compression), Refusal> {
    let compression = match request.text("compression") {
        None => Compression::None,
        Some(keyword) => Compression::named(keyword).ok_or_else(|| {
            let refused = Attribute::new("compression", Value::keyword(keyword));
            Refusal::of(
                Status::CompressionNotSupported,
                "it is packed in no guard known here",
                refused,
            )
        })?,
    };
    let format = match request.text("document-format") {
        None | Some("application/octet-stream") => None,
        Some(mime) => Some(Format::known(mime, faults).ok_or_else(|| {
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

/// What a job cannot ask for where the paper is odd.
fn is_other_paper(wanted: &Attribute) -> bool {
    let is_odd = |value: &Value| value.text() == Some(ODD_PAPER);
    match wanted.name.as_str() {
        "media-col" => true,
        "media" => !wanted.only().is_some_and(is_odd),
        _ => false,
    }
}

pub(super) fn create(
    device: &mut Device,
    request: &Request,
    faults: &Faults,
    now: Moment,
) -> Groups {
    let (announced, compression) = announced(request, faults)?;
    let (template, ignored) = sort(request.template(), device.identity.paper);
    if !ignored.is_empty() && request.boolean("ipp-attribute-fidelity") == Some(true) {
        return Err(Stop::Refused(Refusal {
            status: Status::NotSupported,
            says: "not everything that was asked for can be done".to_owned(),
            unsupported: ignored,
        }));
    }
    if faults.odd_paper
        && let Some(other) = request
            .template()
            .iter()
            .find(|wanted| is_other_paper(wanted))
    {
        let says = "there is no such paper";
        return Err(Refusal::of(Status::NotSupported, says, other.clone()).into());
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
    let kept = faults.cut_job_names.map_or(usize::MAX, |kept| {
        usize::try_from(kept).unwrap_or(usize::MAX)
    });
    let name: String = name.chars().take(kept).collect();
    let open = request.operation == operation::CREATE_JOB;
    let id = device.create((&name, &request.user), template, open, now);
    if faults.own_job_names
        && let Some(job) = device.job(id)
    {
        job.name = format!("smbprn.{id:04}");
    }
    if !open {
        return Err(Stop::AwaitDocument(Box::new(PendingDocument {
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

pub(super) fn send_document(
    device: &mut Device,
    request: &Request,
    faults: &Faults,
    now: Moment,
) -> Groups {
    let (announced, compression) = announced(request, faults)?;
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
    Err(Stop::AwaitDocument(Box::new(PendingDocument {
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
pub(crate) fn document_ended(
    device: &mut Device,
    pending: PendingDocument,
    outcome: DocumentOutcome,
    now: Moment,
) -> (Message, Vec<Effect>) {
    let whom = (pending.version, pending.id);
    let mut effects = Vec::new();
    let gone = Refusal::new(Status::NotFound, "the job is not known any more");
    let printer = device.identity.clone();
    let Some(job) = Some(pending.epoch)
        .filter(|epoch| *epoch == device.epoch)
        .and_then(|_| device.job(pending.job))
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
        effects.extend(device.end(pending.job, JobState::Aborted, why, now));
        refused(whom, refusal)
    };
    let is_first = job.documents.is_empty();
    let answered = match outcome {
        DocumentOutcome::Complete(document) => {
            job.octets += document.bytes.len();
            job.documents.push(document);
            None
        }
        // Send-Document without a document and with last-document ends a job (RFC 8011 section 4.3.1).
        DocumentOutcome::Empty
            if pending.operation == operation::SEND_DOCUMENT && !is_first && pending.last =>
        {
            None
        }
        DocumentOutcome::Empty => {
            let refusal = Refusal::new(Status::BadRequest, "the document is missing");
            Some(abort(device, "document-format-error", refusal))
        }
        DocumentOutcome::UnpackFailed(says) => {
            let refusal = Refusal::new(Status::CompressionError, says);
            Some(abort(device, "compression-error", refusal))
        }
        DocumentOutcome::Unprintable(Unprintable::UnknownFormat) => {
            let says = Unprintable::UnknownFormat.to_string();
            let refusal = Refusal::new(Status::FormatNotSupported, says);
            Some(abort(device, "unsupported-document-format", refusal))
        }
        DocumentOutcome::Unprintable(why) => {
            let refusal = Refusal::new(Status::FormatError, why.to_string());
            Some(abort(device, "document-format-error", refusal))
        }
        DocumentOutcome::TooLarge => {
            let says = "the document is larger than this printer can hold";
            let refusal = Refusal::new(Status::EntityTooLarge, says);
            Some(abort(device, "aborted-by-system", refusal))
        }
        DocumentOutcome::Lost => {
            let refusal = Refusal::new(Status::BadRequest, "the document was cut off");
            Some(abort(device, "aborted-by-system", refusal))
        }
    };
    if let Some(answered) = answered {
        return (answered, effects);
    }
    let Some(job) = device.job(pending.job) else {
        return (
            refused(whom, Refusal::new(Status::NotFound, "the job is not known")),
            effects,
        );
    };
    if let Some(heard) = &mut job.open {
        *heard = now;
    }
    if pending.last {
        job.open = None;
    }
    let status = if pending.ignored.is_empty() {
        Status::Ok
    } else {
        Status::OkSomeIgnored
    };
    let groups = vec![
        group(UNSUPPORTED, pending.ignored),
        group(JOB, job.summary(&printer)),
    ];
    (answer(whom, status, "", groups), effects)
}
