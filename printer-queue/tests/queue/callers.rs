//! Several callers, one queue.

use std::collections::{BTreeMap, BTreeSet};

use api::{JobId, TicketChanged};
use printer_queue::{PrintQueue, Submitted};
use tokio::task::JoinSet;

use crate::setup::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revision_that_many_submit_at_once_is_taken_once() {
    let counter = Counter::new().await;
    let new = ticket(None, "Order 42");
    let order = new.order.expect("an order");
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let (queue, new) = (counter.queue.clone(), new.clone());
        callers.spawn(async move { queue.submit(order, 1, vec![new]).await });
    }
    let answers = callers.join_all().await;
    let taken = answers
        .iter()
        .filter(|answer| matches!(answer, Ok(Submitted::New(jobs)) if jobs.len() == 1));
    assert_eq!(taken.count(), 1, "{answers:?}");
    let known = answers
        .iter()
        .filter(|answer| **answer == Ok(Submitted::AlreadyHandled));
    assert_eq!(known.count(), 19, "{answers:?}");
    let jobs = counter.queue.jobs_of(order).await.expect("its tickets");
    assert_eq!(jobs.len(), 1);
}

/// Follows until this job is over, and says how everything ended as far as it heard.
async fn hear(queue: PrintQueue, last: JobId) -> BTreeMap<JobId, TicketChanged> {
    let (snapshot, mut changes) = queue.follow(1_000).await.expect("a snapshot");
    let mut known: BTreeMap<_, _> = snapshot.into_iter().map(|t| (t.job, t)).collect();
    while known
        .get(&last)
        .is_none_or(|ticket| !ticket.state.is_over())
    {
        let change = changes.recv().await.expect("the next change");
        if let Some(before) = known.get(&change.job) {
            assert!(before.at <= change.at && *before != change, "it comes once");
        }
        known.insert(change.job, change);
    }
    known
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_follows_gets_a_snapshot_and_then_every_change_without_a_gap() {
    let counter = Counter::new().await;
    let last = counter.submit_one(ticket(None, "the last one")).await;
    let mut work = JoinSet::new();
    for _ in 0..4 {
        let queue = counter.queue.clone();
        work.spawn(async move {
            let mut jobs = BTreeSet::new();
            for _ in 0..25 {
                let new = ticket(None, "Order");
                let order = new.order.expect("an order");
                let Ok(Submitted::New(added)) = queue.submit(order, 1, vec![new]).await else {
                    panic!("it is new");
                };
                queue.cancel(added[0]).await.expect("its end");
                jobs.extend(added);
            }
            jobs
        });
    }
    let mut followers = JoinSet::new();
    for _ in 0..12 {
        followers.spawn(hear(counter.queue.clone(), last));
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let done: BTreeSet<JobId> = work.join_all().await.into_iter().flatten().collect();
    assert_eq!(done.len(), 100);
    counter.queue.cancel(last).await.expect("the end");
    let truth = counter.queue.open_and_recent(1_000).await;
    let truth: BTreeMap<_, _> = truth
        .expect("all")
        .into_iter()
        .map(|t| (t.job, t))
        .collect();
    for heard in followers.join_all().await {
        assert_eq!(heard, truth);
    }
    assert!(matches!(
        counter.job(last).await.state,
        api::JobState::Cancelled
    ));
}
