//! Orders that the feed has to look at again, because of what other counters said about their tickets.

use std::collections::BTreeSet;

use api::OrderId;
use tokio::sync::watch;

/// Orders to look at. Clones are the same.
#[derive(Debug, Clone)]
pub struct Touched(watch::Sender<Orders>);

/// Which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Orders {
    /// Every one of the last day.
    All,
    /// These.
    These(BTreeSet<OrderId>),
}

impl Default for Touched {
    /// Nobody has looked yet since the program started.
    fn default() -> Self {
        Touched(watch::Sender::new(Orders::All))
    }
}

impl Touched {
    /// Something was said, or became known, about these.
    pub fn add(&self, orders: impl IntoIterator<Item = OrderId>) {
        let mut new = orders.into_iter().peekable();
        self.0.send_if_modified(|known| {
            let changed = new.peek().is_some();
            if let Orders::These(known) = known {
                known.extend(new);
            }
            changed
        });
    }

    /// Printers changed hands, or the last look failed.
    pub fn all(&self) {
        self.0.send_replace(Orders::All);
    }

    /// What is to be looked at, which is nothing from now on.
    pub fn take(&self) -> Orders {
        let mut taken = Orders::These(BTreeSet::new());
        // Whoever waits for something to look at is not woken by this.
        self.0.send_if_modified(|known| {
            std::mem::swap(known, &mut taken);
            false
        });
        taken
    }

    /// Wakes whoever looks.
    pub fn watch(&self) -> watch::Receiver<Orders> {
        self.0.subscribe()
    }
}
