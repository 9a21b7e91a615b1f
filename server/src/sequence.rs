//! The sequence of a business: each order, each change of one and each change of ownership takes the next place.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
};
use uuid::Uuid;

use crate::db::{business, feed};

/// The kind of entries of ownership, as it is stored.
pub(crate) const OWNERSHIP: &str = "ownership";
const ORDER: &str = "order";

/// What takes a place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry<'a> {
    /// An order; its content is in the table of orders, which says the place too.
    Order,
    /// Printers that changed hands, as JSON.
    Ownership(&'a str),
}

/// The place that [`take`] gives next.
pub(crate) fn next(row: &business::Model) -> i64 {
    row.last_seq + 1
}

/// Takes the next place and, for a new order, stores its number. The row was read under
/// [`crate::db::lock_business`] in the same transaction, and takes one place in it.
pub(crate) async fn take(
    tx: &DatabaseTransaction,
    row: &business::Model,
    entry: Entry<'_>,
    number: Option<i64>,
) -> Result<i64, DbErr> {
    let seq = next(row);
    let change = business::ActiveModel {
        last_seq: Set(seq),
        last_number: Set(number.unwrap_or(row.last_number)),
        ..business::ActiveModel::default()
    };
    // Without reading the row back: the menu is in it.
    business::Entity::update_many()
        .set(change)
        .filter(business::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    let (kind, content) = match entry {
        Entry::Order => (ORDER, None),
        Entry::Ownership(content) => (OWNERSHIP, Some(content.to_owned())),
    };
    feed::Entity::insert(feed::ActiveModel {
        business_id: Set(row.id),
        seq: Set(seq),
        entry_id: Set(Uuid::new_v4()),
        kind: Set(kind.to_owned()),
        content: Set(content),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(seq)
}
