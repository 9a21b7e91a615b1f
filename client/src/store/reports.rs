//! How far changes of tickets were reported, and what other counters reported of theirs.

use std::collections::BTreeSet;

use api::{CounterId, Cursor, OrderId, report::ReportedTicket};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::{
    damage::text,
    file::{Store, StoreError},
};

/// How far changes of tickets were reported.
const SENT: &str = "reports_sent";
/// How far the tickets of other counters were read.
const READ: &str = "tickets_read";

/// How far changes of tickets were reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportMark {
    /// In which log of the queue.
    pub log: Uuid,
    /// The number of the last change.
    pub up_to: i64,
}

/// How far the tickets of other counters were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketsRead {
    /// Who read: for another one, others are the others.
    pub counter: CounterId,
    /// Up to here.
    pub cursor: Cursor,
}

impl Store {
    /// How far changes of tickets were reported; `None` when none ever was.
    pub async fn report_mark(&self) -> Result<Option<ReportMark>, StoreError> {
        self.fact(SENT).await
    }

    /// Keeps it.
    pub async fn set_report_mark(&self, mark: &ReportMark) -> Result<(), StoreError> {
        self.set_fact(SENT, mark).await
    }

    /// How far the tickets of other counters were read; `None` at the beginning.
    pub async fn tickets_read(&self) -> Result<Option<TicketsRead>, StoreError> {
        self.fact(READ).await
    }

    /// Begins anew.
    pub async fn forget_tickets_read(&self) -> Result<(), StoreError> {
        self.forget_fact(READ).await
    }

    /// Keeps tickets of other counters, unless somebody has read on meanwhile: then nothing is kept, and the answer is
    /// `false`.
    pub async fn keep_tickets(
        &self,
        asked: Option<&TicketsRead>,
        next: &TicketsRead,
        tickets: &[ReportedTicket],
    ) -> Result<bool, StoreError> {
        let mut step = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let now = sqlx::query("SELECT value FROM meta WHERE key = ?")
            .bind(READ)
            .fetch_optional(&mut *step)
            .await?;
        let now = now.map(|row| text(&row, "value")).transpose()?;
        let now: Option<TicketsRead> = now.and_then(|now| serde_json::from_str(&now).ok());
        if now.as_ref() != asked {
            return Ok(false);
        }
        for ticket in tickets {
            sqlx::query(
                "INSERT INTO reported (counter, job, order_id, at, ticket) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET at = excluded.at, ticket = excluded.ticket",
            )
            .bind(ticket.counter.to_string())
            .bind(ticket.report.job.to_string())
            .bind(ticket.report.order.to_string())
            .bind(ticket.report.at.as_second())
            .bind(serde_json::to_string(ticket)?)
            .execute(&mut *step)
            .await?;
        }
        sqlx::query(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        )
        .bind(READ)
        .bind(serde_json::to_string(next)?)
        .execute(&mut *step)
        .await?;
        step.commit().await?;
        Ok(true)
    }

    /// What other counters last reported of the tickets of an order, in the order of their making.
    pub async fn reported_tickets(
        &self,
        order: OrderId,
    ) -> Result<Vec<ReportedTicket>, StoreError> {
        let rows = sqlx::query("SELECT ticket FROM reported WHERE order_id = ? ORDER BY job")
            .bind(order.to_string())
            .fetch_all(&self.pool)
            .await?;
        Ok(self.damage.readable("reported", &rows, |row| {
            Ok(serde_json::from_str(&text(row, "ticket")?)?)
        }))
    }

    /// What other counters last reported of tickets since a time, in the order of their making.
    pub async fn reported_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<ReportedTicket>, StoreError> {
        let rows = sqlx::query("SELECT ticket FROM reported WHERE at >= ? ORDER BY job")
            .bind(since.as_second())
            .fetch_all(&self.pool)
            .await?;
        Ok(self.damage.readable("reported", &rows, |row| {
            Ok(serde_json::from_str(&text(row, "ticket")?)?)
        }))
    }

    /// Orders of which other counters have reported a ticket since a time that is not of the newest revision, by its number
    /// or by when it was taken.
    pub async fn orders_on_paper_elsewhere(
        &self,
        since: Timestamp,
    ) -> Result<BTreeSet<OrderId>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT order_id FROM \
             (SELECT order_id, iif(json_valid(ticket), ticket, 'null') AS ticket FROM reported WHERE at >= ?) \
             CROSS JOIN revisions AS newest USING (order_id) WHERE newest.revision = \
             (SELECT max(revision) FROM revisions WHERE revisions.order_id = newest.order_id) \
             AND (json_extract(ticket, '$.revision') < newest.revision OR json_extract(ticket, '$.revised_at') <> \
             iif(json_valid(newest.body), json_extract(newest.body, '$.revised_at'), ''))",
        )
        .bind(since.as_second())
        .fetch_all(&self.pool)
        .await?;
        let orders = self.damage.readable("reported", &rows, |row| {
            let id = text(row, "order_id")?;
            id.parse()
                .map_err(|_| StoreError::Unreadable(format!("{id:?} is no id of an order")))
        });
        Ok(orders.into_iter().collect())
    }

    /// Forgets tickets of other counters on which nothing was reported since a time. Those of an order that is forgotten
    /// go with it.
    pub async fn prune_reported(&self, before: Timestamp) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM reported WHERE at < ?")
            .bind(before.as_second())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use api::{JobId, JobState, TicketKind, TicketName, report::PrintReport};

    use super::*;
    use crate::{store::NewRevision, view::Handling};

    fn ticket(order: OrderId, at: i64, state: JobState) -> ReportedTicket {
        ReportedTicket {
            counter: CounterId(Uuid::from_u128(7)),
            report: PrintReport {
                n: 1,
                job: JobId(Uuid::from_u128(1)),
                order,
                revision: 1,
                revised_at: None,
                ticket: TicketName::whole(TicketKind::Kitchen),
                destination: None,
                copy: 0,
                printer: None,
                state,
                marked: false,
                released: false,
                at: Timestamp::from_second(at).unwrap(),
            },
        }
    }

    fn read(cursor: &str) -> TicketsRead {
        TicketsRead {
            counter: CounterId(Uuid::nil()),
            cursor: Cursor(cursor.into()),
        }
    }

    #[tokio::test]
    async fn the_newest_state_of_a_ticket_counts_and_a_late_answer_brings_none_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let store = Store::open(&path).await.unwrap().0;
        let order = OrderId(Uuid::from_u128(9));
        let queued = [ticket(order, 1, JobState::Queued)];
        let printed = [ticket(order, 2, JobState::Printed)];
        let keep = async |asked: Option<&TicketsRead>, next: &str, tickets: &[ReportedTicket]| {
            let next = read(next);
            store.keep_tickets(asked, &next, tickets).await.unwrap()
        };
        assert!(keep(None, "1", &queued).await);
        assert!(keep(Some(&read("1")), "2", &printed).await);
        assert!(!keep(Some(&read("1")), "1", &queued).await);
        assert_eq!(store.tickets_read().await.unwrap(), Some(read("2")));
        assert_eq!(store.reported_tickets(order).await.unwrap(), printed);
        store.forget_tickets_read().await.unwrap();
        assert!(keep(None, "1", &queued).await);
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_read_is_the_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let store = Store::open(&path).await.unwrap().0;
        sqlx::query("INSERT INTO meta VALUES ('tickets_read', CAST(x'ff22' AS TEXT))")
            .execute(&store.pool)
            .await
            .unwrap();
        assert_eq!(store.tickets_read().await.unwrap(), None);
        assert!(store.keep_tickets(None, &read("1"), &[]).await.unwrap());
        assert_eq!(store.tickets_read().await.unwrap(), Some(read("1")));
    }

    #[tokio::test]
    async fn reported_tickets_are_forgotten_with_their_order_or_by_their_age() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let store = Store::open(&path).await.unwrap().0;
        let (kept, unknown) = (OrderId(Uuid::from_u128(9)), OrderId(Uuid::from_u128(8)));
        let mut other = ticket(unknown, 50, JobState::Queued);
        other.report.job = JobId(Uuid::from_u128(2));
        let tickets = [ticket(kept, 100, JobState::Queued), other];
        store
            .keep_tickets(None, &read("1"), &tickets)
            .await
            .unwrap();
        let revision = NewRevision {
            order: kept,
            revision: 1,
            seq: 1,
            body: "{}",
            handling: Handling::Routed,
            backlog: false,
            heard_at: Timestamp::UNIX_EPOCH,
        };
        store.keep_revision(&revision).await.unwrap();
        let left = async |order| store.reported_tickets(order).await.unwrap().len();
        store
            .prune_reported(Timestamp::from_second(100).unwrap())
            .await
            .unwrap();
        assert_eq!((left(kept).await, left(unknown).await), (1, 0));
        let gone = store.prune_orders(Timestamp::MAX, 9).await.unwrap();
        assert_eq!(gone, [kept]);
        assert_eq!(left(kept).await, 0);
    }

    #[tokio::test]
    async fn an_order_with_a_paper_of_another_revision_elsewhere_is_found_also_under_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let store = Store::open(&path).await.unwrap().0;
        let taken = |second| Timestamp::from_second(second).unwrap();
        let mut tickets = Vec::new();
        // Of an earlier version, of the newest revision, of its twin, and of one before.
        let said = [(2, None), (2, Some(20)), (2, Some(10)), (1, Some(20))];
        for (id, (revision, second)) in (1..).zip(said) {
            let order = OrderId(Uuid::from_u128(id));
            let body = format!(r#"{{"revised_at":"{}"}}"#, taken(20));
            let kept = NewRevision {
                order,
                revision: 2,
                seq: 1,
                body: &body,
                handling: Handling::Routed,
                backlog: false,
                heard_at: Timestamp::UNIX_EPOCH,
            };
            store.keep_revision(&kept).await.unwrap();
            let mut ticket = ticket(order, 100, JobState::Printed);
            ticket.report.job = JobId(Uuid::from_u128(id));
            ticket.report.revision = revision;
            ticket.report.revised_at = second.map(taken);
            tickets.push(ticket);
        }
        let next = read("1");
        store.keep_tickets(None, &next, &tickets).await.unwrap();
        let found = store.orders_on_paper_elsewhere(taken(50)).await.unwrap();
        let expected = [3, 4].map(|id| OrderId(Uuid::from_u128(id)));
        assert_eq!(found, expected.into());
    }
}
