//! The file of tickets: damaged, in use, too new, too long.

use std::time::Duration;

use api::{JobId, JobState};
use printer_queue::{History, Options, PrintQueue, QueueError};

use crate::setup::*;

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_work_goes_on() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let old = counter.submit_one(ticket(None, "Order 41")).await;
    counter.queue.shutdown().await;
    let path = counter.folder.path().join("shop/jobs.sqlite");
    std::fs::write(
        &path,
        b"this is no database at all, however long one looks at it",
    )
    .expect("damage");
    let (counter, opened) = counter.restart().await;
    let aside = opened.set_aside.expect("where it lies");
    assert!(
        std::fs::read(&aside)
            .expect("the old file")
            .starts_with(b"this is no")
    );
    let known = counter
        .queue
        .open_and_recent(10)
        .await
        .expect("a fresh file");
    assert!(known.iter().all(|ticket| ticket.job != old));
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    let (_, opened) = counter.restart().await;
    assert_eq!(opened.set_aside, None);
}

#[tokio::test]
async fn a_file_whose_pages_are_damaged_is_set_aside() {
    let counter = Counter::new().await;
    for _ in 0..20 {
        counter.submit_one(ticket(None, &"x".repeat(2_000))).await;
    }
    counter.queue.shutdown().await;
    let path = counter.folder.path().join("shop/jobs.sqlite");
    let mut bytes = std::fs::read(&path).expect("the file");
    let middle = bytes.len() / 3..bytes.len() / 3 * 2;
    bytes[middle].fill(0xA5);
    std::fs::write(&path, bytes).expect("damage");
    let (_, opened) = counter.restart().await;
    assert!(opened.set_aside.is_some());
}

#[tokio::test]
async fn two_programs_never_print_from_one_file() {
    let counter = Counter::new().await;
    let second = open(&counter.folder, &timings()).await;
    assert_eq!(second.err(), Some(QueueError::InUse));
    counter.queue.shutdown().await;
    assert!(open(&counter.folder, &timings()).await.is_ok());
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let counter = Counter::new().await;
    counter.queue.shutdown().await;
    let path = counter.folder.path().join("shop/jobs.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options)
        .await
        .expect("the file");
    sqlx::query("PRAGMA user_version = 99")
        .execute(&pool)
        .await
        .expect("a version");
    pool.close().await;
    let newer = open(&counter.folder, &timings()).await.err();
    assert!(
        matches!(newer, Some(QueueError::Newer { found: 99, .. })),
        "{newer:?}"
    );
}

#[tokio::test]
async fn a_file_of_the_first_layout_is_brought_to_the_newest_and_prints_on() {
    let kitchen = kitchen().await;
    let printer = settings_of(&kitchen);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop/jobs.sqlite");
    std::fs::create_dir_all(folder.path().join("shop")).expect("its folder");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options)
        .await
        .expect("a file");
    sqlx::raw_sql(include_str!("../../src/store/0001_jobs.sql"))
        .execute(&pool)
        .await
        .expect("the first layout");
    let job = JobId(uuid::Uuid::now_v7());
    let order = ticket(None, "").order.expect("an order");
    sqlx::query(
        "INSERT INTO jobs (id, order_id, revision, ticket, destination, copy, printer, markup, locale, drawer, heading, \
         state, place, submitted_at, at) VALUES (?1, ?2, 1, 'kitchen', ?3, 0, ?3, 'Order 42', 'en', 0, 'none', \
         '{\"state\":\"queued\"}', 'line', ?4, ?4)",
    )
    .bind(job.to_string())
    .bind(order.to_string())
    .bind(printer.id.to_string())
    .bind(jiff::Timestamp::now().as_millisecond())
    .execute(&pool)
    .await
    .expect("a ticket");
    sqlx::query("PRAGMA user_version = 1")
        .execute(&pool)
        .await
        .expect("its version");
    pool.close().await;
    let (queue, opened) = open(&folder, &timings()).await.expect("the old file");
    assert_eq!(opened.set_aside, None);
    queue.set_printers(vec![printer]).await;
    assert!(paper(&kitchen, 1).await[0].contains("Order 42"));
    let known = queue.jobs_of(order).await.expect("its tickets");
    assert_eq!((known[0].backup_for, known[0].urgent), (None, false));
    assert_eq!(known[0].note, None);
    let changes = queue.history_after(0, 10).await.expect("its changes");
    assert!(!changes.rows.is_empty());
    assert!(changes.rows.iter().all(|row| row.revised_at.is_none()));
    queue.shutdown().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("shop"),
        b"a file where a folder should be",
    )
    .expect("a file");
    let error = open(&folder, &timings()).await.expect_err("no folder");
    assert!(matches!(error, QueueError::Storage { .. }), "{error:?}");
    assert!(error.to_string().contains("try again"));
}

#[tokio::test]
async fn the_history_is_bounded_and_what_was_handled_outlives_it() {
    let counter = Counter::new().await;
    let mut orders = Vec::new();
    for number in 0..250 {
        let new = ticket(None, &format!("Order {number}"));
        orders.push(new.order.expect("an order"));
        let job = counter.submit_one(new).await;
        // The oldest one stays open.
        if number > 0 {
            counter.queue.cancel(job).await.expect("a cancellation");
        }
    }
    counter.queue.shutdown().await;
    let mut options = Options::new(
        counter.folder.path().join("shop/jobs.sqlite"),
        Default::default(),
    );
    options.timings = timings();
    options.history = History {
        jobs: 10,
        every: Duration::from_millis(5),
        ..History::default()
    };
    let (queue, _) = PrintQueue::open(options).await.expect("the file");
    let left = async || {
        queue
            .open_and_recent(1_000)
            .await
            .expect("the tickets")
            .len()
    };
    let bounded = async {
        while left().await > 11 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, bounded)
        .await
        .expect("in time");
    assert_eq!(left().await, 11, "the ten newest, and the open one");
    for order in orders {
        assert_eq!(queue.is_handled(order, 1).await, Ok(true));
    }
    queue.shutdown().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_customers_ordered_is_readable_by_the_user_of_this_pc_alone() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let kitchen = kitchen().await;
    let counter = Counter::new().await;
    let folder = counter.folder.path().join("shop");
    let modes = || {
        let mode = |path: &std::path::Path| {
            let meta = fs::metadata(path).expect("it is there");
            meta.permissions().mode() & 0o777
        };
        let files: Vec<_> = fs::read_dir(&folder)
            .expect("the folder")
            .map(|entry| entry.expect("a file").path())
            .map(|path| (path.clone(), mode(&path)))
            .collect();
        (mode(&folder), files)
    };
    let set = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("to set it");
    };
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter.submit_one(ticket(Some(printer.id), "Soup.")).await;
    counter.until_state(job, JobState::Printed).await;
    let (_, files) = modes();
    assert!(files.len() >= 4, "{files:?}");
    for (path, mode) in &files {
        assert_eq!(*mode, 0o600, "{}", path.display());
        // As an older version made them.
        set(path, 0o644);
    }
    set(&folder, 0o755);
    let (counter, _) = counter.restart().await;
    let (own, files) = modes();
    assert_eq!(own, 0o700);
    for (path, mode) in files {
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    counter.queue.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_the_log_of_the_file_prints_nothing_twice_in_silence_and_is_told() {
    let kitchen = kitchen().await;
    let counter = Counter::new().await;
    let printer = settings_of(&kitchen);
    let mut early = Vec::new();
    for number in 0..4 {
        let new = ticket(Some(printer.id), &format!("Early {number}."));
        early.push(counter.submit_one(new).await);
    }
    counter.queue.set_printers(vec![printer.clone()]).await;
    for job in early {
        counter.until_state(job, JobState::Printed).await;
    }
    let (shop, path) = (counter.folder.path().join("shop"), "jobs.sqlite");
    let (file, log) = (
        std::fs::read(shop.join(path)).expect("the file"),
        std::fs::read(shop.join("jobs.sqlite-wal")).expect("its log"),
    );
    let frames = (log.len() - 32) / (4_096 + 24);
    assert!(frames > 20, "{frames}");
    // Whole, it is opened as it is.
    for broken in [None, Some(0), Some(frames / 3), Some(frames / 2)] {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options {
            timings: timings(),
            ..Options::new(folder.path().join(path), Default::default())
        };
        let mut log = log.clone();
        if let Some(frame) = broken {
            log[32 + frame * (4_096 + 24) + 24 + 100] ^= 0x55;
        }
        std::fs::write(&options.path, &file).expect("the file");
        std::fs::write(folder.path().join("jobs.sqlite-wal"), log).expect("its log");
        let before = papers(&kitchen).len();
        let (queue, opened) = PrintQueue::open(options).await.expect("the file");
        assert_eq!(opened.set_aside.is_some(), broken.is_some(), "{broken:?}");
        queue.set_printers(vec![printer.clone()]).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        for paper in papers(&kitchen).split_off(before) {
            assert!(paper.text.contains("REPRINT"), "{broken:?}: {}", paper.text);
        }
        queue.shutdown().await;
    }
    counter.queue.shutdown().await;
}
