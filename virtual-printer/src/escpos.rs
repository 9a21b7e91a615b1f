//! An ESC/POS receipt printer on a TCP port, a serial cable or any attached byte stream.
//!
//! Like most real devices it serves one sender at a time. A sender that connects while another is served waits in the
//! backlog of the port, connected and unanswered, or is reset ([`SecondSender`]).

mod task;

mod connection;
mod device;
mod listener;

mod cable;

mod answers;
mod open_receipt;
mod status;

pub(crate) use answers::Identity;
pub(crate) use cable::Cable;
pub(crate) use listener::Listener;
use std::time::Duration;
pub(crate) use task::PrinterTask;

/// What happens to a sender while another one is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondSender {
    /// It waits, connected and without an answer.
    #[default]
    Waits,
    /// It is turned away by a reset.
    TurnedAway,
}

/// Options of one printer, without its faults.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub identity: Identity,
    pub dots: u32,
    pub second_sender: SecondSender,
    /// Bytes that wait in its buffer before it stops taking more.
    pub buffer: usize,
    /// How long it keeps a connection whose sender has finished while it cannot print.
    pub patience: Duration,
}
