//! Cancel-Job, Cancel-My-Jobs and Close-Job.

use super::{Groups, find, named};
use crate::ipp::codec::{Attribute, Value};
use crate::ipp::codes::{JobState, Status};
use crate::ipp::printer::{Device, Effect};
use crate::ipp::request::{Refusal, Request};
use crate::paper::Moment;

pub(super) fn cancel(
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

pub(super) fn cancel_mine(
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

pub(super) fn close(device: &mut Device, request: &Request) -> Groups {
    let id = named(device, request)?.id;
    match device.job(id) {
        Some(job) if !job.state.is_over() => {
            job.open = None;
            Ok(Vec::new())
        }
        Some(_) | None => Err(Refusal::new(Status::NotPossible, "the job is over").into()),
    }
}
