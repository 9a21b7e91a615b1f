//! The sequence that reports of a business count in.

use api::BusinessId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::db::{Db, decoded_singly, raw, report_sequence, ticket};

/// How far reports go, if there are any.
pub(super) async fn read(
    db: &Db,
    business: BusinessId,
) -> Result<Option<report_sequence::Model>, DbErr> {
    let select = report_sequence::Entity::find_by_id(business.0);
    match decoded_singly(db.read(), select).await?.pop() {
        None => Ok(None),
        Some((_, Ok(sequence))) => Ok(Some(sequence)),
        Some((_, Err(_))) => {
            let tx = db.write().await?;
            let sequence = lock(&tx, business).await?;
            tx.commit().await?;
            Ok(Some(sequence))
        }
    }
}

/// The row of the sequence, made if there is none, locked until the transaction ends.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    business: BusinessId,
) -> Result<report_sequence::Model, DbErr> {
    report_sequence::Entity::insert(row(business, 0))
        .on_conflict(
            OnConflict::column(report_sequence::Column::BusinessId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    let select = report_sequence::Entity::find_by_id(business.0).lock_exclusive();
    match decoded_singly(tx, select).await?.pop() {
        Some((_, Ok(sequence))) => Ok(sequence),
        Some((_, Err(error))) => {
            tracing::error!(%business, %error, "the row of the sequence of reports is damaged; it is made anew");
            anew(tx, business).await
        }
        None => Err(DbErr::RecordNotFound("the sequence of reports".to_owned())),
    }
}

/// Another epoch: whoever read in the one before begins again.
async fn anew(
    tx: &DatabaseTransaction,
    business: BusinessId,
) -> Result<report_sequence::Model, DbErr> {
    let select = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Seq)
        .filter(ticket::Column::BusinessId.eq(business.0))
        .order_by_desc(ticket::Column::Seq);
    let rows = raw(tx, select).await?;
    let last = rows.iter().find_map(|row| row.try_get("", "seq").ok());
    report_sequence::Entity::delete_by_id(business.0)
        .exec(tx)
        .await?;
    let row = row(business, last.unwrap_or(0));
    report_sequence::Entity::insert(row.clone())
        .exec_without_returning(tx)
        .await?;
    row.try_into()
}

fn row(business: BusinessId, last: i64) -> report_sequence::ActiveModel {
    report_sequence::ActiveModel {
        business_id: Set(business.0),
        epoch: Set(Uuid::new_v4()),
        last: Set(last),
    }
}
