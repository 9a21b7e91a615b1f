-- Times are Unix milliseconds; states and outcomes are the JSON of api::JobState and api::Outcome.

CREATE TABLE jobs (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of arrival
    id           TEXT    NOT NULL UNIQUE,
    order_id     TEXT,
    revision     INTEGER NOT NULL,
    ticket       TEXT    NOT NULL,
    destination  TEXT,                              -- what routing chose: part of the key, never changed
    copy         INTEGER NOT NULL,
    printer      TEXT,                              -- where it goes now
    printed_by   TEXT,                              -- the printer of the last attempt
    markup       TEXT,
    locale       TEXT    NOT NULL,
    drawer       INTEGER NOT NULL,
    heading      TEXT    NOT NULL,                  -- none, copy, reprint, maybe_duplicate
    state        TEXT    NOT NULL,
    place        TEXT    NOT NULL,                  -- line, printer, person, over: follows from the state
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_try     INTEGER,
    submitted_at INTEGER NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX job_key ON jobs (ifnull(order_id, ''), revision, ticket, ifnull(destination, ''), copy);
CREATE INDEX jobs_of_order ON jobs (order_id);
CREATE INDEX open_jobs ON jobs (printer, place, seq) WHERE place <> 'over';

CREATE TABLE attempts (
    id       INTEGER PRIMARY KEY,
    job      INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    printer  TEXT    NOT NULL,
    number   INTEGER,                               -- what the printer is asked to repeat
    heading  TEXT    NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome  TEXT                                   -- NULL: bytes may be out, and nobody knows more
) STRICT;

CREATE INDEX attempts_of_job ON attempts (job);
CREATE INDEX open_attempts ON attempts (id) WHERE outcome IS NULL;

CREATE TABLE history (
    id      INTEGER PRIMARY KEY,
    job     INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    state   TEXT    NOT NULL,
    printer TEXT,
    cause   TEXT    NOT NULL
) STRICT;

CREATE INDEX history_of_job ON history (job);

-- Outlives the jobs: what stands here is never routed again.
CREATE TABLE handled (
    order_id TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (order_id, revision)
) STRICT, WITHOUT ROWID;

-- Counters and the like: number:{printer}, printed:{printer}, test.
CREATE TABLE meta (
    key   TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
