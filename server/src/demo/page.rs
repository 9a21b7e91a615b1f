//! The demo page to place an order: one self-contained file.

use api::{
    BusinessId, Order,
    menu::Menu,
    order::{NewOrder, OrderPage},
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sea_orm::EntityTrait;
use serde::Serialize;
use serde_json::Value;

use super::guard::{OwnHost, OwnPage};
use crate::{
    db::{Db, business},
    menu,
    orders::{self, Placed},
    outbox::Outbox,
    refusal::{Json, Refusal},
    routes::App,
    settings,
};

const PAGE: &str = include_str!("page.html");
/// The page runs its own inline code and talks to this server only.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page shows.
#[derive(Debug, Serialize)]
struct Shop {
    business: api::Business,
    menu: Menu,
    latest: Vec<Value>,
}

pub(super) fn router(business: BusinessId) -> Router<App> {
    Router::new()
        .route("/demo", get(page))
        .route(
            "/demo/shop",
            get(async move |_: OwnHost, State(db): State<Db>| {
                shop(&db, business).await.map(axum::Json)
            }),
        )
        .route(
            "/demo/orders",
            axum::routing::post(
                async move |_: OwnPage,
                            State(db): State<Db>,
                            State(outbox): State<Outbox>,
                            Json(new): Json<NewOrder>| {
                    order(&db, &outbox, business, new).await
                },
            ),
        )
}

async fn page(_: OwnHost) -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
        ],
        PAGE,
    )
        .into_response()
}

async fn order(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    new: NewOrder,
) -> Result<(StatusCode, axum::Json<Order>), Refusal> {
    let (Placed::Created(order) | Placed::Existing(order)) =
        orders::place(db, outbox, business, None, new).await?;
    Ok((StatusCode::CREATED, axum::Json(order)))
}

async fn shop(db: &Db, business: BusinessId) -> Result<Shop, Refusal> {
    let row = business::Entity::find_by_id(business.0)
        .one(db.read())
        .await?
        .ok_or_else(menu::business_gone)?;
    let OrderPage { orders, .. } = orders::latest(db, business, row.last_seq, 8).await?;
    Ok(Shop {
        business: settings::business(db.read(), business).await?,
        menu: menu::of(&row)?,
        latest: orders,
    })
}
