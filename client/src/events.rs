//! What the parts of a counter report to the view builder: that something changed, not its new value, which the view
//! builder reads itself.

use api::OrderId;
use tokio::sync::mpsc;

use crate::view::Notice;

/// Something changed.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    /// An order, or one of its tickets.
    Order(OrderId),
    /// Orders were pruned.
    OrdersPruned(Vec<OrderId>),
    /// The backlog, the counters or the stations.
    OverviewChanged,
    /// Somebody has to know this.
    Notice(Notice),
    /// This is over.
    NoticeOver(Notice),
}

/// The sender of client events; clones send to the same view builder.
#[derive(Debug, Clone)]
pub struct EventSender(mpsc::Sender<ClientEvent>);

impl EventSender {
    /// A sender and its receiver.
    pub fn new() -> (EventSender, mpsc::Receiver<ClientEvent>) {
        let (sender, receiver) = mpsc::channel(1024);
        (EventSender(sender), receiver)
    }

    /// Sends an event. After the view builder has ended, events are dropped.
    pub async fn send(&self, event: ClientEvent) {
        drop(self.0.send(event).await);
    }
}
