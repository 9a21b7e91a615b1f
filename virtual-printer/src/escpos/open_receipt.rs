//! The receipt that is being printed: its bytes, and notes about commands that were not understood.

use crate::format::Format;
use crate::paper::{Moment, Printed};
use templates::escpos_reader::{Command, Paper, Read};

/// Further oddities of one receipt are not listed.
const MOST_NOTES: usize = 50;

/// What belongs to the paper that hangs out of the printer.
#[derive(Debug, Default)]
pub(super) struct OpenReceipt {
    bytes: Vec<u8>,
    notes: Vec<String>,
    drawer_pulses: u32,
    last_byte: Option<Moment>,
}

impl OpenReceipt {
    /// Adds the bytes of a command. Status queries before the first other command belong to no receipt.
    pub(super) fn add(&mut self, bytes: &[u8], is_question: bool, arrived: Moment) {
        if !is_question || !self.bytes.is_empty() {
            self.bytes.extend_from_slice(bytes);
            self.last_byte = Some(arrived);
        }
    }

    pub(super) fn drawer_opened(&mut self) {
        self.drawer_pulses += 1;
    }

    pub(super) fn note(&mut self, read: &Read, what: &str) {
        if self.notes.len() < MOST_NOTES {
            let note = format!("byte {}: {what}: {}", read.at, shown(&read.what));
            self.notes.push(note);
        }
    }

    /// The paper is off; `open_line`: characters stayed in the printer.
    pub(super) fn printed(self, paper: Paper, open_line: bool, now: Moment) -> Box<Printed> {
        Box::new(Printed {
            finished: paper.cut().is_some(),
            open_line,
            paper,
            format: Format::EscPos,
            job: None,
            bytes: self.bytes.into(),
            notes: self.notes,
            drawer_pulses: self.drawer_pulses,
            last_byte: self.last_byte.unwrap_or(now),
            printed: now,
        })
    }
}

fn shown(command: &Command) -> String {
    let (Command::Unknown(bytes) | Command::Truncated(bytes)) = command else {
        return format!("{command:?}");
    };
    let mut shown: Vec<String> = bytes
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    if bytes.len() > shown.len() {
        shown.push(format!("and {} more", bytes.len() - shown.len()));
    }
    shown.join(" ")
}
