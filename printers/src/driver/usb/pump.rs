//! Bytes over bulk endpoints. One transfer each way at a time: what is on its way is never more than a piece, and a printer
//! that takes no more is seen at once.
//!
//! A printer may refuse a packet (`STALL`), which is cleared and tried again once; it may answer with empty packets as
//! often as it likes; and it may have no endpoint to answer with at all.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use nusb::{
    Endpoint,
    transfer::{Buffer, Bulk, In, Out, TransferError},
};
use tokio::io::ReadBuf;

use crate::driver::transport::{Device, Rest, Unplugged};

/// The largest piece that is on its way at once.
const PIECE: usize = 4_096;
/// The longest answer that is taken at once, rounded up to whole packets.
const ANSWER: usize = 512;
/// After an empty packet.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// What a transfer came to.
#[derive(Debug)]
pub(super) struct Done<T> {
    /// What went through: how many bytes, or which.
    pub through: T,
    pub status: Result<(), TransferError>,
}

/// A refusal being cleared.
pub(super) type Clearing = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// The two bulk endpoints of a printer.
pub(super) trait Ends: fmt::Debug + Send + Unpin {
    /// Sends these on their way.
    fn send(&mut self, piece: Vec<u8>);
    /// What became of them; asked only after `send`.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Done<usize>>;
    /// It can answer.
    fn hears(&self) -> bool;
    /// Waits for an answer of up to this many bytes.
    fn ask(&mut self, length: usize);
    /// The answer; asked only after `ask`.
    fn poll_heard(&mut self, cx: &mut Context<'_>) -> Poll<Done<Vec<u8>>>;
    /// Ends a refusal to take, or to answer.
    fn clear(&mut self, taking: bool) -> Clearing;
}

/// A printer on a cable.
pub(super) struct Pump<E> {
    ends: E,
    sending: Sending,
    hearing: Hearing,
    /// What it said and nobody has read yet.
    heard: Vec<u8>,
    quiet: Rest,
}

enum Sending {
    /// Everything is there.
    Nothing,
    /// This is on its way.
    Piece { piece: Vec<u8>, refused: bool },
    /// It did not take this, and is asked to go on.
    Refused { rest: Vec<u8>, clearing: Clearing },
}

enum Hearing {
    /// Nobody waits for an answer.
    Nothing { refused: bool },
    /// An answer is waited for.
    Asked { refused: bool },
    /// It did not answer, and is asked to go on.
    Refused { clearing: Clearing },
}

impl<E: Ends> Pump<E> {
    pub(super) fn new(ends: E) -> Self {
        Pump {
            ends,
            sending: Sending::Nothing,
            hearing: Hearing::Nothing { refused: false },
            heard: Vec::new(),
            quiet: Rest::default(),
        }
    }

    fn send(&mut self, piece: Vec<u8>, refused: bool) {
        self.ends.send(piece.clone());
        self.sending = Sending::Piece { piece, refused };
    }

    /// What the end of a transfer leads to.
    fn sent(&mut self, mut piece: Vec<u8>, done: &Done<usize>, refused: bool) -> io::Result<()> {
        let rest = piece.split_off(done.through.min(piece.len()));
        match done.status {
            Ok(()) if rest.is_empty() => {}
            Ok(()) if !piece.is_empty() => self.send(rest, false),
            Ok(()) => return Err(failed(TransferError::Fault)),
            // Twice at the same byte, it does not want it.
            Err(TransferError::Stall) if !refused || !piece.is_empty() => {
                let clearing = self.ends.clear(true);
                self.sending = Sending::Refused { rest, clearing };
            }
            Err(error) => return Err(failed(error)),
        }
        Ok(())
    }

    fn hand_over(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.heard.len().min(buffer.remaining());
        buffer.put_slice(&self.heard[..count]);
        self.heard.drain(..count);
    }
}

impl<E: Ends> Device for Pump<E> {
    fn poll_hear(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Whoever listens for the answer wants the question to arrive.
        if let Poll::Ready(Err(error)) = self.poll_through(cx) {
            return Poll::Ready(Err(error));
        }
        if !self.ends.hears() {
            return Poll::Pending;
        }
        loop {
            if !self.heard.is_empty() {
                self.hand_over(buffer);
                return Poll::Ready(Ok(()));
            }
            self.hearing = match &mut self.hearing {
                Hearing::Nothing { refused } => {
                    ready!(self.quiet.poll_over(cx));
                    self.ends.ask(ANSWER);
                    Hearing::Asked { refused: *refused }
                }
                Hearing::Refused { clearing } => {
                    let cleared = ready!(clearing.as_mut().poll(cx));
                    self.hearing = Hearing::Nothing { refused: true };
                    cleared?;
                    continue;
                }
                Hearing::Asked { refused } => {
                    let refused = *refused;
                    let done = ready!(self.ends.poll_heard(cx));
                    self.hearing = Hearing::Nothing { refused: false };
                    self.heard = done.through;
                    match done.status {
                        Ok(()) if self.heard.is_empty() => self.quiet.begin(cx, ASK_AGAIN),
                        Ok(()) => {}
                        Err(TransferError::Stall) if !refused => {
                            let clearing = self.ends.clear(false);
                            self.hearing = Hearing::Refused { clearing };
                        }
                        Err(error) => return Poll::Ready(Err(failed(error))),
                    }
                    continue;
                }
            };
        }
    }

    fn poll_take(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_through(cx))?;
        let piece = &bytes[..bytes.len().min(PIECE)];
        if !piece.is_empty() {
            self.send(piece.to_vec(), false);
        }
        Poll::Ready(Ok(piece.len()))
    }

    fn poll_through(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match &mut self.sending {
                Sending::Nothing => return Poll::Ready(Ok(())),
                Sending::Piece { piece, refused } => {
                    let (piece, refused) = (std::mem::take(piece), *refused);
                    let Poll::Ready(done) = self.ends.poll_sent(cx) else {
                        self.sending = Sending::Piece { piece, refused };
                        return Poll::Pending;
                    };
                    self.sending = Sending::Nothing;
                    self.sent(piece, &done, refused)?;
                }
                Sending::Refused { rest, clearing } => {
                    let cleared = ready!(clearing.as_mut().poll(cx));
                    let rest = std::mem::take(rest);
                    self.sending = Sending::Nothing;
                    cleared?;
                    // Only what it has not taken.
                    self.send(rest, true);
                }
            }
        }
    }
}

fn failed(error: TransferError) -> io::Error {
    match error {
        TransferError::Disconnected => Unplugged::error(error),
        TransferError::Cancelled
        | TransferError::Stall
        | TransferError::Fault
        | TransferError::InvalidArgument
        | TransferError::Unknown(_) => io::Error::other(format!(
            "the USB connection failed ({error}); try another cable or socket"
        )),
    }
}

impl<E: fmt::Debug> fmt::Debug for Pump<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pump")
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

/// The endpoints of a device.
#[derive(Debug)]
pub(super) struct Pipes {
    to: Endpoint<Bulk, Out>,
    from: Option<Endpoint<Bulk, In>>,
}

impl Pipes {
    pub(super) fn new(to: Endpoint<Bulk, Out>, from: Option<Endpoint<Bulk, In>>) -> Self {
        Pipes { to, from }
    }
}

impl Ends for Pipes {
    fn send(&mut self, piece: Vec<u8>) {
        self.to.submit(piece.into());
    }

    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Done<usize>> {
        if self.to.pending() == 0 {
            return Poll::Pending;
        }
        self.to.poll_next_complete(cx).map(|done| Done {
            through: done.actual_len,
            status: done.status,
        })
    }

    fn hears(&self) -> bool {
        self.from.is_some()
    }

    fn ask(&mut self, length: usize) {
        if let Some(from) = &mut self.from {
            let packet = from.max_packet_size().max(1);
            from.submit(Buffer::new(length.next_multiple_of(packet)));
        }
    }

    fn poll_heard(&mut self, cx: &mut Context<'_>) -> Poll<Done<Vec<u8>>> {
        match &mut self.from {
            Some(from) if from.pending() > 0 => from.poll_next_complete(cx).map(|done| Done {
                through: done.buffer.into_vec(),
                status: done.status,
            }),
            Some(_) | None => Poll::Pending,
        }
    }

    fn clear(&mut self, taking: bool) -> Clearing {
        match (&mut self.from, taking) {
            (_, true) => {
                let clearing = self.to.clear_halt();
                Box::pin(async move { Ok(clearing.await?) })
            }
            (Some(from), false) => {
                let clearing = from.clear_halt();
                Box::pin(async move { Ok(clearing.await?) })
            }
            (None, false) => Box::pin(std::future::ready(Ok(()))),
        }
    }
}
