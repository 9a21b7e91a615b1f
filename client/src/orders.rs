//! Orders: asks the feed for what is new, and brings each revision onto its way exactly once. The only way in is
//! `GET /feed?after=`, whatever the reason for asking. The place moves when the queue has committed, never before.

mod adopt;
mod crash;
mod decision;
mod elsewhere;
mod entry;
mod feed;
mod late;
mod lost;
mod old;
mod ownership;
mod pages;
mod paper;
mod strays;
mod take_up;
mod twin;
mod walk;

use api::{Code, Order, OrderId, Problem};

pub use crate::orders::{
    decision::{EarlierRevisions, RevisionContext, RevisionDecision, decide_revision},
    elsewhere::of_revision,
    entry::ReceivedOrder,
    feed::{Feed, FeedError},
    late::untold,
    lost::decide_lost,
    ownership::{Came, HandsChanged, on_paper},
    paper::{business, taken_tickets},
    twin::given_twice,
    walk::after,
};
use crate::{
    events::ClientEvent,
    orders::{feed::earlier, walk::Walk},
    refusal,
    view::BacklogChoice,
};

/// Orders that are forgotten in one step.
const FORGOTTEN_AT_ONCE: u32 = 200;

impl Feed {
    /// Handles everything that is new.
    ///
    /// # Errors
    /// When the server or this PC did not let it come to the end.
    pub async fn catch_up(&self) -> Result<(), FeedError> {
        // A person who takes printers over has it done at once, beside the sync loop.
        let mut following = self.following.lock().await;
        let was_settled = std::mem::take(&mut following.settled);
        let mut place = match self.store.place().await? {
            Some(place) => place,
            None => self.take_up().await?,
        };
        let mut behind_it = if was_settled {
            Vec::new()
        } else {
            self.store.orders_behind(&place).await?
        };
        // What is kept.
        let mut began = place.clone();
        let mut walk = Walk::from(&place);
        let mut restored = false;
        loop {
            let page = match self.page_after(&place.cursor).await {
                Err(FeedError::Server(problem))
                    if problem.code == Code::CursorUnknown && !restored =>
                {
                    restored = true;
                    behind_it.clear();
                    place = self.restored(&began).await?;
                    began = place.clone();
                    walk = Walk::from(&place);
                    continue;
                }
                page => page?,
            };
            let more = page.more && page.next != place.cursor;
            let behind = self.walk(&mut walk, page, false).await?;
            if !more && behind_it.iter().any(|order| !walk.met.contains_key(order)) {
                // The server lost them before this counter had kept that it was there.
                place = self.restored(&began).await?;
                restored = true;
            } else {
                let moved = (&behind.cursor, &behind.owners) != (&began.cursor, &began.owners);
                if moved && (!more || behind_it.is_empty()) {
                    self.store.set_place(&behind).await?;
                    began = behind.clone();
                }
                place = behind;
            }
            if !more {
                if restored || !was_settled {
                    self.settle(&place.owners).await?;
                }
                self.tell_late(&place.owners).await?;
                following.settled = true;
                self.rounds
                    .send_modify(|rounds| *rounds = rounds.wrapping_add(1));
                return Ok(());
            }
        }
    }

    /// Forgets some of the orders that are older than the history, by the server's time; while that is not known, none.
    ///
    /// # Errors
    /// When this PC cannot store.
    pub async fn prune(&self) -> Result<(), FeedError> {
        let Some(now) = self.clock.now() else {
            return Ok(());
        };
        let before = earlier(now, self.history);
        let gone = self.store.prune_orders(before, FORGOTTEN_AT_ONCE).await?;
        if !gone.is_empty() {
            self.events.send(ClientEvent::OrdersPruned(gone)).await;
        }
        Ok(())
    }

    /// Prints what a person chose of the orders that came before this counter, and asks no more about the others.
    ///
    /// # Errors
    /// When this counter prints on no printer, or this PC cannot store; what was not decided is asked again.
    pub async fn decide_backlog(&self, choice: &BacklogChoice) -> Result<(), Problem> {
        let asked = self
            .store
            .backlog()
            .await
            .map_err(|error| refusal::storage(&error))?;
        let chosen = |order: &OrderId| match choice {
            BacklogChoice::All => true,
            BacklogChoice::These(orders) => orders.contains(order),
            BacklogChoice::None => false,
        };
        let settings = self.settings();
        let owns = |printer: &api::Printer| printer.owner == Some(self.counter);
        if asked.iter().any(chosen) && !settings.printers.iter().any(owns) {
            return Err(Problem::new(
                Code::Conflict,
                "This PC prints on no printer. Add a printer, or choose \"Print from this PC\", and try again.",
            ));
        }
        for order in asked {
            self.decide(order, chosen(&order)).await?;
            self.events.send(ClientEvent::Order(order)).await;
        }
        self.events.send(ClientEvent::OverviewChanged).await;
        Ok(())
    }

    async fn decide(&self, order: OrderId, print: bool) -> Result<(), Problem> {
        let here = |error: &crate::store::StoreError| refusal::storage(error);
        let newest = self
            .store
            .revisions(order, 1)
            .await
            .map_err(|error| here(&error))?;
        let entry = newest
            .first()
            .map(|kept| ReceivedOrder::kept(order, kept.revision, &kept.body));
        let print = entry.filter(|entry| print && !entry.cancelled());
        if let Some(entry) = &print {
            let mut jobs = paper::jobs(entry, &self.settings(), self.counter);
            // Its cash came in long ago.
            jobs.iter_mut().for_each(|job| job.drawer = false);
            self.queue
                .submit_more(jobs)
                .await
                .map_err(|error| refusal::queue(&error))?;
        }
        self.store
            .decide(order, print.is_some())
            .await
            .map_err(|error| here(&error))
    }
}

/// An order as it was kept: what it says, or its raw fields for a person.
pub fn readable(order: OrderId, revision: u32, body: &str) -> Result<Order, String> {
    let entry = ReceivedOrder::kept(order, revision, body);
    entry.order.map_err(|_| format!("{:#}", entry.raw))
}

#[cfg(test)]
mod tests;
