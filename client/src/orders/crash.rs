//! A panic while one order is handled ends as a plain ticket or a failed one, and harms no other order.

use std::panic::{AssertUnwindSafe, catch_unwind};

use api::{TicketKind, TicketName};
use printer_queue::{Content, NewJob, Tickets};

use crate::{
    orders::{
        elsewhere,
        entry::ReceivedOrder,
        feed::{Feed, FeedError},
        paper,
    },
    settings::SettingsNow,
    view::Handling,
};

/// Runs work that shares nothing, to its end or to its panic.
pub(super) fn catch<T>(what: &str, work: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    done.inspect_err(|_| tracing::error!(what, "panicked; the order goes on without it"))
        .ok()
}

impl Feed {
    /// Handles a revision whose handling panicked: its raw fields are printed, or, where even that fails, a failed ticket
    /// is shown. The answer is whether it is an order to ring for.
    pub(super) async fn handle_crashed(
        &self,
        entry: &ReceivedOrder,
        settings: &SettingsNow,
        before_us: bool,
        why: &str,
    ) -> Result<bool, FeedError> {
        tracing::error!(order = %entry.id, revision = entry.revision, why, "handling an order panicked");
        let handled = self.queue.is_handled(entry.id, entry.revision).await?;
        let (handling, backlog) = if before_us && !handled {
            (Handling::ShownOnly, true)
        } else {
            (Handling::Routed, false)
        };
        if !handled {
            let plain = || Tickets {
                jobs: paper::plain_jobs(entry, settings, self.counter),
                elsewhere: elsewhere::of_plain(entry, settings, self.counter),
            };
            let tickets = if before_us {
                Tickets::default()
            } else {
                catch("a plain ticket", plain)
                    .unwrap_or_else(|| vec![unprintable(entry, why)].into())
            };
            self.queue.submit(entry.id, entry.revision, tickets).await?;
        }
        self.keep(entry, handling, backlog).await?;
        Ok(!handled && !before_us)
    }
}

fn unprintable(entry: &ReceivedOrder, why: &str) -> NewJob {
    NewJob {
        order: Some(entry.id),
        revision: entry.revision,
        revised_at: entry.order.as_ref().ok().map(|order| order.revised_at),
        ticket: TicketName::whole(TicketKind::Plain),
        destination: None,
        copy: 0,
        content: Content::Unprintable {
            detail: format!("handling the order panicked: {why}"),
        },
        locale: "en-US".into(),
        drawer: false,
        urgent: false,
        ages_from: None,
    }
}

/// In tests an order whose number is that of a stage panics there, and one of number `ALL` at each of them.
#[cfg(test)]
pub(super) mod inject {
    pub(in crate::orders) const DECODE: u64 = 900_001;
    pub(in crate::orders) const ROUTE: u64 = 900_002;
    pub(in crate::orders) const RENDER: u64 = 900_003;
    pub(in crate::orders) const SUBMIT: u64 = 900_004;
    pub(in crate::orders) const ALL: u64 = 900_009;

    pub(in crate::orders) fn panic_at(stage: u64, entry: &serde_json::Value) {
        let number = entry.get("number").and_then(serde_json::Value::as_u64);
        assert!(
            number != Some(stage) && number != Some(ALL),
            "a panic that a test asked for at {stage}"
        );
    }
}
