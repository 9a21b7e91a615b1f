//! A receipt printer on TCP port 9100, a serial cable, or whatever is plugged in.
//!
//! Like most real devices it takes one sender at a time. A sender that asks while another is served waits in the
//! backlog of the port, connected and unanswered, or is turned away ([`SecondSender`]).

mod station;

mod connection;
mod device;
mod inlet;

mod cable;
mod wire;

mod door;

mod answers;
mod current;
mod status;

use crate::faults::Faults;
pub(crate) use answers::Identity;
pub(crate) use cable::Cable;
pub(crate) use door::{Door, reset};
pub(crate) use inlet::Inlet;
use serde::Serialize;
pub(crate) use station::Station;
use std::time::Duration;
use tokio::sync::oneshot;
pub use wire::Flow;
pub(crate) use wire::Wire;

/// What happens to a sender while another one is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondSender {
    /// It waits, connected and without an answer.
    #[default]
    Waits,
    /// It is turned away by a reset.
    TurnedAway,
}

/// What a printer looks like from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// Its switches.
    pub faults: Faults,
    /// A sender is connected.
    pub connected: bool,
    /// Senders that are connected now; one at the most, except by IPP.
    pub open: u64,
    /// Senders since the start.
    pub connections: u64,
    /// Bytes taken since the start.
    pub received_bytes: u64,
    /// Bytes that found the buffer full on a cable where nobody holds the sender back.
    pub lost_bytes: u64,
    /// Bytes taken and not printed yet.
    pub held_bytes: usize,
    /// How often a cash drawer was opened since the start.
    pub drawer_pulses: u64,
    /// The same for the drawer at each connector: pin 2, pin 5.
    pub drawers: [u64; 2],
    /// How often a sender had the buffer cleared since the start.
    pub buffer_clears: u64,
    /// Power cuts since the start.
    pub power_cuts: u64,
    /// Paper hangs out that was not cut.
    pub paper_hangs_out: bool,
}

/// What can be done to a running printer; answered when it is done.
pub(crate) enum Hand {
    /// Turns the switches.
    Faults(Box<dyn FnOnce(&mut Faults) + Send>, oneshot::Sender<()>),
    /// Pulls the plug and puts it back.
    CutPower(oneshot::Sender<()>),
    /// Takes the paper that hangs out, although it was not cut.
    TearOff(oneshot::Sender<()>),
    /// Plugs a sender in.
    Plug(Wire, oneshot::Sender<()>),
}

/// How a printer behaves, apart from its faults.
#[derive(Debug, Clone)]
pub(crate) struct Manners {
    pub identity: Identity,
    pub dots: u32,
    pub second_sender: SecondSender,
    /// Bytes that wait in its buffer before it stops taking more.
    pub buffer: usize,
    /// How long it keeps a connection whose sender has finished while it cannot print.
    pub patience: Duration,
}
