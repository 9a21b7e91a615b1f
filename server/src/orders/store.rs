//! Writing orders: order, revision, seq and event in one transaction.

use api::{
    Business, BusinessId, Code, Event, Order, OrderId,
    menu::Menu,
    order::{KnownRevision, NewOrder, OrderStatus},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::{
    intake::{self, Before},
    normalize::normalize,
    resent::{Identity, SenderKey, is_named},
};
use crate::{
    clock::now,
    db::{Db, business, lock_business, order, revision},
    menu,
    outbox::{self, Outbox},
    refusal::{Refusal, conflict, no, unreadable},
    sequence::{self, Entry},
    settings,
};

/// The result of placing an order.
#[derive(Debug)]
pub(crate) enum Placed {
    /// It was stored now.
    Created(Order),
    /// It had been stored before, under the same reference or `Idempotency-Key`.
    Existing(Order),
}

/// Stores a new order.
pub(crate) async fn place(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    key: Option<&SenderKey>,
    new: NewOrder,
) -> Result<Placed, Refusal> {
    let new = normalize(new)?;
    // Under the lock, so that of two requests with one key or reference the second finds the order of the first.
    let tx = db.write().await?;
    let row = lock_business(&tx, business)
        .await?
        .ok_or_else(menu::business_gone)?;
    let about = readable_business(&tx, business).await?;
    let now = now()?;
    let time_zone = about.as_ref().map(|about| about.time_zone.as_str());
    let identity = Identity::new(business, key, &new, time_zone, now)?;
    // Before the menu is read: a stored order is found again also when its dish is no longer on the menu.
    if let Some(order) = identity.find(&tx, &new).await? {
        identity.store_key(&tx, order.id).await?;
        tx.commit().await?;
        return Ok(Placed::Existing(order));
    }
    let menu = menu::of(&row)?;
    let content = intake::check(new, Before::default(), &menu, currency(&about, &menu))?;
    let number = row.last_number + 1;
    let id = OrderId(Uuid::now_v7());
    let order = Order {
        id,
        business_id: business,
        number: u32::try_from(number).map_err(|error| unreadable("order number", &error))?,
        revision: 1,
        status: OrderStatus::Open,
        channel: content.channel,
        kind: content.kind,
        placed_at: now,
        revised_at: now,
        promised_at: content.promised_at,
        customer: content.customer,
        table: content.table,
        note: content.note,
        lines: content.lines,
        totals: content.totals,
        payment: content.payment,
        cancelled: false,
    };
    let text = to_json(&order)?;
    let seq = sequence::take(&tx, &row, Entry::Order, Some(number)).await?;
    order::Entity::insert(order::ActiveModel {
        id: Set(id.0),
        business_id: Set(business.0),
        seq: Set(seq),
        number: Set(number),
        revision: Set(1),
        last_line: Set(i64::from(content.last_line)),
        reference: Set(identity.stored_reference()),
        revised_at: Set(now.as_millisecond()),
        content: Set(text.clone()),
    })
    .exec_without_returning(&tx)
    .await?;
    insert_revision(&tx, &order, text).await?;
    identity.store_key(&tx, id).await?;
    let event = Event::OrderCreated {
        id: outbox::event_id(),
        order_id: id,
        revision: 1,
    };
    outbox::put(&tx, business, &event).await?;
    tx.commit().await?;
    tracing::trace!(target: "panbot::stage", stage = "server.committed", order = %id);
    outbox.wake();
    Ok(Placed::Created(order))
}

/// Stores the next revision.
pub(super) async fn revise(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    id: OrderId,
    from: i64,
    new: NewOrder,
) -> Result<Order, Refusal> {
    // Existence is checked first: for another business nothing about the body is said.
    let stored = find_by_id(db.read(), business, id).await?;
    let new = normalize(new)?;
    if new.reference.is_some() && !is_named(&stored, new.reference.as_deref()) {
        return Err(no(
            Code::Invalid,
            "a reference never changes; leave it out or send the first one",
        )
        .at("reference"));
    }
    let about = readable_business(db.read(), business).await?;
    change(db, outbox, business, id, from, |order, last_line, row| {
        let before = Before {
            lines: &order.lines,
            last_line,
        };
        let menu = menu::of(row)?;
        let content = intake::check(new, before, &menu, currency(&about, &menu))?;
        let order = Order {
            channel: content.channel,
            kind: content.kind,
            promised_at: content.promised_at,
            customer: content.customer,
            table: content.table,
            note: content.note,
            lines: content.lines,
            totals: content.totals,
            payment: content.payment,
            ..order
        };
        Ok((order, content.last_line))
    })
    .await
}

/// Cancels an order.
pub(super) async fn cancel(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    id: OrderId,
    from: i64,
) -> Result<Order, Refusal> {
    change(db, outbox, business, id, from, |order, last_line, _| {
        let order = Order {
            cancelled: true,
            status: OrderStatus::Cancelled,
            ..order
        };
        Ok((order, last_line))
    })
    .await
}

/// Sets the progress of an order. The revision stays; the order appears in the feed again, under a new seq.
pub(super) async fn progress(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    id: OrderId,
    status: OrderStatus,
) -> Result<Order, Refusal> {
    if status == OrderStatus::Cancelled {
        return Err(no(
            Code::Invalid,
            "an order is taken back by cancelling it, which is a revision",
        )
        .at("status"));
    }
    let locked = Locked::find(db, business, id).await?;
    let current = locked.order()?;
    if current.cancelled {
        return Err(conflict("this order was taken back", &current));
    }
    if current.status == status {
        return Ok(current);
    }
    let order = Order { status, ..current };
    locked.store(outbox, order, None).await
}

/// Gives an order a number above one that a counter knows with other content.
pub(super) async fn known(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    id: OrderId,
    known: KnownRevision,
) -> Result<Order, Refusal> {
    let locked = Locked::find(db, business, id).await?;
    let current = locked.order()?;
    let same = (current.revision, current.revised_at) == (known.revision, known.revised_at);
    if same || current.revision > known.revision {
        return Ok(current);
    }
    let last_line = u32::try_from(locked.row.last_line);
    let last_line = last_line.map_err(|error| unreadable("line number", &error))?;
    let revision = known.revision.checked_add(1);
    let order = Order {
        revision: revision
            .ok_or_else(|| no(Code::Invalid, "no number is above it").at("revision"))?,
        revised_at: now()?,
        ..current
    };
    locked.store(outbox, order, Some(last_line)).await
}

async fn change(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    id: OrderId,
    from: i64,
    make: impl FnOnce(Order, u32, &business::Model) -> Result<(Order, u32), Refusal>,
) -> Result<Order, Refusal> {
    let locked = Locked::find(db, business, id).await?;
    let current = locked.order()?;
    let Locked { row, .. } = &locked;
    if row.revision != from {
        return Err(conflict(
            format!(
                "somebody else changed this order first: it is at revision {}",
                row.revision
            ),
            &current,
        ));
    }
    if current.cancelled {
        return Err(conflict(
            "this order was taken back; send a new one",
            &current,
        ));
    }
    let last_line =
        u32::try_from(row.last_line).map_err(|error| unreadable("line number", &error))?;
    let (order, last_line) = make(current, last_line, &locked.business)?;
    let order = Order {
        revision: order.revision + 1,
        revised_at: now()?,
        ..order
    };
    locked.store(outbox, order, Some(last_line)).await
}

/// A stored order under the lock of its business: nobody else changes it until this is stored or dropped.
struct Locked {
    tx: DatabaseTransaction,
    business: business::Model,
    row: order::Model,
}

impl Locked {
    async fn find(db: &Db, business: BusinessId, id: OrderId) -> Result<Self, Refusal> {
        let tx = db.write().await?;
        let locked = lock_business(&tx, business).await?;
        Ok(Locked {
            business: locked.ok_or_else(menu::business_gone)?,
            row: find_by_id(&tx, business, id).await?,
            tx,
        })
    }

    fn order(&self) -> Result<Order, Refusal> {
        from_row(&self.row)
    }

    /// Stores what it has become, under a new seq and with an event. A new revision comes with its last line number.
    async fn store(
        self,
        outbox: &Outbox,
        order: Order,
        last_line: Option<u32>,
    ) -> Result<Order, Refusal> {
        let Locked { tx, business, row } = self;
        let text = to_json(&order)?;
        let seq = sequence::take(&tx, &business, Entry::Order, None).await?;
        let mut row = row.into_active_model();
        row.seq = Set(seq);
        row.content = Set(text.clone());
        if let Some(last_line) = last_line {
            row.revision = Set(i64::from(order.revision));
            row.last_line = Set(i64::from(last_line));
            row.revised_at = Set(order.revised_at.as_millisecond());
        }
        row.update(&tx).await?;
        if last_line.is_some() {
            insert_revision(&tx, &order, text).await?;
        }
        let event = Event::OrderUpdated {
            id: outbox::event_id(),
            order_id: order.id,
            revision: order.revision,
        };
        outbox::put(&tx, order.business_id, &event).await?;
        tx.commit().await?;
        outbox.wake();
        Ok(order)
    }
}

/// The setting `business`; `None` when it is damaged, which is logged and stops no order.
async fn readable_business(
    on: &impl ConnectionTrait,
    business: BusinessId,
) -> Result<Option<Business>, Refusal> {
    match settings::business(on, business).await {
        Ok(about) => Ok(Some(about)),
        Err(refusal) if refusal.problem.code == Code::Internal => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// The currency of a business, which is that of every price on its menu.
fn currency<'a>(about: &'a Option<Business>, menu: &'a Menu) -> &'a str {
    let of_menu = || menu.items.first().map(|item| item.price.currency.as_str());
    about
        .as_ref()
        .map(|about| about.currency.as_str())
        .or_else(of_menu)
        .unwrap_or_default()
}

/// Finds an order of this business; one of another business is answered as not existing.
async fn find_by_id(
    on: &impl ConnectionTrait,
    business: BusinessId,
    id: OrderId,
) -> Result<order::Model, Refusal> {
    order::Entity::find_by_id(id.0)
        .filter(order::Column::BusinessId.eq(business.0))
        .one(on)
        .await?
        .ok_or_else(|| no(Code::NotFound, "there is no such order").at("id"))
}

async fn insert_revision(
    tx: &DatabaseTransaction,
    order: &Order,
    text: String,
) -> Result<(), Refusal> {
    revision::Entity::insert(revision::ActiveModel {
        order_id: Set(order.id.0),
        revision: Set(i64::from(order.revision)),
        content: Set(text),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}

pub(super) fn from_row(row: &order::Model) -> Result<Order, Refusal> {
    serde_json::from_str(&row.content).map_err(|error| unreadable("order", &error))
}

fn to_json(order: &Order) -> Result<String, Refusal> {
    serde_json::to_string(order).map_err(|error| unreadable("order", &error))
}
