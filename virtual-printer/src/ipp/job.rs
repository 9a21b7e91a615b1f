//! A job: its documents, progress and attributes (RFC 8011 section 5.3).

use super::codec::{Attribute, Value};
use super::codes::JobState;
use super::description::{Identity, PATH, date_time, template};
use super::document::Page;
use crate::format::Format;
use crate::paper::Moment;
use std::sync::Arc;
use uuid::Uuid;

/// A document of a job.
#[derive(Debug)]
pub(crate) struct Document {
    pub format: Format,
    /// As it was sent, unpacked.
    pub bytes: Arc<[u8]>,
    pub pages: Vec<Page>,
}

/// A job.
#[derive(Debug)]
pub(crate) struct Job {
    pub id: i32,
    pub uuid: Uuid,
    pub name: String,
    pub user: String,
    pub state: JobState,
    /// Why it is over, or why it is not, beside what follows from its state.
    pub reason: Option<&'static str>,
    pub message: String,
    /// What it asked for and gets.
    pub template: Vec<Attribute>,
    pub documents: Vec<Document>,
    /// Documents may still arrive; the time of the last one.
    pub open: Option<Moment>,
    /// Documents that are arriving now.
    pub incoming: usize,
    pub created: Moment,
    pub processing: Option<Moment>,
    pub completed: Option<Moment>,
    pub octets: usize,
    pub impressions_completed: i32,
}

impl Job {
    pub(crate) fn copies(&self) -> usize {
        let copies = self.template.iter().find(|wanted| wanted.name == "copies");
        let copies = copies.and_then(|copies| copies.only()?.integer());
        copies.map_or(1, |copies| usize::try_from(copies).unwrap_or(1))
    }

    /// The pages that `page-ranges` leaves, by their places in a document.
    pub(crate) fn wants_page(&self, place: usize) -> bool {
        let Some(ranges) = self
            .template
            .iter()
            .find(|wanted| wanted.name == "page-ranges")
        else {
            return true;
        };
        let number = i32::try_from(place).unwrap_or(i32::MAX).saturating_add(1);
        let mut ranges = ranges.values.iter().filter_map(Value::range);
        ranges.any(|range| range.contains(&number))
    }

    /// All pages that will come out, in their order: document and page.
    pub(crate) fn order(&self) -> Vec<(usize, usize)> {
        let once: Vec<(usize, usize)> = self
            .documents
            .iter()
            .enumerate()
            .flat_map(|(document, it)| (0..it.pages.len()).map(move |page| (document, page)))
            .filter(|(_, page)| self.wants_page(*page))
            .collect();
        once.repeat(self.copies())
    }

    /// Nothing is missing that it needs to be printed.
    pub(crate) fn is_ready(&self) -> bool {
        self.open.is_none() && self.incoming == 0 && !self.state.is_over()
    }

    fn reasons(&self) -> Vec<Value> {
        let mut reasons = Vec::new();
        if !self.state.is_over() && (self.open.is_some() || self.incoming > 0) {
            reasons.push("job-incoming");
        }
        match self.state {
            JobState::Processing => reasons.push("job-printing"),
            JobState::ProcessingStopped => reasons.push("printer-stopped"),
            JobState::Completed => reasons.push("job-completed-successfully"),
            JobState::Pending | JobState::Canceled | JobState::Aborted => {}
        }
        reasons.extend(self.reason);
        if reasons.is_empty() {
            reasons.push("none");
        }
        reasons.into_iter().map(Value::keyword).collect()
    }

    /// Everything about it: `job-description` and `job-status`.
    pub(crate) fn description(
        &self,
        printer: &Identity,
        before: usize,
        now: Moment,
    ) -> Vec<Attribute> {
        let count = |number: usize| Value::Integer(i32::try_from(number).unwrap_or(i32::MAX));
        let time = |moment: Option<Moment>| {
            moment.map_or(Value::Nothing, |at| Value::Integer(printer.up_time(at)))
        };
        let date = |moment: Option<Moment>| moment.map_or(Value::Nothing, date_time);
        let pages = self.order().len();
        let kilo = self.octets.div_ceil(1024);
        let over = self.state.is_over();
        let list: Vec<(&str, Vec<Value>)> = vec![
            ("job-id", vec![Value::Integer(self.id)]),
            ("job-uri", vec![Value::Uri(self.uri(printer))]),
            ("job-state", vec![Value::Enum(self.state as i32)]),
            ("job-state-reasons", self.reasons()),
            ("job-state-message", vec![Value::Text(self.message.clone())]),
            ("job-uuid", vec![Value::Uri(self.uuid.urn().to_string())]),
            ("job-printer-uri", vec![Value::Uri(printer.uri("ipp"))]),
            ("job-name", vec![Value::Name(self.name.clone())]),
            (
                "job-originating-user-name",
                vec![Value::Name(self.user.clone())],
            ),
            ("number-of-documents", vec![count(self.documents.len())]),
            ("number-of-intervening-jobs", vec![count(before)]),
            ("time-at-creation", vec![time(Some(self.created))]),
            ("time-at-processing", vec![time(self.processing)]),
            ("time-at-completed", vec![time(self.completed)]),
            ("date-time-at-creation", vec![date(Some(self.created))]),
            ("date-time-at-processing", vec![date(self.processing)]),
            ("date-time-at-completed", vec![date(self.completed)]),
            (
                "job-printer-up-time",
                vec![Value::Integer(printer.up_time(now))],
            ),
            ("job-k-octets", vec![count(kilo)]),
            (
                "job-k-octets-processed",
                vec![count(if over { kilo } else { 0 })],
            ),
            ("job-impressions", vec![count(pages)]),
            (
                "job-impressions-completed",
                vec![Value::Integer(self.impressions_completed)],
            ),
            ("job-media-sheets", vec![count(pages)]),
            (
                "job-media-sheets-completed",
                vec![Value::Integer(self.impressions_completed)],
            ),
            ("job-pages", vec![count(pages)]),
            (
                "job-pages-completed",
                vec![Value::Integer(self.impressions_completed)],
            ),
        ];
        list.into_iter()
            .map(|(name, values)| Attribute::new(name, values))
            .collect()
    }

    /// What Create-Job and its like answer with.
    pub(crate) fn summary(&self, printer: &Identity) -> Vec<Attribute> {
        vec![
            Attribute::new("job-id", Value::Integer(self.id)),
            Attribute::new("job-uri", Value::Uri(self.uri(printer))),
            Attribute::new("job-uuid", Value::Uri(self.uuid.urn().to_string())),
            Attribute::new("job-state", Value::Enum(self.state as i32)),
            Attribute::new("job-state-reasons", self.reasons()),
            Attribute::new("job-state-message", Value::Text(self.message.clone())),
        ]
    }

    fn uri(&self, printer: &Identity) -> String {
        format!("ipp://{}{PATH}/{}", printer.authority, self.id)
    }
}

/// Whether an attribute of a job belongs to `job-template`.
pub(crate) fn is_template(name: &str, printer: &Identity) -> bool {
    let supported = format!("{name}-supported");
    template(printer.paper)
        .iter()
        .any(|known| known.name == supported)
}
