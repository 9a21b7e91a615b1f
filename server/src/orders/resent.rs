//! Orders that are sent again: found by `Idempotency-Key` or reference, and told from other orders by their content.

use api::{
    BusinessId, Code, Order, OrderId, UserId,
    order::{NewLine, NewOrder, ReferenceScope},
};
use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};

use super::{normalize::normalize, store::from_row};
use crate::{
    db::{idempotency_key, order, revision},
    refusal::{Refusal, conflict, no, unreadable},
    text::identifying,
};

const MAX_KEY: usize = 255;
/// How long a key is kept. Senders are promised 24 hours.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An order of scope `day` that comes again so soon after midnight is yesterday's, of which the answer was lost.
const RETRY_TIME: SignedDuration = SignedDuration::from_hours(2);
/// Between day and reference in a stored reference of scope `day`; no reference has a control character.
const DAY_SEPARATOR: char = '\u{1f}';

const KEY_HEADER: &str = "idempotency-key";

/// The header `Idempotency-Key`, with or without the quotes of its draft.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let mut values = parts.headers.get_all(KEY_HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(IdempotencyKey(None));
        };
        let text = value.to_str().unwrap_or_default().trim();
        let key = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text);
        let is_key =
            (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        if values.next().is_some() || !is_key {
            let message = format!(
                "send one Idempotency-Key of 1 to {MAX_KEY} ASCII characters without spaces, such as a UUID"
            );
            return Err(no(Code::Malformed, message).at(KEY_HEADER));
        }
        Ok(IdempotencyKey(Some(key.to_owned())))
    }
}

/// A key and who sent it: keys of two users never meet.
#[derive(Debug)]
pub(crate) struct SenderKey {
    pub user: UserId,
    pub key: String,
}

/// What identifies an order when it is sent again.
#[derive(Debug)]
pub(super) struct Identity<'a> {
    business: BusinessId,
    key: Option<&'a SenderKey>,
    /// As stored: what it says, with the day in front when that is its scope.
    reference: Option<String>,
    /// As an order may have been stored before references were compared by what they say.
    written: Option<String>,
    /// With scope `day`, the reference as it was stored yesterday.
    yesterday: Option<String>,
    now: Timestamp,
}

impl<'a> Identity<'a> {
    pub(super) fn new(
        business: BusinessId,
        key: Option<&'a SenderKey>,
        new: &NewOrder,
        time_zone: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (reference, written, yesterday) = match (&new.reference, new.reference_scope) {
            (None, _) => (None, None, None),
            (Some(reference), ReferenceScope::Forever) => {
                (Some(identifying(reference)), Some(reference.clone()), None)
            }
            (Some(reference), ReferenceScope::Day) => {
                let zone = TimeZone::get(time_zone.unwrap_or_default())
                    .map_err(|error| unreadable("time zone", &error))?;
                let today = now.to_zoned(zone).date();
                let named = identifying(reference);
                let on = |day| format!("{day}{DAY_SEPARATOR}{named}");
                let written = format!("{today}{DAY_SEPARATOR}{reference}");
                (
                    Some(on(today)),
                    Some(written),
                    today.yesterday().ok().map(on),
                )
            }
        };
        Ok(Identity {
            business,
            key,
            written: written.filter(|written| Some(written) != reference.as_ref()),
            reference,
            yesterday,
            now,
        })
    }

    /// What the column `reference` holds.
    pub(super) fn stored_reference(&self) -> Option<String> {
        self.reference.clone()
    }

    /// The order that was stored for this identity before, as it is now.
    ///
    /// # Errors
    /// [`Code::Conflict`] when its first revision had other content.
    pub(super) async fn find(
        &self,
        on: &impl ConnectionTrait,
        new: &NewOrder,
    ) -> Result<Option<Order>, Refusal> {
        if let Some(row) = self.by_key(on).await? {
            let current = from_row(&row)?;
            if is_named(&row, new.reference.as_deref()) && is_same(on, &row, new).await? {
                return Ok(Some(current));
            }
            let message = format!(
                "this Idempotency-Key came with other content before, which is {}; send a new key with each new order",
                named(&current)
            );
            return Err(conflict(message, &current).at(KEY_HEADER));
        }
        let mut known = self.by_reference(on, self.reference.as_deref()).await?;
        if known.is_none() {
            known = self.by_reference(on, self.written.as_deref()).await?;
        }
        if let Some(row) = known {
            let current = from_row(&row)?;
            if is_same(on, &row, new).await? {
                return Ok(Some(current));
            }
            let message = format!(
                "this reference came with other content before, which is {}; change that order with PUT, or send this one \
                 with a reference of its own (a sender that restarts its numbers every day says \"reference_scope\": \"day\")",
                named(&current)
            );
            return Err(conflict(message, &current).at("reference"));
        }
        let Some(row) = self.by_reference(on, self.yesterday.as_deref()).await? else {
            return Ok(None);
        };
        let current = from_row(&row)?;
        let is_recent = self.now.duration_since(current.placed_at) < RETRY_TIME;
        let is_retry = is_recent && is_same(on, &row, new).await?;
        Ok(is_retry.then_some(current))
    }

    /// Stores the key with the order that answers it, and deletes keys of long ago.
    pub(super) async fn store_key(
        &self,
        tx: &DatabaseTransaction,
        order: OrderId,
    ) -> Result<(), Refusal> {
        let Some(SenderKey { user, key }) = self.key else {
            return Ok(());
        };
        let oldest = self.now - KEY_LIFE;
        idempotency_key::Entity::delete_many()
            .filter(idempotency_key::Column::CreatedAt.lt(oldest.as_millisecond()))
            .exec(tx)
            .await?;
        let row = idempotency_key::ActiveModel {
            business_id: Set(self.business.0),
            user_id: Set(user.0),
            key: Set(key.clone()),
            order_id: Set(order.0),
            created_at: Set(self.now.as_millisecond()),
        };
        idempotency_key::Entity::insert(row)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
        Ok(())
    }

    async fn by_key(&self, on: &impl ConnectionTrait) -> Result<Option<order::Model>, Refusal> {
        let Some(SenderKey { user, key }) = self.key else {
            return Ok(None);
        };
        let id = (self.business.0, user.0, key.clone());
        let Some(used) = idempotency_key::Entity::find_by_id(id).one(on).await? else {
            return Ok(None);
        };
        Ok(order::Entity::find_by_id(used.order_id).one(on).await?)
    }

    async fn by_reference(
        &self,
        on: &impl ConnectionTrait,
        reference: Option<&str>,
    ) -> Result<Option<order::Model>, Refusal> {
        let Some(reference) = reference else {
            return Ok(None);
        };
        Ok(order::Entity::find()
            .filter(order::Column::BusinessId.eq(self.business.0))
            .filter(order::Column::Reference.eq(reference))
            .one(on)
            .await?)
    }
}

/// Whether an order has this reference, or none.
pub(super) fn is_named(row: &order::Model, reference: Option<&str>) -> bool {
    let stored = row.reference.as_deref().map(|stored| {
        stored
            .split_once(DAY_SEPARATOR)
            .map_or(stored, |(_, bare)| bare)
    });
    stored.map(identifying) == reference.map(identifying)
}

fn named(order: &Order) -> String {
    format!("order {} ({})", order.number, order.id)
}

/// Whether the first revision of an order says the same. Names, prices and stations are the menu's, not the sender's.
async fn is_same(
    on: &impl ConnectionTrait,
    row: &order::Model,
    new: &NewOrder,
) -> Result<bool, Refusal> {
    let first = revision::Entity::find_by_id((row.id, 1))
        .one(on)
        .await?
        .ok_or_else(|| unreadable("order", &"its first revision is missing"))?;
    let first: Order =
        serde_json::from_str(&first.content).map_err(|error| unreadable("order", &error))?;
    // An order may have been stored before texts were normalized as they are today.
    let first = normalize(as_sent(first));
    Ok(first.is_ok_and(|first| comparable(first) == comparable(new.clone())))
}

fn as_sent(order: Order) -> NewOrder {
    let line = |line: api::order::Line| NewLine {
        item_id: line.item_id,
        quantity: line.quantity,
        unit: line.unit,
        options: line.options.into_iter().map(|option| option.name).collect(),
        note: line.note,
    };
    NewOrder {
        reference: None,
        reference_scope: ReferenceScope::default(),
        channel: order.channel,
        kind: order.kind,
        promised_at: order.promised_at,
        customer: order.customer,
        table: order.table,
        note: order.note,
        lines: order.lines.into_iter().map(line).collect(),
        payment: order.payment,
        delivery_fee: order.totals.delivery_fee.map(|fee| fee.minor),
    }
}

/// Without what may differ in one and the same order: its reference, and the order of lines and options.
fn comparable(mut order: NewOrder) -> NewOrder {
    order.reference = None;
    order.reference_scope = ReferenceScope::default();
    for line in &mut order.lines {
        line.options.sort();
    }
    order.lines.sort_by_cached_key(|line| {
        let NewLine {
            item_id,
            quantity,
            unit,
            options,
            note,
        } = line.clone();
        (item_id, options, note, quantity, unit)
    });
    order
}
