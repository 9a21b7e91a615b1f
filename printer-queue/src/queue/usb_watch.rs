//! Wakes the worker of a printer that was just plugged in.

use std::sync::{PoisonError, Weak};

use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::Inner;

/// Watches until the queue ends. Where this PC does not tell what is plugged in, the workers' own looks have to do.
pub(super) async fn watch(queue: Weak<Inner>, closing: CancellationToken) {
    let Some(mut arrivals) = printers::arrivals() else {
        return closing.cancelled().await;
    };
    loop {
        let arrived = tokio::select! {
            () = closing.cancelled() => return,
            arrived = arrivals.next() => arrived,
        };
        let Some(queue) = queue.upgrade() else {
            return closing.cancelled().await;
        };
        let Some(arrived) = arrived else {
            return;
        };
        queue
            .workers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .wake(|address| printers::is_meant(&arrived.address, address));
    }
}
