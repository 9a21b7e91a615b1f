//! Reads what became of the tickets of other counters.

use std::collections::BTreeSet;

use api::{Code, Cursor, OrderId, Problem, report::ReportedTicket};
use jiff::SignedDuration;
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
        loop {
            let here = |error: StoreError| refusal::storage(&error);
            let kept = self.store.tickets_read().await.map_err(here)?;
            let asked = kept.clone().filter(|read| read.counter == self.counter);
            let after = match &asked {
                Some(read) => read.cursor.clone(),
                None => Cursor(BEGINNING.into()),
            };
            let page = match self.tickets_after(&after).await {
                Err(problem) if problem.code == Code::CursorUnknown && asked.is_some() => {
                    tracing::warn!(%problem, "the tickets of other counters are read anew");
                    self.store.forget_tickets_read().await.map_err(here)?;
                    self.wakes.check.notify_one();
                    continue;
                }
                page => page?,
            };
            if page.tickets.is_empty() && page.next == after {
                break;
            }
            let tickets = self.of_others(page.tickets);
            let next = TicketsRead {
                counter: self.counter,
                cursor: page.next,
            };
            let stands = page.more && next.cursor == after;
            if !self
                .store
                .keep_tickets(kept.as_ref(), &next, &tickets)
                .await
                .map_err(here)?
            {
                // Somebody was faster; what follows after that is asked for.
                continue;
            }
            let touched: BTreeSet<OrderId> =
                tickets.iter().map(|ticket| ticket.report.order).collect();
            for order in touched {
                self.events.send(ClientEvent::Order(order)).await;
            }
            if !page.more || stands {
                break;
            }
        }
        self.forget_old().await
    }

    async fn tickets_after(&self, after: &Cursor) -> Result<TicketPage, Problem> {
        self.session
            .call(self.business, async |access| {
                let backend = &access.backend;
                backend.tickets_after(&access.token, after, PAGE).await
            })
            .await
    }

    /// Those that can be read, without ours.
    fn of_others(&self, tickets: Vec<Value>) -> Vec<ReportedTicket> {
        let read = |ticket: Value| match serde_json::from_value::<ReportedTicket>(ticket) {
            Ok(ticket) => (ticket.counter != self.counter).then_some(ticket),
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
