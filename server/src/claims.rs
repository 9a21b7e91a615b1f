//! Claims: a counter takes printers, all or none.

use api::{
    Code, Owners, PrinterId,
    feed::{Claim, ClaimFrom, Claimed, OwnershipCause},
    settings::SettingKey,
};
use axum::extract::State;
use serde_json::json;

use crate::{
    auth::Staff,
    db::{Db, lock_business},
    leases::{self, Terms},
    menu,
    outbox::Outbox,
    ownership,
    refusal::{Json, Refusal, conflict, no},
    settings,
};

/// Printers in one claim at the most.
const MAX_PRINTERS: usize = 500;

/// Takes printers for a counter, all or none: their settings, one entry of the feed and the events are one transaction.
/// Of two counters that claim what nobody owns, one gets all and the other a conflict.
#[utoipa::path(post, path = "/api/v1/printers/claim", operation_id = "claim_printers", tag = "feed", request_body = Claim,
    responses((status = 200, body = Claimed), (status = 422, body = api::Problem),
        (status = 409, body = api::Problem, description = "one has an owner that it may not be taken from; `current` is who owns what")))]
pub(crate) async fn claim(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    State(terms): State<Terms>,
    Staff(claims): Staff,
    Json(claim): Json<Claim>,
) -> Result<axum::Json<Claimed>, Refusal> {
    if claim.printers.len() > MAX_PRINTERS {
        let message = format!("at most {MAX_PRINTERS} printers at once");
        return Err(no(Code::Invalid, message).at("printers"));
    }
    let business = claims.business_id;
    let tx = db.write().await?;
    let row = lock_business(&tx, business)
        .await?
        .ok_or_else(menu::business_gone)?;
    let owners = ownership::at(&tx, business, row.last_seq).await?;
    let leases = leases::of(&tx, business).await?;
    let mut taken = Vec::new();
    for &printer in &claim.printers {
        let key = SettingKey::Printer(printer);
        let setting = match settings::get(&tx, business, &key).await {
            // A damaged one, which is logged: nobody prints on it, and it keeps no other from being taken.
            Err(refusal) if refusal.problem.code == Code::Internal => continue,
            setting => setting?,
        };
        let Some(setting) = setting else {
            continue;
        };
        let Some(mut value) = setting.value else {
            continue;
        };
        let owner = owners.get(&printer).copied();
        if owner == Some(claim.counter) || taken.contains(&printer) {
            continue;
        }
        if !leases.may_take(&claim, owner, terms) {
            return Err(owned(printer, &owners));
        }
        if let Some(fields) = value.as_object_mut() {
            fields.insert("owner".to_owned(), json!(claim.counter));
        }
        settings::store(&tx, business, &key, Some(value), setting.version).await?;
        taken.push(printer);
    }
    let to: Vec<_> = taken
        .iter()
        .map(|&printer| (printer, Some(claim.counter)))
        .collect();
    let cause = match claim.from {
        ClaimFrom::Nobody => OwnershipCause::Claimed,
        ClaimFrom::Anybody => OwnershipCause::TakenOver,
        ClaimFrom::LeaseEnded => OwnershipCause::LeaseEnded,
    };
    ownership::record(&tx, &row, owners, &to, cause).await?;
    tx.commit().await?;
    outbox.wake();
    Ok(axum::Json(Claimed { printers: taken }))
}

fn owned(printer: PrinterId, owners: &Owners) -> Refusal {
    conflict(
        format!("another counter prints on the printer {printer}, so none was taken"),
        owners,
    )
    .at("printers")
}
