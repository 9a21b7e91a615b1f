//! How a counter without a position takes up the feed: it shows the last hours and prints none of them unasked.

use jiff::Timestamp;

use crate::{
    events::ClientEvent,
    orders::{
        entry::FeedEntry,
        feed::{Feed, FeedError, PAGE, earlier, is_full},
    },
};

impl Feed {
    /// Handles the last hours as shown, not printed; the answer is the position after them. If it is interrupted, it
    /// begins again at the next try, and finds handled what was.
    pub(super) async fn take_up(&self) -> Result<i64, FeedError> {
        let asked_at = self.server_time().await?;
        let since = earlier(asked_at, self.look_back);
        tracing::info!(%since, "this counter takes up the feed; orders since then are shown and not printed");
        self.store.set_born(asked_at).await?;
        let mut page = self
            .session
            .call(self.business, async |access| {
                access
                    .backend
                    .orders_since(&access.token, since, PAGE)
                    .await
            })
            .await
            .map_err(FeedError::Server)?;
        self.note_time(&page);
        let top = page.next;
        let mut position = 0;
        loop {
            let full = is_full(&page);
            let before = position;
            for raw in page.orders {
                let entry = FeedEntry::read(raw, self.business, position);
                position = position.max(entry.seq);
                let before_us = position <= top || came_before(&entry, asked_at);
                self.handle(&entry, before_us).await?;
            }
            if !full || position == before {
                break;
            }
            page = self.page_after(position).await?;
        }
        let position = position.max(top);
        self.store.set_position(position).await?;
        self.events.send(ClientEvent::OverviewChanged).await;
        Ok(position)
    }
}

impl Feed {
    /// The server's time, asked for if it is not known yet; that of this PC when the server does not say it.
    async fn server_time(&self) -> Result<Timestamp, FeedError> {
        if self.clock.now().is_none() {
            self.page_after(0).await?;
        }
        Ok(self.clock.now().unwrap_or_else(Timestamp::now))
    }
}

/// Its revision was taken before this counter was there.
fn came_before(entry: &FeedEntry, born: Timestamp) -> bool {
    entry
        .order
        .as_ref()
        .is_ok_and(|order| order.revised_at < born)
}
