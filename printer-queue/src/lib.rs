//! How does a job survive? [`PrintQueue::submit`] commits it; the worker of its printer takes jobs in the order of their
//! arrival, encodes each for that printer, asks for the printer's status, commits the attempt, and only then sends the
//! first byte; the outcome is committed before it is published. [`retry::after`] alone decides what comes next: what is
//! known not to have printed is retried by itself, what may have printed is never repeated without a mark or a person's
//! decision. Devices are known by the interface of the `printers` crate alone: connect, status, send, ask.
//!
//! Invariant: no order is understood here. The queue knows tickets as text and printers as addresses; it has no session,
//! no backend, no window, and it never throws away a job that nobody has ended.

mod queue;

mod worker;

pub mod retry;

mod store;

mod error;
mod handover;
mod job;
mod lease;
mod options;
mod report;

pub use error::QueueError;
pub use handover::{Elsewhere, Taken, TakenJob, Tickets, place_name};
pub use job::{Content, EarlierTicket, HistoryRow, NewJob, RevisionJobs, Submitted, TooOld};
pub use lease::{Lease, LeaseState, Leave, leave};
pub use options::{Ages, Clock, History, Options, ServerClock, Stage, Timings};
pub use queue::{Opened, PrintQueue};
pub use report::{ReportPage, ReportRow, UnmarkedPaper};
