//! Background work of the queue: holds tickets of foreign printers, prunes the history.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{error::QueueError, options::History, store::WriterHandle, worker::WorkerContext};

/// Holds what stands in the lines of printers that are not ours.
pub(super) async fn settle(context: &WorkerContext) -> Result<(), QueueError> {
    for printer in context.reader.printers_in_use().await? {
        let writer = &context.writer;
        writer
            .in_steps(|| Box::new(move |tx| Box::pin(tx.settle(printer))))
            .await?;
    }
    Ok(())
}

/// Forgets what is long over: at the start, and now and then.
pub(super) async fn prune(writer: WriterHandle, history: History, closing: CancellationToken) {
    loop {
        let bounds = history.clone();
        let wait = match writer
            .write(move |tx| Box::pin(async move { tx.prune(&bounds).await }))
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
