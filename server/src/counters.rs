//! The counters of a restaurant: who prints, and when it was last heard of.

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
    http::{HeaderMap, request::Parts},
    middleware::Next,
    response::Response,
};
use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};

use crate::{
    auth::{Auth, Staff},
    db::{Db, counter},
    refusal::{Json, Refusal, no, unreadable},
    text::tidy_and_there,
};

/// How often it is written down that a counter was heard of.
const EVERY: Duration = Duration::from_secs(30);
/// Counters that are remembered between two notes; beyond it they are written down more often.
const REMEMBERED: usize = 10_000;

/// Names a counter, and says which others there are.
#[utoipa::path(post, path = "/api/v1/counters", operation_id = "register_counter", tag = "counters", request_body = NewCounter,
    responses((status = 200, body = Vec<Counter>)))]
pub(crate) async fn register(
    State(db): State<Db>,
    Staff(claims): Staff,
    Json(new): Json<NewCounter>,
) -> Result<axum::Json<Vec<Counter>>, Refusal> {
    let name = tidy_and_there(&new.name, 80, "name")?;
    let row = counter::ActiveModel {
        business_id: Set(claims.business_id.0),
        id: Set(new.id.0),
        name: Set(name),
        last_heard: Set(Timestamp::now().as_millisecond()),
    };
    let tx = db.write().await?;
    counter::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([counter::Column::BusinessId, counter::Column::Id])
                .update_columns([counter::Column::Name, counter::Column::LastHeard])
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    counter::Entity::find()
        .filter(counter::Column::BusinessId.eq(claims.business_id.0))
        .order_by_asc(counter::Column::Name)
        .order_by_asc(counter::Column::Id)
        .all(db.read())
        .await?
        .into_iter()
        .map(said)
        .collect::<Result<_, _>>()
        .map(axum::Json)
}

fn said(row: counter::Model) -> Result<Counter, Refusal> {
    Ok(Counter {
        id: row.id.into(),
        name: row.name,
        last_heard: Timestamp::from_millisecond(row.last_heard)
            .map_err(|error| unreadable("time", &error))?,
    })
}

/// When each counter was last written down.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    db: Db,
    auth: Auth,
    noted: Arc<Mutex<HashMap<(BusinessId, CounterId), Instant>>>,
}

impl Heard {
    pub(crate) fn new(db: Db, auth: Auth) -> Self {
        Heard {
            db,
            auth,
            noted: Arc::default(),
        }
    }

    /// Whether it is time to write this counter down; if so it counts as done.
    fn due(&self, business: BusinessId, counter: CounterId, now: Instant) -> bool {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted
            .get(&(business, counter))
            .is_some_and(|&at| now < at + EVERY)
        {
            return false;
        }
        if noted.len() >= REMEMBERED {
            noted.clear();
        }
        noted.insert((business, counter), now);
        true
    }

    async fn note(&self, business: BusinessId, counter: CounterId) -> Result<(), DbErr> {
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

/// Around every request: notes the counter that the header `X-Counter` names, when the request is signed in.
pub(crate) async fn heard(
    State(heard): State<Heard>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let Some(counter) = named(request.headers())? else {
        return Ok(next.run(request).await);
    };
    let (parts, body) = request.into_parts();
    let business = heard
        .auth
        .claims(&parts)
        .ok()
        .map(|claims| claims.business_id);
    let response = next.run(Request::from_parts(parts, body)).await;
    if let Some(business) = business
        && heard.due(business, counter, Instant::now())
        && let Err(error) = heard.note(business, counter).await
    {
        // The request itself went well; the counter only looks older than it is.
        tracing::warn!(%counter, %error, "could not note that a counter was heard of");
    }
    Ok(response)
}

/// The counter that the header `X-Counter` names, if it is there.
#[derive(Debug)]
pub(crate) struct Named(pub Option<CounterId>);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        named(&parts.headers).map(Named)
    }
}

fn named(headers: &HeaderMap) -> Result<Option<CounterId>, Refusal> {
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
