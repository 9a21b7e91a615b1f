//! Pages of the feed.

use std::iter::Peekable;

use api::{BusinessId, feed::FeedPage};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Map, Value};

use super::{
    cursor::{self, BEGINNING, Reading},
    head::{self, Head},
};
use crate::{
    auth::Signed,
    clock,
    db::order,
    orders::{self, Stretch},
    ownership::{self, PlacedChange},
    refusal::Refusal,
};

/// A page ends before its entries have more bytes, unless its first one alone has.
const MAX_BYTES: usize = 1024 * 1024;
/// Orders that are read at once, so that a page of very large ones is never in memory as a whole.
const CHUNK: usize = 50;

/// Where a page begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    After(Reading),
    Since(Timestamp),
}

/// Reads a page of at most `limit` entries.
pub(super) async fn read(
    on: &impl ConnectionTrait,
    signed: Signed,
    from: From,
    limit: u64,
) -> Result<FeedPage<Value>, Refusal> {
    let business = signed.business();
    let place = match from {
        From::After(after) => after.at,
        From::Since(_) => BEGINNING,
    };
    // The top is read before the entries: what is committed in between has a greater seq and comes with the next page.
    let Head {
        top,
        owners,
        changes,
    } = head::read(on, signed, place).await?;
    if let From::After(Reading { end: Some(end), .. }) = from {
        let there = cursor::place(on, business, end.seq).await?;
        if !cursor::is_known(end, top.seq, there.entry) {
            return Err(head::unknown(top));
        }
    }
    let (owners, stretch) = match from {
        From::After(after) => {
            let stretch = Stretch {
                after: after.at.seq,
                top: top.seq,
                since: None,
            };
            (owners, stretch)
        }
        From::Since(since) => {
            let first = first_since(on, business, since).await?;
            let stretch = Stretch {
                after: first.map_or(top.seq, |first| first - 1).min(top.seq),
                top: top.seq,
                since: Some(since),
            };
            // Those of the head are in force at the beginning.
            (None, stretch)
        }
    };
    let owners = match owners {
        Some(owners) => owners,
        None => ownership::at(on, business, stretch.after).await?,
    };
    let mut page = Page::new(limit);
    let ended_early = page.fill(on, business, stretch, changes).await?;
    let next = match page.entries.last() {
        Some((last, _)) if ended_early => {
            let last = cursor::place(on, business, *last).await?;
            // After the entries: one that has moved behind them meanwhile stands before it.
            Reading::new(last, cursor::end(on, business).await?)
        }
        _ => top.into(),
    };
    Ok(FeedPage {
        owners,
        entries: page.entries.into_iter().map(|(_, entry)| entry).collect(),
        next: next.into(),
        more: ended_early,
        server_time: clock::now()?,
    })
}

/// The place of the first order that was revised at or after a time.
async fn first_since(
    on: &impl ConnectionTrait,
    business: BusinessId,
    since: Timestamp,
) -> Result<Option<i64>, DbErr> {
    let first = order::Entity::find()
        .select_only()
        .column_as(order::Column::Seq.min(), "first")
        .filter(order::Column::BusinessId.eq(business.0))
        .filter(order::Column::RevisedAt.gte(since.as_millisecond()))
        .into_tuple::<Option<i64>>()
        .one(on)
        .await?;
    Ok(first.flatten())
}

struct Page {
    limit: usize,
    bytes: usize,
    entries: Vec<(i64, Value)>,
}

impl Page {
    fn new(limit: u64) -> Self {
        Page {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            bytes: 0,
            entries: Vec::new(),
        }
    }

    /// Takes the entries of a stretch in their order; `true` when it is full before the stretch ends. `changes` says whether
    /// there can be any of ownership.
    async fn fill(
        &mut self,
        on: &impl ConnectionTrait,
        business: BusinessId,
        stretch: Stretch,
        changes: bool,
    ) -> Result<bool, DbErr> {
        if stretch.after >= stretch.top {
            return Ok(false);
        }
        let changes = if changes {
            let (after, top) = (stretch.after, stretch.top);
            // One more than fit, so that no later one is passed over.
            ownership::read(on, business, after, top, as_u64(self.limit) + 1).await?
        } else {
            Vec::new()
        };
        let mut changes = changes.into_iter().peekable();
        let mut rest = stretch;
        loop {
            let chunk = CHUNK.min(self.limit - self.entries.len()) + 1;
            let read = orders::read(on, business, rest, as_u64(chunk)).await?;
            let last = read.orders.last().map(|order| order.seq);
            for order in read.orders {
                if !self.add_changes(&mut changes, order.seq)
                    || !self.add(order.seq, "order", order.fields, order.bytes)
                {
                    return Ok(true);
                }
            }
            match last {
                Some(last) if !read.complete => rest.after = last,
                _ => return Ok(!self.add_changes(&mut changes, stretch.top)),
            }
        }
    }

    /// Takes the changes of ownership up to a place; `false` when the page is full.
    fn add_changes(
        &mut self,
        changes: &mut Peekable<impl Iterator<Item = PlacedChange>>,
        up_to: i64,
    ) -> bool {
        while let Some(change) = changes.next_if(|change| change.seq <= up_to) {
            if !self.add(change.seq, "ownership", change.fields, change.bytes) {
                return false;
            }
        }
        true
    }

    /// Takes an entry; `false` when the page is full.
    fn add(&mut self, seq: i64, kind: &str, mut fields: Map<String, Value>, bytes: usize) -> bool {
        let is_full = self.entries.len() >= self.limit
            || !self.entries.is_empty() && self.bytes.saturating_add(bytes) > MAX_BYTES;
        if is_full {
            return false;
        }
        fields.insert("entry".to_owned(), kind.into());
        self.bytes = self.bytes.saturating_add(bytes);
        self.entries.push((seq, Value::Object(fields)));
        true
    }
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
