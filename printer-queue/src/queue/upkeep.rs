//! What the queue does without being asked.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{error::QueueError, options::History, store::Ledger, worker::Tools};

/// Holds what stands in the lines of printers that are not ours.
pub(super) async fn settle(tools: &Tools) -> Result<(), QueueError> {
    for printer in tools.reader.printers_in_use().await? {
        let ledger = &tools.ledger;
        ledger
            .in_steps(|| Box::new(move |page| Box::pin(page.settle(printer))))
            .await?;
    }
    Ok(())
}

/// Forgets what is long over: at the start, and now and then.
pub(super) async fn forget(ledger: Ledger, history: History, closing: CancellationToken) {
    loop {
        let bounds = history.clone();
        let wait = match ledger
            .write(move |page| Box::pin(async move { page.forget(&bounds).await }))
            .await
        {
            // Others have their turn in between.
            Ok(true) => Duration::from_millis(50).min(history.every),
            Ok(false) => history.every,
            Err(error) => {
                tracing::warn!(%error, "old tickets could not be forgotten; tried again later");
                history.every
            }
        };
        tokio::select! {
            () = closing.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}
