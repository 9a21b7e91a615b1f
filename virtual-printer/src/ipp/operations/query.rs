//! Get-Job-Attributes, Get-Jobs and Get-Printer-Attributes.

use super::{Groups, group, named};
use crate::faults::Faults;
use crate::ipp::codec::{Attribute, Group, JOB, PRINTER, Value};
use crate::ipp::codes::Status;
use crate::ipp::description::{ODD_PAPER, database, description, template};
use crate::ipp::job::{Job, is_template};
use crate::ipp::printer::Device;
use crate::ipp::request::{Refusal, Request};
use crate::paper::Moment;

pub(super) fn job_attributes(
    device: &Device,
    request: &Request,
    faults: &Faults,
    now: Moment,
) -> Groups {
    let job = named(device, request)?;
    let wanted = Wanted::of(request, &["all"]);
    Ok(vec![group(
        JOB,
        attributes_of(device, job, faults, now, &wanted),
    )])
}

pub(super) fn jobs(device: &Device, request: &Request, faults: &Faults, now: Moment) -> Groups {
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
        .map(|job| group(JOB, attributes_of(device, job, faults, now, &wanted)));
    Ok(groups.collect())
}

pub(super) fn printer_attributes(
    device: &Device,
    request: &Request,
    faults: &Faults,
    now: Moment,
) -> Vec<Group> {
    let wanted = Wanted::of(request, &["all"]);
    let paper = device.identity.paper;
    let queued = device.waiting().count();
    let described = description(
        &device.identity,
        (device.condition(), faults),
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
    if faults.odd_paper {
        all.retain(|attribute| {
            attribute.name == "media-supported" || !attribute.name.starts_with("media-")
        });
        let names = all.iter_mut().find(|it| it.name == "media-supported");
        if let Some(names) = names {
            *names = Attribute::new("media-supported", Value::keyword(ODD_PAPER));
        }
    }
    vec![group(PRINTER, all)]
}

/// The requested attributes of a job.
fn attributes_of(
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
        && let Some(state_attribute) = all
            .iter_mut()
            .find(|attribute| attribute.name == "job-state")
    {
        *state_attribute = Attribute::new("job-state", Value::Enum(state));
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
