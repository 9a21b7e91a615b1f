//! The job that is being printed: page by page, row by row, as far as paper and faults let it.

use super::{Device, Effect};
use crate::faults::Faults;
use crate::format::Format;
use crate::ipp::codes::JobState;
use crate::ipp::job::{Document, Job};
use crate::paper::{JobName, Moment, Printed};
use std::sync::Arc;
use std::time::{Duration, Instant};
use templates::escpos_reader::Paper as PaperOut;
use templates::raster::Bitmap;

/// Dots of what faults count as a line.
const LINE: u32 = 30;

/// A fault that fires after so many lines: its last setting, and the row at which it fires.
#[derive(Debug, Default)]
pub(super) struct LineFault(Option<(u32, u64)>);

impl LineFault {
    /// Rows left until it fires.
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
pub(super) struct Printing {
    pub job: i32,
    /// Document and page, one after the other.
    pub order: Vec<(usize, usize)>,
    pub page: usize,
    row: u32,
    /// When the page is through, and when the printer says that all of it is.
    pub due: Option<Instant>,
}

impl Device {
    pub(super) fn begin(&mut self, now: Moment) {
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
    pub(super) fn page(
        &mut self,
        now: Moment,
        faults: &mut Faults,
        effects: &mut Vec<Effect>,
    ) -> bool {
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
    pub(super) fn finish(&mut self, now: Moment, faults: &Faults) -> bool {
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
pub(super) fn over(job: &mut Job, now: Moment) {
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
