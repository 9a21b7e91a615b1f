//! Migrations of the schema. A released step is never changed; a change is a new step.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use super::{Db, OpenError};

/// Words that the two databases spell differently: SQLite, PostgreSQL.
const SPELLINGS: [(&str, &str, &str); 5] = [
    ("{uuid}", "BLOB", "UUID"),
    ("{bytes}", "BLOB", "BYTEA"),
    // Rows in the tree of their key: an order writes one page less.
    ("{in_key_order}", "WITHOUT ROWID", ""),
    ("{random_uuid}", "randomblob(16)", "gen_random_uuid()"),
    (
        "{counted}",
        "INTEGER PRIMARY KEY AUTOINCREMENT",
        "BIGSERIAL PRIMARY KEY",
    ),
];

/// Times are milliseconds since 1970; JSON is kept as text, so that both databases give back what came in.
const STEPS: [&str; 10] = [
    r"
CREATE TABLE businesses (
    id {uuid} PRIMARY KEY,
    menu TEXT NOT NULL,
    last_seq BIGINT NOT NULL,
    last_number BIGINT NOT NULL
);
CREATE TABLE users (
    id {uuid} PRIMARY KEY,
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL
);
CREATE TABLE logins (
    id {uuid} PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES users (id),
    generation BIGINT NOT NULL,
    ended BOOLEAN NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX logins_by_end ON logins (expires_at);
CREATE TABLE refresh_tokens (
    hash {bytes} PRIMARY KEY,
    login_id {uuid} NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX refresh_tokens_by_login ON refresh_tokens (login_id, expires_at);
CREATE TABLE counters (
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    id {uuid} NOT NULL,
    name TEXT NOT NULL,
    last_heard BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE TABLE settings (
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    key TEXT NOT NULL,
    version BIGINT NOT NULL,
    value TEXT,
    PRIMARY KEY (business_id, key)
);
CREATE TABLE orders (
    id {uuid} PRIMARY KEY,
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    seq BIGINT NOT NULL,
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    last_line BIGINT NOT NULL,
    reference TEXT,
    revised_at BIGINT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (business_id, seq),
    UNIQUE (business_id, number),
    UNIQUE (business_id, reference)
);
CREATE INDEX orders_by_revision ON orders (business_id, revised_at);
CREATE TABLE revisions (
    order_id {uuid} NOT NULL REFERENCES orders (id),
    revision BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (order_id, revision)
);
CREATE TABLE outbox (
    id {counted},
    event_id TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    payload TEXT NOT NULL
)",
    r"
CREATE TABLE idempotency_keys (
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    user_id {uuid} NOT NULL,
    key TEXT NOT NULL,
    order_id {uuid} NOT NULL REFERENCES orders (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (business_id, user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)",
    // The index leaves out the entries of orders, which have no content.
    r"
CREATE TABLE feed (
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    seq BIGINT NOT NULL,
    entry_id {uuid} NOT NULL,
    kind TEXT NOT NULL,
    content TEXT,
    PRIMARY KEY (business_id, seq)
) {in_key_order};
CREATE INDEX feed_with_content ON feed (business_id, seq) WHERE content IS NOT NULL;
INSERT INTO feed (business_id, seq, entry_id, kind)
SELECT business_id, seq, {random_uuid}, 'order' FROM orders;
INSERT INTO feed (business_id, seq, entry_id, kind)
SELECT id, last_seq, {random_uuid}, 'order' FROM businesses WHERE last_seq > 0
AND NOT EXISTS (SELECT 1 FROM feed WHERE feed.business_id = businesses.id AND feed.seq = businesses.last_seq)",
    // Reports have a sequence of their own, so that they never take the lock of orders.
    r"
CREATE TABLE report_sequences (
    business_id {uuid} PRIMARY KEY REFERENCES businesses (id),
    epoch {uuid} NOT NULL,
    last BIGINT NOT NULL
);
CREATE TABLE report_logs (
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    counter_id {uuid} NOT NULL,
    log {uuid} NOT NULL,
    up_to BIGINT NOT NULL,
    PRIMARY KEY (business_id, counter_id, log)
);
CREATE TABLE tickets (
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    counter_id {uuid} NOT NULL,
    job_id {uuid} NOT NULL,
    seq BIGINT NOT NULL,
    log {uuid} NOT NULL,
    n BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (business_id, counter_id, job_id)
);
CREATE INDEX tickets_by_seq ON tickets (business_id, seq);
ALTER TABLE counters ADD COLUMN lease_until BIGINT;
ALTER TABLE counters ADD COLUMN proof TEXT;
ALTER TABLE counters ADD COLUMN previous_proof TEXT;
ALTER TABLE counters ADD COLUMN run {uuid};
ALTER TABLE counters ADD COLUMN renewed_at BIGINT",
    // What a ticket says of its order, without reading its content; and the orders that nobody printed.
    r"
ALTER TABLE tickets ADD COLUMN order_id {uuid};
ALTER TABLE tickets ADD COLUMN on_paper BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE tickets ADD COLUMN open BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX tickets_by_order ON tickets (business_id, order_id);
CREATE TABLE unprinted (
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    order_id {uuid} NOT NULL REFERENCES orders (id),
    number BIGINT NOT NULL,
    since BIGINT NOT NULL,
    resolved_at BIGINT,
    how TEXT,
    PRIMARY KEY (business_id, order_id)
);
CREATE TABLE silences (
    business_id {uuid} PRIMARY KEY REFERENCES businesses (id),
    since BIGINT NOT NULL
)",
    // By which old entries and tickets are found.
    r"
CREATE TABLE marks (
    business_id {uuid} NOT NULL REFERENCES businesses (id),
    at BIGINT NOT NULL,
    feed_seq BIGINT NOT NULL,
    report_seq BIGINT NOT NULL,
    PRIMARY KEY (business_id, at)
)",
    // Since when a counter has renewed without a gap.
    r"
ALTER TABLE counters ADD COLUMN unbroken_since BIGINT",
    // On which PC a counter runs.
    r"
ALTER TABLE counters ADD COLUMN machine {uuid}",
    // Up to which revision of an order there is nothing to print.
    r"
ALTER TABLE unprinted ADD COLUMN nothing_of BIGINT",
    // When the owner was told of a silence.
    r"
ALTER TABLE silences ADD COLUMN told_at BIGINT",
];

/// Any number that no other program uses for a lock in the same database.
const LOCK: i64 = 0x7061_6e62_6f74;

#[derive(FromQueryResult)]
struct Format {
    version: i64,
}

/// Runs the pending steps in one transaction.
pub(super) async fn run(db: &Db) -> Result<(), OpenError> {
    let tx = db.write().await?;
    let backend = tx.get_database_backend();
    if backend == DbBackend::Postgres {
        // Two servers that start at once: the second waits and then finds all steps taken.
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .await?;
    }
    tx.execute_unprepared("CREATE TABLE IF NOT EXISTS format (version BIGINT NOT NULL)")
        .await?;
    let found = Format::find_by_statement(Statement::from_string(
        backend,
        "SELECT version FROM format",
    ))
    .one(&tx)
    .await?
    .map(|format| format.version);
    if found.is_none() {
        tx.execute_unprepared("INSERT INTO format (version) VALUES (0)")
            .await?;
    }
    let taken = found.unwrap_or(0);
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if taken > known {
        return Err(OpenError::Newer {
            found: taken,
            known,
        });
    }
    for step in STEPS.iter().skip(usize::try_from(taken).unwrap_or(0)) {
        for statement in spelled(step, backend).split(';') {
            tx.execute_unprepared(statement).await?;
        }
    }
    if taken != known {
        tx.execute_unprepared(&format!("UPDATE format SET version = {known}"))
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

fn spelled(step: &str, backend: DbBackend) -> String {
    SPELLINGS
        .iter()
        .fold(step.to_owned(), |text, (word, sqlite, postgres)| {
            let spelling = if backend == DbBackend::Postgres {
                postgres
            } else {
                sqlite
            };
            text.replace(word, spelling)
        })
}
