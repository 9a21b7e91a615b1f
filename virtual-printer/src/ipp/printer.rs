//! The printer itself: its jobs, the paper that hangs out of it, and how it is. Pure: the time is an argument, nobody
//! else is called.

use super::codec::Attribute;
use super::description::{Condition, Identity, PrinterState};
use super::document::Format;
use super::job::{Document, Job};
use super::words::JobState;
use crate::faults::Faults;
use crate::paper::{JobName, Moment, Printed};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use templates::escpos_reader::Paper as PaperOut;
use templates::raster::Bitmap;
use uuid::Uuid;

/// Jobs that are over and still known.
const MOST_FINISHED: usize = 500;
/// Jobs that wait.
const MOST_WAITING: usize = 1000;
/// Dots of what faults count as a line.
const LINE: u32 = 30;

/// What the printer wants done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// A paper came out.
    Printed(Box<Printed>),
    /// The last line of the roll was used.
    PaperRanOut,
    /// A job was aborted because a fault said so.
    Aborted,
}

/// A fault that strikes after so many lines: as it was last set, and the row at which it strikes.
#[derive(Debug, Default)]
struct Strike(Option<(u32, u64)>);

impl Strike {
    /// Rows that are left until it strikes.
    fn left(&mut self, lines: Option<u32>, rows: u64) -> Option<u64> {
        match (lines, self.0) {
            (None, _) => self.0 = None,
            (Some(lines), Some((set, _))) if set == lines => {}
            (Some(lines), _) => self.0 = Some((lines, rows + u64::from(lines * LINE))),
        }
        self.0.map(|(_, at)| at.saturating_sub(rows))
    }
}

/// The job that is being printed.
#[derive(Debug)]
struct Printing {
    job: i32,
    /// Document and page, one after the other.
    order: Vec<(usize, usize)>,
    page: usize,
    row: u32,
    /// When the page is through, and when the printer says that all of it is.
    due: Option<Instant>,
}

/// One printer with paper in it.
#[derive(Debug)]
pub(crate) struct Device {
    pub identity: Identity,
    pub jobs: VecDeque<Job>,
    next: i32,
    printing: Option<Printing>,
    /// What hangs out of it.
    paper: Option<Bitmap>,
    rows: u64,
    ends: Strike,
    aborts: Strike,
    condition: Condition,
    pub changed: Moment,
    /// Changes with each power cut.
    pub epoch: u64,
}

impl Device {
    pub(crate) fn new(identity: Identity) -> Self {
        let changed = identity.started;
        Self {
            identity,
            jobs: VecDeque::new(),
            next: 1,
            printing: None,
            paper: None,
            rows: 0,
            ends: Strike::default(),
            aborts: Strike::default(),
            condition: condition(&Faults::default(), false),
            changed,
            epoch: 0,
        }
    }

    pub(crate) fn condition(&self) -> &Condition {
        &self.condition
    }

    pub(crate) fn job(&mut self, id: i32) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// Jobs that are not over.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| !job.state.is_over())
    }

    /// Bytes of documents that are not printed yet.
    pub(crate) fn held_bytes(&self) -> usize {
        self.waiting().map(|job| job.octets).sum()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting().count() >= MOST_WAITING
    }

    /// A new job without documents; `open` when they come one by one.
    pub(crate) fn create(
        &mut self,
        (name, user): (&str, &str),
        template: Vec<Attribute>,
        open: bool,
        now: Moment,
    ) -> i32 {
        let id = self.next;
        self.next = self.next.checked_add(1).unwrap_or(1);
        while self.jobs.len() >= MOST_FINISHED
            && let Some(place) = self.jobs.iter().position(|job| job.state.is_over())
        {
            self.jobs.remove(place);
        }
        self.jobs.push_back(Job {
            id,
            uuid: Uuid::new_v4(),
            name: name.to_owned(),
            user: user.to_owned(),
            state: JobState::Pending,
            reason: None,
            message: String::new(),
            template,
            documents: Vec::new(),
            open: open.then_some(now),
            incoming: usize::from(!open),
            created: now,
            processing: None,
            completed: None,
            octets: 0,
            impressions_completed: 0,
        });
        id
    }

    /// Ends a job that is not over; what hangs out of the printer for it is torn off.
    pub(crate) fn end(
        &mut self,
        id: i32,
        state: JobState,
        (reason, message): (&'static str, &str),
        now: Moment,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self
            .printing
            .as_ref()
            .is_some_and(|printing| printing.job == id)
        {
            effects.extend(self.tear_off(false, now));
            self.printing = None;
        }
        if let Some(job) = self.job(id).filter(|job| !job.state.is_over()) {
            job.state = state;
            job.reason = Some(reason);
            message.clone_into(&mut job.message);
            over(job, now);
        }
        effects
    }

    /// Prints what can be printed now.
    pub(crate) fn run(&mut self, now: Moment, faults: &Faults) -> Vec<Effect> {
        let mut effects = self.time_out(now);
        let mut faults = faults.clone();
        loop {
            if self.printing.is_none() && !faults.is_offline() {
                self.begin(now);
            }
            let Some(printing) = &mut self.printing else {
                break;
            };
            if printing.page < printing.order.len() {
                if faults.is_offline() || !self.page(now, &mut faults, &mut effects) {
                    break;
                }
            } else if !self.finish(now, &faults) {
                break;
            }
        }
        let stopped = faults.is_offline();
        if let Some(id) = self.printing.as_ref().map(|printing| printing.job)
            && let Some(job) = self.job(id)
        {
            job.state = if stopped {
                JobState::ProcessingStopped
            } else {
                JobState::Processing
            };
        }
        let is = condition(&faults, self.printing.is_some());
        if is != self.condition {
            self.changed = now;
            self.condition = is;
        }
        effects
    }

    /// When something happens without a word from outside.
    pub(crate) fn wake(&self) -> Option<Instant> {
        let time_out = self.time_out_after();
        let documents = self
            .waiting()
            .filter_map(|job| job.open.filter(|_| job.incoming == 0))
            .map(|heard| heard.instant + time_out);
        let page = self.printing.as_ref().and_then(|printing| printing.due);
        documents.chain(page).min()
    }

    /// The plug was pulled and put back: it knows none of its jobs any more.
    pub(crate) fn power_cut(&mut self, now: Moment) -> Vec<Effect> {
        let effects = self.tear_off(false, now).into_iter().collect();
        let identity = Identity {
            started: now,
            ..self.identity.clone()
        };
        *self = Self {
            rows: self.rows,
            epoch: self.epoch + 1,
            ..Self::new(identity)
        };
        effects
    }

    fn time_out_after(&self) -> Duration {
        Duration::from_secs(u64::from(self.identity.time_out))
    }

    /// Jobs whose documents did not come.
    fn time_out(&mut self, now: Moment) -> Vec<Effect> {
        let patience = self.time_out_after();
        let late: Vec<i32> = self
            .waiting()
            .filter(|job| job.incoming == 0)
            .filter(|job| {
                job.open
                    .is_some_and(|heard| heard.instant + patience <= now.instant)
            })
            .map(|job| job.id)
            .collect();
        late.into_iter()
            .flat_map(|id| {
                let why = (
                    "aborted-by-system",
                    "the next document did not come in time",
                );
                self.end(id, JobState::Aborted, why, now)
            })
            .collect()
    }

    fn begin(&mut self, now: Moment) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.is_ready()) else {
            return;
        };
        job.state = JobState::Processing;
        job.processing = Some(now);
        self.printing = Some(Printing {
            job: job.id,
            order: job.order(),
            page: 0,
            row: 0,
            due: None,
        });
    }

    /// Prints the page that is next, as far as it comes; false when it has to wait.
    fn page(&mut self, now: Moment, faults: &mut Faults, effects: &mut Vec<Effect>) -> bool {
        let Some(printing) = &mut self.printing else {
            return false;
        };
        if let Some(takes) = faults.ms_per_page {
            let due = *printing
                .due
                .get_or_insert(now.instant + Duration::from_millis(u64::from(takes)));
            if due > now.instant {
                return false;
            }
        }
        let Some(job) = self.jobs.iter_mut().find(|job| job.id == printing.job) else {
            return false;
        };
        let page = printing
            .order
            .get(printing.page)
            .and_then(|(document, page)| job.documents.get(*document)?.pages.get(*page));
        let Some(page) = page else { return false };
        let ends = self.ends.left(faults.paper_out_after_lines, self.rows);
        let aborts = self.aborts.left(faults.abort_after_lines, self.rows);
        let left = u64::from(page.dots.height() - printing.row);
        let rows = [Some(left), ends, aborts]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(0);
        let band = page
            .dots
            .band(printing.row, u32::try_from(rows).unwrap_or(0));
        let paper = self
            .paper
            .get_or_insert_with(|| Bitmap::new(self.identity.paper.dots, 0));
        let top = paper.height();
        paper.set_height(top + band.height());
        paper.blit(&band, 0, top);
        self.rows += rows;
        printing.row += band.height();
        if aborts == Some(rows) {
            let id = printing.job;
            faults.abort_after_lines = None;
            effects.push(Effect::Aborted);
            let why = ("aborted-by-system", "the printer gave up in the middle");
            effects.extend(self.end(id, JobState::Aborted, why, now));
            return true;
        }
        if ends == Some(rows) {
            faults.paper_out = true;
            faults.paper_out_after_lines = None;
            effects.push(Effect::PaperRanOut);
        }
        if rows < left {
            return true;
        }
        printing.row = 0;
        printing.page += 1;
        printing.due = None;
        job.impressions_completed += 1;
        let last = printing.page == printing.order.len();
        if page.cut || last {
            effects.extend(self.tear_off(true, now));
        }
        true
    }

    /// Says that the job is completed; false when that has to wait.
    fn finish(&mut self, now: Moment, faults: &Faults) -> bool {
        let Some(printing) = &mut self.printing else {
            return false;
        };
        if faults.no_confirmation {
            return false;
        }
        if let Some(late) = faults.late_confirmation_ms {
            let due = *printing
                .due
                .get_or_insert(now.instant + Duration::from_millis(late));
            if due > now.instant {
                return false;
            }
        }
        let id = printing.job;
        self.printing = None;
        if let Some(job) = self.job(id) {
            job.state = JobState::Completed;
            over(job, now);
        }
        true
    }

    /// The paper that hangs out of the printer, cut or torn off.
    pub(crate) fn tear_off(&mut self, cut: bool, now: Moment) -> Option<Effect> {
        let picture = self.paper.take().filter(|paper| paper.height() > 0)?;
        let id = self.printing.as_ref()?.job;
        let place = self.printing.as_ref()?.page.checked_sub(usize::from(cut))?;
        let document = self.printing.as_ref()?.order.get(place)?.0;
        let job = self.jobs.iter().find(|job| job.id == id)?;
        let document: Option<&Document> = job.documents.get(document);
        let paper = PaperOut::of_picture(&picture, cut.then_some(true));
        Some(Effect::Printed(Box::new(Printed {
            paper,
            format: document.map_or(Format::EscPos, |document| document.format),
            bytes: document.map_or_else(|| Arc::from([]), |document| Arc::clone(&document.bytes)),
            job: Some(JobName {
                id: job.id,
                name: job.name.clone(),
                user: job.user.clone(),
            }),
            notes: Vec::new(),
            drawer_pulses: 0,
            finished: cut,
            open_line: false,
            last_byte: job.created,
            printed: now,
        })))
    }
}

/// Its pages are not needed any more.
fn over(job: &mut Job, now: Moment) {
    job.completed = Some(now);
    job.open = None;
    // Their number is asked for later; their dots are not.
    for document in &mut job.documents {
        document.bytes = Arc::from([]);
        for page in &mut document.pages {
            page.dots = Bitmap::default();
        }
    }
}

fn condition(faults: &Faults, printing: bool) -> Condition {
    let mut reasons = Vec::new();
    if faults.paper_out {
        reasons.push("media-empty-error");
    }
    if faults.cover_open {
        reasons.push("cover-open-error");
    }
    if faults.near_end && !faults.paper_out {
        reasons.push("media-low-warning");
    }
    let message = match (faults.paper_out, faults.cover_open, faults.near_end) {
        (true, _, _) => "The paper is out.",
        (_, true, _) => "The cover is open.",
        (_, _, true) => "The paper is nearly used up.",
        (false, false, false) if printing => "Printing.",
        (false, false, false) => "Ready.",
    };
    if reasons.is_empty() {
        reasons.push("none");
    }
    Condition {
        state: match (faults.is_offline(), printing) {
            (true, _) => PrinterState::Stopped,
            (false, true) => PrinterState::Processing,
            (false, false) => PrinterState::Idle,
        },
        reasons,
        message,
        accepts_jobs: !faults.refuse_jobs,
        level: match (faults.paper_out, faults.near_end) {
            (true, _) => 0,
            (false, true) => 5,
            (false, false) => 100,
        },
    }
}

#[cfg(test)]
mod tests;
