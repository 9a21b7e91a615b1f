//! The command at the front of some bytes.
//!
//! Source: Epson's ESC/POS command reference. Parameters outside the reference make a command unknown: a reader that
//! guesses would hide what the sender did wrong.

use super::characters::LONGEST_TEXT;
use super::command::Command;
use super::esc;
use super::fs;
use super::gs;
use super::realtime::{self, Match};

/// What stands at the front.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// Nothing complete yet.
    Open,
    /// This many bytes of text.
    Text(usize),
    /// A command and its length.
    Is(Command, usize),
}

/// Looks at the front of `bytes`. `ended`: nothing will follow them.
pub(super) fn front(bytes: &[u8], ended: bool) -> Head {
    let Some((lead, rest)) = bytes.split_first() else {
        return Head::Open;
    };
    let found = match lead {
        0x09 => Some((Some(Command::Tab), 0)),
        0x0a => Some((Some(Command::LineFeed), 0)),
        0x0d => Some((Some(Command::CarriageReturn), 0)),
        0x10 => return real_time(bytes),
        0x1b => esc::front(rest),
        0x1c => fs::front(rest),
        0x1d => gs::front(rest),
        0..0x20 => Some((None, 0)),
        0x20.. => return text(bytes, ended),
    };
    match found {
        None => Head::Open,
        Some((Some(command), len)) => Head::Is(command, len + 1),
        Some((None, len)) => Head::Is(Command::Unknown(bytes[..=len].to_vec()), len + 1),
    }
}

fn text(bytes: &[u8], ended: bool) -> Head {
    let run = bytes
        .iter()
        .take(LONGEST_TEXT)
        .position(|byte| *byte < 0x20);
    match run {
        Some(len) => Head::Text(len),
        None if ended || bytes.len() >= LONGEST_TEXT => Head::Text(bytes.len().min(LONGEST_TEXT)),
        None => Head::Open,
    }
}

fn real_time(bytes: &[u8]) -> Head {
    match realtime::at_front(bytes) {
        Match::Perhaps => Head::Open,
        Match::Yes(request, len) => Head::Is(
            Command::RealTime {
                request,
                inside_data: false,
            },
            len,
        ),
        Match::No => {
            let len = if matches!(bytes, [_, 0x04 | 0x05 | 0x14, ..]) {
                3
            } else {
                1
            };
            Head::Is(Command::Unknown(bytes[..len].to_vec()), len)
        }
    }
}
