//! The state of a running printer as others see it, and the commands that change it.

use crate::faults::Faults;
use crate::transport::Transport;
use serde::Serialize;
use tokio::sync::oneshot;

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
    /// Bytes lost because the buffer was full on a cable without flow control.
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

/// A command to a running printer. The sender is notified once it has been executed.
pub(crate) enum Command {
    /// Changes the faults.
    SetFaults(Box<dyn FnOnce(&mut Faults) + Send>, oneshot::Sender<()>),
    /// Pulls the plug and puts it back.
    CutPower(oneshot::Sender<()>),
    /// Takes the paper that hangs out, although it was not cut.
    TearOff(oneshot::Sender<()>),
    /// Attaches a byte stream as the next sender.
    Attach(Transport, oneshot::Sender<()>),
}
