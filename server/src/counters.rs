//! The counters of a business, and when each was last heard from.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use api::{
    BusinessId, Code, CounterId,
    counter::{COUNTER_HEADER, Counter, NewCounter},
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, request::Parts},
    middleware::Next,
    response::Response,
};
use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ModelTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
    sea_query::{Expr, OnConflict},
};

use crate::{
    auth::{Auth, Staff},
    db::{Db, counter, decoded_singly, lock_business},
    refusal::{Json, Refusal, no, unreadable},
    text::required_text,
};

/// How often the time of the last request of a counter is stored.
const RECORD_INTERVAL: Duration = Duration::from_secs(30);
/// Capacity of the map of stored times; when it is full, times are stored more often.
const RECORDED_MAX: usize = 10_000;

/// Counters of one business at the most.
const COUNTERS_MAX: u64 = 100;
/// A counter that was silent for so many milliseconds may make room for another. It comes back when it signs in.
const SILENT_MS: i64 = 24 * 60 * 60 * 1000;

/// Registers a counter under its name and lists all counters of the business.
#[utoipa::path(post, path = "/api/v1/counters", operation_id = "register_counter", tag = "counters", request_body = NewCounter,
    responses((status = 200, body = Vec<Counter>), (status = 403, body = api::Problem, description = "too many counters")))]
pub(crate) async fn register(
    State(db): State<Db>,
    Staff(claims): Staff,
    Json(new): Json<NewCounter>,
) -> Result<axum::Json<Vec<Counter>>, Refusal> {
    let name = required_text(&new.name, 80, "name")?;
    let row = counter::ActiveModel {
        business_id: Set(claims.business_id.0),
        id: Set(new.id.0),
        name: Set(name),
        last_heard: Set(Timestamp::now().as_millisecond()),
        ..counter::ActiveModel::default()
    };
    let tx = db.write().await?;
    // Of concurrent registrations each counts those before it.
    lock_business(&tx, claims.business_id).await?;
    make_room(&tx, claims.business_id, new.id).await?;
    counter::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([counter::Column::BusinessId, counter::Column::Id])
                .update_columns([counter::Column::Name, counter::Column::LastHeard])
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    let select = counter::Entity::find()
        .filter(counter::Column::BusinessId.eq(claims.business_id.0))
        .order_by_asc(counter::Column::Name)
        .order_by_asc(counter::Column::Id);
    let rows = decoded_singly(db.read(), select).await?;
    // One that cannot be read is logged and left out.
    let readable = rows.into_iter().filter_map(|(_, row)| {
        let row = row.map_err(|error| unreadable("counter", &error)).ok()?;
        to_counter(row).ok()
    });
    Ok(axum::Json(readable.collect()))
}

/// Makes room for a new counter: at the limit the one that was silent for longest is removed, if that is long enough.
async fn make_room(
    tx: &DatabaseTransaction,
    business: BusinessId,
    id: CounterId,
) -> Result<(), Refusal> {
    let of_business = || counter::Entity::find().filter(counter::Column::BusinessId.eq(business.0));
    let known = of_business()
        .filter(counter::Column::Id.eq(id.0))
        .count(tx)
        .await?;
    if known > 0 || of_business().count(tx).await? < COUNTERS_MAX {
        return Ok(());
    }
    let oldest = of_business()
        .order_by_asc(counter::Column::LastHeard)
        .one(tx)
        .await?;
    let silent_since = Timestamp::now().as_millisecond() - SILENT_MS;
    let Some(oldest) = oldest.filter(|oldest| oldest.last_heard < silent_since) else {
        return Err(no(
            Code::Forbidden,
            format!(
                "this restaurant has {COUNTERS_MAX} counters already; one that was silent for a day makes room for another"
            ),
        ));
    };
    tracing::info!(
        name = oldest.name,
        "a counter that was silent for long makes room for another"
    );
    oldest.delete(tx).await?;
    Ok(())
}

fn to_counter(row: counter::Model) -> Result<Counter, Refusal> {
    Ok(Counter {
        id: row.id.into(),
        name: row.name,
        last_heard: Timestamp::from_millisecond(row.last_heard)
            .map_err(|error| unreadable("time", &error))?,
    })
}

/// Stores when each counter made its last request.
#[derive(Debug, Clone)]
pub(crate) struct CounterActivity {
    db: Db,
    auth: Auth,
    recorded: Arc<Mutex<HashMap<(BusinessId, CounterId), Instant>>>,
}

impl CounterActivity {
    pub(crate) fn new(db: Db, auth: Auth) -> Self {
        CounterActivity {
            db,
            auth,
            recorded: Arc::default(),
        }
    }

    /// Whether the time of this counter is due to be stored; if so it counts as stored.
    fn due(&self, business: BusinessId, counter: CounterId, now: Instant) -> bool {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded
            .get(&(business, counter))
            .is_some_and(|&at| now < at + RECORD_INTERVAL)
        {
            return false;
        }
        if recorded.len() >= RECORDED_MAX {
            recorded.clear();
        }
        recorded.insert((business, counter), now);
        true
    }

    async fn record(&self, business: BusinessId, counter: CounterId) -> Result<(), DbErr> {
        let tx = self.db.write().await?;
        counter::Entity::update_many()
            .col_expr(
                counter::Column::LastHeard,
                Expr::value(Timestamp::now().as_millisecond()),
            )
            .filter(counter::Column::BusinessId.eq(business.0))
            .filter(counter::Column::Id.eq(counter.0))
            .exec(&tx)
            .await?;
        tx.commit().await
    }
}

/// Middleware: records the counter that the header `X-Counter` names when the request is authenticated.
pub(crate) async fn record_activity(
    State(activity): State<CounterActivity>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let Some(counter) = counter_header(request.headers())? else {
        return Ok(next.run(request).await);
    };
    let (parts, body) = request.into_parts();
    let business = activity
        .auth
        .claims(&parts)
        .ok()
        .map(|claims| claims.business_id);
    let response = next.run(Request::from_parts(parts, body)).await;
    if let Some(business) = business
        && response.status() != StatusCode::UNAUTHORIZED
        && activity.due(business, counter, Instant::now())
        && let Err(error) = activity.record(business, counter).await
    {
        // The request itself succeeded; only the stored time is too old.
        tracing::warn!(%counter, %error, "the time of a counter's last request could not be stored");
    }
    Ok(response)
}

/// The counter that the header `X-Counter` names, if it is there.
#[derive(Debug)]
pub(crate) struct CounterHeader(pub Option<CounterId>);

impl<S: Send + Sync> FromRequestParts<S> for CounterHeader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        counter_header(&parts.headers).map(CounterHeader)
    }
}

fn counter_header(headers: &HeaderMap) -> Result<Option<CounterId>, Refusal> {
    headers
        .get(COUNTER_HEADER)
        .map(|value| {
            value
                .to_str()
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| {
                    no(
                        Code::Malformed,
                        "the header X-Counter is no UUID; leave it out or send the counter's id",
                    )
                    .at(COUNTER_HEADER)
                })
        })
        .transpose()
}
