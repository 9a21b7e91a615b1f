//! Orders that no counter has printed, as the server finds them: shown on every counter until somebody takes care of them.

use api::{
    Code, Order, OrderId, Problem,
    unprinted::{NothingToPrint, UnprintedOrder},
};
use tokio_util::sync::CancellationToken;

use crate::{
    connection::backoff::{Jitter, delay},
    events::ClientEvent,
    refusal,
    reports::{Reports, failed},
    store::Revision,
    view::{Handling, Notice},
};

impl Reports {
    /// Runs until it is stopped.
    pub(super) async fn watch_unprinted(self, stop: CancellationToken) {
        let mut failures = 0;
        let mut jitter = Jitter::new(rand::random());
        let mut shown = None;
        while self.signed_in(&stop).await {
            let asked = tokio::select! {
                asked = self.unprinted() => asked,
                () = stop.cancelled() => return,
            };
            let pause = match asked {
                Ok(orders) => {
                    failures = 0;
                    let orders = self.without_paper_on_purpose(orders).await;
                    self.show(&mut shown, orders).await;
                    self.poll
                }
                Err(problem) => {
                    failed(
                        "orders that nobody printed could not be asked for",
                        &problem,
                    );
                    failures += 1;
                    delay(failures - 1, self.backoff, &mut jitter)
                }
            };
            tokio::select! {
                () = self.wakes.unprinted.notified() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn unprinted(&self) -> Result<Vec<UnprintedOrder>, Problem> {
        self.session
            .call(self.business, async |access| {
                access.backend.unprinted(&access.token).await
            })
            .await
    }

    /// Leaves out those of which the rules make no ticket, and says so to the server.
    async fn without_paper_on_purpose(&self, orders: Vec<UnprintedOrder>) -> Vec<UnprintedOrder> {
        let mut missing = Vec::with_capacity(orders.len());
        for flagged in orders {
            let said = match self.nothing_to_print(flagged.order).await {
                Ok(Some(said)) => said,
                Ok(None) => {
                    missing.push(flagged);
                    continue;
                }
                Err(problem) => {
                    failed("what was made of an order could not be read", &problem);
                    missing.push(flagged);
                    continue;
                }
            };
            let told = self
                .session
                .call(self.business, async |access| {
                    let (token, order) = (&access.token, flagged.order);
                    access.backend.nothing_to_print(token, order, said).await
                })
                .await;
            match told {
                Ok(()) => {}
                // Another counter said so, or somebody took care of it.
                Err(problem) if problem.code == Code::NotFound => {}
                Err(problem) => {
                    failed("an order without paper could not be reported", &problem);
                    missing.push(flagged);
                }
            }
        }
        missing
    }

    /// The newest revision of an order that was handled here, if no counter was to make a ticket of it or of one before.
    async fn nothing_to_print(&self, order: OrderId) -> Result<Option<NothingToPrint>, Problem> {
        let kept = self.store.revisions(order, u32::MAX).await;
        let kept = kept.map_err(|error| refusal::storage(&error))?;
        let Some(newest) = kept.iter().max_by_key(|kept| kept.revision) else {
            return Ok(None);
        };
        let read: Option<Order> = serde_json::from_str(&newest.body).ok();
        let nothing = NothingToPrint {
            revision: newest.revision,
            revised_at: read.map(|order| order.revised_at),
        };
        let routed = |kept: &Revision| kept.handling == Handling::Routed;
        if !kept.iter().all(routed) {
            return Ok(None);
        }
        let here = |error: &_| refusal::queue(error);
        let jobs = self.queue.jobs_of(order).await.map_err(|e| here(&e))?;
        let others = self.queue.elsewhere_of(order).await;
        let others = others.map_err(|error| here(&error))?;
        let is_nowhere = jobs.is_empty() && others.is_empty();
        Ok(is_nowhere.then_some(nothing))
    }

    async fn show(&self, shown: &mut Option<Notice>, orders: Vec<UnprintedOrder>) {
        let now = (!orders.is_empty()).then_some(Notice::NotPrinted { orders });
        if *shown == now {
            return;
        }
        let before = std::mem::replace(shown, now.clone());
        match (before, now) {
            // It takes the place of what was shown.
            (_, Some(notice)) => {
                tracing::error!(?notice, "no counter has printed these orders");
                self.events.send(ClientEvent::Notice(notice)).await;
            }
            (Some(over), None) => self.events.send(ClientEvent::NoticeOver(over)).await,
            (None, None) => {}
        }
    }
}
