//! The sequence of a business: each order, each change of one and each change of ownership takes the next place.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use uuid::Uuid;

use crate::db::business;

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
    let backend = tx.get_database_backend();
    // Written out, and without reading the row back, which has the menu: every order waits for this.
    tx.execute_raw(Statement::from_sql_and_values(
        backend,
        "UPDATE businesses SET last_seq = $1, last_number = $2 WHERE id = $3",
        [
            seq.into(),
            number.unwrap_or(row.last_number).into(),
            row.id.into(),
        ],
    ))
    .await?;
    let (kind, content) = match entry {
        Entry::Order => (ORDER, None),
        Entry::Ownership(content) => (OWNERSHIP, Some(content)),
    };
    tx.execute_raw(Statement::from_sql_and_values(
        backend,
        "INSERT INTO feed (business_id, seq, entry_id, kind, content) VALUES ($1, $2, $3, $4, $5)",
        [
            row.id.into(),
            seq.into(),
            Uuid::new_v4().into(),
            kind.into(),
            content.into(),
        ],
    ))
    .await?;
    Ok(seq)
}
