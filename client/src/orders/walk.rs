//! The way through the feed, entry by entry: an order belongs to those who own printers at its place, and where printers
//! change hands, the queue gives away and takes over before the next order is looked at.

use std::collections::BTreeMap;

use api::{
    OrderId, Owners,
    feed::{FeedPage, OwnershipChange},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    host::Ring,
    orders::{
        entry::ReceivedOrder,
        feed::{Feed, FeedError},
        pages::Entry,
    },
    store::Place,
};

/// Where a walk stands.
pub(super) struct Walk {
    /// The owners there.
    owners: Owners,
    /// The number of the last entry.
    seq: i64,
    /// `None`: the queue has the owners of this place. Otherwise it is still to be brought there.
    replay: Option<Replay>,
    rung: bool,
    /// Orders that were there, with their revisions.
    pub(super) met: BTreeMap<OrderId, u32>,
    /// Orders that printed on this walk.
    pub(super) printed: u32,
}

/// Entries that were here before, or before this counter. The printers of the queue do not follow them: they change hands
/// where something comes that is new.
pub(super) struct Replay {
    /// The owners that the queue has; `None` when nothing is known.
    pub(super) known: Option<Owners>,
    /// What was taken after this is new.
    pub(super) until: Timestamp,
    /// What was here before this counter is shown, and not printed.
    pub(super) shows: bool,
}

impl Walk {
    /// Goes on from a place.
    pub(super) fn from(place: &Place) -> Walk {
        Walk {
            owners: place.owners.clone(),
            seq: place.seq,
            replay: None,
            rung: false,
            met: BTreeMap::new(),
            printed: 0,
        }
    }

    /// Begins with a page of what was here before.
    pub(super) fn replay(page: &FeedPage<Value>, replay: Replay) -> Walk {
        Walk {
            owners: page.owners.clone(),
            seq: 0,
            replay: Some(replay),
            rung: false,
            met: BTreeMap::new(),
            printed: 0,
        }
    }
}

impl Feed {
    /// Handles a page; the answer is the place behind it, to be kept. `shown` are all orders of a page that was there when
    /// this counter came.
    pub(super) async fn walk(
        &self,
        walk: &mut Walk,
        page: FeedPage<Value>,
        shown: bool,
    ) -> Result<Place, FeedError> {
        if page.owners != walk.owners {
            // Entries in between could not be read, or are there no more.
            self.owners_are(walk, page.owners, page.server_time).await?;
        }
        for raw in page.entries {
            match Entry::of(raw) {
                Entry::Order(raw) => self.walk_order(walk, raw, shown).await?,
                Entry::Ownership(change) => {
                    walk.seq = walk.seq.max(change.seq);
                    if walk
                        .replay
                        .as_ref()
                        .is_some_and(|replay| change.at > replay.until)
                    {
                        self.arrive(walk, change.at).await?;
                    }
                    let owners = after(&walk.owners, &change);
                    self.owners_are(walk, owners, change.at).await?;
                }
                Entry::UnreadableOwnership | Entry::Unknown => {}
            }
        }
        Ok(Place {
            cursor: page.next,
            owners: walk.owners.clone(),
            heard: page.server_time,
            seq: walk.seq,
        })
    }

    async fn walk_order(&self, walk: &mut Walk, raw: Value, shown: bool) -> Result<(), FeedError> {
        let entry = ReceivedOrder::read(raw, self.business, walk.seq);
        walk.seq = walk.seq.max(entry.seq);
        walk.met.insert(entry.id, entry.revision);
        let mut before_us = false;
        if let Some(replay) = &walk.replay {
            let taken = entry.order.as_ref().ok().map(|order| order.revised_at);
            let new = taken.is_some_and(|taken| taken >= replay.until);
            before_us = replay.shows && (shown || taken.is_some() && !new);
            if new && !before_us {
                self.arrive(walk, self.clock.now().unwrap_or_else(Timestamp::now))
                    .await?;
            }
        }
        let settings = self.settings_at(&walk.owners);
        if self.handle(&entry, &settings, before_us).await? {
            walk.printed += 1;
            if !walk.rung {
                walk.rung = true;
                self.host.ring(Ring::NewOrder);
            }
        }
        Ok(())
    }

    /// The queue gets the owners of this place, if it does not have them yet.
    pub(super) async fn arrive(&self, walk: &mut Walk, at: Timestamp) -> Result<(), FeedError> {
        if let Some(replay) = &walk.replay {
            self.change_owners(replay.known.as_ref(), &walk.owners, at)
                .await?;
            walk.replay = None;
        }
        Ok(())
    }

    async fn owners_are(
        &self,
        walk: &mut Walk,
        owners: Owners,
        at: Timestamp,
    ) -> Result<(), FeedError> {
        if walk.replay.is_none() {
            self.change_owners(Some(&walk.owners), &owners, at).await?;
        }
        walk.owners = owners;
        Ok(())
    }
}

/// The owners after a change.
pub fn after(before: &Owners, change: &OwnershipChange) -> Owners {
    let mut owners = before.clone();
    for one in &change.changes {
        match one.to {
            Some(to) => owners.insert(one.printer, to),
            None => owners.remove(&one.printer),
        };
    }
    owners
}
