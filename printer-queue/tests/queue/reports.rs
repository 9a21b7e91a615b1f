//! Changes of tickets as they are reported: all of them, in the order of their commits, under numbers that stay.

use std::{collections::BTreeMap, time::Duration};

use api::{JobId, JobState};
use jiff::{SignedDuration, Timestamp};
use printer_queue::{History, NewJob, Options, PrintQueue, ReportRow};
use sqlx::{Connection, SqliteConnection};

use crate::setup::*;

async fn all(queue: &PrintQueue) -> Vec<ReportRow> {
    queue.history_after(0, 1_000).await.expect("changes").rows
}

async fn change(counter: &Counter, statement: &'static str) {
    let path = counter.folder.path().join("shop/jobs.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true);
    let mut file = SqliteConnection::connect_with(&options)
        .await
        .expect("the file");
    sqlx::raw_sql(statement)
        .execute(&mut file)
        .await
        .expect(statement);
    file.close().await.expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_numbered_in_the_order_of_their_commits() {
    let (one, other) = (kitchen().await, kitchen().await);
    let counter = Counter::new().await;
    let printers = [settings_of(&one), settings_of(&other)];
    let mut told = counter.queue.changes();
    counter.queue.set_printers(printers.to_vec()).await;
    let mut jobs = Vec::new();
    for number in 0..6 {
        let ticket =
            |printer: usize| ticket(Some(printers[printer].id), &format!("Order {number}"));
        jobs.push(counter.submit_one(ticket(0)).await);
        jobs.push(counter.submit_one(ticket(1)).await);
    }
    for job in jobs {
        counter.until_state(job, JobState::Printed).await;
    }
    let rows = all(&counter.queue).await;
    assert_eq!(rows.len(), 12 * 3);
    assert!(rows.windows(2).all(|pair| pair[0].n < pair[1].n));
    for row in &rows {
        let change = told.recv().await.expect("it was told");
        assert_eq!((row.job, &row.state), (change.job, &change.state));
        assert_eq!((row.order, row.printer), (change.order, change.destination));
        assert!(!row.marked);
    }
}

#[tokio::test]
async fn a_reprint_and_a_possible_duplicate_are_reported_as_marked_and_a_copy_is_not() {
    let counter = Counter::new().await;
    let original = ticket(None, "Order 42");
    let copy = NewJob {
        copy: 1,
        ..original.clone()
    };
    let order = original.order.expect("an order");
    let jobs = counter.submit(vec![original.clone(), copy]).await;
    counter.queue.cancel(jobs[0]).await.expect("an end");
    let reprint = counter.queue.reprint(jobs[0]).await.expect("a reprint");
    let again = NewJob {
        order: Some(order),
        revision: 2,
        ..original
    };
    let more = counter.queue.submit_more(vec![again]).await.expect("more");
    let rows = all(&counter.queue).await;
    let marked: BTreeMap<JobId, bool> = rows.iter().map(|row| (row.job, row.marked)).collect();
    let expected = [
        (jobs[0], false),
        (jobs[1], false),
        (reprint, true),
        (more[0], true),
    ];
    assert_eq!(marked, BTreeMap::from(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_order_the_originals_that_came_out_unmarked_are_known() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    let original = ticket(Some(printer.id), "Order 42");
    let order = original.order.expect("an order");
    let copy = NewJob {
        copy: 1,
        ..original.clone()
    };
    let jobs = counter.submit(vec![original, copy]).await;
    let papers = async || {
        counter
            .queue
            .unmarked_papers_of(order)
            .await
            .expect("papers")
    };
    assert_eq!(papers().await, []);
    counter.queue.set_printers(vec![printer.clone()]).await;
    for job in &jobs {
        counter.until_state(*job, JobState::Printed).await;
    }
    let reprint = counter.queue.reprint(jobs[0]).await.expect("a reprint");
    counter.until_state(reprint, JobState::Printed).await;
    let papers = papers().await;
    assert_eq!(papers.len(), 1, "{papers:?}");
    let paper = &papers[0];
    assert_eq!((paper.job, paper.revision), (jobs[0], 1));
    assert_eq!(
        (paper.destination, paper.printer),
        (Some(printer.id), Some(printer.id))
    );
}

#[tokio::test]
async fn a_ticket_that_goes_to_another_counter_with_its_printer_is_reported_as_released() {
    let counter = Counter::new().await;
    let printer = printer_at(nobody().await);
    counter.queue.set_printers(vec![printer.clone()]).await;
    counter.queue.pause(printer.id).await.expect("a pause");
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    let other = ticket(Some(printer.id), "Order 43");
    let cancelled = counter.submit_one(other).await;
    counter.queue.cancel(cancelled).await.expect("an end");
    let to = api::CounterId(uuid::Uuid::new_v4());
    counter
        .queue
        .release_printers(BTreeMap::from([(printer.id, to)]))
        .await
        .expect("a handover");
    let rows = all(&counter.queue).await;
    let released: Vec<_> = rows.iter().filter(|row| row.released).collect();
    assert_eq!(released.len(), 1, "{rows:?}");
    assert_eq!(
        (released[0].job, &released[0].state),
        (job, &JobState::Cancelled)
    );
}

#[tokio::test]
async fn changes_are_read_page_by_page_and_one_that_is_damaged_hides_none_behind_it() {
    let counter = Counter::new().await;
    for number in 0..5 {
        counter
            .submit_one(ticket(None, &format!("Order {number}")))
            .await;
    }
    let rows = all(&counter.queue).await;
    change(
        &counter,
        "UPDATE history SET state = 'x' WHERE id = (SELECT min(id) + 2 FROM history);
         UPDATE history SET printer = 'x' WHERE id = (SELECT min(id) + 3 FROM history)",
    )
    .await;
    let page = async |n| counter.queue.history_after(n, 2).await.expect("a page");
    let first = page(0).await;
    assert_eq!(
        (&first.rows[..], first.up_to),
        (&rows[..2], Some(rows[1].n))
    );
    let second = page(rows[1].n).await;
    assert_eq!((second.rows.len(), second.up_to), (0, Some(rows[3].n)));
    let third = page(rows[3].n).await;
    assert_eq!(
        (&third.rows[..], third.up_to),
        (&rows[4..], Some(rows[4].n))
    );
    let end = page(rows[4].n).await;
    assert_eq!((end.rows.len(), end.up_to), (0, None));
}

#[tokio::test]
async fn a_change_has_the_servers_time_where_it_was_known() {
    let wall = Wall::default();
    let mut counter = Counter::set_up(timings(), |options| options.clock = wall.clock()).await;
    wall.turn(-7_200);
    counter.submit_one(ticket(None, "Order 1")).await;
    counter.queue.shutdown().await;
    let server = Wall::default();
    let mut options = options(&counter.folder, &timings());
    (options.clock, options.server_clock) = (wall.clock(), server.server());
    counter.queue = PrintQueue::open(options).await.expect("the file").0;
    counter.submit_one(ticket(None, "Order 2")).await;
    let rows = all(&counter.queue).await;
    let hour = SignedDuration::from_hours(1);
    let before = Timestamp::now() - hour;
    assert!(rows[0].at < before && rows[1].at > before, "{rows:?}");
    let since = async |time| counter.queue.history_before(time).await.expect("a number");
    assert_eq!(since(before).await, rows[0].n);
    assert_eq!(since(before - hour * 2).await, 0);
    assert_eq!(since(Timestamp::now() + hour).await, rows[1].n);
}

#[tokio::test]
async fn no_number_is_given_twice_although_all_tickets_were_forgotten() {
    let server = Wall::default();
    let mut counter = Counter::set_up(timings(), |options| {
        options.server_clock = server.server();
        options.history.every = Duration::from_millis(5);
    })
    .await;
    for number in 0..3 {
        let job = counter
            .submit_one(ticket(None, &format!("Order {number}")))
            .await;
        counter.queue.cancel(job).await.expect("a cancellation");
    }
    let last = all(&counter.queue).await.last().expect("changes").n;
    counter.queue.shutdown().await;
    server.turn(3_600 * 24 * 1_000);
    let mut options = options(&counter.folder, &timings());
    options.server_clock = server.server();
    options.history = History {
        every: Duration::from_millis(5),
        ..History::default()
    };
    counter.queue = PrintQueue::open(options).await.expect("the file").0;
    let forgotten = async {
        while all(&counter.queue).await.len() > 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, forgotten)
        .await
        .expect("in time");
    // What is forgotten a moment later is forgotten now.
    tokio::time::sleep(Duration::from_millis(100)).await;
    counter.submit_one(ticket(None, "Order 4")).await;
    let page = counter.queue.history_after(last, 10).await.expect("a page");
    assert_eq!(page.rows.len(), 1, "{page:?}");
}

#[tokio::test]
async fn the_log_keeps_its_name_until_changes_are_lost() {
    let counter = Counter::new().await;
    let name = async |counter: &Counter| counter.queue.report_log().await.expect("a name");
    let first = name(&counter).await;
    for number in 0..4 {
        counter
            .submit_one(ticket(None, &format!("Order {number}")))
            .await;
    }
    let (counter, _) = counter.restart().await;
    assert_eq!(name(&counter).await, first);
    let renamed = counter.queue.new_report_log().await.expect("a name");
    assert_ne!(renamed, first);
    let (counter, _) = counter.restart().await;
    assert_eq!(name(&counter).await, renamed);
    // One that SQLite cannot count on from.
    change(
        &counter,
        "UPDATE history SET id = 9223372036854775807 WHERE id = 2",
    )
    .await;
    let (counter, _) = counter.restart().await;
    let far = name(&counter).await;
    assert_ne!(far, renamed);
    assert_eq!(all(&counter.queue).await.len(), 3);
    change(&counter, "UPDATE report_log SET id = 'x'").await;
    let (counter, _) = counter.restart().await;
    assert_ne!(name(&counter).await, far);
}

#[tokio::test]
async fn a_file_that_lost_its_last_commits_counts_in_another_log() {
    let counter = Counter::new().await;
    for number in 0..4 {
        counter
            .submit_one(ticket(None, &format!("Order {number}")))
            .await;
    }
    let log = counter.queue.report_log().await.expect("a name");
    let kept =
        |name: &str| std::fs::read(counter.folder.path().join("shop").join(name)).expect("a file");
    let (file, mut wal) = (kept("jobs.sqlite"), kept("jobs.sqlite-wal"));
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        timings: timings(),
        ..Options::new(folder.path().join("jobs.sqlite"), Default::default())
    };
    std::fs::write(&options.path, file).expect("the file");
    let frames = (wal.len() - 32) / (4_096 + 24);
    wal[32 + (frames / 2) * (4_096 + 24) + 24 + 100] ^= 0x55;
    std::fs::write(folder.path().join("jobs.sqlite-wal"), wal).expect("its log");
    let (queue, opened) = PrintQueue::open(options).await.expect("the file");
    assert!(opened.set_aside.is_some());
    assert_ne!(queue.report_log().await.expect("a name"), log);
    queue.shutdown().await;
}

#[tokio::test]
async fn a_change_says_when_the_revision_of_its_ticket_was_taken() {
    let counter = Counter::new().await;
    let taken = Timestamp::from_millisecond(1_700_000_000_123).ok();
    let known = NewJob {
        revised_at: taken,
        ..ticket(None, "Order 42")
    };
    let order = known.order.expect("an order");
    let jobs = counter.submit(vec![known]).await;
    let page = NewJob {
        order: None,
        revision: 0,
        ..ticket(None, "A list")
    };
    let list = counter.queue.submit_more(vec![page]).await.expect("a list");
    counter.queue.cancel(jobs[0]).await.expect("an end");
    counter.queue.reprint(jobs[0]).await.expect("a reprint");
    for row in all(&counter.queue).await {
        let expected = taken.filter(|_| row.job != list[0]);
        assert_eq!(row.revised_at, expected, "{row:?}");
    }
    let earlier = counter.queue.earlier_tickets(order).await;
    let earlier = earlier.expect("its tickets");
    assert_eq!(earlier.len(), 2);
    assert!(earlier.iter().all(|ticket| ticket.revised_at == taken));
}
