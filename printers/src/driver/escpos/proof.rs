//! Waits for the confirmation of a ticket and rates what came instead of it.

use std::time::Duration;

use api::{Outcome, job::Doubt, printer::Health};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::Instant,
};

use super::{
    Link, Progress, Proof, Sending,
    duplex::{self, End},
    tell,
};

impl<S: AsyncRead + AsyncWrite> Link<S> {
    pub(super) async fn prove(
        &mut self,
        sending: Sending<'_>,
        told: &mpsc::UnboundedSender<Progress>,
    ) -> Outcome {
        let mut spent = Duration::ZERO;
        let mut waiting = None;
        loop {
            let began = Instant::now();
            let turn = self
                .timings
                .watch
                .min(sending.limit.saturating_sub(spent))
                .max(Duration::from_millis(1));
            let proof = sending.proof;
            let enough = |seen: &duplex::Received| {
                seen.power_on || seen.echoed || (proof == Proof::Queued && seen.queued.is_some())
            };
            self.duplex.listen(turn, enough).await;
            if let Some(outcome) = self.proven(proof) {
                return outcome;
            }
            let blocked = self.blocked().await;
            if let Some(outcome) = self.proven(proof) {
                return outcome;
            }
            // The time does not run while a person changes the roll.
            if blocked.is_none() {
                spent += began.elapsed();
            }
            if blocked != waiting {
                waiting = blocked;
                tell(told, blocked.map_or(Progress::Printing, Progress::Waiting));
            }
            if spent >= sending.limit {
                return self.give_up_waiting(proof).await;
            }
        }
    }

    /// What is certain by now.
    fn proven(&self, proof: Proof) -> Option<Outcome> {
        let seen = &self.duplex.received;
        if seen.power_on {
            return Some(Outcome::Uncertain(Doubt::PrinterRestarted));
        }
        if seen.echoed {
            return Some(Outcome::Confirmed);
        }
        if proof == Proof::Queued && seen.queued.is_some() {
            return Some(Outcome::Sent);
        }
        match (&seen.end, proof) {
            (None, _) => None,
            (Some(End::Closed), Proof::Queued | Proof::End) => Some(Outcome::Sent),
            (Some(End::Closed), Proof::Echo(_) | Proof::TryEcho(_))
            | (Some(End::Broken(_) | End::Unplugged(_)), _) => Some(self.lost()),
        }
    }

    /// The time is up and the connection is still there. While it is closed, the proof may still come.
    async fn give_up_waiting(&mut self, proof: Proof) -> Outcome {
        self.close().await;
        match (self.proven(proof), &self.duplex.received.end, proof) {
            (Some(outcome @ (Outcome::Confirmed | Outcome::Sent)), ..) => outcome,
            (Some(outcome @ Outcome::Uncertain(Doubt::PrinterRestarted)), ..) => outcome,
            (_, Some(End::Closed), Proof::TryEcho(_) | Proof::Queued | Proof::End) => Outcome::Sent,
            (_, Some(End::Broken(_) | End::Unplugged(_)), _) => self.lost(),
            (_, None | Some(End::Closed), _) => Outcome::Uncertain(Doubt::NoConfirmation),
        }
    }

    /// What keeps the printer from going on, if it says so.
    async fn blocked(&mut self) -> Option<Health> {
        let report = if self.answers && self.duplex.received.end.is_none() {
            self.ask_how_it_is().await
        } else {
            None
        };
        let health = report.or(self.duplex.received.automatic)?.health();
        (health != Health::Ready).then_some(health)
    }
}
