//! A ticket on its way through the printer, and afterwards the question that stayed open.

use api::{JobId, Outcome, job::WaitCause, printer::Health};
use tokio::{sync::mpsc, time::Instant};

use super::Worker;
use crate::{
    driver::{Driver, Progress, Sending},
    retry::waits_for,
};

/// How an attempt that began was left.
pub(super) enum Left {
    /// With an outcome.
    With(Outcome),
    /// The program ends, or the printer was taken away, before there was one.
    Open,
}

impl Worker {
    /// Sends, and writes down when the printer stops in the middle and goes on.
    pub(super) async fn follow(
        &mut self,
        job: JobId,
        driver: &mut Driver,
        sending: Sending<'_>,
    ) -> Left {
        let (told, mut hears) = mpsc::unbounded_channel();
        let stop = self.stop.clone();
        let grace = self.tools.timings.grace;
        let wake = self.wake.clone();
        let patience = async {
            stop.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        let sent = driver.send(sending, &told);
        tokio::pin!(patience, sent);
        // What those behind it wait for, and when they are looked after.
        let mut behind: Option<(WaitCause, Instant)> = None;
        loop {
            let due = behind.map_or_else(Instant::now, |(_, due)| due);
            tokio::select! {
                outcome = &mut sent => return Left::With(outcome),
                () = &mut patience => return Left::Open,
                Some(progress) = hears.recv() => {
                    self.show_progress(job, progress).await;
                    behind = self.behind(progress);
                }
                () = wake.notified() => {
                    if let Err(error) = self.count().await {
                        self.cannot_store(&error);
                    }
                    behind = behind.map(|(cause, due)| (cause, due.min(self.soon())));
                }
                () = tokio::time::sleep_until(due), if behind.is_some() => {
                    behind = self.look_after(behind).await;
                }
            }
        }
    }

    async fn show_progress(&mut self, job: JobId, progress: Progress) {
        let health = match progress {
            Progress::Printing => Health::Ready,
            Progress::Waiting(health) => health,
        };
        self.board.show(|status| status.health = health);
        let waits = match progress {
            Progress::Printing => None,
            Progress::Waiting(health) => Some(waits_for(health)),
        };
        let ledger = &self.tools.ledger;
        if let Err(error) = ledger
            .write(move |page| Box::pin(page.at_printer(job, waits)))
            .await
        {
            // The screen lags; what is on paper does not depend on it.
            self.cannot_store(&error);
        }
    }

    /// On a connection of its own; every failure leaves the question open.
    pub(super) async fn ask_again(&self, echo: [u8; 4]) -> Option<Outcome> {
        let address = self.printer.address.as_ref()?;
        let timings = &self.tools.timings;
        let asking = async {
            let mut driver = self.tools.doors.open(address, timings).await.ok()?;
            let look = self.printer.learned.status != Some(false);
            let answer = driver.ask_again(echo, look).await;
            driver.close().await;
            answer
        };
        tokio::select! {
            () = self.stop.cancelled() => None,
            answer = asking => answer,
        }
    }
}
