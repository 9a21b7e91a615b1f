//! The queue of frames that wait to be written to one client: ordered, bounded in bytes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use api::centrifugo::{Push, Reply};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Bytes after which a batch is written, so that a large one does not block the socket.
const BATCH: usize = 64 * 1024;

/// The sending half. Never blocks: a client that reads too slowly is disconnected instead (`too_slow`).
#[derive(Debug, Clone)]
pub struct FrameSender {
    frames: mpsc::UnboundedSender<Arc<str>>,
    queued_bytes: Arc<AtomicUsize>,
    limit: usize,
    too_slow: CancellationToken,
}

/// The receiving half, held by the task that writes to the socket.
#[derive(Debug)]
pub struct FrameReceiver {
    frames: mpsc::UnboundedReceiver<Arc<str>>,
    queued_bytes: Arc<AtomicUsize>,
    too_slow: CancellationToken,
}

/// Both halves of a queue of at most `limit` bytes.
pub fn frame_queue(limit: usize) -> (FrameSender, FrameReceiver) {
    let (frames, queued) = mpsc::unbounded_channel();
    let queued_bytes = Arc::new(AtomicUsize::new(0));
    let too_slow = CancellationToken::new();
    let sender = FrameSender {
        frames,
        queued_bytes: Arc::clone(&queued_bytes),
        limit,
        too_slow: too_slow.clone(),
    };
    let receiver = FrameReceiver {
        frames: queued,
        queued_bytes,
        too_slow,
    };
    (sender, receiver)
}

/// Serializes a reply.
pub fn frame(reply: &Reply) -> Arc<str> {
    serde_json::to_string(reply)
        .expect("frames are plain data with text keys")
        .into()
}

/// Serializes a push.
pub fn push(push: Push) -> Arc<str> {
    frame(&Reply {
        push: Some(push),
        ..Reply::default()
    })
}

impl FrameSender {
    /// Queues a frame. A single frame passes whatever its size; one that exceeds the limit marks the client as too slow.
    pub fn send(&self, frame: Arc<str>) {
        let before = self.queued_bytes.fetch_add(frame.len(), Ordering::Relaxed);
        if before > 0 && before + frame.len() > self.limit {
            self.too_slow.cancel();
            return;
        }
        // The receiver is gone when the socket has just closed.
        let _ = self.frames.send(frame);
    }
}

impl FrameReceiver {
    /// The next frames, joined by newlines; `None` when all senders are dropped.
    pub async fn next(&mut self) -> Option<String> {
        let first = self.frames.recv().await?;
        Some(self.batch(&first))
    }

    /// What is queued at this moment, without waiting.
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
        self.queued_bytes.fetch_sub(taken, Ordering::Relaxed);
        text
    }

    /// Cancelled when the queue has exceeded its limit.
    pub fn too_slow(&self) -> CancellationToken {
        self.too_slow.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_together_is_written_together() {
        let (outgoing, mut waiting) = frame_queue(100);
        outgoing.send("{\"id\":1}".into());
        outgoing.send("{}".into());
        assert_eq!(waiting.next().await.unwrap(), "{\"id\":1}\n{}");
        assert!(waiting.rest().is_none());
    }

    #[tokio::test]
    async fn a_reader_that_stops_reading_is_too_slow() {
        let (outgoing, mut waiting) = frame_queue(10);
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
