//! How it gets onto paper. The life of a job: [`PrintQueue::submit`] commits it; the worker of its printer takes it in
//! its order of arrival, encodes it for that printer, looks how the printer is, commits the attempt, and only then lets
//! the first byte go; what the attempt ended in is committed before anybody hears of it. [`retry::after`] alone decides
//! what comes next: what is known not to have printed goes on by itself, what may have printed never does without a
//! mark or a person's word.
//!
//! Invariant: no order is understood here. The queue knows tickets as text and printers as addresses; it has no session,
//! no backend, no window, and it never throws away a job that nobody has ended.

mod queue;

mod direct;

mod worker;

pub mod retry;

mod store;

pub mod sqlite;

pub mod discovery;

pub mod driver;

mod error;
mod job;
mod options;

pub use direct::{ProbeAnswer, Sheet, print_once, print_ticket, probe};
pub use error::QueueError;
pub use job::{Content, HistoryRow, NewJob, Submitted, TooOld};
pub use options::{Ages, Clock, History, Options, Timings};
pub use queue::{Opened, PrintQueue};
