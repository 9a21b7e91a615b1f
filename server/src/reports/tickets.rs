//! The newest state of each ticket, in the order of reports.

use api::{BusinessId, Code, Cursor, report::TicketPage};
use axum::extract::State;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::sequence;
use crate::{
    auth::Staff,
    db::{Db, decoded_singly, ticket},
    refusal::{Query, Refusal, no},
};

/// A page ends before its tickets have more bytes, unless its first one alone has.
const MAX_BYTES: usize = 1024 * 1024;

/// The query of `GET /api/v1/tickets`.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TicketQuery {
    /// Those reported after this cursor: `next` of an earlier answer. `0`, or nothing, is the beginning.
    after: Option<String>,
    /// 1 to 500 tickets; 200 when it is left out. A page also ends at about 1 MB.
    limit: Option<u64>,
}

/// What the counters reported: each ticket once, at the place of its newest change.
#[utoipa::path(get, path = "/api/v1/tickets", operation_id = "list_tickets", tag = "tickets", params(TicketQuery),
    responses((status = 200, body = TicketPage), (status = 422, body = api::Problem),
        (status = 409, body = api::Problem, description = "cursor_unknown: this server has lost reports; begin again at 0")))]
pub(crate) async fn list(
    State(db): State<Db>,
    Staff(claims): Staff,
    Query(query): Query<TicketQuery>,
) -> Result<axum::Json<Value>, Refusal> {
    let limit = query.limit.unwrap_or(200);
    if !(1..=500).contains(&limit) {
        return Err(no(Code::Invalid, "a page has 1 to 500 tickets").at("limit"));
    }
    let after = parse(query.after.as_deref().unwrap_or("0"))?;
    page(&db, claims.business_id, after, limit)
        .await
        .map(axum::Json)
}

/// A place in the sequence of reports and the epoch that it counts in; nothing is the beginning.
type Place = Option<(Uuid, i64)>;

fn parse(text: &str) -> Result<Place, Refusal> {
    if text == "0" {
        return Ok(None);
    }
    let place = text.split_once('.').and_then(|(epoch, seq)| {
        let place = (Uuid::try_parse(epoch).ok()?, seq.parse().ok()?);
        (place.1 >= 0 && written(place) == text).then_some(place)
    });
    place.map(Some).ok_or_else(|| {
        no(
            Code::Invalid,
            "this is no cursor: begin with 0 and go on with `next` of each answer, as it is",
        )
        .at("after")
    })
}

fn written((epoch, seq): (Uuid, i64)) -> String {
    format!("{}.{seq}", epoch.simple())
}

async fn page(db: &Db, business: BusinessId, after: Place, limit: u64) -> Result<Value, Refusal> {
    let sequence = sequence::read(db, business).await?;
    let is_known = match (after, &sequence) {
        (None, _) => true,
        (Some((epoch, seq)), Some(now)) => epoch == now.epoch && seq <= now.last,
        (Some(_), None) => false,
    };
    if !is_known {
        return Err(no(
            Code::CursorUnknown,
            "the reports do not go as far as this cursor: the database was restored from an older copy, or lags behind; \
             begin again at 0",
        )
        .at("after"));
    }
    let Some(sequence) = sequence else {
        return Ok(json!({"tickets": [], "next": Cursor("0".to_owned()), "more": false}));
    };
    let after = after.map_or(0, |(_, seq)| seq);
    let select = ticket::Entity::find()
        .filter(ticket::Column::BusinessId.eq(business.0))
        .filter(ticket::Column::Seq.gt(after))
        .filter(ticket::Column::Seq.lte(sequence.last))
        .order_by_asc(ticket::Column::Seq)
        .limit(limit + 1);
    let mut rows = decoded_singly(db.read(), select).await?;
    let mut more = u64::try_from(rows.len()).is_ok_and(|rows| rows > limit);
    if more {
        rows.pop();
    }
    let (mut tickets, mut bytes, mut next) = (Vec::new(), 0_usize, after);
    for (raw, row) in rows {
        // One that cannot be read hides no other.
        let (ticket, size) =
            row.map_or_else(|_| (None, 0), |row| (reported(&row), row.content.len()));
        bytes = bytes.saturating_add(size);
        if bytes > MAX_BYTES && !tickets.is_empty() {
            more = true;
            break;
        }
        next = place(&raw).unwrap_or(next);
        tickets.extend(ticket);
    }
    let next = if more { next } else { sequence.last };
    Ok(json!({"tickets": tickets, "next": Cursor(written((sequence.epoch, next))), "more": more}))
}

fn place(raw: &QueryResult) -> Option<i64> {
    raw.try_get("", "seq").ok()
}

fn reported(row: &ticket::Model) -> Option<Map<String, Value>> {
    match serde_json::from_str(&row.content) {
        Ok(Value::Object(mut fields)) => {
            fields.insert("counter".to_owned(), json!(row.counter_id));
            Some(fields)
        }
        other => {
            tracing::error!(job = %row.job_id, error = ?other.err(), "a reported ticket cannot be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_has_one_spelling() {
        let place = (Uuid::from_u128(0xabc), 17);
        assert_eq!(parse(&written(place)).ok(), Some(Some(place)));
        assert_eq!(parse("0").ok(), Some(None));
        for wrong in [
            "",
            "1",
            "x",
            ".",
            "00000000000000000000000000000abc.-1",
            "00000000000000000000000000000abc.+1",
            "00000000000000000000000000000abc.01",
            "00000000000000000000000000000ABC.1",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
