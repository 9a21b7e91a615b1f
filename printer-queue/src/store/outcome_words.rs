//! What an attempt ended in, as the history tells it.

use api::{Outcome, job::Doubt};

/// The outcome as the history tells it.
pub(super) fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Confirmed => "the printer confirmed it".into(),
        Outcome::Sent => "the printer took all of it and cannot confirm".into(),
        Outcome::NotPrinted(why) => format!("nothing was printed: {}", printers::describe(why)),
        Outcome::Uncertain(Doubt::NoConfirmation) => {
            "the printer took it and did not confirm in time".into()
        }
        Outcome::Uncertain(Doubt::ConnectionLost) => {
            "the connection broke after bytes had left".into()
        }
        Outcome::Uncertain(Doubt::ProgramEnded) => {
            "the program ended while bytes were going out".into()
        }
        Outcome::Uncertain(Doubt::PrinterRestarted) => {
            "the printer was restarted while it held the ticket".into()
        }
        Outcome::Uncertain(Doubt::OtherCounter) => {
            "another counter had it and has not said what became of it".into()
        }
    }
}
