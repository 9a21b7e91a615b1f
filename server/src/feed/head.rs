//! What is known before the entries of a page are read, by one statement: every order waits for it.

use api::{Code, Owners};
use sea_orm::{ConnectionTrait, QueryResult, Statement};

use super::cursor::{self, Place};
use crate::{
    auth::{ALIVE, Signed},
    menu, ownership,
    refusal::{Refusal, no},
    sequence::OWNERSHIP,
};

/// What is known of a feed and of a place in it.
#[derive(Debug)]
pub(super) struct Head {
    /// The last place.
    pub top: Place,
    /// Those in force at the place, as the newest entry of ownership there says; `None` when there is none that can be
    /// read.
    pub owners: Option<Owners>,
    /// Printers change hands behind the place.
    pub changes: bool,
}

/// Reads it. Proves that the session of the request is alive and that `after` is in the feed of its business.
pub(super) async fn read(
    on: &impl ConnectionTrait,
    signed: Signed,
    after: Place,
) -> Result<Head, Refusal> {
    // A row in any case: whether the session is alive is said before anything else.
    let sql = format!(
        "SELECT {ALIVE} AS alive, b.last_seq AS top, a.entry_id AS entry_after, t.entry_id AS entry_top, \
         (SELECT content FROM feed WHERE business_id = $3 AND content IS NOT NULL AND kind = $5 AND seq <= $4 \
          ORDER BY seq DESC LIMIT 1) AS owners, \
         EXISTS (SELECT 1 FROM feed WHERE business_id = $3 AND content IS NOT NULL AND kind = $5 AND seq > $4) AS changes \
         FROM (SELECT 1 AS one) AS request LEFT JOIN businesses b ON b.id = $3 \
         LEFT JOIN feed a ON a.business_id = b.id AND a.seq = $4 \
         LEFT JOIN feed t ON t.business_id = b.id AND t.seq = b.last_seq"
    );
    let [session, now] = signed.session();
    let values = [
        session,
        now,
        signed.business().0.into(),
        after.seq.into(),
        OWNERSHIP.into(),
    ];
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    let row = on.query_one_raw(statement).await?;
    let row = row.ok_or_else(menu::business_gone)?;
    signed.proven(row.try_get("", "alive")?)?;
    let top = row.try_get::<Option<i64>>("", "top")?;
    let top = Place {
        seq: top.ok_or_else(menu::business_gone)?,
        entry: cursor::entry(&row, "entry_top"),
    };
    if !cursor::is_known(after, top.seq, cursor::entry(&row, "entry_after")) {
        return Err(unknown(top));
    }
    Ok(Head {
        top,
        owners: owners(&row),
        changes: row.try_get("", "changes")?,
    })
}

/// The refusal of a cursor whose entries are not in a feed that ends there.
pub(super) fn unknown(top: Place) -> Refusal {
    no(
        Code::CursorUnknown,
        format!(
            "the feed ends at {} and does not hold the entry that this cursor stands on: the database was restored \
             from an older copy, or lags behind; read again with since",
            top.seq
        ),
    )
    .at("after")
}

fn owners(row: &QueryResult) -> Option<Owners> {
    match row.try_get::<Option<String>>("", "owners") {
        Ok(content) => content.as_deref().and_then(ownership::after),
        Err(error) => {
            tracing::error!(%error, "an entry of ownership cannot be decoded");
            None
        }
    }
}
