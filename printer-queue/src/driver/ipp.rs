//! Printers that speak IPP, and the queues of CUPS, which speak it too.
//!
//! The `ipp` crate reads and writes the bytes; how they are carried, what is believed, and what it all means stands here.

pub mod answer;
pub mod ask;
pub mod choose;
pub mod http;
pub mod media;
pub mod ready;
pub mod sieve;
pub mod trust;
