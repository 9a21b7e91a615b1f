//! Applies faults to answers.

use super::codec::{self, Attribute, Message, PRINTER, Value};
use super::codes::operation;
use crate::faults::Faults;
use std::time::Duration;

/// What becomes of an answer.
#[derive(Debug)]
pub(super) enum Reply {
    /// It is sent.
    Send {
        /// HTTP status.
        status: u16,
        body: Vec<u8>,
        delay: Duration,
    },
    /// The request was executed, and the connection is reset before the answer.
    Dropped,
    /// No answer, and the connection stays open.
    Never,
}

/// Applies the faults to an answer. One-shot faults are cleared.
pub(super) fn reply(message: &Message, asked: u16, faults: &mut Faults) -> Reply {
    let lost = match asked {
        operation::PRINT_JOB | operation::CREATE_JOB => &mut faults.lose_create_answer,
        operation::SEND_DOCUMENT => &mut faults.lose_document_answer,
        _ => &mut false,
    };
    if std::mem::take(lost) {
        return Reply::Dropped;
    }
    if faults.no_status && is_question(asked) {
        return Reply::Never;
    }
    let mut body = if let Some(depth) = faults.nested_answers {
        nested(message, depth)
    } else {
        codec::write(message)
    };
    if faults.garbage_answers {
        // Begins like an answer, and goes on like none.
        body.truncate(8);
        body.extend([0x01, 0x47, 0x7f, 0xff, 0x00, 0xff, 0x35, 0x00, 0x12]);
    }
    Reply::Send {
        status: faults.http_status.unwrap_or(200),
        body,
        delay: Duration::from_millis(faults.late_answers_ms.unwrap_or(0)),
    }
}

fn is_question(asked: u16) -> bool {
    matches!(
        asked,
        operation::GET_PRINTER_ATTRIBUTES | operation::GET_JOB_ATTRIBUTES | operation::GET_JOBS
    )
}

/// The answer with collections in collections behind its attributes: a few bytes for each, a stack frame for each in a
/// careless reader. Written byte by byte, since nobody should make such a value.
fn nested(message: &Message, depth: u32) -> Vec<u8> {
    let mut bytes = codec::write(message);
    bytes.pop();
    if message.groups.len() < 2 {
        bytes.push(PRINTER);
    }
    bytes.extend([0x34, 0, 1, b'x', 0, 0]);
    for _ in 0..depth {
        bytes.extend([0x4a, 0, 0, 0, 1, b'x', 0x34, 0, 0, 0, 0]);
    }
    for _ in 0..=depth {
        bytes.extend([0x37, 0, 0, 0, 0]);
    }
    bytes.push(codec::END);
    bytes
}

/// Replaces the job id by another one (fault `wrong_confirmation`).
pub(super) fn with_wrong_job_id(message: &mut Message) {
    for attribute in message
        .groups
        .iter_mut()
        .flat_map(|group| &mut group.attributes)
    {
        if attribute.name == "job-id"
            && let Some(Value::Integer(id)) = attribute.only().cloned()
        {
            *attribute = Attribute::new("job-id", Value::Integer(id.saturating_add(1000)));
        }
    }
}
