//! States and outcomes in words, for a log and a terminal.

use api::{
    JobState, Outcome,
    job::{Doubt, FailCause, HeldCause, NotPrinted, WaitCause},
};

/// Where a ticket is.
pub fn state(state: &JobState) -> String {
    match state {
        JobState::Queued => "queued".into(),
        JobState::Waiting { cause, .. } => format!("waiting: {}", wait(*cause)),
        JobState::Printing => "printing".into(),
        JobState::Printed => "printed, the printer confirmed it".into(),
        JobState::Sent => "sent; this printer cannot confirm".into(),
        JobState::Unconfirmed { cause } => {
            format!("UNCONFIRMED, look at the paper: {}", doubt(*cause))
        }
        JobState::Failed { cause, detail } => format!("FAILED: {} ({detail})", failure(*cause)),
        JobState::Held { cause } => format!("HELD: {}", held(*cause)),
        JobState::Cancelled => "cancelled".into(),
        JobState::Expired => "expired".into(),
    }
}

/// What printing once ended in.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Confirmed => "printed: the printer confirmed it".into(),
        Outcome::Sent => "sent: the printer took all of it and cannot confirm".into(),
        Outcome::NotPrinted(NotPrinted::Unreached { detail }) => {
            format!(
                "not printed: nobody answers there ({detail}); check the address and that the printer is on"
            )
        }
        Outcome::NotPrinted(NotPrinted::NotReady { health }) => {
            format!("not printed: the printer says {health:?}; see to it and try again")
        }
        Outcome::NotPrinted(NotPrinted::Refused { detail }) => {
            format!("not printed: the printer took nothing ({detail})")
        }
        Outcome::NotPrinted(NotPrinted::Impossible { detail }) => {
            format!("not printed: it cannot be ({detail})")
        }
        Outcome::Uncertain(cause) => {
            format!(
                "nobody knows: {}; look at the paper before you print it again",
                doubt(*cause)
            )
        }
    }
}

fn wait(cause: WaitCause) -> &'static str {
    match cause {
        WaitCause::Retry => "it is tried again in a moment",
        WaitCause::Unreachable => "nobody answers at the printer's address",
        WaitCause::Offline => "the printer is offline",
        WaitCause::PaperOut => "the printer is out of paper",
        WaitCause::CoverOpen => "the printer's cover is open",
        WaitCause::CutterError => "the printer's cutter is stuck",
        WaitCause::Fault => "the printer reports an error",
        WaitCause::Disabled => "the printer is switched off here",
        WaitCause::Paused => "the printer is paused here",
        WaitCause::NoAddress => "the printer has no address on this PC",
        WaitCause::Stranger => {
            "the printer shows another certificate or serial number than before; trust it in the app if it is the right printer"
        }
    }
}

fn doubt(cause: Doubt) -> &'static str {
    match cause {
        Doubt::NoConfirmation => "the printer did not confirm it in time",
        Doubt::ConnectionLost => "the connection broke while it was printing",
        Doubt::ProgramEnded => "the program ended while it was printing",
        Doubt::PrinterRestarted => "the printer was restarted while it held it",
        Doubt::OtherCounter => "another counter had it and has not said what became of it",
    }
}

fn failure(cause: FailCause) -> &'static str {
    match cause {
        FailCause::Unreachable => "nobody answers at the printer's address",
        FailCause::Refused => "the printer took nothing",
        FailCause::NotPrintable => "it cannot be set on this paper",
        FailCause::Crashed => "the program failed over this ticket",
        FailCause::Unreadable => "what was stored of it is damaged",
    }
}

fn held(cause: HeldCause) -> &'static str {
    match cause {
        HeldCause::NoPrinter => {
            "no printer of this PC takes it: no rule names one, or the printer is gone or prints from another PC"
        }
        HeldCause::TooOld => "it is too old to print by itself",
        HeldCause::ByHand => "held by hand",
    }
}
