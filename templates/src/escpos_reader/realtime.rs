//! Real-time commands, found wherever they stand: a printer looks for them in the bytes as they arrive, also in pictures.
//!
//! Source: Epson's ESC/POS reference, DLE EOT, DLE ENQ and DLE DC4.

use super::command::RealTime;

const DLE: u8 = 0x10;

/// What stands at the beginning of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// No real-time command.
    No,
    /// Perhaps: more bytes are needed to know.
    Perhaps,
    /// This one, with its length.
    Yes(RealTime, usize),
}

/// Looks at the beginning of `bytes`.
pub(super) fn at_front(bytes: &[u8]) -> Found {
    match bytes {
        [] | [DLE] | [DLE, 0x04 | 0x05 | 0x14] => Found::Perhaps,
        [DLE, 0x04, n @ 1..=4, ..] => Found::Yes(RealTime::Status(*n), 3),
        [DLE, 0x04, n @ (7 | 8 | 18), rest @ ..] => match rest {
            [] => Found::Perhaps,
            [1..=3, ..] => Found::Yes(RealTime::Status(*n), 4),
            [..] => Found::No,
        },
        [DLE, 0x05, n @ 0..=2, ..] => Found::Yes(RealTime::Recover(*n), 3),
        [DLE, 0x14, function, rest @ ..] => dc4(*function, rest),
        [..] => Found::No,
    }
}

fn dc4(function: u8, rest: &[u8]) -> Found {
    const CLEAR: &[u8] = &[1, 3, 20, 1, 6, 2, 8];
    match function {
        1 => match rest {
            [] | [0 | 1] => Found::Perhaps,
            [pin @ (0 | 1), time @ 1..=8, ..] => {
                let pin = if *pin == 0 { 2 } else { 5 };
                Found::Yes(
                    RealTime::DrawerPulse {
                        pin,
                        on_ms: u16::from(*time) * 100,
                    },
                    5,
                )
            }
            [..] => Found::No,
        },
        2 => match rest {
            [] | [1] => Found::Perhaps,
            [1, 8, ..] => Found::Yes(RealTime::PowerOff, 5),
            [..] => Found::No,
        },
        3 if rest.first().is_some_and(|pattern| *pattern > 7) => Found::No,
        3 if rest.len() < 5 => Found::Perhaps,
        3 => Found::Yes(RealTime::Buzzer, 8),
        7 => match rest {
            [] => Found::Perhaps,
            [n @ (1 | 2 | 4 | 5), ..] => Found::Yes(RealTime::TransmitStatus(*n), 4),
            [..] => Found::No,
        },
        8 if rest.len() >= CLEAR.len() && rest.starts_with(CLEAR) => {
            Found::Yes(RealTime::ClearBuffer, 10)
        }
        8 if rest.len() < CLEAR.len() && CLEAR.starts_with(rest) => Found::Perhaps,
        _ => Found::No,
    }
}

/// A real-time command in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Offset in the stream.
    pub at: usize,
    /// Its length.
    pub len: usize,
    /// What it asks.
    pub request: RealTime,
}

/// Finds real-time commands in a stream, whatever else the bytes belong to.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// The beginning of what may become a command; at most ten bytes.
    open: Vec<u8>,
    /// Offset of the first byte that was not looked at.
    at: usize,
}

impl Scanner {
    /// Takes the next bytes of the stream; says what is complete in them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut bytes = bytes;
        while !bytes.is_empty() {
            if self.open.is_empty() {
                let skip = bytes
                    .iter()
                    .position(|byte| *byte == DLE)
                    .unwrap_or(bytes.len());
                self.at += skip;
                bytes = &bytes[skip..];
            }
            let Some((first, rest)) = bytes.split_first() else {
                break;
            };
            self.open.push(*first);
            bytes = rest;
            self.settle(&mut seen);
        }
        seen
    }

    fn settle(&mut self, seen: &mut Vec<Seen>) {
        while !self.open.is_empty() {
            match at_front(&self.open) {
                Found::Perhaps => return,
                Found::Yes(request, len) => {
                    seen.push(Seen {
                        at: self.at,
                        len,
                        request,
                    });
                    self.skip(len);
                }
                Found::No => {
                    let next = self.open.iter().skip(1).position(|byte| *byte == DLE);
                    self.skip(next.map_or(self.open.len(), |found| found + 1));
                }
            }
        }
    }

    fn skip(&mut self, count: usize) {
        self.open.drain(..count);
        self.at += count;
    }
}
