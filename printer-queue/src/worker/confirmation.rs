//! Whether the printer still confirms, and how fast it is.

use api::{Outcome, job::Doubt};
use printers::{Pace, Proof, Size, StatusCheck};
use tokio::time::Instant;

use super::Worker;

/// So many tickets in a row without the confirmation that the printer can give, and it counts as unable to confirm.
const SILENT_AFTER: u32 = 3;

impl Worker {
    /// It has stopped confirming. Its tickets are still asked to be confirmed, but not waited for as long.
    pub(super) fn is_silent(&self) -> bool {
        self.unconfirmed >= SILENT_AFTER
    }

    /// What shall prove the next ticket.
    pub(super) fn proof(&self, look: StatusCheck, echo: [u8; 4]) -> Proof {
        if self.is_silent() {
            return Proof::TryEcho(echo);
        }
        printers::proof(&self.printer.learned, look, echo)
    }

    /// What a person has to know of a printer that takes tickets.
    pub(super) fn note(&self) -> Option<String> {
        self.is_silent().then(|| {
            format!(
                "it took {} tickets and confirmed none of them; until it confirms again its tickets count as sent: look \
                 whether they come out, and print a test page",
                self.unconfirmed
            )
        })
    }

    /// Learns from what became of a ticket.
    pub(super) fn note_confirmation(
        &mut self,
        proof: Proof,
        outcome: &Outcome,
        size: Size,
        sent_at: Instant,
    ) {
        let asked = matches!(proof, Proof::Echo(_) | Proof::TryEcho(_));
        match outcome {
            Outcome::Confirmed if asked => {
                self.pace = Pace::of(size, sent_at.elapsed())
                    .map(|pace| pace.or_slower(self.pace))
                    .or(self.pace);
                if self.is_silent() {
                    self.keep_confirm(true);
                }
                self.unconfirmed = 0;
            }
            Outcome::Uncertain(Doubt::NoConfirmation) if asked => {
                let was_silent = self.is_silent();
                self.unconfirmed = self.unconfirmed.saturating_add(1);
                if self.is_silent() && !was_silent {
                    tracing::warn!(printer = %self.printer.id, "the printer has stopped confirming its tickets");
                    self.keep_confirm(false);
                }
            }
            Outcome::Confirmed | Outcome::Sent | Outcome::NotPrinted(_) | Outcome::Uncertain(_) => {
            }
        }
    }

    fn keep_confirm(&mut self, confirms: bool) {
        if self.settings.borrow().address != self.printer.address {
            // By now the printer is another device.
            return;
        }
        self.printer.learned.confirm = Some(confirms);
        let learned = self.printer.learned.clone();
        // Whoever keeps the settings may not be listening yet; this worker knows it all the same.
        let _ = self.context.learned.send((self.printer.id, learned));
    }
}
