//! Pages of the feed.

use api::{BusinessId, Code, order::OrderPage};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde_json::{Value, json};

use crate::{
    db::{Db, order},
    refusal::{Refusal, no},
};

/// The feed of a restaurant as far as it reaches now.
pub(super) struct Feed<'a> {
    pub db: &'a Db,
    pub business: BusinessId,
    pub top: i64,
    pub limit: u64,
}

impl Feed<'_> {
    /// What came after a place in the feed.
    pub(super) async fn after(&self, after: i64) -> Result<OrderPage<Value>, Refusal> {
        if after < 0 {
            return Err(no(Code::Invalid, "a place in the feed is 0 or more").at("after"));
        }
        if after > self.top {
            // A counter that waits there would miss every order until the feed has caught up with it.
            return Err(no(
                Code::Invalid,
                format!(
                    "the feed ends at {} and {after} has never been in it: this position is from another database; \
                     begin anew with since",
                    self.top
                ),
            )
            .at("after"));
        }
        let orders = self.rows(order::Column::Seq.gt(after)).await?;
        let next = orders.last().map_or(after, |row| row.seq);
        Ok(page(orders, next))
    }

    /// What was revised at or after a time, from the oldest; `next` is the top of the feed, not of the page.
    pub(super) async fn since(&self, since: Timestamp) -> Result<OrderPage<Value>, Refusal> {
        let orders = self
            .rows(order::Column::RevisedAt.gte(since.as_millisecond()))
            .await?;
        Ok(page(orders, self.top))
    }

    async fn rows(
        &self,
        which: sea_orm::sea_query::SimpleExpr,
    ) -> Result<Vec<order::Model>, Refusal> {
        let select: Select<order::Entity> = order::Entity::find()
            .filter(order::Column::BusinessId.eq(self.business.0))
            .filter(order::Column::Seq.lte(self.top))
            .filter(which);
        Ok(select
            .order_by_asc(order::Column::Seq)
            .limit(self.limit)
            .all(self.db.read())
            .await?)
    }
}

fn page(rows: Vec<order::Model>, next: i64) -> OrderPage<Value> {
    OrderPage {
        orders: rows.into_iter().map(entry).collect(),
        next,
    }
}

/// An order that cannot be read hides no other: it is in the feed with what is known of it, and the counter shows it.
fn entry(row: order::Model) -> Value {
    match serde_json::from_str(&row.content) {
        Ok(Value::Object(mut fields)) => {
            fields.insert("seq".to_owned(), row.seq.into());
            Value::Object(fields)
        }
        other => {
            tracing::error!(order = %row.id, error = ?other.err(), "a stored order cannot be read");
            json!({"seq": row.seq, "id": row.id, "number": row.number, "revision": row.revision, "stored": row.content})
        }
    }
}
