//! What the parts of a counter tell the board: that something changed, not what it is now. The board looks itself.

use api::OrderId;
use tokio::sync::mpsc;

use crate::view::Notice;

/// Something changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// An order, or one of its tickets.
    Order(OrderId),
    /// Orders were pruned.
    Gone(Vec<OrderId>),
    /// The backlog, the counters or the stations.
    Around,
    /// Somebody has to know this.
    Notice(Notice),
}

/// The way to the board.
#[derive(Debug, Clone)]
pub struct Tell(mpsc::Sender<Told>);

impl Tell {
    /// A way, and its end.
    pub fn new() -> (Tell, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel(1024);
        (Tell(tell), told)
    }

    /// Tells it; a board that is gone already needs to know nothing.
    pub async fn tell(&self, told: Told) {
        drop(self.0.send(told).await);
    }
}
