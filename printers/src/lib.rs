//! How do we talk to a device? Drivers, device status, discovery and identity.
//!
//! [`Driver`] is one open connection: it says how the device is ([`Look`]), sends a ticket and returns one of the four
//! outcomes of [`api::Outcome`]. [`DeviceLocks`] keeps two connections to one device apart. [`discovery`] finds devices
//! and [`probe`] asks one who it is.
//!
//! Invariant: no database and no queue here, and nothing is retried: each call is one try, and what follows from its
//! outcome is decided above.

pub mod discovery;

mod direct;
mod lock;

pub mod driver;

mod timings;

pub use direct::{ProbeAnswer, Sheet, print_once, print_ticket, probe};
pub use driver::{
    Driver, LAST_NUMBER, Look, Progress, Proof, Sending, encode,
    ipp::{Made, choose::Wanted, job_name},
    number, proof, said,
    usb::{arrivals, is_meant},
};
pub use lock::DeviceLocks;
pub use timings::Timings;
