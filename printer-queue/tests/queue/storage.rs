//! A PC that cannot store: said, waited out, and never the reason for a second paper.

use api::JobState;
use printer_queue::QueueError;
use sqlx::SqlitePool;

use crate::setup::*;

/// Another connection to the file, which can make it refuse.
async fn saboteur(counter: &Counter) -> SqlitePool {
    let path = counter.folder.path().join("shop/jobs.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    SqlitePool::connect_with(options).await.expect("the file")
}

async fn run(pool: &SqlitePool, statement: &'static str) {
    sqlx::query(statement).execute(pool).await.expect(statement);
}

#[tokio::test]
async fn a_submit_that_cannot_be_stored_says_so_and_nothing_of_it_is_kept() {
    let counter = Counter::new().await;
    let pool = saboteur(&counter).await;
    run(
        &pool,
        "CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .await;
    let new = ticket(None, "Order 42");
    let order = new.order.expect("an order");
    let error = counter.queue.submit(order, 1, vec![new.clone()]).await;
    assert!(
        matches!(&error, Err(QueueError::Storage { detail }) if detail.contains("disk is full")),
        "{error:?}"
    );
    assert_eq!(counter.queue.is_handled(order, 1).await, Ok(false));
    run(&pool, "DROP TRIGGER full").await;
    assert!(counter.queue.submit(order, 1, vec![new]).await.is_ok());
}

#[tokio::test]
async fn an_attempt_that_cannot_be_stored_is_not_made() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let pool = saboteur(&counter).await;
    run(
        &pool,
        "CREATE TRIGGER full BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until_status(printer.id, |s| {
            s.detail
                .as_ref()
                .is_some_and(|d| d.contains("disk is full"))
        })
        .await;
    assert_eq!(papers(&kitchen).len(), 0);
    assert_eq!(counter.job(job).await.state, JobState::Queued);
    run(&pool, "DROP TRIGGER full").await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
    counter
        .until_status(printer.id, |s| s.detail.is_none())
        .await;
}

#[tokio::test]
async fn an_outcome_that_cannot_be_stored_is_stored_later_and_nothing_prints_twice() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let pool = saboteur(&counter).await;
    run(
        &pool,
        "CREATE TRIGGER full BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until_status(printer.id, |s| {
            s.detail
                .as_ref()
                .is_some_and(|d| d.contains("disk is full"))
        })
        .await;
    assert_eq!(counter.job(job).await.state, JobState::Printing);
    run(&pool, "DROP TRIGGER full").await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}
