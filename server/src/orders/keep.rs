//! Storing orders: order, revision, sequence number and event in one transaction.

use api::{
    BusinessId, Code, Event, Order, OrderId,
    order::{NewOrder, OrderStatus},
};
use jiff::Timestamp;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::intake::{self, Content};
use crate::{
    db::{Db, business, lock_business, order, revision},
    menu,
    outbox::{self, Outbox},
    refusal::{Refusal, conflict, no, unreadable},
    settings,
};

/// What came of an order that was sent.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It is stored.
    New(Order),
    /// It had been, under the same reference.
    Before(Order),
}

/// Takes an order.
pub(crate) async fn place(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    new: NewOrder,
) -> Result<Taken, Refusal> {
    // Before the menu is asked: an order that was taken stays taken when its dish is gone.
    let reference = intake::reference(&new)?;
    if let Some(order) = known(db.read(), business, reference.as_deref()).await? {
        return Ok(Taken::Before(order));
    }
    let content = checked(db, business, new).await?;
    let tx = db.write().await?;
    let row = lock_business(&tx, business).await?.ok_or_else(menu::gone)?;
    // Again, now that nobody else can take it.
    if let Some(order) = known(&tx, business, reference.as_deref()).await? {
        return Ok(Taken::Before(order));
    }
    let number = row.last_number + 1;
    let now = now()?;
    let id = OrderId(Uuid::now_v7());
    let mut content = content;
    let last_line = intake::number(&mut content.lines, &[], 0);
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
    let text = text(&order)?;
    let seq = count_up(&tx, row, Some(number)).await?;
    order::Entity::insert(order::ActiveModel {
        id: Set(id.0),
        business_id: Set(business.0),
        seq: Set(seq),
        number: Set(number),
        revision: Set(1),
        last_line: Set(i64::from(last_line)),
        reference: Set(content.reference),
        revised_at: Set(now.as_millisecond()),
        content: Set(text.clone()),
    })
    .exec_without_returning(&tx)
    .await?;
    keep_revision(&tx, &order, text).await?;
    let event = Event::OrderCreated {
        id: outbox::event_id(),
        order_id: id,
        revision: 1,
    };
    outbox::put(&tx, business, &event).await?;
    tx.commit().await?;
    outbox.wake();
    Ok(Taken::New(order))
}

/// Takes a later revision.
pub(super) async fn revise(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    id: OrderId,
    from: i64,
    new: NewOrder,
) -> Result<Order, Refusal> {
    // First whether it is there at all: what is wrong with the rest is nobody else's business.
    let kept = find(db.read(), business, id).await?;
    let reference = intake::reference(&new)?;
    if reference.is_some() && reference != kept.reference {
        return Err(no(
            Code::Invalid,
            "a reference never changes; leave it out or send the first one",
        )
        .at("reference"));
    }
    let content = checked(db, business, new).await?;
    change(db, outbox, business, id, from, |order, last_line| {
        let mut lines = content.lines;
        let last_line = intake::number(&mut lines, &order.lines, last_line);
        let order = Order {
            channel: content.channel,
            kind: content.kind,
            promised_at: content.promised_at,
            customer: content.customer,
            table: content.table,
            note: content.note,
            lines,
            totals: content.totals,
            payment: content.payment,
            ..order
        };
        (order, last_line)
    })
    .await
}

/// Takes an order back.
pub(super) async fn cancel(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    id: OrderId,
    from: i64,
) -> Result<Order, Refusal> {
    change(db, outbox, business, id, from, |order, last_line| {
        let order = Order {
            cancelled: true,
            status: OrderStatus::Cancelled,
            ..order
        };
        (order, last_line)
    })
    .await
}

/// Notes how far an order is. The revision stays; the order appears in the feed again, under a new number.
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
    let tx = db.write().await?;
    let row = lock_business(&tx, business).await?.ok_or_else(menu::gone)?;
    let kept = find(&tx, business, id).await?;
    let current = order_of(&kept)?;
    if current.cancelled {
        return Err(conflict("this order was taken back", &current));
    }
    if current.status == status {
        return Ok(current);
    }
    let order = Order { status, ..current };
    let seq = count_up(&tx, row, None).await?;
    let mut kept = kept.into_active_model();
    kept.seq = Set(seq);
    kept.content = Set(text(&order)?);
    kept.update(&tx).await?;
    let event = Event::OrderUpdated {
        id: outbox::event_id(),
        order_id: id,
        revision: order.revision,
    };
    outbox::put(&tx, business, &event).await?;
    tx.commit().await?;
    outbox.wake();
    Ok(order)
}

async fn change(
    db: &Db,
    outbox: &Outbox,
    business: BusinessId,
    id: OrderId,
    from: i64,
    make: impl FnOnce(Order, u32) -> (Order, u32),
) -> Result<Order, Refusal> {
    let tx = db.write().await?;
    let row = lock_business(&tx, business).await?.ok_or_else(menu::gone)?;
    let kept = find(&tx, business, id).await?;
    let current = order_of(&kept)?;
    if kept.revision != from {
        return Err(conflict(
            format!(
                "somebody else changed this order first: it is at revision {}",
                kept.revision
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
        u32::try_from(kept.last_line).map_err(|error| unreadable("line number", &error))?;
    let now = now()?;
    let (order, last_line) = make(current, last_line);
    let order = Order {
        revision: order.revision + 1,
        revised_at: now,
        ..order
    };
    let text = text(&order)?;
    let seq = count_up(&tx, row, None).await?;
    let mut kept = kept.into_active_model();
    kept.seq = Set(seq);
    kept.revision = Set(i64::from(order.revision));
    kept.last_line = Set(i64::from(last_line));
    kept.revised_at = Set(now.as_millisecond());
    kept.content = Set(text.clone());
    kept.update(&tx).await?;
    keep_revision(&tx, &order, text).await?;
    let event = Event::OrderUpdated {
        id: outbox::event_id(),
        order_id: id,
        revision: order.revision,
    };
    outbox::put(&tx, business, &event).await?;
    tx.commit().await?;
    outbox.wake();
    Ok(order)
}

async fn checked(db: &Db, business: BusinessId, new: NewOrder) -> Result<Content, Refusal> {
    let row = business::Entity::find_by_id(business.0)
        .one(db.read())
        .await?
        .ok_or_else(menu::gone)?;
    let currency = settings::business(db.read(), business).await?.currency;
    intake::check(new, &menu::of(&row)?, &currency)
}

async fn known(
    on: &impl ConnectionTrait,
    business: BusinessId,
    reference: Option<&str>,
) -> Result<Option<Order>, Refusal> {
    let Some(reference) = reference else {
        return Ok(None);
    };
    order::Entity::find()
        .filter(order::Column::BusinessId.eq(business.0))
        .filter(order::Column::Reference.eq(reference))
        .one(on)
        .await?
        .map(|row| order_of(&row))
        .transpose()
}

/// Another restaurant's order is answered as one that does not exist.
async fn find(
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

/// The next place in the feed, and with it the order's number when it is a new one. The row is locked.
async fn count_up(
    tx: &DatabaseTransaction,
    row: business::Model,
    number: Option<i64>,
) -> Result<i64, Refusal> {
    let seq = row.last_seq + 1;
    let mut row = row.into_active_model();
    row.last_seq = Set(seq);
    if let Some(number) = number {
        row.last_number = Set(number);
    }
    row.update(tx).await?;
    Ok(seq)
}

async fn keep_revision(
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

fn order_of(row: &order::Model) -> Result<Order, Refusal> {
    serde_json::from_str(&row.content).map_err(|error| unreadable("order", &error))
}

fn text(order: &Order) -> Result<String, Refusal> {
    serde_json::to_string(order).map_err(|error| unreadable("order", &error))
}

/// In milliseconds, as the feed compares it.
pub(super) fn now() -> Result<Timestamp, Refusal> {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond())
        .map_err(|error| unreadable("clock", &error))
}
