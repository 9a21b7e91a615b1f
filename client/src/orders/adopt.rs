//! A printer of another counter is deleted: its tickets that nobody knows to be out are this counter's from now on, since
//! none would make them for a printer that is gone.

use api::{JobState, PrinterId, job::HeldCause};
use jiff::Timestamp;
use printer_queue::Taken;

use crate::orders::{
    feed::{Feed, FeedError},
    ownership::{Came, by_order},
};

impl Feed {
    /// Holds them here, marked, since the other counter may have printed them; or prints them at another printer.
    ///
    /// # Errors
    /// When this PC cannot store, or does not print on that other printer. What was not brought here then can be tried
    /// again.
    pub async fn adopt(&self, printer: PrinterId, to: Option<PrinterId>) -> Result<(), FeedError> {
        let _one_at_a_time = self.following.lock().await;
        if let Err(problem) = self.reports.fetch().await {
            tracing::warn!(%problem, "the tickets of a printer that is deleted are brought here by what was reported before");
        }
        let settings = self.settings();
        let from = settings.printer(printer).and_then(|known| known.owner);
        let at = self.clock.now().unwrap_or_else(Timestamp::now);
        let came = Came::of(printer, from, at);
        let rows = self.queue.elsewhere(Timestamp::UNIX_EPOCH).await?;
        let rows = rows.into_iter().filter(|row| came.from(row).is_some());
        for (order, rows) in by_order(rows) {
            let reported = self.store.reported_tickets(order).await?;
            let mut jobs = self
                .taken(order, &rows, &reported, &came, &settings)
                .await?;
            for job in &mut jobs {
                job.how = Taken::Held;
            }
            let taken = self.queue.take_over(jobs, rows).await?;
            tracing::info!(%order, taken, %printer, "brought the tickets of a printer that is deleted here");
        }
        let Some(to) = to else { return Ok(()) };
        let cause = HeldCause::NoPrinter;
        for ticket in self.queue.open_and_recent(0).await? {
            if ticket.destination == Some(printer) && ticket.state == (JobState::Held { cause }) {
                self.queue.choose_printer(ticket.job, to).await?;
            }
        }
        Ok(())
    }
}
