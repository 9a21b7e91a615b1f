//! Sends what became of our tickets, in the order in which it was committed. The server says how far it has it; that is
//! asked again whenever it may have forgotten, and where the log of changes is another one than before.

use api::{
    Code, JobState, Problem,
    report::{PrintReport, PrintReports, ReportsTaken},
};
use jiff::{SignedDuration, Timestamp};
use printer_queue::{ReportPage, ReportRow};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    connection::backoff::{Jitter, delay},
    refusal,
    reports::{Reports, failed},
    store::ReportMark,
};

/// How far a counter looks back when the server knows nothing of its log.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);
/// The place is kept so often: the server knows it better, and each time is a sync of the file that orders wait for.
const KEEP: Duration = Duration::from_secs(60);
/// Of the technical text of a failure; all of it is at the counter that prints.
const DETAIL: usize = 300;

/// How far everything was reported.
#[derive(Debug)]
struct Place {
    mark: ReportMark,
    /// How far the server had them by its last answer.
    known: i64,
    kept: Option<Instant>,
    /// Reports in one request; one at a time after the server refused some.
    batch: usize,
}

impl Reports {
    /// Runs until it is stopped.
    pub(super) async fn send(self, stop: CancellationToken) {
        let mut changes = self.queue.changes();
        let mut failures = 0;
        let mut jitter = Jitter::new(rand::random());
        let mut place = None;
        while self.signed_in(&stop).await && self.is_known(&stop).await {
            let sent = tokio::select! {
                sent = self.send_all(&mut place) => sent,
                () = stop.cancelled() => return,
            };
            let pause = match sent {
                Ok(()) => {
                    failures = 0;
                    Duration::MAX
                }
                Err(problem) => {
                    failed("tickets could not be reported", &problem);
                    place = None;
                    failures += 1;
                    delay(failures - 1, self.backoff, &mut jitter)
                }
            };
            tokio::select! {
                () = changed(&mut changes), if failures == 0 => {
                    tokio::select! {
                        () = tokio::time::sleep(self.debounce) => {}
                        () = stop.cancelled() => return,
                    }
                    // What was told until now is read from the file.
                    changes = changes.resubscribe();
                }
                () = self.wakes.check.notified() => place = None,
                () = tokio::time::sleep(pause), if failures > 0 => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Sends all changes that the server does not have.
    async fn send_all(&self, place: &mut Option<Place>) -> Result<(), Problem> {
        let log = self
            .queue
            .report_log()
            .await
            .map_err(|e| refusal::queue(&e))?;
        if place.as_ref().is_none_or(|place| place.mark.log != log) {
            *place = Some(self.begin(log).await?);
        }
        while let Some(now) = place {
            let page = self.page_after(now).await?;
            let Some(up_to) = page.up_to else {
                return Ok(());
            };
            let reports: Vec<PrintReport> = page.rows.into_iter().filter_map(report).collect();
            let Some(last) = reports.last().map(|report| report.n) else {
                // Nothing but test pages.
                now.mark.up_to = up_to;
                continue;
            };
            let one = reports.len() == 1;
            let batch = PrintReports {
                log: now.mark.log,
                known: Some(now.known),
                reports,
            };
            let known = now.known;
            let taken = match self.post(&batch).await {
                Ok(taken) => {
                    now.known = taken.up_to;
                    taken
                }
                Err(problem) if is_about_content(&problem) && !one => {
                    now.batch = 1;
                    continue;
                }
                Err(problem) if is_about_content(&problem) => {
                    tracing::error!(%problem, n = last, "the server does not take a report of a ticket; it is left out");
                    ReportsTaken { up_to: last }
                }
                Err(problem) => return Err(problem),
            };
            if now.known < known {
                // It lost some since it was asked, and took nothing. Less each time, so this ends.
                *place = Some(self.begin_from(now.mark.log, taken).await?);
                continue;
            }
            if taken.up_to < last && taken.up_to > now.mark.up_to {
                now.mark.up_to = taken.up_to;
            } else if taken.up_to == last {
                now.mark.up_to = up_to;
            } else {
                // It lost reports, or has some that this file does not know.
                let before = now.mark.up_to;
                let again = self.begin_from(now.mark.log, taken).await?;
                if again.mark == now.mark && taken.up_to <= before {
                    return Err(Problem::new(
                        Code::Internal,
                        "The server takes no reports of tickets.",
                    ));
                }
                *place = Some(again);
                continue;
            }
            self.keep(now).await?;
        }
        Ok(())
    }

    async fn page_after(&self, place: &Place) -> Result<ReportPage, Problem> {
        let limit = u32::try_from(place.batch).unwrap_or(1);
        let page = self.queue.history_after(place.mark.up_to, limit).await;
        page.map_err(|error| refusal::queue(&error))
    }

    /// Asks the server how far it has this log.
    async fn begin(&self, log: Uuid) -> Result<Place, Problem> {
        let batch = PrintReports {
            log,
            known: None,
            reports: Vec::new(),
        };
        let taken = self.post(&batch).await?;
        self.begin_from(log, taken).await
    }

    async fn begin_from(&self, log: Uuid, taken: ReportsTaken) -> Result<Place, Problem> {
        let here = |error: &_| refusal::queue(error);
        let kept = self.store.report_mark().await;
        let kept = kept.map_err(|error| refusal::storage(&error))?;
        // The newest change is never forgotten here.
        let known = self.queue.history_after(taken.up_to - 1, 1).await;
        let known = known.map_err(|error| here(&error))?;
        let (log, taken) = if taken.up_to > 0 && known.up_to.is_none() {
            tracing::error!(%log, up_to = taken.up_to, "the file of tickets is older than what was reported of it");
            let log = self.queue.new_report_log().await.map_err(|e| here(&e))?;
            (log, ReportsTaken { up_to: 0 })
        } else {
            (log, taken)
        };
        let now = self.clock.now().unwrap_or_else(Timestamp::now);
        let day_ago = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
        let day_ago = self.queue.history_before(day_ago).await;
        let day_ago = day_ago.map_err(|error| here(&error))?;
        let mut place = Place {
            mark: ReportMark {
                log,
                up_to: start(kept.as_ref(), log, taken, day_ago),
            },
            known: taken.up_to,
            kept: None,
            batch: PrintReports::MOST,
        };
        tracing::debug!(?place, "tickets are reported from here on");
        self.keep(&mut place).await?;
        Ok(place)
    }

    /// Keeps the place, now and then.
    async fn keep(&self, place: &mut Place) -> Result<(), Problem> {
        if place.kept.is_some_and(|kept| kept.elapsed() < KEEP) {
            return Ok(());
        }
        let kept = self.store.set_report_mark(&place.mark).await;
        kept.map_err(|error| refusal::storage(&error))?;
        place.kept = Some(Instant::now());
        Ok(())
    }

    async fn post(&self, reports: &PrintReports) -> Result<ReportsTaken, Problem> {
        self.session
            .call(self.business, async |access| {
                access.backend.print_reports(&access.token, reports).await
            })
            .await
    }
}

/// After which change reporting begins. `day_ago` is the last one that is more than a day old.
fn start(kept: Option<&ReportMark>, log: Uuid, taken: ReportsTaken, day_ago: i64) -> i64 {
    match kept.filter(|kept| kept.log == log) {
        // What was never sent is sent, however old it is; of what the server lost, a day.
        Some(kept) if taken.up_to < kept.up_to => taken.up_to.max(day_ago.min(kept.up_to)),
        Some(_) => taken.up_to,
        None if taken.up_to > 0 => taken.up_to,
        None => day_ago,
    }
}

/// What is reported of a change; test pages are not.
fn report(row: ReportRow) -> Option<PrintReport> {
    Some(PrintReport {
        n: row.n,
        job: row.job,
        order: row.order?,
        revision: row.revision,
        revised_at: row.revised_at,
        ticket: row.ticket,
        destination: row.destination,
        copy: row.copy,
        printer: row.printer,
        state: shortened(row.state),
        marked: row.marked,
        released: row.released,
        at: row.at,
    })
}

fn shortened(state: JobState) -> JobState {
    match state {
        JobState::Failed { cause, detail } => JobState::Failed {
            cause,
            detail: detail.chars().take(DETAIL).collect(),
        },
        state @ (JobState::Queued
        | JobState::Waiting { .. }
        | JobState::Printing
        | JobState::Printed
        | JobState::Sent
        | JobState::Unconfirmed { .. }
        | JobState::Held { .. }
        | JobState::Cancelled
        | JobState::Expired) => state,
    }
}

/// The server does not like what is reported, or does not know a word in it: sent again it would say the same.
fn is_about_content(problem: &Problem) -> bool {
    let is_in_reports = || {
        let field = problem.field.as_deref();
        field.is_some_and(|field| field.starts_with("reports["))
    };
    // Malformed is also said of a body that did not arrive.
    matches!(problem.code, Code::Invalid | Code::TooLarge)
        || (problem.code == Code::Malformed && is_in_reports())
}

/// Waits for a change; for ever, when there will be none.
async fn changed(changes: &mut Receiver<api::TicketChanged>) {
    match changes.recv().await {
        Ok(_) | Err(RecvError::Lagged(_)) => {}
        Err(RecvError::Closed) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reporting_begins_where_the_server_stands_and_repeats_at_most_a_day_of_what_it_lost() {
        let (log, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let kept = |up_to| Some(ReportMark { log, up_to });
        let begin = |kept: Option<ReportMark>, up_to, day_ago| {
            start(kept.as_ref(), log, ReportsTaken { up_to }, day_ago)
        };
        assert_eq!(begin(None, 0, 40), 40, "a log that the server never saw");
        assert_eq!(begin(None, 7, 40), 7, "what it has is not sent again");
        assert_eq!(begin(kept(10), 12, 40), 12, "its answer was lost");
        assert_eq!(begin(kept(10), 10, 40), 10, "days without a connection");
        assert_eq!(begin(kept(50), 20, 5), 20, "it lost some");
        assert_eq!(begin(kept(50), 20, 40), 40, "of more than a day");
        assert_eq!(begin(kept(30), 20, 40), 30, "and some were never sent");
        let anew = ReportMark {
            log: other,
            up_to: 9,
        };
        assert_eq!(begin(Some(anew), 0, 3), 3, "another log");
    }
}
