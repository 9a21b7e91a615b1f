//! A full history beside an empty queue: what a submit costs, and how long the start takes.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use sqlx::{Connection, SqliteConnection};

use crate::shop::{line, open, percentile, printer_at, ratio, receipt, submit};

const TURNS: usize = 300;
const STARTS: usize = 15;
const JOBS: u32 = 100_000;

pub async fn measure() {
    let (empty, full) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    fill(full.path()).await;
    let size = std::fs::metadata(full.path().join("jobs.sqlite"))
        .expect("the file")
        .len();
    let (a, b) = (open(empty.path()).await, open(full.path()).await);
    let nowhere = printer_at("127.0.0.1:9").id;
    let (mut bare, mut laden) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        for (queue, times) in [(&a, &mut bare), (&b, &mut laden)] {
            let began = Instant::now();
            submit(queue, nowhere, receipt(turn))
                .await
                .expect("a submit");
            times.push(began.elapsed());
        }
    }
    a.shutdown().await;
    b.shutdown().await;
    line("submit, empty queue", &bare);
    line(
        &format!("submit, {JOBS} finished jobs ({} MB)", size / 1_000_000),
        &laden,
    );
    ratio("  ratio (at most 1.3)", &laden, &bare);
    let mut starts: Vec<Duration> = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let queue = open(full.path()).await;
        starts.push(began.elapsed());
        queue.shutdown().await;
    }
    line(
        &format!("start to ready, {JOBS} jobs (under 300 ms)"),
        &starts,
    );
    assert!(percentile(&starts, 0) > Duration::ZERO);
}

/// As many jobs as are kept, each with the rows that a printed one leaves.
async fn fill(folder: &Path) {
    let queue = open(folder).await;
    let kitchen = printer_at("127.0.0.1:9").id;
    submit(&queue, kitchen, receipt(0)).await.expect("a submit");
    queue.shutdown().await;
    let file = sqlite::options(&folder.join("jobs.sqlite"));
    let mut file = SqliteConnection::connect_with(&file)
        .await
        .expect("the file");
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info('jobs')")
        .fetch_all(&mut file)
        .await
        .expect("its columns");
    // Every column as the first job has it, but for those that tell jobs apart and say how it ended.
    let values: Vec<&str> = columns
        .iter()
        .map(|column| match column.as_str() {
            "seq" => "seq + n",
            "id" | "order_id" => {
                "lower(hex(randomblob(4))) || '-0000-7000-8000-' || printf('%012d', n)"
            }
            "state" => "'{\"state\":\"printed\"}'",
            "place" => "'over'",
            other => other,
        })
        .collect();
    let fill = format!(
        "BEGIN; \
         CREATE TEMP TABLE numbers AS WITH RECURSIVE up (n) AS \
         (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < {JOBS} - 1) SELECT n FROM up; \
         INSERT INTO jobs ({}) SELECT {} FROM jobs, numbers WHERE seq = 1; \
         UPDATE jobs SET state = '{{\"state\":\"printed\"}}', place = 'over' WHERE seq = 1; \
         INSERT INTO attempts (job, printer, number, heading, began_at, ended_at, outcome) \
         SELECT seq, printer, seq % 9999 + 1, 'none', at, at, '{{\"outcome\":\"confirmed\"}}' FROM jobs; \
         INSERT INTO history (job, at, state, printer, cause) \
         SELECT seq, at, '{{\"state\":\"queued\"}}', printer, 'the order came' FROM jobs UNION ALL \
         SELECT seq, at, '{{\"state\":\"printing\"}}', printer, 'the printer is ready for it' FROM jobs UNION ALL \
         SELECT seq, at, state, printer, 'the printer confirmed it' FROM jobs; \
         INSERT OR IGNORE INTO handled (order_id, revision, at) SELECT order_id, revision, at FROM jobs; \
         COMMIT;",
        columns.join(", "),
        values.join(", "),
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(fill))
        .execute(&mut file)
        .await
        .expect("a full history");
    file.close().await.expect("the end");
}
