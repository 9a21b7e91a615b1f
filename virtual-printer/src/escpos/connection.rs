//! One sender's connection: when how much may be read, and the queue of answers.

use crate::faults::Faults;
use crate::transport::{Flow, Transport};
use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// Bytes taken at once.
const CHUNK: usize = 16 * 1024;

/// With XON/XOFF, XOFF is sent when only so many bytes are free: some more may arrive before the sender stops.
const STOP_BEFORE: usize = 256;

const XON: u8 = 0x11;
const XOFF: u8 = 0x13;

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The sender finished; everything was printed and every answer sent.
    InOrder,
    /// The sender finished, but the printer cannot print what it holds.
    OutOfPatience,
    /// By the printer.
    Reset,
    /// By the sender or the network.
    Lost,
    /// The virtual printer is shutting down.
    Stopped,
}

/// What may be read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ReadPlan {
    /// At most so many bytes.
    pub bytes: usize,
    /// Not before this time.
    pub read_at: Option<Instant>,
    /// The connection must be reset.
    pub reset: bool,
    /// The power must fail.
    pub power_cut: bool,
}

/// One sender.
#[derive(Debug)]
pub(super) struct Connection {
    transport: Option<Transport>,
    received: u64,
    finished: Option<Instant>,
    next_read: Instant,
    answers: Vec<u8>,
    later: VecDeque<(Instant, Vec<u8>)>,
    chunk: Box<[u8]>,
    /// XOFF was sent, and no XON since.
    stopped: bool,
}

impl Connection {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport: Some(transport),
            received: 0,
            finished: None,
            next_read: Instant::now(),
            answers: Vec::new(),
            later: VecDeque::new(),
            chunk: vec![0; CHUNK].into(),
            stopped: false,
        }
    }

    /// What may be read under these faults, with `held` of `buffer` bytes waiting to be printed.
    pub(super) fn plan(&mut self, faults: &Faults, held: usize, buffer: usize) -> ReadPlan {
        if faults
            .power_cut_after_bytes
            .is_some_and(|limit| self.received >= limit)
        {
            return ReadPlan {
                power_cut: true,
                ..ReadPlan::default()
            };
        }
        let resets = [faults.reset_after_bytes, faults.reset_once_after_bytes];
        let limit = resets.into_iter().flatten().min();
        if limit.is_some_and(|limit| self.received >= limit) {
            return ReadPlan {
                reset: true,
                ..ReadPlan::default()
            };
        }
        let held = match self.flow() {
            // Such a sender has no flow control: what does not fit is read and lost.
            Some(Flow::XonXoff | Flow::None) => 0,
            Some(Flow::Hardware) | None => held,
        };
        if self.finished.is_some() || faults.never_read || held >= buffer {
            return ReadPlan::default();
        }
        let limit = limit.into_iter().chain(faults.power_cut_after_bytes).min();
        let until_reset = limit.map_or(u64::MAX, |limit| limit - self.received);
        let chunk = CHUNK
            .min(usize::try_from(until_reset).unwrap_or(CHUNK))
            .min(buffer - held);
        let Some(speed) = faults.bytes_per_second else {
            return ReadPlan {
                bytes: chunk,
                ..ReadPlan::default()
            };
        };
        if Instant::now() < self.next_read {
            return ReadPlan {
                read_at: Some(self.next_read),
                ..ReadPlan::default()
            };
        }
        // Fifty chunks a second look like a steady stream.
        ReadPlan {
            bytes: chunk.min((speed as usize / 50).max(1)),
            ..ReadPlan::default()
        }
    }

    /// The next timer of this connection or the printer.
    pub(super) fn wake(
        &self,
        read_at: Option<Instant>,
        prints_at: Option<Instant>,
        patience: Duration,
    ) -> Option<Instant> {
        let later = self.later.front().map(|(at, _)| *at);
        let patience = self
            .finished
            .map(|finished| finished + patience)
            .filter(|at| *at > Instant::now());
        [read_at, prints_at, later, patience]
            .into_iter()
            .flatten()
            .min()
    }

    /// The sender has closed its side.
    pub(super) fn has_finished(&self) -> bool {
        self.finished.is_some()
    }

    pub(super) fn finished_for(&self) -> Duration {
        self.finished
            .map_or(Duration::ZERO, |finished| finished.elapsed())
    }

    /// Answers are queued, now or for later.
    pub(super) fn has_answers(&self) -> bool {
        !self.answers.is_empty() || !self.later.is_empty()
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.answers.extend_from_slice(bytes);
    }

    pub(super) fn send_later(&mut self, bytes: Vec<u8>, delay: Duration) {
        if delay.is_zero() && self.later.is_empty() {
            self.send(&bytes);
        } else {
            self.later.push_back((Instant::now() + delay, bytes));
        }
    }

    /// Flow control of a serial cable; none on every other transport.
    pub(super) fn flow(&self) -> Option<Flow> {
        self.transport.as_ref().and_then(Transport::flow)
    }

    /// With XON/XOFF, sends XOFF when the buffer is nearly full, and XON when half of it is free.
    pub(super) fn update_flow_control(&mut self, held: usize, buffer: usize) {
        if self.flow() != Some(Flow::XonXoff) {
            return;
        }
        let free = buffer.saturating_sub(held);
        let stop = if self.stopped {
            free < buffer / 2
        } else {
            free < STOP_BEFORE.min(buffer / 2)
        };
        if stop != self.stopped {
            self.stopped = stop;
            self.send(&[if stop { XOFF } else { XON }]);
        }
    }

    /// Writes queued answers and waits until something was written or read: at most `most` bytes, `speed` of them in a
    /// second. Empty when the sender has finished. Cancel-safe.
    pub(super) async fn exchange(
        &mut self,
        most: usize,
        speed: Option<u32>,
    ) -> io::Result<Vec<u8>> {
        std::future::poll_fn(|cx| self.poll_exchange(cx, most, speed)).await
    }

    fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
        speed: Option<u32>,
    ) -> Poll<io::Result<Vec<u8>>> {
        let now = Instant::now();
        while let Some((_, bytes)) = self.later.pop_front_if(|(at, _)| *at <= now) {
            self.answers.extend(bytes);
        }
        let Some(transport) = &mut self.transport else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let mut sent = false;
        while !self.answers.is_empty() {
            match transport.poll_write(cx, &self.answers) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => drop(self.answers.drain(..count)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
            sent = true;
        }
        let most = most.min(self.chunk.len());
        if most > 0
            && let Poll::Ready(count) = transport.poll_read(cx, &mut self.chunk[..most])?
        {
            if count == 0 {
                self.finished = Some(now);
            }
            self.received += count as u64;
            if let Some(speed) = speed {
                let takes = Duration::from_secs_f64(count as f64 / f64::from(speed.max(1)));
                self.next_read = now + takes;
            }
            return Poll::Ready(Ok(self.chunk[..count].to_vec()));
        }
        if sent {
            return Poll::Ready(Ok(Vec::new()));
        }
        Poll::Pending
    }

    /// Closes with a reset.
    pub(super) fn reset(&mut self) {
        if let Some(transport) = self.transport.take() {
            transport.reset();
        }
    }

    /// The printer was switched off and on. True when the transport survives that; queued answers are dropped.
    pub(super) fn survives_power_cut(&mut self) -> bool {
        let survives = self.flow().is_some();
        if survives {
            self.answers.clear();
            self.later.clear();
            self.stopped = false;
        } else {
            self.reset();
        }
        survives
    }
}
