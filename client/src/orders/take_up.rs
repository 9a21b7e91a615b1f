//! How a counter without a position takes up the feed: it shows the last hours and prints none of them unasked.

use jiff::Timestamp;

use crate::{
    orders::{
        feed::{Feed, FeedError, PAGE, earlier, is_full},
        heard::Heard,
    },
    told::Told,
};

impl Feed {
    /// Handles the last hours as shown, not printed; the answer is the position after them. If it is interrupted, it
    /// begins again at the next try, and finds handled what was.
    pub(super) async fn take_up(&self) -> Result<i64, FeedError> {
        let asked_at = self.clock.now();
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
        let top = page.next;
        let mut position = 0;
        loop {
            let full = is_full(&page);
            let before = position;
            for entry in page.orders {
                let heard = Heard::read(entry, self.business, position);
                position = position.max(heard.seq);
                let before_us = position <= top || came_before(&heard, asked_at);
                self.handle(&heard, before_us).await?;
            }
            if !full || position == before {
                break;
            }
            page = self.page_after(position).await?;
        }
        let position = position.max(top);
        self.store.set_position(position).await?;
        self.tell.tell(Told::Around).await;
        Ok(position)
    }
}

/// Its revision was taken before this counter was there.
fn came_before(heard: &Heard, born: Timestamp) -> bool {
    heard
        .order
        .as_ref()
        .is_ok_and(|order| order.revised_at < born)
}
