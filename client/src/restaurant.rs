//! The restaurant that is open on this counter: its files, its queue, its tasks. At most one is open; it stays so when
//! somebody signs out, since its tickets still print.

mod open;

use api::{BusinessId, Code, Problem};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use crate::restaurant::open::{OpenError, Parts, Restaurant};

/// Opens restaurants, one at a time. Clones are the same door.
#[derive(Debug, Clone)]
pub struct Door {
    asks: mpsc::Sender<Ask>,
    open: watch::Receiver<Option<Restaurant>>,
}

struct Ask {
    business: BusinessId,
    reply: oneshot::Sender<Result<(), OpenError>>,
}

impl Door {
    /// Gives birth to the owner task. When it is stopped it closes what is open.
    pub fn start(parts: Parts, tasks: &TaskTracker, stop: CancellationToken) -> Door {
        let (asks, asked) = mpsc::channel(8);
        let (tell, open) = watch::channel(None);
        tasks.spawn(keep(parts, asked, tell, stop));
        Door { asks, open }
    }

    /// Opens a restaurant. Another one that is open is closed first; the same one stays as it is.
    ///
    /// # Errors
    /// When its files cannot be used.
    pub async fn open(&self, business: BusinessId) -> Result<(), OpenError> {
        let (reply, answer) = oneshot::channel();
        let ask = Ask { business, reply };
        self.asks.send(ask).await.map_err(|_| OpenError::Closing)?;
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
    parts: Parts,
    mut asked: mpsc::Receiver<Ask>,
    tell: watch::Sender<Option<Restaurant>>,
    stop: CancellationToken,
) {
    loop {
        let ask = tokio::select! {
            ask = asked.recv() => ask,
            () = stop.cancelled() => None,
        };
        let Some(Ask { business, reply }) = ask else {
            break;
        };
        let same = tell
            .borrow()
            .as_ref()
            .is_some_and(|open| open.business == business);
        let opened = if same {
            Ok(())
        } else {
            close(&tell).await;
            Restaurant::open(&parts, business)
                .await
                .map(|open| drop(tell.send_replace(Some(open))))
        };
        // Who asked and went away needs no answer.
        drop(reply.send(opened));
    }
    close(&tell).await;
}

async fn close(tell: &watch::Sender<Option<Restaurant>>) {
    if let Some(open) = tell.send_replace(None) {
        open.close().await;
    }
}
