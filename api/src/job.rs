//! What can become of a job, and what an attempt can end in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::printer::Health;

/// What an attempt ended in. Every driver returns exactly this; nothing on the way to paper is merely "ok" or "error".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "outcome", content = "cause", rename_all = "snake_case")]
pub enum Outcome {
    /// The device said that it printed.
    Confirmed,
    /// Every byte was taken and the connection closed in order, by a device that is known not to be able to confirm.
    Sent,
    /// No byte of the job can have reached paper.
    NotPrinted(NotPrinted),
    /// At least one byte left and nothing came back, or the process died in between.
    Uncertain(Doubt),
}

/// Why no byte can have reached paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum NotPrinted {
    /// Nobody answered: refused, no route, no such name, no answer to connect. Spends an attempt.
    Unreached {
        /// The technical text, for copying.
        detail: String,
    },
    /// It answered, and says that it cannot print now. Spends no attempt.
    NotReady {
        /// What it said.
        health: Health,
    },
    /// It answered and took nothing: a reset before the first byte, a refusal. Spends an attempt.
    Refused {
        /// The technical text, for copying.
        detail: String,
    },
    /// What no retry can cure: bad data, an address that is none.
    Impossible {
        /// The technical text, for copying.
        detail: String,
    },
}

/// Why nobody knows whether it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The printer took the ticket and did not confirm it in time.
    NoConfirmation,
    /// The connection broke after bytes had left.
    ConnectionLost,
    /// The program ended while bytes were going out.
    ProgramEnded,
    /// The printer was switched off or restarted while it held the ticket.
    PrinterRestarted,
    /// Another counter had it, and has not said what became of it.
    OtherCounter,
}

/// Where a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    /// Committed, not begun.
    Queued,
    /// The printer must do something first.
    Waiting {
        /// What.
        cause: WaitCause,
        /// Since when.
        #[cfg_attr(feature = "bindings", specta(type = String))]
        since: Timestamp,
        /// Bytes of it are already at the printer: it can no longer be moved or cancelled in silence.
        bytes_left: bool,
    },
    /// Bytes are going out or being confirmed.
    Printing,
    /// The printer confirmed it.
    Printed,
    /// A printer that cannot confirm took all of it.
    Sent,
    /// A person is asked whether it came out.
    Unconfirmed {
        /// Why nobody knows.
        cause: Doubt,
    },
    /// Given up.
    Failed {
        /// Why.
        cause: FailCause,
        /// The technical text, for copying.
        detail: String,
    },
    /// It waits for a person.
    Held {
        /// For what.
        cause: HeldCause,
    },
    /// Ended without paper, by a person.
    Cancelled,
    /// Ended without paper, by its age.
    Expired,
}

impl JobState {
    /// Nothing will happen to it any more unless a person prints it again.
    pub fn is_over(&self) -> bool {
        match self {
            JobState::Printed
            | JobState::Sent
            | JobState::Failed { .. }
            | JobState::Cancelled
            | JobState::Expired => true,
            JobState::Queued
            | JobState::Waiting { .. }
            | JobState::Printing
            | JobState::Unconfirmed { .. }
            | JobState::Held { .. } => false,
        }
    }

    /// Somebody has to do something about it.
    pub fn needs_a_person(&self) -> bool {
        match self {
            JobState::Unconfirmed { .. } | JobState::Failed { .. } | JobState::Held { .. } => true,
            JobState::Queued
            | JobState::Waiting { .. }
            | JobState::Printing
            | JobState::Printed
            | JobState::Sent
            | JobState::Cancelled
            | JobState::Expired => false,
        }
    }
}

/// What a waiting job waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum WaitCause {
    /// The next try after one that failed.
    Retry,
    /// Nobody answers at the printer's address.
    Unreachable,
    /// The printer says that it is offline.
    Offline,
    /// A new roll.
    PaperOut,
    /// The cover.
    CoverOpen,
    /// The cutter.
    CutterError,
    /// An error that the printer reports.
    Fault,
    /// The printer is switched off here.
    Disabled,
    /// The printer has no address on this PC.
    NoAddress,
    /// A person, who says whether a printer that shows another certificate or serial number is still the right one.
    Stranger,
    /// A person stopped the line of the printer for a while.
    Paused,
}

/// Why a job was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum FailCause {
    /// Nobody answered, and the printer is set to fail then.
    Unreachable,
    /// The printer answered and took nothing.
    Refused,
    /// The ticket cannot be set on this paper, or not be rendered at all.
    NotPrintable,
    /// The program failed over this ticket, before a byte of it left.
    Crashed,
    /// What was stored of the ticket is damaged.
    Unreadable,
}

/// Why a job waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum HeldCause {
    /// No rule takes it, or the rule's printer is gone.
    NoPrinter,
    /// It is older than its kind may be.
    TooOld,
    /// A person held it.
    ByHand,
}

/// What makes a job one job: the queue takes each key once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobKey {
    /// Of which order; `None` for a test page.
    pub order: Option<crate::OrderId>,
    /// Of which revision; 0 for a test page.
    pub revision: u32,
    /// Which ticket of it.
    pub ticket: crate::TicketName,
    /// The printer that routing chose.
    pub destination: Option<crate::PrinterId>,
    /// 0 is the original; every further copy and reprint has its own number.
    pub copy: u32,
}
