//! What became of tickets: counters report it, and every counter reads what the others reported.

mod sequence;
pub(crate) mod tickets;

use std::collections::BTreeMap;

use api::{
    BusinessId, Code, CounterId, Event, JobId, JobState,
    report::{PrintReport, PrintReports, ReportsTaken},
};
use axum::extract::State;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use crate::{
    auth::Staff,
    counters::CounterHeader,
    db::{Db, counter, decoded_singly, report_log, report_sequence, ticket},
    outbox::{self, Outbox},
    refusal::{Json, Refusal, no, unreadable},
};

/// Bytes of one report at the most.
const MAX_REPORT: usize = 16 * 1024;

/// Takes what became of tickets, in the order in which it happened. Changes that are known already are passed over, so a
/// batch can be sent again. A batch without reports only asks what is known; one that says that more was known before than
/// is known now is not taken.
#[utoipa::path(post, path = "/api/v1/print-reports", operation_id = "report_tickets", tag = "tickets", request_body = PrintReports,
    params(("X-Counter" = CounterId, Header, description = "the counter that prints them")),
    responses((status = 200, body = ReportsTaken), (status = 400, body = api::Problem), (status = 422, body = api::Problem)))]
pub(crate) async fn report(
    State(db): State<Db>,
    State(outbox): State<Outbox>,
    Staff(claims): Staff,
    CounterHeader(counter): CounterHeader,
    Json(batch): Json<PrintReports>,
) -> Result<axum::Json<ReportsTaken>, Refusal> {
    let counter = counter.ok_or_else(|| {
        no(
            Code::Malformed,
            "say whose tickets these are with a header X-Counter: the id of the counter",
        )
        .at("x-counter")
    })?;
    let contents = check(&batch)?;
    let business = claims.business_id;
    let tx = db.write().await?;
    let sequence = sequence::lock(&tx, business).await?;
    let log = (business.0, counter.0, batch.log);
    let known = decoded_singly(&tx, report_log::Entity::find_by_id(log)).await?;
    // Of one that cannot be read nothing is known: it is told again.
    let known = known.into_iter().find_map(|(_, log)| log.ok());
    let known = known.map_or(0, |log| log.up_to);
    if batch.known.is_some_and(|before| before > known) {
        // Taken now, they would hide that others are missing.
        return Ok(axum::Json(ReportsTaken { up_to: known }));
    }
    let mut newest: BTreeMap<JobId, (&PrintReport, &str)> = BTreeMap::new();
    for (report, content) in batch.reports.iter().zip(&contents) {
        if report.n > known {
            newest.insert(report.job, (report, content));
        }
    }
    let up_to = batch.reports.last().map_or(known, |last| known.max(last.n));
    if newest.is_empty() {
        return Ok(axum::Json(ReportsTaken { up_to }));
    }
    // Readers see the changes in the order in which they happened.
    let mut newest: Vec<_> = newest.into_values().collect();
    newest.sort_by_key(|(report, _)| report.n);
    let mut last = sequence.last;
    let rows: Vec<_> = newest
        .into_iter()
        .map(|(report, content)| {
            last += 1;
            ticket::ActiveModel {
                business_id: Set(business.0),
                counter_id: Set(counter.0),
                job_id: Set(report.job.0),
                seq: Set(last),
                log: Set(batch.log),
                n: Set(report.n),
                content: Set(content.to_owned()),
                order_id: Set(Some(report.order.0)),
                on_paper: Set(is_on_paper(&report.state)),
                open: Set(is_open(&report.state)),
            }
        })
        .collect();
    store(&tx, business, rows, last).await?;
    report_log::Entity::insert(report_log::ActiveModel {
        business_id: Set(business.0),
        counter_id: Set(counter.0),
        log: Set(batch.log),
        up_to: Set(up_to),
    })
    .on_conflict(
        OnConflict::columns([
            report_log::Column::BusinessId,
            report_log::Column::CounterId,
            report_log::Column::Log,
        ])
        .update_column(report_log::Column::UpTo)
        .to_owned(),
    )
    .exec_without_returning(&tx)
    .await?;
    let counters = counter::Entity::find()
        .filter(counter::Column::BusinessId.eq(business.0))
        .count(&tx)
        .await?;
    if counters > 1 {
        let event = Event::TicketsReported {
            id: outbox::event_id(),
            counter,
        };
        outbox::put(&tx, business, &event).await?;
    }
    tx.commit().await?;
    outbox.wake();
    Ok(axum::Json(ReportsTaken { up_to }))
}

/// Checks a batch; each report as it is stored.
fn check(batch: &PrintReports) -> Result<Vec<String>, Refusal> {
    if batch.reports.len() > PrintReports::MOST {
        let message = format!("a batch has at most {} reports", PrintReports::MOST);
        return Err(no(Code::Invalid, message).at("reports"));
    }
    let mut before = 0;
    let mut contents = Vec::with_capacity(batch.reports.len());
    for (at, report) in batch.reports.iter().enumerate() {
        if report.n <= before {
            let message = "numbers begin at 1 and rise within a batch";
            return Err(no(Code::Invalid, message).at(format!("reports[{at}].n")));
        }
        before = report.n;
        let content =
            serde_json::to_string(report).map_err(|error| unreadable("report", &error))?;
        if content.len() > MAX_REPORT {
            let message = format!("a report has at most {MAX_REPORT} bytes");
            return Err(no(Code::Invalid, message).at(format!("reports[{at}]")));
        }
        contents.push(content);
    }
    Ok(contents)
}

async fn store(
    tx: &DatabaseTransaction,
    business: BusinessId,
    rows: Vec<ticket::ActiveModel>,
    last: i64,
) -> Result<(), DbErr> {
    ticket::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([
                ticket::Column::BusinessId,
                ticket::Column::CounterId,
                ticket::Column::JobId,
            ])
            .update_columns([
                ticket::Column::Seq,
                ticket::Column::Log,
                ticket::Column::N,
                ticket::Column::Content,
                ticket::Column::OrderId,
                ticket::Column::OnPaper,
                ticket::Column::Open,
            ])
            .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    report_sequence::Entity::update_many()
        .col_expr(report_sequence::Column::Last, Expr::value(last))
        .filter(report_sequence::Column::BusinessId.eq(business.0))
        .exec(tx)
        .await?;
    Ok(())
}

fn is_on_paper(state: &JobState) -> bool {
    match state {
        JobState::Printed | JobState::Sent => true,
        JobState::Queued
        | JobState::Waiting { .. }
        | JobState::Printing
        | JobState::Unconfirmed { .. }
        | JobState::Failed { .. }
        | JobState::Held { .. }
        | JobState::Cancelled
        | JobState::Expired => false,
    }
}

/// It may still come out, or a person has to decide about it. A failed ticket is over without paper, and was to be on it.
fn is_open(state: &JobState) -> bool {
    match state {
        JobState::Queued
        | JobState::Waiting { .. }
        | JobState::Printing
        | JobState::Unconfirmed { .. }
        | JobState::Failed { .. }
        | JobState::Held { .. } => true,
        JobState::Printed | JobState::Sent | JobState::Cancelled | JobState::Expired => false,
    }
}
