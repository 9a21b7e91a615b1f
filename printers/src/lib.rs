//! How do we talk to a device? Drivers, device status, discovery and identity.
//!
//! [`Driver`] is one open connection: it says how the device is ([`StatusCheck`]), sends a ticket and returns one of the four
//! outcomes of [`api::Outcome`]. [`DeviceLocks`] keeps two connections to one device apart. [`discovery`] finds devices
//! and [`probe`] asks one who it is.
//!
//! Invariant: no database and no queue here, and nothing is retried: each call is one try, and what follows from its
//! outcome is decided above.

pub mod discovery;

mod lock;
mod probe;

pub mod driver;

mod timings;

pub use driver::{
    Driver, LAST_NUMBER, Progress, Proof, Sending, StatusCheck, describe, encode,
    ipp::{DocumentInfo, RemoteJob, Seen, choose::Wanted, job_name},
    missing_letters, number, proof,
    usb::{arrivals, is_meant},
};
pub use lock::DeviceLocks;
pub use probe::{ProbeAnswer, Sheet, print_once, print_ticket, probe};
pub use timings::{Pace, Size, Timings};
