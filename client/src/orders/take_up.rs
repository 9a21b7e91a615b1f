//! How the feed is taken up where there is no place to go on from: a fresh counter shows the last hours and prints none of
//! them unasked; at a server that lost its newest entries, and after an update of the program, what was never handled
//! prints.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    events::ClientEvent,
    orders::{
        feed::{Feed, FeedError, earlier},
        walk::{Replay, Walk},
    },
    store::Place,
    view::Notice,
};

/// What is read again at the least where the last place is gone.
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Feed {
    /// Takes up the feed without a place.
    pub(super) async fn take_up(&self) -> Result<Place, FeedError> {
        let now = self.server_time().await?;
        if self.store.has_old_position().await? {
            tracing::info!("this counter goes over from the feed of orders");
            let replay = Replay {
                known: None,
                until: now,
                shows: false,
            };
            return Ok(self.replay(earlier(now, DAY), replay, false).await?.0);
        }
        let since = earlier(now, self.look_back);
        tracing::info!(%since, "this counter takes up the feed; orders since then are shown and not printed");
        self.store.set_born(now).await?;
        let replay = Replay {
            known: None,
            until: now,
            shows: true,
        };
        let (place, _) = self.replay(since, replay, false).await?;
        self.events.send(ClientEvent::OverviewChanged).await;
        Ok(place)
    }

    /// The server does not know the place that this counter stands at: its newest entries are lost. Everything that may
    /// have come since is read again. What was handled stays as it is; what was not, prints.
    pub(super) async fn restored(&self, place: &Place) -> Result<Place, FeedError> {
        let now = self.server_time().await?;
        let since = earlier(now, DAY).min(place.heard);
        tracing::warn!(%since, "the server lost its newest entries; orders since then are read again");
        let replay = Replay {
            known: self.store.owners_in_force().await?,
            until: place.heard,
            shows: false,
        };
        let (place, printed) = self.replay(since, replay, true).await?;
        let notice = Notice::ServerRestored { printed };
        self.events.send(ClientEvent::Notice(notice)).await;
        Ok(place)
    }

    /// Reads everything since then; the place behind it, which is kept, and how many orders printed. If it is interrupted,
    /// it begins again at the next try, and finds handled what was. What others were to make of orders that are not there
    /// any more is held for a person where the server `lost` some.
    async fn replay(
        &self,
        since: Timestamp,
        replay: Replay,
        lost: bool,
    ) -> Result<(Place, u32), FeedError> {
        let mut page = self.page_since(since).await?;
        let mut walk = Walk::replay(&page, replay);
        let mut first = true;
        loop {
            let (more, at) = (page.more, page.server_time);
            let place = self.walk(&mut walk, page, first).await?;
            if more {
                page = self.page_after(&place.cursor).await?;
                if page.next != place.cursor {
                    first = false;
                    continue;
                }
            }
            self.arrive(&mut walk, at).await?;
            if lost {
                self.note_lost(&walk.met, since).await?;
                self.hold_lost().await?;
            }
            self.store.set_place(&place).await?;
            return Ok((place, walk.printed));
        }
    }
}
