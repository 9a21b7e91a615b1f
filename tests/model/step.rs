//! What can happen in a simulated restaurant.

/// How a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Answered,
    /// It fails before the server did anything.
    Failed,
    /// The server did it, and the answer is lost.
    AnswerLost,
}

/// How an attempt at a printer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Confirmed,
    Unreached,
    /// Bytes left, nothing came back, and it came out, or did not.
    Unconfirmed {
        out: bool,
    },
    /// The program ends after the intent is stored.
    Crash {
        out: bool,
    },
    /// It is on paper, and the confirmation comes later.
    Slow,
}

/// Something that happens. Counters, printers and orders are counted round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Order {
        dishes: u8,
    },
    Revise {
        order: u8,
        dishes: u8,
    },
    Cancel {
        order: u8,
    },
    /// A catch-up; after `stops` requests and commits it is broken off.
    Follow {
        counter: u8,
        stops: Option<(u8, bool)>,
        meanwhile: Option<Box<Step>>,
    },
    Report {
        counter: u8,
        fate: Fate,
    },
    Hear {
        counter: u8,
        fate: Fate,
    },
    Renew {
        counter: u8,
        fate: Fate,
    },
    Standby {
        counter: u8,
        fate: Fate,
    },
    TakeOver {
        counter: u8,
        printers: u8,
        fate: Fate,
    },
    Print {
        counter: u8,
        printer: u8,
        attempt: Attempt,
    },
    Confirm {
        counter: u8,
    },
    Answer {
        counter: u8,
    },
    Crash {
        counter: u8,
    },
    Sleep {
        counter: u8,
    },
    Wake {
        counter: u8,
    },
    Cut {
        counter: u8,
    },
    Mend {
        counter: u8,
    },
    /// Its files are copied to another PC, where the program starts.
    Copy {
        counter: u8,
    },
    /// A PC without files signs in.
    Fresh,
    Backup,
    Restore,
    Pass {
        seconds: u8,
    },
}

impl Step {
    pub fn counter(&self) -> Option<u8> {
        match self {
            Step::Follow { counter, .. }
            | Step::Report { counter, .. }
            | Step::Hear { counter, .. }
            | Step::Renew { counter, .. }
            | Step::Standby { counter, .. }
            | Step::TakeOver { counter, .. }
            | Step::Print { counter, .. }
            | Step::Confirm { counter }
            | Step::Answer { counter }
            | Step::Crash { counter }
            | Step::Sleep { counter }
            | Step::Wake { counter }
            | Step::Cut { counter }
            | Step::Copy { counter }
            | Step::Mend { counter } => Some(*counter),
            Step::Order { .. }
            | Step::Revise { .. }
            | Step::Cancel { .. }
            | Step::Fresh
            | Step::Backup
            | Step::Restore
            | Step::Pass { .. } => None,
        }
    }
}
