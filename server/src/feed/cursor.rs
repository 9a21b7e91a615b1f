//! Cursors: a place in the feed and the entry that stands there.

use std::{fmt, str::FromStr};

use api::{BusinessId, Code, Cursor};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use uuid::Uuid;

use crate::{
    menu,
    refusal::{Refusal, no},
};

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

/// A place on the way to the end of the feed, as `PLACE-END`: the end proves itself as well. An order that is revised leaves
/// its place, so a page says nothing of those that have moved behind it; where the database is restored, they are back there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Up to where it was read.
    pub at: Place,
    /// Where the feed ended then, if that is further on.
    pub end: Option<Place>,
}

impl Reading {
    /// At a place of a feed that ended there.
    pub fn new(at: Place, end: Place) -> Reading {
        Reading {
            at,
            end: (end.seq > at.seq).then_some(end),
        }
    }
}

impl From<Place> for Reading {
    fn from(at: Place) -> Reading {
        Reading { at, end: None }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.end {
            Some(end) => write!(f, "{}-{end}", self.at),
            None => self.at.fmt(f),
        }
    }
}

impl From<Reading> for Cursor {
    fn from(reading: Reading) -> Cursor {
        Cursor(reading.to_string())
    }
}

impl FromStr for Reading {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Reading, NoCursor> {
        let Some((at, end)) = text.split_once('-') else {
            return Ok(text.parse::<Place>()?.into());
        };
        let (at, end): (Place, Place) = (at.parse()?, end.parse()?);
        if end.seq <= at.seq {
            return Err(NoCursor);
        }
        Ok(Reading { at, end: Some(end) })
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
pub(super) fn parse(text: &str) -> Result<Reading, Refusal> {
    text.parse().map_err(|NoCursor| {
        no(
            Code::Invalid,
            "this is no cursor: begin with 0 and go on with `next` of each answer, as it is",
        )
        .at("after")
    })
}

/// The last place.
pub(super) async fn end(on: &impl ConnectionTrait, business: BusinessId) -> Result<Place, Refusal> {
    let statement = Statement::from_sql_and_values(
        on.get_database_backend(),
        "SELECT last_seq FROM businesses WHERE id = $1",
        [business.0.into()],
    );
    let row = on.query_one_raw(statement).await?;
    let row = row.ok_or_else(menu::business_gone)?;
    Ok(place(on, business, row.try_get("", "last_seq")?).await?)
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
    fn a_cursor_on_the_way_names_the_end_too() {
        let place = |seq| Place {
            seq,
            entry: Uuid::from_u128(7),
        };
        let reading = Reading::new(place(3), place(9));
        let text = reading.to_string();
        assert_eq!(text.parse(), Ok(reading));
        assert_eq!(Reading::new(place(9), place(9)), place(9).into());
        assert_eq!("0".parse(), Ok(Reading::from(BEGINNING)));
        let [three, nine] = [3, 9].map(|seq| place(seq).to_string());
        for wrong in [
            format!("{nine}-{three}"),
            format!("{nine}-{nine}"),
            format!("{three}-"),
            format!("-{nine}"),
            format!("{three}-{nine}-{nine}"),
        ] {
            assert_eq!(wrong.parse::<Reading>(), Err(NoCursor), "{wrong}");
        }
    }

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
