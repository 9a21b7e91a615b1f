//! Frames that wait to be written to one client, in their order and within a bound.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use api::centrifugo::{Push, Reply};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A batch is closed when it is this long, so that a big one does not hold up the socket.
const BATCH: usize = 64 * 1024;

/// Takes frames for one client. Never blocks: a client that reads too slowly is closed instead (`too_slow`).
#[derive(Debug, Clone)]
pub struct Outgoing {
    frames: mpsc::UnboundedSender<Arc<str>>,
    waiting: Arc<AtomicUsize>,
    limit: usize,
    too_slow: CancellationToken,
}

/// The other end: what is to be written.
#[derive(Debug)]
pub struct Waiting {
    frames: mpsc::UnboundedReceiver<Arc<str>>,
    waiting: Arc<AtomicUsize>,
    too_slow: CancellationToken,
}

/// Both ends, with room for so many bytes.
pub fn outgoing(limit: usize) -> (Outgoing, Waiting) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let too_slow = CancellationToken::new();
    let outgoing = Outgoing {
        frames: sender,
        waiting: Arc::clone(&waiting),
        limit,
        too_slow: too_slow.clone(),
    };
    let waiting = Waiting {
        frames: receiver,
        waiting,
        too_slow,
    };
    (outgoing, waiting)
}

/// A frame as it is written.
pub fn frame(reply: &Reply) -> Arc<str> {
    serde_json::to_string(reply)
        .expect("frames are plain data with text keys")
        .into()
}

/// A push as it is written.
pub fn push(push: Push) -> Arc<str> {
    frame(&Reply {
        push: Some(push),
        ..Reply::default()
    })
}

impl Outgoing {
    /// Queues a frame. One frame passes whatever its size; a second that does not fit marks the client as too slow.
    pub fn send(&self, frame: Arc<str>) {
        let before = self.waiting.fetch_add(frame.len(), Ordering::Relaxed);
        if before > 0 && before + frame.len() > self.limit {
            self.too_slow.cancel();
            return;
        }
        // Nobody receives any more when the socket has just gone; there is nothing left to tell it.
        let _ = self.frames.send(frame);
    }
}

impl Waiting {
    /// The next frames, joined by newlines; `None` when no more can come.
    pub async fn next(&mut self) -> Option<String> {
        let first = self.frames.recv().await?;
        Some(self.batch(&first))
    }

    /// What waits at this moment.
    pub fn rest(&mut self) -> Option<String> {
        let first = self.frames.try_recv().ok()?;
        Some(self.batch(&first))
    }

    fn batch(&mut self, first: &str) -> String {
        let mut text = first.to_owned();
        let mut taken = first.len();
        while text.len() < BATCH
            && let Ok(next) = self.frames.try_recv()
        {
            text.push('\n');
            text.push_str(&next);
            taken += next.len();
        }
        self.waiting.fetch_sub(taken, Ordering::Relaxed);
        text
    }

    /// Resolves when more waits than may.
    pub fn too_slow(&self) -> CancellationToken {
        self.too_slow.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_together_is_written_together() {
        let (outgoing, mut waiting) = outgoing(100);
        outgoing.send("{\"id\":1}".into());
        outgoing.send("{}".into());
        assert_eq!(waiting.next().await.unwrap(), "{\"id\":1}\n{}");
        assert!(waiting.rest().is_none());
    }

    #[tokio::test]
    async fn a_reader_that_stops_reading_is_too_slow() {
        let (outgoing, mut waiting) = outgoing(10);
        outgoing.send("0123456789abcdef".into());
        assert!(
            !waiting.too_slow().is_cancelled(),
            "one frame always passes"
        );
        waiting.next().await.unwrap();
        outgoing.send("01234".into());
        outgoing.send("56789".into());
        assert!(!waiting.too_slow().is_cancelled());
        outgoing.send("x".into());
        assert!(waiting.too_slow().is_cancelled());
    }
}
