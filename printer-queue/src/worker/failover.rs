//! Failover: when a printer could not print for long enough, a backup takes what waits in its line. Nothing moves back by
//! itself.

use std::time::Duration;

use api::{PrinterId, TicketKind, job::WaitCause};
use printers::Progress;
use tokio::time::Instant;

use super::{NextTurn, Worker};
use crate::{
    error::QueueError,
    job::{BackupFor, Job},
    retry::{fail_over, waits_for},
};

/// A test page says how its own printer prints, and what came from another printer goes no further: so a ticket moves
/// by itself once, however the backups name each other.
pub(super) fn may_leave(job: &Job) -> bool {
    job.backup_for.is_none() && job.ticket.kind != TicketKind::Test
}

impl Worker {
    /// The line waits for this until then, or until its backup's time has come; what may leave goes to the backup.
    pub(super) async fn wait_in_line(
        &mut self,
        cause: WaitCause,
        why: &'static str,
        until: Option<Instant>,
    ) -> Result<NextTurn, QueueError> {
        self.block_line(cause, why).await?;
        // Whoever stops a line for a while wants it to wait.
        let covered = cause != WaitCause::Paused && !self.printer.backups.is_empty();
        let after = self.printer.policy.failover_after_s.filter(|_| covered);
        let Some(after) = after else {
            return Ok(until.map_or(NextTurn::OnWake, NextTurn::At));
        };
        if let Some(to) = fail_over(&self.printer.policy, self.waited(), self.backup()) {
            self.hand_over(to).await?;
        }
        if self.status.open_jobs() == 0 {
            return Ok(until.map_or(NextTurn::OnWake, NextTurn::At));
        }
        // A backup that cannot print now may be able to in a while.
        let due = Duration::from_secs(after.into()).saturating_sub(self.waited());
        let next = Instant::now() + due.max(self.context.timings.recheck);
        Ok(NextTurn::At(until.map_or(next, |until| until.min(next))))
    }

    /// The first backup that could print now, as far as anybody knows.
    pub(super) fn backup(&self) -> Option<PrinterId> {
        let others = self.printer.backups.iter().copied();
        others
            .filter(|backup| *backup != self.printer.id)
            .find(|backup| self.status.could_print(*backup))
    }

    /// How long the printer has not been able to print.
    pub(super) fn waited(&self) -> Duration {
        self.trouble.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The printer stopped in the middle of a ticket, or goes on: what those behind it wait for, and when they hear of it.
    pub(super) fn behind(&mut self, progress: Progress) -> Option<(WaitCause, Instant)> {
        match progress {
            Progress::Waiting(health) => {
                self.trouble.get_or_insert_with(Instant::now);
                // Many a printer only takes a breath.
                Some((waits_for(health), self.soon()))
            }
            Progress::Printing => {
                self.trouble = None;
                None
            }
        }
    }

    /// Those behind a ticket that is stuck in the printer wait; what may leave goes to the backup in time.
    pub(super) async fn look_after(
        &mut self,
        behind: Option<(WaitCause, Instant)>,
    ) -> Option<(WaitCause, Instant)> {
        let (cause, _) = behind?;
        let rest = match self
            .wait_in_line(cause, "its printer is waited for", None)
            .await
        {
            Ok(rest) => rest,
            Err(error) => self.cannot_store(&error),
        };
        match rest {
            NextTurn::At(due) => Some((cause, due)),
            NextTurn::OnWake | NextTurn::Now => None,
        }
    }

    pub(super) fn soon(&self) -> Instant {
        Instant::now() + self.context.timings.recheck
    }

    async fn hand_over(&mut self, to: PrinterId) -> Result<(), QueueError> {
        let from = BackupFor {
            printer: self.printer.id,
            name: self.printer.name.clone(),
        };
        loop {
            let from = from.clone();
            let more = self
                .context
                .writer
                .write(move |tx| Box::pin(async move { tx.line_fails_over(&from, to).await }))
                .await?;
            if !more {
                self.count();
                return Ok(());
            }
        }
    }
}
