//! What is said between the harness and the queue that is killed: a line of JSON each way.

use api::{JobId, OrderId, Printer, PrinterId, TicketChanged};
use serde::{Deserialize, Serialize};

/// A question with its number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    pub id: u64,
    pub ask: Ask,
}

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Ask {
    Printers(Vec<Printer>),
    Submit {
        order: OrderId,
        slips: Vec<Slip>,
    },
    /// The tickets of these orders.
    Look(Vec<OrderId>),
    ItPrinted(JobId),
    PrintAgain(JobId),
    History(JobId),
}

/// A ticket to be printed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Slip {
    /// What tells it from every other ticket, on paper as well.
    pub token: String,
    pub printer: PrinterId,
    pub markup: String,
    pub urgent: bool,
}

/// The answer to the question of this number. After a [`Ask::Submit`] it is said only when the order is committed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answered {
    pub id: u64,
    pub told: Told,
}

/// What is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Told {
    Done,
    Tickets(Vec<TicketChanged>),
    History(Vec<String>),
    No(String),
}
