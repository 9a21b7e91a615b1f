//! Orders that no counter has printed, as the server finds them: shown on every counter until somebody takes care of them.

use api::{Problem, unprinted::UnprintedOrder};
use tokio_util::sync::CancellationToken;

use crate::{
    connection::backoff::{Jitter, delay},
    events::ClientEvent,
    reports::{Reports, failed},
    view::Notice,
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
