//! Real-time commands, found wherever they stand: a printer looks for them in the bytes as they arrive, also in pictures.
//!
//! Source: Epson's ESC/POS reference, DLE EOT, DLE ENQ and DLE DC4.

use super::command::RealTime;

const DLE: u8 = 0x10;

/// What stands at the beginning of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// No real-time command.
    No,
    /// Perhaps: more bytes are needed to know.
    Perhaps,
    /// This one, with its length.
    Yes(RealTime, usize),
}

/// Looks at the beginning of `bytes`.
pub(super) fn at_front(bytes: &[u8]) -> Match {
    match bytes {
        [] | [DLE] | [DLE, 0x04 | 0x05 | 0x14] => Match::Perhaps,
        [DLE, 0x04, n @ 1..=4, ..] => Match::Yes(RealTime::Status(*n), 3),
        [DLE, 0x04, n @ (7 | 8 | 18), rest @ ..] => match rest {
            [] => Match::Perhaps,
            [1..=3, ..] => Match::Yes(RealTime::Status(*n), 4),
            [..] => Match::No,
        },
        [DLE, 0x05, n @ 0..=2, ..] => Match::Yes(RealTime::Recover(*n), 3),
        [DLE, 0x14, function, rest @ ..] => dc4(*function, rest),
        [..] => Match::No,
    }
}

fn dc4(function: u8, rest: &[u8]) -> Match {
    const CLEAR: &[u8] = &[1, 3, 20, 1, 6, 2, 8];
    match function {
        1 => match rest {
            [] | [0 | 1] => Match::Perhaps,
            [pin @ (0 | 1), time @ 1..=8, ..] => {
                let pin = if *pin == 0 { 2 } else { 5 };
                Match::Yes(
                    RealTime::DrawerPulse {
                        pin,
                        on_ms: u16::from(*time) * 100,
                    },
                    5,
                )
            }
            [..] => Match::No,
        },
        2 => match rest {
            [] | [1] => Match::Perhaps,
            [1, 8, ..] => Match::Yes(RealTime::PowerOff, 5),
            [..] => Match::No,
        },
        3 if rest.first().is_some_and(|pattern| *pattern > 7) => Match::No,
        3 if rest.len() < 5 => Match::Perhaps,
        3 => Match::Yes(RealTime::Buzzer, 8),
        7 => match rest {
            [] => Match::Perhaps,
            [n @ (1 | 2 | 4 | 5), ..] => Match::Yes(RealTime::TransmitStatus(*n), 4),
            [..] => Match::No,
        },
        8 if rest.len() >= CLEAR.len() && rest.starts_with(CLEAR) => {
            Match::Yes(RealTime::ClearBuffer, 10)
        }
        8 if rest.len() < CLEAR.len() && CLEAR.starts_with(rest) => Match::Perhaps,
        _ => Match::No,
    }
}

/// A real-time command in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Located {
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
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Located> {
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

    fn settle(&mut self, seen: &mut Vec<Located>) {
        while !self.open.is_empty() {
            match at_front(&self.open) {
                Match::Perhaps => return,
                Match::Yes(request, len) => {
                    seen.push(Located {
                        at: self.at,
                        len,
                        request,
                    });
                    self.skip(len);
                }
                Match::No => {
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
