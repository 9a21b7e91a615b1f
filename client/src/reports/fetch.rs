//! Reads what became of the tickets of other counters.

use std::collections::BTreeSet;

use api::{Code, CounterId, Cursor, OrderId, Problem, report::ReportedTicket};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    backend::TicketPage,
    connection::backoff::{Jitter, delay},
    events::ClientEvent,
    refusal,
    reports::{Reports, failed},
    store::{StoreError, TicketsRead},
};

/// Tickets of a page: few enough that no order waits long for the file.
const PAGE: u32 = 100;
/// A counter that begins to read keeps what is younger: nothing older is taken over, or stands among its orders.
const RECENT: SignedDuration = SignedDuration::from_hours(48);
/// Before the first ticket.
const BEGINNING: &str = "0";

impl Reports {
    /// Runs until it is stopped.
    pub(super) async fn follow(self, stop: CancellationToken) {
        let mut failures = 0;
        let mut jitter = Jitter::new(rand::random());
        while self.signed_in(&stop).await {
            let fetched = tokio::select! {
                fetched = self.fetch() => fetched,
                () = stop.cancelled() => return,
            };
            let pause = match fetched {
                Ok(()) => {
                    failures = 0;
                    self.poll
                }
                Err(problem) => {
                    failed("tickets of other counters could not be read", &problem);
                    failures += 1;
                    delay(failures - 1, self.backoff, &mut jitter)
                }
            };
            tokio::select! {
                () = self.wakes.news.notified() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Reads everything that other counters reported until now. Whoever must know it waits for this and reads
    /// [`crate::store::Store::reported_tickets`] then.
    ///
    /// # Errors
    /// What the server said, that it cannot be reached, or that this PC cannot store. What was read until then is kept.
    pub async fn fetch(&self) -> Result<(), Problem> {
        let here = |error: StoreError| refusal::storage(&error);
        let mut kept = self.store.tickets_read().await.map_err(here)?;
        let mut after = self.place(kept.as_ref());
        let mut old = self.too_old(&after);
        loop {
            let page = match self.tickets_after(&after).await {
                Err(problem) if problem.code == Code::CursorUnknown && after.0 != BEGINNING => {
                    tracing::warn!(%problem, "the tickets of other counters are read anew");
                    self.store.forget_tickets_read().await.map_err(here)?;
                    self.wakes.check.notify_one();
                    (kept, after) = (None, Cursor(BEGINNING.into()));
                    old = self.too_old(&after);
                    continue;
                }
                page => page?,
            };
            let tickets = self.of_others(page.tickets, old);
            let moves = page.next != after;
            let ends = !page.more || !moves;
            // Each write is a sync of the file that orders wait for.
            if moves && (ends || !tickets.is_empty()) {
                let next = TicketsRead {
                    counter: self.counter,
                    cursor: page.next.clone(),
                };
                let keeping = self.store.keep_tickets(kept.as_ref(), &next, &tickets);
                if !keeping.await.map_err(here)? {
                    // Somebody was faster: what follows after that is asked for.
                    kept = self.store.tickets_read().await.map_err(here)?;
                    after = self.place(kept.as_ref());
                    continue;
                }
                kept = Some(next);
            }
            after = page.next;
            self.learn_names(&tickets).await?;
            let touched: BTreeSet<OrderId> =
                tickets.iter().map(|ticket| ticket.report.order).collect();
            self.touched.add(touched.iter().copied());
            for order in touched {
                self.events.send(ClientEvent::Order(order)).await;
            }
            if ends {
                return self.forget_old().await;
            }
        }
    }

    /// Asks what counters are called that were not there when they were last heard.
    async fn learn_names(&self, tickets: &[ReportedTicket]) -> Result<(), Problem> {
        let here = |error: StoreError| refusal::storage(&error);
        let known = self.store.counters().await.map_err(here)?;
        let known: BTreeSet<CounterId> = known.iter().map(|counter| counter.id).collect();
        if tickets.iter().all(|ticket| known.contains(&ticket.counter)) {
            return Ok(());
        }
        let name = &self.counter_name;
        let asked = self.session.call(self.business, async |access| {
            access.backend.counters(&access.token, name).await
        });
        match asked.await {
            Ok(counters) => self.store.set_counters(&counters).await.map_err(here)?,
            // Their tickets are shown without a name meanwhile.
            Err(problem) => tracing::warn!(%problem, "the names of counters could not be read"),
        }
        self.events.send(ClientEvent::OverviewChanged).await;
        Ok(())
    }

    /// Where reading goes on.
    fn place(&self, kept: Option<&TicketsRead>) -> Cursor {
        match kept {
            Some(read) if read.counter == self.counter => read.cursor.clone(),
            Some(_) | None => Cursor(BEGINNING.into()),
        }
    }

    /// At the beginning lie the tickets of years: of those, what is older than this is left out.
    fn too_old(&self, after: &Cursor) -> Option<Timestamp> {
        let now = self.clock.now().filter(|_| after.0 == BEGINNING)?;
        now.checked_sub(RECENT).ok()
    }

    async fn tickets_after(&self, after: &Cursor) -> Result<TicketPage, Problem> {
        self.session
            .call(self.business, async |access| {
                let backend = &access.backend;
                backend.tickets_after(&access.token, after, PAGE).await
            })
            .await
    }

    /// Those that can be read, without ours and those that are too old.
    fn of_others(&self, tickets: Vec<Value>, old: Option<Timestamp>) -> Vec<ReportedTicket> {
        let kept = |ticket: &ReportedTicket| {
            ticket.counter != self.counter && old.is_none_or(|old| ticket.report.at >= old)
        };
        let read = |ticket: Value| match serde_json::from_value::<ReportedTicket>(ticket) {
            Ok(ticket) => kept(&ticket).then_some(ticket),
            Err(error) => {
                tracing::error!(%error, "a ticket of another counter cannot be read");
                None
            }
        };
        tickets.into_iter().filter_map(read).collect()
    }

    async fn forget_old(&self) -> Result<(), Problem> {
        let Some(before) = self.clock.now().and_then(|now| {
            let history = SignedDuration::try_from(self.history).ok()?;
            now.checked_sub(history).ok()
        }) else {
            return Ok(());
        };
        let pruned = self.store.prune_reported(before).await;
        pruned.map_err(|error| refusal::storage(&error))
    }
}
