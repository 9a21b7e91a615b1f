//! Settings of a business: key, version and value; a change names the version that it was made from.
//!
//! A counter works under a login of staff and maintains printers and routing: staff may write `printer:*` and `rules`.
//! `business` and `template:*` are for owners only.

mod check;
mod logo;

use api::{
    Business, BusinessId, Code, CounterId, Event,
    feed::OwnershipCause,
    session::Role,
    settings::{SettingChange, SettingKey, Versioned},
};
use axum::extract::State;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QueryResult, sea_query::OnConflict,
};

use crate::{
    auth::Staff,
    db::{Db, decoded_singly, lock_business, setting},
    menu,
    outbox::{self, Outbox},
    ownership,
    refusal::{IfMatch, Json, Path, Refusal, conflict, no, unreadable},
};

/// Whether printers may have addresses that mean something else on each PC: for the demo and for tests, whose printers
/// are programs on the same PC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalPrinters(pub bool);

/// All settings, also deleted ones: they have a version and no value. A key that is missing here is unknown, not deleted.
#[utoipa::path(get, path = "/api/v1/businesses/{id}/settings", operation_id = "list_settings", tag = "settings",
    params(("id" = BusinessId, Path, description = "the signed-in restaurant")),
    responses((status = 200, body = Vec<Versioned>), (status = 404, body = api::Problem)))]
pub(crate) async fn list(
    State(db): State<Db>,
    Staff(claims): Staff,
    Path(business): Path<BusinessId>,
) -> Result<axum::Json<Vec<Versioned>>, Refusal> {
    own(claims.business_id, business)?;
    let select = setting::Entity::find()
        .filter(setting::Column::BusinessId.eq(business.0))
        .order_by_asc(setting::Column::Key);
    let rows = decoded_singly(db.read(), select).await?;
    // One that cannot be read is logged and left out: a counter keeps what it has of it, and gets all others.
    let readable = rows.into_iter().filter_map(|(_, row)| versioned(row).ok());
    Ok(axum::Json(readable.collect()))
}

/// Changes a setting; `value: null` deletes it. `If-Match: "0"` makes one that has never been. A printer's address must
/// mean the same on every PC: loopback, USB, serial, file and spooler addresses belong to one counter and are refused.
#[utoipa::path(put, path = "/api/v1/businesses/{id}/settings/{key}", operation_id = "put_setting", tag = "settings", request_body = SettingChange,
    params(("id" = BusinessId, Path, description = "the signed-in restaurant"),
        ("key" = String, Path, description = "business, rules, printer:UUID or template:NAME"),
        ("If-Match" = String, Header, description = "the version it was made from, in quotes")),
    responses((status = 200, body = Versioned), (status = 403, body = api::Problem),
        (status = 404, body = api::Problem), (status = 422, body = api::Problem),
        (status = 409, body = api::Problem, description = "with `current`: the setting as it is now")))]
pub(crate) async fn put(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    State(LocalPrinters(local_printers)): State<LocalPrinters>,
    Staff(claims): Staff,
    Path((business, key)): Path<(BusinessId, String)>,
    IfMatch(from): IfMatch,
    Json(change): Json<SettingChange>,
) -> Result<axum::Json<Versioned>, Refusal> {
    own(claims.business_id, business)?;
    let key: SettingKey = key
        .parse()
        .map_err(|error| no(Code::NotFound, format!("{error}")).at("key"))?;
    may_write(claims.role, &key)?;
    if !local_printers {
        check::address_can_be_shared(&key, change.value.as_ref())?;
    }
    let tx = db.write().await?;
    let changed = self::change(&tx, business, &key, change.value, from).await?;
    tx.commit().await?;
    outbox.wake();
    Ok(axum::Json(changed))
}

/// The setting `business`.
pub(crate) async fn business(
    on: &impl ConnectionTrait,
    id: BusinessId,
) -> Result<Business, Refusal> {
    let value = get(on, id, &SettingKey::Business)
        .await?
        .and_then(|setting| setting.value)
        .ok_or_else(menu::business_gone)?;
    serde_json::from_value(value).map_err(|error| unreadable("business", &error))
}

/// The current row of a key; `None` when it never existed.
pub(crate) async fn get(
    on: &impl ConnectionTrait,
    business: BusinessId,
    key: &SettingKey,
) -> Result<Option<Versioned>, Refusal> {
    let row = find(on, business, key).await?;
    row.map(|(_, row)| versioned(row)).transpose()
}

/// Changes a setting and writes its event to the outbox; the caller commits and wakes the publisher.
pub(crate) async fn change(
    tx: &DatabaseTransaction,
    business: BusinessId,
    key: &SettingKey,
    value: Option<serde_json::Value>,
    from: i64,
) -> Result<Versioned, Refusal> {
    // The lock serializes all writes to settings of this business.
    let row = lock_business(tx, business)
        .await?
        .ok_or_else(menu::business_gone)?;
    let (version, current) = match find(tx, business, key).await? {
        Some((raw, row)) => match versioned(row) {
            Ok(current) => (current.version, Some(current)),
            // It can be written anew by whoever knows its version. As `current` it would look like a deletion.
            Err(_) => (raw.try_get("", "version")?, None),
        },
        None => (
            0,
            Some(Versioned {
                key: key.clone(),
                version: 0,
                value: None,
            }),
        ),
    };
    if version != from {
        let message = format!("somebody else changed {key} first: it is at version {version}");
        return Err(match current {
            Some(current) => conflict(message, &current),
            None => no(Code::Conflict, message),
        });
    }
    check::check(key, value.as_ref(), &menu::of(&row)?)?;
    // Before the change: without an entry of ownership yet, the settings themselves say the owners.
    let ownership = match key {
        SettingKey::Printer(printer) => {
            let before = ownership::at(tx, business, row.last_seq).await?;
            Some((before, [(*printer, owner(value.as_ref())?)]))
        }
        SettingKey::Business | SettingKey::Rules | SettingKey::Template(_) => None,
    };
    let changed = store(tx, business, key, value, from).await?;
    if let Some((before, to)) = ownership {
        ownership::record(tx, &row, before, &to, OwnershipCause::Changed).await?;
    }
    Ok(changed)
}

/// The owner that the value of a printer names.
fn owner(value: Option<&serde_json::Value>) -> Result<Option<CounterId>, Refusal> {
    let owner = value.and_then(|printer| printer.get("owner"));
    let owner = owner.cloned().unwrap_or_default();
    serde_json::from_value(owner).map_err(|error| unreadable("owner", &error))
}

/// Writes the version of a setting that follows `from`, and its event. The caller holds the lock and has checked both.
pub(crate) async fn store(
    tx: &DatabaseTransaction,
    business: BusinessId,
    key: &SettingKey,
    value: Option<serde_json::Value>,
    from: i64,
) -> Result<Versioned, Refusal> {
    let text = value.as_ref().map(ToString::to_string);
    let changed = Versioned {
        key: key.clone(),
        version: from + 1,
        value,
    };
    setting::Entity::insert(setting::ActiveModel {
        business_id: Set(business.0),
        key: Set(key.to_string()),
        version: Set(changed.version),
        value: Set(text),
    })
    .on_conflict(
        OnConflict::columns([setting::Column::BusinessId, setting::Column::Key])
            .update_columns([setting::Column::Version, setting::Column::Value])
            .to_owned(),
    )
    .exec_without_returning(tx)
    .await?;
    let event = Event::SettingsUpdated {
        id: outbox::event_id(),
        key: key.clone(),
        version: changed.version,
    };
    outbox::put(tx, business, &event).await?;
    Ok(changed)
}

/// The row of a key, as it is and decoded.
async fn find(
    on: &impl ConnectionTrait,
    business: BusinessId,
    key: &SettingKey,
) -> Result<Option<(QueryResult, Result<setting::Model, DbErr>)>, DbErr> {
    let select = setting::Entity::find_by_id((business.0, key.to_string()));
    Ok(decoded_singly(on, select).await?.pop())
}

fn versioned(row: Result<setting::Model, DbErr>) -> Result<Versioned, Refusal> {
    let row = row.map_err(|error| unreadable("setting", &error))?;
    let what = format!("setting {}", row.key);
    Ok(Versioned {
        key: row.key.parse().map_err(|error| unreadable(&what, &error))?,
        version: row.version,
        value: row
            .value
            .map(|value| serde_json::from_str(&value))
            .transpose()
            .map_err(|error| unreadable(&what, &error))?,
    })
}

/// Another business is answered as not existing, so that nobody learns which ids exist.
fn own(mine: BusinessId, asked: BusinessId) -> Result<(), Refusal> {
    if mine == asked {
        return Ok(());
    }
    Err(no(Code::NotFound, "there is no such restaurant").at("id"))
}

fn may_write(role: Role, key: &SettingKey) -> Result<(), Refusal> {
    match (role, key) {
        (Role::Owner, _) | (Role::Staff, SettingKey::Printer(_) | SettingKey::Rules) => Ok(()),
        (Role::Staff, SettingKey::Business | SettingKey::Template(_)) => Err(no(
            Code::Forbidden,
            format!("only an owner may change {key}: sign in as one"),
        )),
    }
}
