//! Queries of the feed.

use api::{BusinessId, Code, order::OrderPage};
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, Select,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::store::now;
use crate::{
    db::{Db, decoded_singly, order},
    refusal::{Refusal, no},
};

/// The feed of a business up to `top`, the last seq when the request came.
pub(super) struct Feed<'a> {
    pub db: &'a Db,
    pub business: BusinessId,
    pub top: i64,
    pub limit: u64,
}

impl Feed<'_> {
    /// Entries after a seq.
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
        let entries = self.entries(order::Column::Seq.gt(after)).await?;
        let next = entries.last().map_or(after, |(seq, _)| *seq);
        page(entries, next)
    }

    /// Entries revised at or after a time, oldest first; `next` is the top of the feed, not of the page.
    pub(super) async fn since(&self, since: Timestamp) -> Result<OrderPage<Value>, Refusal> {
        let entries = self
            .entries(order::Column::RevisedAt.gte(since.as_millisecond()))
            .await?;
        page(entries, self.top)
    }

    /// Each with its place. An order that cannot be read hides no other: it is in the feed with what is known of it, and
    /// the counter shows it.
    async fn entries(
        &self,
        which: sea_orm::sea_query::SimpleExpr,
    ) -> Result<Vec<(i64, Value)>, Refusal> {
        let select: Select<order::Entity> = order::Entity::find()
            .filter(order::Column::BusinessId.eq(self.business.0))
            .filter(order::Column::Seq.lte(self.top))
            .filter(which)
            .order_by_asc(order::Column::Seq)
            .limit(self.limit);
        let rows = decoded_singly(self.db.read(), select).await?;
        Ok(rows
            .into_iter()
            .filter_map(|(raw, row)| match row {
                Ok(row) => Some((row.seq, entry(row))),
                Err(error) => damaged(&raw, &error),
            })
            .collect())
    }
}

fn page(entries: Vec<(i64, Value)>, next: i64) -> Result<OrderPage<Value>, Refusal> {
    Ok(OrderPage {
        orders: entries.into_iter().map(|(_, entry)| entry).collect(),
        next,
        server_time: Some(now()?),
    })
}

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

/// A row of which a column has the wrong type: what the others say. Without a place there is nothing to put it at.
fn damaged(raw: &QueryResult, error: &DbErr) -> Option<(i64, Value)> {
    let number = |column: &str| raw.try_get::<i64>("", column).ok();
    let id = raw.try_get::<Uuid>("", "id").ok();
    let seq = number("seq");
    tracing::error!(?id, ?seq, %error, "a stored order cannot be decoded");
    let seq = seq?;
    let known = [
        ("id", id.map(|id| json!(id))),
        ("number", number("number").map(Value::from)),
        ("revision", number("revision").map(Value::from)),
    ];
    let content = raw.try_get::<String>("", "content").ok();
    let mut fields = match content.as_deref().map(serde_json::from_str) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => Map::from_iter([("stored".to_owned(), content.into())]),
    };
    for (name, value) in known {
        if let Some(value) = value {
            fields.entry(name).or_insert(value);
        }
    }
    fields.insert("seq".to_owned(), seq.into());
    Some((seq, Value::Object(fields)))
}
