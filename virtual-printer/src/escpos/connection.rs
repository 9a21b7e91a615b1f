//! One sender's connection: how much may be read when, and what is still to be said.

use super::door;
use crate::faults::Faults;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Bytes taken at once.
const MOUTHFUL: usize = 16 * 1024;

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
}

/// One sender.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Option<TcpStream>,
    received: u64,
    finished: Option<Instant>,
    next_read: Instant,
    answers: Vec<u8>,
    later: VecDeque<(Instant, Vec<u8>)>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "answers may be late");
        }
        Self {
            stream: Some(stream),
            received: 0,
            finished: None,
            next_read: Instant::now(),
            answers: Vec::new(),
            later: VecDeque::new(),
        }
    }

    /// What may be read under these faults, with `held` of `buffer` bytes waiting to be printed.
    pub(super) fn plan(&mut self, faults: &Faults, held: usize, buffer: usize) -> Plan {
        let limit = [faults.reset_after_bytes, faults.reset_once_after_bytes]
            .into_iter()
            .flatten()
            .min();
        if limit.is_some_and(|limit| self.received >= limit) {
            return Plan {
                reset: true,
                ..Plan::default()
            };
        }
        if self.finished.is_some() || faults.never_read || held >= buffer {
            return Plan::default();
        }
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

    /// When something has to be done without a byte from outside.
    pub(super) fn wake(&self, read_at: Option<Instant>, patience: Duration) -> Option<Instant> {
        let later = self.later.front().map(|(at, _)| *at);
        let patience = self
            .finished
            .map(|finished| finished + patience)
            .filter(|at| *at > Instant::now());
        [read_at, later, patience].into_iter().flatten().min()
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

    /// Waits until something can be read (if `reads`) or written (if there is something to write); never otherwise.
    pub(super) async fn ready(&self, reads: bool) -> io::Result<()> {
        let Some(stream) = &self.stream else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let interest = match (reads, !self.answers.is_empty()) {
            (false, false) => return std::future::pending().await,
            (true, false) => Interest::READABLE,
            (false, true) => Interest::WRITABLE,
            (true, true) => Interest::READABLE | Interest::WRITABLE,
        };
        stream.ready(interest).await.map(|_| ())
    }

    /// The bytes that are there, at most `most`; none when nothing is there or the sender has finished. `speed` is in
    /// bytes a second.
    pub(super) fn read(&mut self, most: usize, speed: Option<u32>) -> io::Result<Vec<u8>> {
        let Some(stream) = &self.stream else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let mut bytes = vec![0; most];
        if most == 0 {
            return Ok(bytes);
        }
        let count = match stream.try_read(&mut bytes) {
            Ok(0) => {
                self.finished = Some(Instant::now());
                0
            }
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        bytes.truncate(count);
        self.received += count as u64;
        if let Some(speed) = speed {
            let takes = Duration::from_secs_f64(count as f64 / f64::from(speed.max(1)));
            self.next_read = Instant::now() + takes;
        }
        Ok(bytes)
    }

    /// Writes as many of the answers as are taken.
    pub(super) fn write(&mut self) -> io::Result<()> {
        let now = Instant::now();
        while let Some((_, bytes)) = self.later.pop_front_if(|(at, _)| *at <= now) {
            self.answers.extend(bytes);
        }
        let Some(stream) = &self.stream else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        while !self.answers.is_empty() {
            match stream.try_write(&self.answers) {
                Ok(count) => drop(self.answers.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Closes with a reset.
    pub(super) fn reset(&mut self) {
        if let Some(stream) = self.stream.take() {
            door::reset(stream);
        }
    }
}
