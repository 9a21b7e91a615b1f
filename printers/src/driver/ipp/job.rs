//! What became of a job, from what the printer says of it.
//!
//! Source: RFC 8011 sections 5.3.7 (`job-state`), 5.3.8 (`job-state-reasons`) and 5.3.18 (`job-impressions-completed`).

use api::{
    Outcome,
    job::{Doubt, NotPrinted},
};

use uuid::Uuid;

use super::{
    answer::{Answer, Group},
    identity::Seen,
};

/// What is asked of a job.
pub const ASKED: [&str; 11] = [
    "job-id",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "job-name",
    "job-printer-state-message",
    "job-printer-up-time",
    "job-state",
    "job-state-message",
    "job-state-reasons",
    "job-uuid",
    "time-at-creation",
];

const HELD: i32 = 4;
const PROCESSING: i32 = 5;
const STOPPED: i32 = 6;
const CANCELED: i32 = 7;
const ABORTED: i32 = 8;
const COMPLETED: i32 = 9;

/// A name that was cut shorter than this may be anybody's: the try and six digits of the ticket are left of it.
const TELLING: usize = 18;

/// A job as its printer tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobStatus {
    /// `job-id`.
    pub id: i32,
    /// `job-name`, as the printer keeps it.
    pub(super) name: String,
    /// What else tells it from other jobs.
    pub(super) seen: Seen,
    pub(super) state: i32,
    pub(super) reasons: Vec<String>,
    pub(super) message: String,
    /// Pages that came out, if it counts them.
    pub(super) pages: Option<i32>,
}

/// Where a job stands that is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStage {
    /// Others are before it.
    InLine,
    /// Somebody holds it.
    Held,
    /// It waits for its document.
    Incoming,
    /// It is being printed.
    Going,
    /// It is being printed, and the printer stopped.
    Stopped,
}

impl JobStatus {
    /// Of one job.
    pub fn of(job: Group<'_>) -> Option<JobStatus> {
        let strings = |name: &str| {
            let words = job.words(name);
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let messages = ["job-state-message", "job-printer-state-message"];
        let message = messages.iter().find_map(|name| job.word(name));
        Some(JobStatus {
            id: job.number("job-id")?,
            name: job.word("job-name").unwrap_or_default().to_owned(),
            seen: Seen {
                uuid: job.word("job-uuid").and_then(|uuid| {
                    let bare = uuid.strip_prefix("urn:uuid:").unwrap_or(uuid);
                    Uuid::parse_str(bare).ok()
                }),
                created: job.number("time-at-creation"),
                up_time: job.number("job-printer-up-time"),
            },
            state: job.number("job-state")?,
            reasons: strings("job-state-reasons"),
            message: message.unwrap_or_default().chars().take(200).collect(),
            pages: job
                .number("job-impressions-completed")
                .max(job.number("job-media-sheets-completed")),
        })
    }

    /// The one of this name among several. Printers may cut names, but not below what tells them apart.
    pub fn named(answer: &Answer, name: &str) -> Option<JobStatus> {
        answer
            .jobs()
            .filter_map(JobStatus::of)
            .find(|said| said.is_named(name))
    }

    /// It has this name, or what a printer that cuts names left of it.
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name || (self.name.len() >= TELLING && name.starts_with(&self.name))
    }

    /// Pages that came out, if it counts them.
    pub fn pages(&self) -> Option<i32> {
        self.pages
    }

    /// Pages of it are on paper.
    pub fn has_printed(&self) -> bool {
        self.pages.is_some_and(|pages| pages > 0)
    }

    /// It is being printed, or was until the printer stopped.
    pub fn is_processing(&self) -> bool {
        (PROCESSING..=STOPPED).contains(&self.state)
    }

    /// What it ended in; `None` while it has not. `begun` says that its document was taken, that its processing began or
    /// that pages were reported: then only the printer's word that the document is unreadable proves that nothing was
    /// printed, since many printers count no pages. `confirms` says that "completed" is said by a device and not by a
    /// queue that has handed it on.
    pub fn outcome(&self, begun: bool, confirms: bool) -> Option<Outcome> {
        let is = |word: &str| self.reasons.iter().any(|reason| reason == word);
        match self.state {
            COMPLETED if is("job-completed-with-errors") => {
                Some(Outcome::Uncertain(Doubt::NoConfirmation))
            }
            COMPLETED if confirms => Some(Outcome::Confirmed),
            COMPLETED => Some(Outcome::Sent),
            CANCELED | ABORTED => {
                let detail = self.detail();
                let unreadable = [
                    "document-format-error",
                    "document-unprintable-error",
                    "unsupported-document-format",
                ];
                let unreadable = unreadable.iter().any(|word| is(word));
                Some(match (self.has_printed(), unreadable, begun) {
                    (true, _, _) | (false, false, true) => {
                        Outcome::Uncertain(Doubt::NoConfirmation)
                    }
                    (false, true, _) => Outcome::NotPrinted(NotPrinted::Impossible { detail }),
                    (false, false, false) => Outcome::NotPrinted(NotPrinted::Refused { detail }),
                })
            }
            _ => None,
        }
    }

    /// Where it stands while it is not over.
    pub fn stand(&self) -> JobStage {
        let incoming = ["job-incoming", "job-data-insufficient"];
        if self
            .reasons
            .iter()
            .any(|reason| incoming.contains(&reason.as_str()))
        {
            return JobStage::Incoming;
        }
        match self.state {
            STOPPED => JobStage::Stopped,
            HELD => JobStage::Held,
            ..HELD => JobStage::InLine,
            _ => JobStage::Going,
        }
    }

    fn detail(&self) -> String {
        let what = if self.state == CANCELED {
            "canceled"
        } else {
            "aborted"
        };
        let parts = [self.reasons.join(", "), self.message.clone()];
        let parts: Vec<&str> = parts
            .iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() {
            return format!("the printer {what} it before anything was printed");
        }
        format!(
            "the printer {what} it before anything was printed ({})",
            parts.join("; ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(state: i32, pages: Option<i32>, reasons: &[&str]) -> JobStatus {
        JobStatus {
            id: 1,
            state,
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            pages,
            ..JobStatus::default()
        }
    }

    #[test]
    fn completed_is_confirmed_by_a_device_and_only_sent_by_a_queue_that_hands_it_on() {
        let done = said(COMPLETED, None, &["job-completed-successfully"]);
        assert_eq!(done.outcome(false, true), Some(Outcome::Confirmed));
        assert_eq!(done.outcome(false, false), Some(Outcome::Sent));
        let doubtful = said(COMPLETED, Some(1), &["job-completed-with-errors"]);
        let doubt = Some(Outcome::Uncertain(Doubt::NoConfirmation));
        assert_eq!(doubtful.outcome(false, true), doubt);
    }

    #[test]
    fn aborted_and_canceled_have_not_printed_only_if_they_were_never_begun() {
        for state in [CANCELED, ABORTED] {
            for pages in [None, Some(0)] {
                let ended = said(state, pages, &[]);
                assert!(matches!(
                    ended.outcome(false, true),
                    Some(Outcome::NotPrinted(NotPrinted::Refused { .. }))
                ));
                let doubt = Some(Outcome::Uncertain(Doubt::NoConfirmation));
                assert_eq!(ended.outcome(true, true), doubt);
            }
            let doubt = Some(Outcome::Uncertain(Doubt::NoConfirmation));
            assert_eq!(said(state, Some(1), &[]).outcome(false, true), doubt);
        }
        let bad = said(
            ABORTED,
            Some(0),
            &["aborted-by-system", "document-format-error"],
        );
        assert!(matches!(
            bad.outcome(false, true),
            Some(Outcome::NotPrinted(NotPrinted::Impossible { detail })) if detail.contains("document-format-error")
        ));
    }

    #[test]
    fn what_is_not_over_stands_in_line_is_going_or_stopped() {
        for (state, stand) in [
            (3, JobStage::InLine),
            (4, JobStage::Held),
            (5, JobStage::Going),
            (6, JobStage::Stopped),
        ] {
            let open = said(state, None, &["none"]);
            assert_eq!((open.outcome(true, true), open.stand()), (None, stand));
        }
        assert_eq!(said(4, None, &["job-incoming"]).stand(), JobStage::Incoming);
    }

    #[test]
    fn a_job_is_known_by_its_name_even_where_the_printer_cut_it() {
        let name = "PanBot 0001 b302099a8057";
        let cut = |length: usize| JobStatus {
            name: name[..length].to_owned(),
            ..said(5, None, &[])
        };
        assert!(cut(name.len()).is_named(name) && cut(20).is_named(name));
        assert!(!cut(7).is_named(name) && !cut(0).is_named(name));
        let again = "PanBot 0002 b302099a8057";
        assert!(!cut(name.len()).is_named(again) && !cut(18).is_named(again));
    }
}
