//! What is reported of tickets. Read by connections that only read: nothing here makes a ticket wait.

use api::OrderId;
use jiff::Timestamp;
use uuid::Uuid;

use super::PrintQueue;
use crate::{
    error::QueueError,
    report::{ReportPage, UnmarkedPaper},
};

impl PrintQueue {
    /// At most `limit` changes of tickets after the one of this number, in the order in which they were committed. Those
    /// of tickets that were forgotten are left out.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn history_after(&self, n: i64, limit: u32) -> Result<ReportPage, QueueError> {
        self.read()?.history_after(n, limit).await
    }

    /// The number of the newest change that is older than this; 0 when none is.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn history_before(&self, time: Timestamp) -> Result<i64, QueueError> {
        self.read()?.history_before(time).await
    }

    /// The originals of an order that came out, without those whose paper is marked.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn unmarked_papers_of(
        &self,
        order: OrderId,
    ) -> Result<Vec<UnmarkedPaper>, QueueError> {
        self.read()?.unmarked_papers_of(order).await
    }

    /// The name of the log in which changes are numbered: of this file alone, and another one when it has lost changes.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn report_log(&self) -> Result<Uuid, QueueError> {
        self.read()?.report_log().await
    }

    /// Gives the log another name: this file is an older copy of itself, and numbers of changes are given twice.
    ///
    /// # Errors
    /// See [`PrintQueue`].
    pub async fn new_report_log(&self) -> Result<Uuid, QueueError> {
        let writer = &self.inner.context.writer;
        writer.write(|tx| Box::pin(tx.new_report_log())).await
    }
}
