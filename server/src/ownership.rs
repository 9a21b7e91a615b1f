//! Which counter prints on which printer, at each place of the feed.
//!
//! Each entry of ownership keeps all owners after it, so that the newest entry at a place says them. Before the first
//! entry there are those of the settings.

use api::{
    BusinessId, CounterId, Event, Owners, Printer, PrinterId,
    feed::{OwnerChange, OwnershipCause, OwnershipChange},
    settings::SettingKey,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    clock::now,
    db::{business, decoded_singly, feed, setting},
    outbox,
    refusal::{Refusal, unreadable},
    sequence::{self, Entry, OWNERSHIP},
};

/// The content of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Content {
    change: OwnershipChange,
    /// In force after it.
    owners: Owners,
}

/// An entry as the feed shows it.
#[derive(Debug)]
pub(crate) struct PlacedChange {
    pub seq: i64,
    pub fields: Map<String, Value>,
    pub bytes: usize,
}

/// The first entries of ownership after a place and up to another, with what is known of those that cannot be read.
pub(crate) async fn read(
    on: &impl ConnectionTrait,
    business: BusinessId,
    after: i64,
    top: i64,
    limit: u64,
) -> Result<Vec<PlacedChange>, DbErr> {
    let select = entries(business)
        .filter(feed::Column::Seq.gt(after))
        .filter(feed::Column::Seq.lte(top))
        .order_by_asc(feed::Column::Seq)
        .limit(limit);
    let rows = decoded_singly(on, select).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(raw, row)| {
            let seq = raw.try_get::<i64>("", "seq").ok()?;
            let text = raw.try_get::<String>("", "content").ok();
            let bytes = text.as_ref().map_or(0, String::len);
            let content = row.ok().as_ref().and_then(content);
            let change = content.and_then(|content| serde_json::to_value(content.change).ok());
            let mut fields = match change {
                Some(Value::Object(fields)) => fields,
                _ => Map::from_iter([("stored".to_owned(), json!(text))]),
            };
            fields.insert("seq".to_owned(), seq.into());
            Some(PlacedChange { seq, fields, bytes })
        })
        .collect())
}

/// Writes that printers changed hands, as one entry and one event; `None` when none has another owner than before. The
/// caller holds the lock on the row, has read it under the lock, and commits and wakes the publisher.
pub(crate) async fn record(
    tx: &DatabaseTransaction,
    row: &business::Model,
    before: Owners,
    to: &[(PrinterId, Option<CounterId>)],
    cause: OwnershipCause,
) -> Result<Option<OwnershipChange>, Refusal> {
    let (owners, changes) = changed(before, to);
    if changes.is_empty() {
        return Ok(None);
    }
    let seq = sequence::next(row);
    let content = Content {
        change: OwnershipChange {
            seq,
            at: now()?,
            changes,
            cause,
        },
        owners,
    };
    let text = serde_json::to_string(&content).map_err(|error| unreadable("ownership", &error))?;
    sequence::take(tx, row, Entry::Ownership(&text), None).await?;
    let event = Event::OwnershipChanged {
        id: outbox::event_id(),
        seq,
    };
    outbox::put(tx, row.id.into(), &event).await?;
    Ok(Some(content.change))
}

/// The owners after printers went to others, and those that did.
fn changed(
    mut owners: Owners,
    to: &[(PrinterId, Option<CounterId>)],
) -> (Owners, Vec<OwnerChange>) {
    let mut changes = Vec::new();
    for &(printer, to) in to {
        let from = match to {
            Some(to) => owners.insert(printer, to),
            None => owners.remove(&printer),
        };
        if from != to {
            changes.push(OwnerChange { printer, from, to });
        }
    }
    (owners, changes)
}

/// The owners in force after the entry at a place.
pub(crate) async fn at(
    on: &impl ConnectionTrait,
    business: BusinessId,
    seq: i64,
) -> Result<Owners, DbErr> {
    let newest = entries(business)
        .filter(feed::Column::Seq.lte(seq))
        .order_by_desc(feed::Column::Seq);
    if let Some(content) = first(on, newest).await? {
        return Ok(content.owners);
    }
    // In this order: without a later entry, the settings cannot have changed before they were read.
    let settings = of_settings(on, business).await?;
    let next = entries(business)
        .filter(feed::Column::Seq.gt(seq))
        .order_by_asc(feed::Column::Seq);
    Ok(first(on, next).await?.map_or(settings, before))
}

fn entries(business: BusinessId) -> Select<feed::Entity> {
    feed::Entity::find()
        .filter(feed::Column::BusinessId.eq(business.0))
        // What the index is made of.
        .filter(feed::Column::Content.is_not_null())
        .filter(feed::Column::Kind.eq(OWNERSHIP))
}

async fn first(
    on: &impl ConnectionTrait,
    select: Select<feed::Entity>,
) -> Result<Option<Content>, DbErr> {
    let row = decoded_singly(on, select.limit(1)).await?.pop();
    Ok(row.and_then(|(_, row)| match row {
        Ok(row) => content(&row),
        Err(error) => {
            tracing::error!(%error, "an entry of ownership cannot be decoded");
            None
        }
    }))
}

fn content(row: &feed::Model) -> Option<Content> {
    read_content(row.content.as_deref()?)
}

fn read_content(text: &str) -> Option<Content> {
    serde_json::from_str(text)
        .inspect_err(|error| tracing::error!(%error, text, "an entry of ownership cannot be read"))
        .ok()
}

/// The owners in force after an entry with this content; `None` when it cannot be read.
pub(crate) fn after(content: &str) -> Option<Owners> {
    read_content(content).map(|content| content.owners)
}

/// The owners before an entry.
fn before(content: Content) -> Owners {
    let mut owners = content.owners;
    for change in content.change.changes {
        match change.from {
            Some(from) => owners.insert(change.printer, from),
            None => owners.remove(&change.printer),
        };
    }
    owners
}

/// The owners that the settings name.
async fn of_settings(on: &impl ConnectionTrait, business: BusinessId) -> Result<Owners, DbErr> {
    let select = setting::Entity::find()
        .filter(setting::Column::BusinessId.eq(business.0))
        .filter(setting::Column::Key.starts_with("printer:"));
    let rows = decoded_singly(on, select).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(_, row)| row.ok())
        .filter_map(|row| {
            let SettingKey::Printer(id) = row.key.parse().ok()? else {
                return None;
            };
            let printer: Printer = serde_json::from_str(&row.value?).ok()?;
            Some((id, printer.owner?))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_hands_is_undone_by_its_entry() {
        let printer = |n| PrinterId(uuid::Uuid::from_u128(n));
        let counter = |n| CounterId(uuid::Uuid::from_u128(n));
        let owners = Owners::from([(printer(1), counter(1)), (printer(2), counter(1))]);
        let to = [
            (printer(1), Some(counter(2))),
            (printer(2), None),
            (printer(3), Some(counter(3))),
            (printer(4), None),
        ];
        let (after, changes) = changed(owners.clone(), &to);
        assert_eq!(
            after,
            Owners::from([(printer(1), counter(2)), (printer(3), counter(3))])
        );
        assert_eq!(changes.len(), 3, "{changes:?}");
        let (same, none) = changed(after.clone(), &to);
        assert_eq!((same, none), (after.clone(), vec![]));
        let content = Content {
            change: OwnershipChange {
                seq: 1,
                at: jiff::Timestamp::UNIX_EPOCH,
                changes,
                cause: OwnershipCause::Changed,
            },
            owners: after,
        };
        assert_eq!(before(content), owners);
    }
}
