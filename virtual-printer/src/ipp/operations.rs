//! The IPP operations: a request in, an answer out, or a pending document.

mod cancel;
mod create;
mod query;

pub(crate) use create::{DocumentOutcome, PendingDocument, document_ended};

use super::codec::{Attribute, Group, Message, OPERATION, PRINTER, UNSUPPORTED, Value};
use super::codes::{Status, operation};
use super::job::Job;
use super::printer::{Device, Effect};
use super::request::{Refusal, Request};
use crate::faults::Faults;
use crate::paper::Moment;
use cancel::{cancel, cancel_mine, close};
use create::{create, send_document};
use query::{job_attributes, jobs, printer_attributes};

/// What a request leads to.
#[derive(Debug)]
pub(crate) enum Step {
    Answer(Message),
    /// The document that follows the request belongs to this job.
    AwaitDocument(PendingDocument),
}

/// Executes a request.
pub(crate) fn execute(
    device: &mut Device,
    request: Request,
    faults: &Faults,
    now: Moment,
) -> (Step, Vec<Effect>) {
    let whom = (request.version, request.id);
    let mut effects = Vec::new();
    let step = match request.operation {
        asked if !operation::all(faults).contains(&asked) => Err(not_done()),
        operation::PRINT_JOB | operation::CREATE_JOB | operation::VALIDATE_JOB => {
            create(device, &request, faults, now)
        }
        operation::SEND_DOCUMENT => send_document(device, &request, faults, now),
        operation::CANCEL_JOB => cancel(device, &request, now, &mut effects),
        operation::CANCEL_MY_JOBS => cancel_mine(device, &request, now, &mut effects),
        operation::CLOSE_JOB => close(device, &request),
        operation::GET_JOB_ATTRIBUTES => job_attributes(device, &request, faults, now),
        operation::GET_JOBS => jobs(device, &request, faults, now),
        operation::GET_PRINTER_ATTRIBUTES => Ok(printer_attributes(device, &request, faults, now)),
        operation::IDENTIFY_PRINTER => {
            tracing::info!(printer = device.identity.name, "here I am");
            Ok(Vec::new())
        }
        _ => Err(not_done()),
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
        Err(Stop::AwaitDocument(pending)) => Step::AwaitDocument(*pending),
    };
    (step, effects)
}

/// Why there are no groups to answer with.
enum Stop {
    Refused(Refusal),
    AwaitDocument(Box<PendingDocument>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

fn not_done() -> Stop {
    Refusal::new(Status::OperationNotSupported, "this is not done here").into()
}

type Groups = Result<Vec<Group>, Stop>;

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

/// An answer with its charset, language and status message.
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
