//! Queries of the feed.

use api::{BusinessId, Code, order::OrderPage};
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, Select,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    clock::now,
    db::{Db, decoded_singly, order},
    refusal::{Refusal, no},
};

/// A stretch of the feed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    /// Behind this place.
    pub after: i64,
    /// Up to this one.
    pub top: i64,
    /// Of these only the orders that were revised at or after this time.
    pub since: Option<Timestamp>,
}

/// An order at its place in the feed.
#[derive(Debug)]
pub(crate) struct PlacedOrder {
    pub seq: i64,
    pub fields: Map<String, Value>,
    /// As stored; about what it is on the wire.
    pub bytes: usize,
}

/// The first orders of a stretch.
#[derive(Debug)]
pub(crate) struct PlacedOrders {
    pub orders: Vec<PlacedOrder>,
    /// There are no others in the stretch.
    pub complete: bool,
}

/// Reads the first orders of a stretch, each at the place of its newest revision. An order that cannot be read hides no
/// other: it is among them with what is known of it, and the counter shows it.
pub(crate) async fn read(
    on: &impl ConnectionTrait,
    business: BusinessId,
    stretch: Stretch,
    limit: u64,
) -> Result<PlacedOrders, DbErr> {
    let mut select: Select<order::Entity> = order::Entity::find()
        .filter(order::Column::BusinessId.eq(business.0))
        .filter(order::Column::Seq.gt(stretch.after))
        .filter(order::Column::Seq.lte(stretch.top))
        .order_by_asc(order::Column::Seq)
        .limit(limit);
    if let Some(since) = stretch.since {
        select = select.filter(order::Column::RevisedAt.gte(since.as_millisecond()));
    }
    let rows = decoded_singly(on, select).await?;
    Ok(PlacedOrders {
        complete: u64::try_from(rows.len()).is_ok_and(|rows| rows < limit),
        orders: rows
            .into_iter()
            .filter_map(|(raw, row)| match row {
                Ok(row) => Some(placed(row)),
                Err(error) => damaged(&raw, &error),
            })
            .collect(),
    })
}

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
        let orders = self.orders(after, None).await?;
        let next = orders.last().map_or(after, |order| order.seq);
        page(orders, next)
    }

    /// Entries revised at or after a time, oldest first; `next` is the top of the feed, not of the page.
    pub(super) async fn since(&self, since: Timestamp) -> Result<OrderPage<Value>, Refusal> {
        let orders = self.orders(0, Some(since)).await?;
        page(orders, self.top)
    }

    async fn orders(
        &self,
        after: i64,
        since: Option<Timestamp>,
    ) -> Result<Vec<PlacedOrder>, Refusal> {
        let stretch = Stretch {
            after,
            top: self.top,
            since,
        };
        Ok(read(self.db.read(), self.business, stretch, self.limit)
            .await?
            .orders)
    }
}

fn page(orders: Vec<PlacedOrder>, next: i64) -> Result<OrderPage<Value>, Refusal> {
    Ok(OrderPage {
        orders: orders
            .into_iter()
            .map(|order| Value::Object(order.fields))
            .collect(),
        next,
        server_time: Some(now()?),
    })
}

fn placed(row: order::Model) -> PlacedOrder {
    let bytes = row.content.len();
    let mut fields = match serde_json::from_str(&row.content) {
        Ok(Value::Object(fields)) => fields,
        other => {
            tracing::error!(order = %row.id, error = ?other.err(), "a stored order cannot be read");
            let known = [
                ("id", json!(row.id)),
                ("number", row.number.into()),
                ("revision", row.revision.into()),
                ("stored", row.content.into()),
            ];
            known
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        }
    };
    fields.insert("seq".to_owned(), row.seq.into());
    PlacedOrder {
        seq: row.seq,
        fields,
        bytes,
    }
}

/// A row of which a column has the wrong type: what the others say. Without a place there is nothing to put it at.
fn damaged(raw: &QueryResult, error: &DbErr) -> Option<PlacedOrder> {
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
    let bytes = content.as_ref().map_or(0, String::len);
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
    Some(PlacedOrder { seq, fields, bytes })
}
