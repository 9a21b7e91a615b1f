//! What we say: the types on the wire, which are at the same time the types of the domain. There is one set.
//!
//! Eight words carry the product. An **order** is what a customer wants; a **revision** (1, 2, 3…) is one state of its
//! content; a **line** is one dish of it, made at a **station**; a **ticket** is one thing to be printed for a revision;
//! a **job** is a ticket on its way to one printer; an **attempt** is one try of a job; a **counter** is one
//! installation of the program; a **printer** is the address where paper comes out.
//!
//! Invariant: plain data and pure functions. No I/O, no clock, no async runtime here.

pub mod address;
pub mod business;
pub mod centrifugo;
pub mod counter;
pub mod event;
pub mod feed;
pub mod id;
pub mod job;
pub mod menu;
pub mod money;
pub mod order;
pub mod paper_note;
pub mod printer;
pub mod problem;
pub mod quantity;
pub mod report;
pub mod revision;
pub mod session;
pub mod settings;
pub mod ticket;
pub mod unprinted;

pub use business::Business;
pub use event::Event;
pub use feed::{Cursor, Owners};
pub use id::{BusinessId, CounterId, ItemId, JobId, OrderId, PrinterId, RuleId, UserId};
pub use job::{JobState, Outcome};
pub use money::Money;
pub use order::Order;
pub use paper_note::PaperNote;
pub use printer::Printer;
pub use problem::{Code, Problem};
pub use quantity::Quantity;
pub use revision::RevisionKey;
pub use ticket::{TicketChanged, TicketKind, TicketName};
