//! The protocol between the harness and the queue process: one JSON object per line, each way.

use api::{JobId, OrderId, Printer, PrinterId, TicketChanged};
use serde::{Deserialize, Serialize};

/// A command with its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    pub id: u64,
    pub command: Command,
}

/// What the queue is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    Printers(Vec<Printer>),
    Submit {
        order: OrderId,
        tickets: Vec<TestTicket>,
    },
    /// The tickets of these orders.
    Tickets(Vec<OrderId>),
    ItPrinted(JobId),
    PrintAgain(JobId),
    History(JobId),
}

/// A ticket to be printed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TestTicket {
    /// Unique among all tickets, on paper as well.
    pub token: String,
    pub printer: PrinterId,
    pub markup: String,
    pub urgent: bool,
}

/// The reply to the request of this id. That to [`Command::Submit`] follows the commit of the order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Response {
    pub id: u64,
    pub reply: Reply,
}

/// The result of a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    Done,
    Tickets(Vec<TicketChanged>),
    History(Vec<String>),
    Error(String),
}
