//! One sender's connection: how much may be read when, and what is still to be said.

use super::wire::{Flow, Wire};
use crate::faults::Faults;
use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// Bytes taken at once.
const MOUTHFUL: usize = 16 * 1024;

/// With XON/XOFF, the sender is told to stop when only so many bytes are free: it may send some more before it hears that.
const STOP_BEFORE: usize = 256;

const XON: u8 = 0x11;
const XOFF: u8 = 0x13;

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The sender finished, everything was printed and said.
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
pub(super) struct Plan {
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
    wire: Option<Wire>,
    received: u64,
    finished: Option<Instant>,
    next_read: Instant,
    answers: Vec<u8>,
    later: VecDeque<(Instant, Vec<u8>)>,
    mouthful: Box<[u8]>,
    /// The sender was told to stop (XOFF) and not yet to go on.
    stopped: bool,
}

impl Connection {
    pub(super) fn new(wire: Wire) -> Self {
        Self {
            wire: Some(wire),
            received: 0,
            finished: None,
            next_read: Instant::now(),
            answers: Vec::new(),
            later: VecDeque::new(),
            mouthful: vec![0; MOUTHFUL].into(),
            stopped: false,
        }
    }

    /// What may be read under these faults, with `held` of `buffer` bytes waiting to be printed.
    pub(super) fn plan(&mut self, faults: &Faults, held: usize, buffer: usize) -> Plan {
        if faults
            .power_cut_after_bytes
            .is_some_and(|limit| self.received >= limit)
        {
            return Plan {
                power_cut: true,
                ..Plan::default()
            };
        }
        let resets = [faults.reset_after_bytes, faults.reset_once_after_bytes];
        let limit = resets.into_iter().flatten().min();
        if limit.is_some_and(|limit| self.received >= limit) {
            return Plan {
                reset: true,
                ..Plan::default()
            };
        }
        let held = match self.flow() {
            // Nobody holds such a sender back: what does not fit is read all the same, and lost.
            Some(Flow::XonXoff | Flow::None) => 0,
            Some(Flow::Hardware) | None => held,
        };
        if self.finished.is_some() || faults.never_read || held >= buffer {
            return Plan::default();
        }
        let limit = limit.into_iter().chain(faults.power_cut_after_bytes).min();
        let until_reset = limit.map_or(u64::MAX, |limit| limit - self.received);
        let mouthful = MOUTHFUL
            .min(usize::try_from(until_reset).unwrap_or(MOUTHFUL))
            .min(buffer - held);
        let Some(speed) = faults.bytes_per_second else {
            return Plan {
                bytes: mouthful,
                ..Plan::default()
            };
        };
        if Instant::now() < self.next_read {
            return Plan {
                read_at: Some(self.next_read),
                ..Plan::default()
            };
        }
        // Fifty mouthfuls a second look like a steady stream.
        Plan {
            bytes: mouthful.min((speed as usize / 50).max(1)),
            ..Plan::default()
        }
    }

    /// When something has to be done without a byte from outside: by this connection, or by the printer.
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

    /// The sender has said all that it wants to say.
    pub(super) fn has_finished(&self) -> bool {
        self.finished.is_some()
    }

    pub(super) fn finished_for(&self) -> Duration {
        self.finished
            .map_or(Duration::ZERO, |finished| finished.elapsed())
    }

    /// Something is or will be said.
    pub(super) fn has_answers(&self) -> bool {
        !self.answers.is_empty() || !self.later.is_empty()
    }

    pub(super) fn say(&mut self, bytes: &[u8]) {
        self.answers.extend_from_slice(bytes);
    }

    pub(super) fn say_later(&mut self, bytes: Vec<u8>, delay: Duration) {
        if delay.is_zero() && self.later.is_empty() {
            self.say(&bytes);
        } else {
            self.later.push_back((Instant::now() + delay, bytes));
        }
    }

    /// How a sender on a serial cable is held back; none on every other wire.
    pub(super) fn flow(&self) -> Option<Flow> {
        self.wire.as_ref().and_then(Wire::flow)
    }

    /// With XON/XOFF, says stop while little of the buffer is free, and go on when half of it is.
    pub(super) fn regulate(&mut self, held: usize, buffer: usize) {
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
            self.say(&[if stop { XOFF } else { XON }]);
        }
    }

    /// Says what there is to say and waits until something was said or read: at most `most` bytes, `speed` of them in a
    /// second. None came when the sender has finished. Nothing is lost when this is given up.
    pub(super) async fn turn(&mut self, most: usize, speed: Option<u32>) -> io::Result<Vec<u8>> {
        std::future::poll_fn(|cx| self.poll_turn(cx, most, speed)).await
    }

    fn poll_turn(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
        speed: Option<u32>,
    ) -> Poll<io::Result<Vec<u8>>> {
        let now = Instant::now();
        while let Some((_, bytes)) = self.later.pop_front_if(|(at, _)| *at <= now) {
            self.answers.extend(bytes);
        }
        let Some(wire) = &mut self.wire else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let mut said = false;
        while !self.answers.is_empty() {
            match wire.poll_write(cx, &self.answers) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => drop(self.answers.drain(..count)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
            said = true;
        }
        let most = most.min(self.mouthful.len());
        if most > 0
            && let Poll::Ready(count) = wire.poll_read(cx, &mut self.mouthful[..most])?
        {
            if count == 0 {
                self.finished = Some(now);
            }
            self.received += count as u64;
            if let Some(speed) = speed {
                let takes = Duration::from_secs_f64(count as f64 / f64::from(speed.max(1)));
                self.next_read = now + takes;
            }
            return Poll::Ready(Ok(self.mouthful[..count].to_vec()));
        }
        if said {
            return Poll::Ready(Ok(Vec::new()));
        }
        Poll::Pending
    }

    /// Closes with a reset.
    pub(super) fn reset(&mut self) {
        if let Some(wire) = self.wire.take() {
            wire.reset();
        }
    }

    /// The printer behind it was switched off and on: true when the wire outlives that. What was to be said is not.
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
