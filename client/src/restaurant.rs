//! The restaurant that is open on this counter: its files, its queue, its tasks. At most one is open. Signing out does
//! not close it, since its tickets still print.

mod open;
mod report;

use api::{BusinessId, Code, Problem};
use std::sync::Arc;

use supervision::{Policy, Tasks};
use tokio::sync::{Mutex, mpsc, oneshot, watch};

pub use crate::restaurant::open::{OpenError, Parts, Restaurant};

/// Holds the open restaurant and opens another one on request. Clones share one holder task.
#[derive(Debug, Clone)]
pub struct RestaurantHolder {
    requests: mpsc::Sender<OpenRequest>,
    open: watch::Receiver<Option<Restaurant>>,
}

struct OpenRequest {
    business: BusinessId,
    reply: oneshot::Sender<Result<(), OpenError>>,
}

impl RestaurantHolder {
    /// Spawns the holder task, which closes the open restaurant when it is stopped.
    pub fn start(parts: Parts, tasks: &Tasks) -> RestaurantHolder {
        let (requests, received) = mpsc::channel(8);
        let (open_now, open) = watch::channel(None);
        let shared = Arc::new(Mutex::new(received));
        let (parts, open_now) = (Arc::new(parts), Arc::new(open_now));
        tasks.spawn("restaurant holder", Policy::Restart, move || {
            let (shared, open_now, parts) = (shared.clone(), open_now.clone(), parts.clone());
            async move { keep(&parts, &mut *shared.lock().await, &open_now).await }
        });
        RestaurantHolder { requests, open }
    }

    /// Opens a restaurant. Another one that is open is closed first; the same one stays as it is.
    ///
    /// # Errors
    /// When its files cannot be used.
    pub async fn open(&self, business: BusinessId) -> Result<(), OpenError> {
        let (reply, answer) = oneshot::channel();
        let request = OpenRequest { business, reply };
        self.requests
            .send(request)
            .await
            .map_err(|_| OpenError::Closing)?;
        answer.await.map_err(|_| OpenError::Closing)?
    }

    /// The one that is open.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] when nobody ever signed in on this PC.
    pub fn restaurant(&self) -> Result<Restaurant, Problem> {
        self.open.borrow().clone().ok_or_else(|| {
            Problem::new(
                Code::Unauthenticated,
                "Nobody is signed in on this PC. Sign in first.",
            )
        })
    }

    /// The one that is open, from now on.
    pub fn watch(&self) -> watch::Receiver<Option<Restaurant>> {
        self.open.clone()
    }
}

async fn keep(
    parts: &Parts,
    received: &mut mpsc::Receiver<OpenRequest>,
    open_now: &watch::Sender<Option<Restaurant>>,
) {
    let stop = parts.tasks.stop();
    loop {
        let request = tokio::select! {
            request = received.recv() => request,
            () = stop.cancelled() => None,
        };
        let Some(OpenRequest { business, reply }) = request else {
            break;
        };
        let same = open_now
            .borrow()
            .as_ref()
            .is_some_and(|open| open.business == business);
        let opened = if same {
            Ok(())
        } else {
            close(open_now).await;
            Restaurant::open(parts, business)
                .await
                .map(|open| drop(open_now.send_replace(Some(open))))
        };
        // A caller that went away needs no answer.
        drop(reply.send(opened));
    }
    // Without a handle nobody asks any more; what is open stays so until the tasks are stopped.
    stop.cancelled().await;
    close(open_now).await;
}

async fn close(open_now: &watch::Sender<Option<Restaurant>>) {
    if let Some(open) = open_now.send_replace(None) {
        open.close().await;
    }
}

#[cfg(test)]
mod tests;
