//! Cursors: a place in the feed and the entry that stands there.

use std::{fmt, str::FromStr};

use api::{BusinessId, Code, Cursor};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use uuid::Uuid;

use crate::refusal::{Refusal, no};

/// A place that names its entry, as `SEQ.ENTRY`; `0` is the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The number of the entry there.
    pub seq: i64,
    /// That of the entry there. Nil for one that is damaged, and for the beginning.
    pub entry: Uuid,
}

/// Before the first entry.
pub const BEGINNING: Place = Place {
    seq: 0,
    entry: Uuid::nil(),
};

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == BEGINNING {
            return f.write_str("0");
        }
        write!(f, "{}.{}", self.seq, self.entry.simple())
    }
}

impl From<Place> for Cursor {
    fn from(place: Place) -> Cursor {
        Cursor(place.to_string())
    }
}

/// A text that no server has ever given as a cursor.
#[derive(Debug, PartialEq, Eq)]
pub struct NoCursor;

impl FromStr for Place {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Place, NoCursor> {
        if text == "0" {
            return Ok(BEGINNING);
        }
        let (seq, entry) = text.split_once('.').ok_or(NoCursor)?;
        let place = Place {
            seq: seq.parse().map_err(|_| NoCursor)?,
            entry: Uuid::try_parse(entry).map_err(|_| NoCursor)?,
        };
        // One spelling of each.
        if place.seq < 1 || place.to_string() != text {
            return Err(NoCursor);
        }
        Ok(place)
    }
}

/// Whether a feed that ends at `top` holds the entry that a cursor stands on; `there` is the entry at its place.
pub fn is_known(after: Place, top: i64, there: Uuid) -> bool {
    after == BEGINNING || after.seq <= top && after.entry == there
}

/// Reads a cursor of a request.
pub(super) fn parse(text: &str) -> Result<Place, Refusal> {
    text.parse().map_err(|NoCursor| {
        no(
            Code::Invalid,
            "this is no cursor: begin with 0 and go on with `next` of each answer, as it is",
        )
        .at("after")
    })
}

/// The place of an entry.
pub(super) async fn place(
    on: &impl ConnectionTrait,
    business: BusinessId,
    seq: i64,
) -> Result<Place, DbErr> {
    if seq < 1 {
        return Ok(BEGINNING);
    }
    let statement = Statement::from_sql_and_values(
        on.get_database_backend(),
        "SELECT entry_id FROM feed WHERE business_id = $1 AND seq = $2",
        [business.0.into(), seq.into()],
    );
    let row = on.query_one_raw(statement).await?;
    Ok(Place {
        seq,
        entry: row.map_or(Uuid::nil(), |row| entry(&row, "entry_id")),
    })
}

/// Nil when the row is gone or cannot be decoded: readers then go on from there all the same.
pub(super) fn entry(row: &QueryResult, column: &str) -> Uuid {
    match row.try_get::<Option<Uuid>>("", column) {
        Ok(Some(entry)) => entry,
        Ok(None) => Uuid::nil(),
        Err(error) => {
            tracing::error!(%error, "an entry of the feed cannot be decoded");
            Uuid::nil()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_has_one_spelling() {
        let place = Place {
            seq: 17,
            entry: Uuid::from_u128(0xabc),
        };
        let text = place.to_string();
        assert_eq!(text, "17.00000000000000000000000000000abc");
        assert_eq!(text.parse(), Ok(place));
        assert_eq!(BEGINNING.to_string().parse(), Ok(BEGINNING));
        for wrong in [
            "",
            "17",
            "-1",
            "00",
            "17.",
            ".",
            "0.00000000000000000000000000000abc",
            "-1.00000000000000000000000000000abc",
            "+17.00000000000000000000000000000abc",
            "017.00000000000000000000000000000abc",
            "17.00000000000000000000000000000ABC",
            "17.00000000-0000-0000-0000-000000000abc",
            "99999999999999999999.00000000000000000000000000000abc",
            "17.00000000000000000000000000000abc.1",
            "١٧.00000000000000000000000000000abc",
        ] {
            assert_eq!(wrong.parse::<Place>(), Err(NoCursor), "{wrong:?}");
        }
    }
}
