//! The menu of a business.

use api::{Code, menu::Menu};
use axum::extract::State;
use sea_orm::EntityTrait;

use crate::{
    auth::Staff,
    db::{Db, business},
    refusal::{Refusal, no, unreadable},
};

/// The menu.
#[utoipa::path(get, path = "/api/v1/menu", operation_id = "get_menu", tag = "menu", responses((status = 200, body = Menu)))]
pub(crate) async fn get(
    State(db): State<Db>,
    Staff(claims): Staff,
) -> Result<axum::Json<Menu>, Refusal> {
    let business = business::Entity::find_by_id(claims.business_id.0)
        .one(db.read())
        .await?
        .ok_or_else(business_gone)?;
    of(&business).map(axum::Json)
}

/// Parses the menu in the row of a business.
pub(crate) fn of(business: &business::Model) -> Result<Menu, Refusal> {
    serde_json::from_str(&business.menu).map_err(|error| unreadable("menu", &error))
}

/// The answer when the business of a valid token has been deleted.
pub(crate) fn business_gone() -> Refusal {
    no(Code::NotFound, "there is no such restaurant any more")
}
