//! What the queue's process is told, and what it replies.

use api::{JobId, OrderId, Printer, PrinterId, TicketChanged};
use serde::{Deserialize, Serialize};

/// What the queue is to do. The reply to [`Command::Submit`] follows the commit of the order.
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

/// The result of a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    Done,
    Tickets(Vec<TicketChanged>),
    History(Vec<String>),
    Error(String),
}
