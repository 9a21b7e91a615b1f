//! Orders, with every revision as it came.

use api::OrderId;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use crate::{
    store::{
        damage::{column, text},
        file::{Store, StoreError},
        meta::Place,
    },
    view::Handling,
};

/// A revision to be kept.
#[derive(Debug)]
pub struct NewRevision<'a> {
    /// Of which order.
    pub order: OrderId,
    /// Which.
    pub revision: u32,
    /// Its place in the feed.
    pub seq: i64,
    /// JSON, as it came.
    pub body: &'a str,
    /// What is decided about it.
    pub handling: Handling,
    /// Somebody is to be asked whether it prints.
    pub backlog: bool,
    /// The server's time.
    pub heard_at: Timestamp,
}

/// A revision as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Which.
    pub revision: u32,
    /// JSON, as it came.
    pub body: String,
    /// What was decided about it.
    pub handling: Handling,
}

impl Store {
    /// Keeps a revision. One that is there already gets the newer body, since progress comes under the same number.
    pub async fn keep_revision(&self, new: &NewRevision<'_>) -> Result<(), StoreError> {
        let id = new.order.to_string();
        let mut step = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO orders (id, first_seq, backlog, heard_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET backlog = max(backlog, excluded.backlog)",
        )
        .bind(&id)
        .bind(new.seq)
        .bind(new.backlog)
        .bind(new.heard_at.as_second())
        .execute(&mut *step)
        .await?;
        sqlx::query(
            "INSERT INTO revisions (order_id, revision, handling, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET handling = excluded.handling, body = excluded.body",
        )
        .bind(&id)
        .bind(new.revision)
        .bind(serde_json::to_string(&new.handling)?)
        .bind(new.body)
        .execute(&mut *step)
        .await?;
        step.commit().await?;
        Ok(())
    }

    /// The newest revisions of an order, newest first.
    pub async fn revisions(&self, order: OrderId, limit: u32) -> Result<Vec<Revision>, StoreError> {
        let rows = sqlx::query(
            "SELECT revision, handling, body FROM revisions WHERE order_id = ? ORDER BY revision DESC LIMIT ?",
        )
        .bind(order.to_string())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &SqliteRow| {
            Ok(Revision {
                revision: column(row, "revision")?,
                body: text(row, "body")?,
                handling: self.handling(order, &text(row, "handling")?),
            })
        };
        Ok(self.damage.readable("revisions", &rows, read))
    }

    /// What was decided about a revision. One that cannot be read was printed, as nearly all are.
    fn handling(&self, order: OrderId, kept: &str) -> Handling {
        serde_json::from_str(kept).unwrap_or_else(|error| {
            let what =
                format!("what was decided about order {order} is not known any more: {error}");
            self.damage.note(what);
            Handling::Routed
        })
    }

    /// The newest orders, newest first, as they came here: a feed that began anew counts from 1.
    pub async fn newest_orders(&self, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM orders ORDER BY rowid DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        Ok(self.damage.readable("orders", &rows, order_id))
    }

    /// Orders that are new since a place in the feed: the program may have ended before the place behind them was kept.
    pub async fn orders_behind(&self, place: &Place) -> Result<Vec<OrderId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM orders WHERE heard_at >= ? AND first_seq > ?")
            .bind(place.heard.as_second())
            .bind(place.seq)
            .fetch_all(&self.pool)
            .await?;
        Ok(self.damage.readable("orders", &rows, order_id))
    }

    /// Orders that were heard at or after a time.
    pub async fn orders_heard_since(&self, since: Timestamp) -> Result<Vec<OrderId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM orders WHERE heard_at >= ?")
            .bind(since.as_second())
            .fetch_all(&self.pool)
            .await?;
        Ok(self.damage.readable("orders", &rows, order_id))
    }

    /// Orders about which somebody is to be asked, oldest first.
    pub async fn backlog(&self) -> Result<Vec<OrderId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM orders WHERE backlog = 1 ORDER BY first_seq")
            .fetch_all(&self.pool)
            .await?;
        Ok(self.damage.readable("orders", &rows, order_id))
    }

    /// A person has decided about an order: its newest revision was routed after all, or stays as it was shown.
    pub async fn decide(&self, order: OrderId, routed: bool) -> Result<(), StoreError> {
        let id = order.to_string();
        let mut step = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE orders SET backlog = 0 WHERE id = ?")
            .bind(&id)
            .execute(&mut *step)
            .await?;
        if routed {
            sqlx::query(
                "UPDATE revisions SET handling = ?2 WHERE order_id = ?1
                 AND revision = (SELECT max(revision) FROM revisions WHERE order_id = ?1)",
            )
            .bind(&id)
            .bind(serde_json::to_string(&Handling::Routed)?)
            .execute(&mut *step)
            .await?;
        }
        step.commit().await?;
        Ok(())
    }

    /// Forgets some of the orders that were heard before a time, oldest first; which ones.
    pub async fn prune_orders(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError> {
        let rows = sqlx::query(
            "DELETE FROM orders WHERE id IN
             (SELECT id FROM orders WHERE heard_at < ? AND backlog = 0 ORDER BY heard_at LIMIT ?) RETURNING id",
        )
        .bind(before.as_second())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(self.damage.readable("orders", &rows, order_id))
    }
}

fn order_id(row: &SqliteRow) -> Result<OrderId, StoreError> {
    let id: String = column(row, "id")?;
    id.parse()
        .map_err(|_| StoreError::Unreadable(format!("{id:?} is no id of an order")))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    async fn store(folder: &tempfile::TempDir) -> Store {
        let path = folder.path().join("counter.sqlite");
        Store::open(&path).await.unwrap().0
    }

    fn new(order: OrderId, revision: u32, seq: i64) -> NewRevision<'static> {
        NewRevision {
            order,
            revision,
            seq,
            body: "{}",
            handling: Handling::ShownOnly,
            backlog: true,
            heard_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn orders_stand_where_they_first_appeared_with_all_their_revisions() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let (first, second) = (OrderId(Uuid::now_v7()), OrderId(Uuid::now_v7()));
        store.keep_revision(&new(first, 1, 7)).await.unwrap();
        store.keep_revision(&new(second, 1, 8)).await.unwrap();
        store.keep_revision(&new(first, 2, 9)).await.unwrap();
        assert_eq!(store.newest_orders(10).await.unwrap(), [second, first]);
        assert_eq!(store.backlog().await.unwrap(), [first, second]);
        let numbers: Vec<u32> = store
            .revisions(first, 2)
            .await
            .unwrap()
            .iter()
            .map(|r| r.revision)
            .collect();
        assert_eq!(numbers, [2, 1]);
    }

    #[tokio::test]
    async fn a_feed_that_began_anew_brings_the_newest_orders() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let (old, new_one) = (OrderId(Uuid::now_v7()), OrderId(Uuid::now_v7()));
        store.keep_revision(&new(old, 1, 1_000)).await.unwrap();
        store.keep_revision(&new(new_one, 1, 1)).await.unwrap();
        store.keep_revision(&new(old, 1, 2)).await.unwrap();
        assert_eq!(store.newest_orders(1).await.unwrap(), [new_one]);
    }

    #[tokio::test]
    async fn what_a_person_decided_about_is_asked_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let order = OrderId(Uuid::now_v7());
        store.keep_revision(&new(order, 1, 7)).await.unwrap();
        assert!(
            store
                .prune_orders(Timestamp::MAX, 9)
                .await
                .unwrap()
                .is_empty()
        );
        store.decide(order, true).await.unwrap();
        assert!(store.backlog().await.unwrap().is_empty());
        assert_eq!(
            store.revisions(order, 1).await.unwrap()[0].handling,
            Handling::Routed
        );
        assert_eq!(
            store.prune_orders(Timestamp::MAX, 9).await.unwrap(),
            [order]
        );
        assert!(store.revisions(order, 9).await.unwrap().is_empty());
    }
}
