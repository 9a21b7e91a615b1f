//! Rows of `jobs.sqlite` that are damaged one field at a time; each passes SQLite's own check.

use std::path::Path;

use api::{JobState, job::WaitCause};
use printer_queue::PrintQueue;
use sqlx::{Connection, Row, sqlite::SqliteConnectOptions, sqlite::SqliteConnection};

use crate::setup::*;

async fn open_file(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options)
        .await
        .expect("the file")
}

/// Each table with its columns, and whether they are numbers.
async fn columns(path: &Path) -> Vec<(String, String, bool)> {
    let mut file = open_file(path).await;
    let mut all = Vec::new();
    for table in ["jobs", "attempts", "history", "handled", "meta"] {
        let rows = sqlx::query("SELECT name, type FROM pragma_table_info(?1)")
            .bind(table)
            .fetch_all(&mut file)
            .await
            .expect("its columns");
        for row in rows {
            let (name, kind): (String, String) = (row.get(0), row.get(1));
            all.push((table.to_owned(), name, kind == "INTEGER"));
        }
    }
    file.close().await.expect("to close");
    all
}

/// Writes one value into the first row; `false` when SQLite itself refuses it there.
async fn damage(path: &Path, table: &str, column: &str, value: &str) -> bool {
    let mut file = open_file(path).await;
    let pragma = sqlx::query("PRAGMA foreign_keys = off")
        .execute(&mut file)
        .await;
    pragma.expect("the pragma");
    let first = match table {
        "jobs" | "attempts" | "history" => {
            format!("rowid = (SELECT min(rowid) FROM {table})")
        }
        "handled" => {
            "(order_id, revision) = (SELECT order_id, revision FROM handled LIMIT 1)".into()
        }
        _ => "key = (SELECT min(key) FROM meta)".into(),
    };
    let update = format!("UPDATE {table} SET {column} = {value} WHERE {first}");
    let done = sqlx::query(sqlx::AssertSqlSafe(update))
        .execute(&mut file)
        .await;
    file.close().await.expect("to close");
    done.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_damaged_in_any_field_stops_neither_the_start_nor_its_line_and_is_shown() {
    let kitchen = kitchen().await;
    let counter = Counter::new().await;
    let printer = settings_of(&kitchen);
    faults(&kitchen, |f| f.refuse = true).await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    for text in ["First", "Second"] {
        let job = counter.submit_one(ticket(Some(printer.id), text)).await;
        counter
            .until(job, |t| {
                matches!(
                    t.state,
                    JobState::Waiting {
                        cause: WaitCause::Unreachable,
                        ..
                    }
                )
            })
            .await;
    }
    counter.queue.pause(printer.id).await.expect("a pause");
    counter.queue.resume(printer.id).await.expect("to go on");
    counter.queue.shutdown().await;
    faults(&kitchen, |f| f.refuse = false).await;
    let whole = counter.folder.path().join("shop/jobs.sqlite");
    let values = |is_number: bool| match is_number {
        true => ["NULL", "-1", "9223372036854775807"],
        false => ["NULL", "'garbage'", "printf('%.*c', 200000, 'x')"],
    };
    let mut tried = 0;
    for (table, column, is_number) in columns(&whole).await {
        for value in values(is_number) {
            let what = format!("{table}.{column} = {value}");
            let folder = tempfile::tempdir().expect("a folder");
            let options = options(&folder, &timings());
            std::fs::create_dir_all(options.path.parent().expect("a folder")).expect("to make it");
            std::fs::copy(&whole, &options.path).expect("a copy");
            if !damage(&options.path, &table, &column, value).await {
                continue;
            }
            tried += 1;
            let before = papers(&kitchen).len();
            let (queue, opened) = PrintQueue::open(options)
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(opened.set_aside, None, "{what}");
            queue.set_printers(vec![printer.clone()]).await;
            let new = ticket(Some(printer.id), "Third");
            queue
                .submit(new.order.expect("an order"), 1, vec![new])
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            let mut papers_now = Vec::new();
            let printed = async {
                loop {
                    papers_now = papers(&kitchen).split_off(before);
                    if papers_now.iter().any(|paper| paper.text.contains("Third")) {
                        return;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
            };
            let in_time = tokio::time::timeout(PATIENCE, printed).await;
            assert!(in_time.is_ok(), "{what}: the line stands still");
            for text in ["First", "Second", "Third"] {
                let unmarked = papers_now
                    .iter()
                    .filter(|paper| paper.text.contains(text) && !paper.text.contains("REPRINT"));
                assert!(unmarked.count() <= 1, "{what}: {text} twice");
            }
            let shown = queue.open_and_recent(10).await;
            let shown = shown.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(shown.len(), 3, "{what}: {shown:?}");
            assert!(
                papers_now.len() == 3
                    || shown.iter().any(|t| !matches!(t.state, JobState::Printed)),
                "{what}: a ticket is neither on paper nor shown"
            );
            for shown in shown {
                let history = queue.history_of(shown.job).await;
                history.unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            queue.shutdown().await;
        }
    }
    assert!(tried > 60, "only {tried}");
}

#[tokio::test]
async fn a_damaged_note_costs_nothing_of_its_ticket() {
    let kitchen = kitchen().await;
    let counter = Counter::new().await;
    let printer = settings_of(&kitchen);
    let job = counter.submit_one(ticket(Some(printer.id), "First")).await;
    counter.queue.shutdown().await;
    let path = counter.folder.path().join("shop/jobs.sqlite");
    assert!(damage(&path, "jobs", "note", "'{\"letters\":7}'").await);
    let (counter, _) = counter.restart().await;
    let shown = counter.job(job).await;
    assert_eq!((shown.state, shown.note), (JobState::Queued, None));
    counter.queue.set_printers(vec![printer]).await;
    counter.until_state(job, JobState::Printed).await;
    assert!(!papers(&kitchen)[0].text.contains("REPRINT"));
}
