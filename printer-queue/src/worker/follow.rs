//! Follows a ticket while it is at the printer, and asks again when its outcome stayed open.

use std::{future::Future, time::Duration};

use api::{
    JobId, Outcome,
    job::{Doubt, WaitCause},
    printer::Health,
};
use printers::{Driver, Progress, RemoteJob, Sending, job_name};
use tokio::{sync::mpsc, time::Instant};
use tracing::Instrument;

use super::Worker;
use crate::{
    job::spends,
    retry::{Tries, after, waits_for},
    store::Remote,
};

/// How following a started attempt ended.
pub(super) enum Followed<T = Outcome> {
    /// With an outcome.
    Ended(T),
    /// The program ends, or the printer was taken away, before there was one.
    Interrupted,
}

impl Followed<Option<Outcome>> {
    fn transpose(self) -> Option<Followed> {
        match self {
            Followed::Ended(outcome) => outcome.map(Followed::Ended),
            Followed::Interrupted => Some(Followed::Interrupted),
        }
    }
}

impl Worker {
    /// Sends, and writes down when the printer stops in the middle and goes on.
    pub(super) async fn follow(
        &mut self,
        job: JobId,
        driver: &mut Driver,
        sending: Sending<'_>,
    ) -> Followed {
        let (told, hears) = mpsc::unbounded_channel();
        let attempt = tracing::trace_span!(target: "panbot::stage", "attempt", %job);
        let sent = driver.send(sending, &told).instrument(attempt);
        self.watch(job, sent, hears).await
    }

    /// On a connection of its own: what became of a ticket that was announced by this name and got this job. `None` when the
    /// printer cannot be asked or does not know.
    pub(super) async fn ask_about(
        &mut self,
        job: JobId,
        name: &str,
        at: Option<RemoteJob>,
    ) -> Option<Followed> {
        let address = self.printer.address.clone()?;
        let timings = self.context.timings.device.clone();
        let (devices, pin) = (
            self.context.devices.clone(),
            self.printer.learned.certificate.clone(),
        );
        let (told, hears) = mpsc::unbounded_channel();
        let asked = async {
            let mut driver = devices.open(&address, &timings).await.ok()?;
            driver.pin(pin);
            driver.ask_about(name, at, &told).await
        };
        self.watch(job, asked, hears).await.transpose()
    }

    /// Asks the printer about a ticket that it was printing when the program ended; a person is asked only when it cannot
    /// tell.
    pub(super) async fn ask_after_restart(&mut self, job: JobId, marked: bool, remote: Remote) {
        let Remote { began, at } = remote;
        let name = job_name(job, began.number);
        let outcome = match self.ask_about(job, &name, Some(at)).await {
            Some(Followed::Ended(outcome)) => outcome,
            // The program ends again; the next start asks.
            Some(Followed::Interrupted) if self.context.closing.is_cancelled() => return,
            Some(Followed::Interrupted) | None => Outcome::Uncertain(Doubt::ProgramEnded),
        };
        let tries = Tries {
            spent: u32::from(spends(&outcome)),
            marked,
            waited: Duration::ZERO,
            backup: None,
            jitter: rand::random(),
        };
        let next = after(
            &outcome,
            tries,
            &self.printer.policy,
            self.context.clock.now(),
        );
        self.end(job, Some(began), outcome, next).await;
    }

    /// Writes down what is told meanwhile.
    async fn watch<T>(
        &mut self,
        job: JobId,
        sent: impl Future<Output = T>,
        mut hears: mpsc::UnboundedReceiver<Progress>,
    ) -> Followed<T> {
        let stop = self.stop.clone();
        let grace = self.context.timings.grace;
        let wake = self.wake.clone();
        let patience = async {
            stop.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        tokio::pin!(patience, sent);
        // What those behind it wait for, and when they are looked after.
        let mut behind: Option<(WaitCause, Instant)> = None;
        loop {
            let due = behind.map_or_else(Instant::now, |(_, due)| due);
            tokio::select! {
                outcome = &mut sent => return Followed::Ended(outcome),
                () = &mut patience => return Followed::Interrupted,
                Some(progress) = hears.recv() => {
                    self.show_progress(job, progress).await;
                    behind = self.behind(progress);
                }
                () = wake.notified() => {
                    self.count();
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
        self.status.update(|status| status.health = health);
        let waits = match progress {
            Progress::Printing => None,
            Progress::Waiting(health) => Some(waits_for(health)),
        };
        let writer = &self.context.writer;
        if let Err(error) = writer
            .write(move |tx| Box::pin(tx.at_printer(job, waits)))
            .await
        {
            // The screen lags; what is on paper does not depend on it.
            self.cannot_store(&error);
        }
    }

    /// On a connection of its own; every failure leaves the question open.
    pub(super) async fn ask_again(&self, echo: [u8; 4]) -> Option<Outcome> {
        let address = self.printer.address.as_ref()?;
        let timings = &self.context.timings.device;
        let mut driver = tokio::select! {
            biased;
            () = self.stop.cancelled() => return None,
            opened = self.context.devices.open(address, timings) => opened.ok()?,
        };
        let look = self.printer.learned.status != Some(false);
        let answer = tokio::select! {
            () = self.stop.cancelled() => None,
            answer = driver.ask_again(echo, look) => answer,
        };
        self.let_go(driver).await;
        answer
    }
}
