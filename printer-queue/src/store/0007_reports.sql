-- What is reported to the server: by its own time where that is known, in a log that counts as long as this file is whole.

ALTER TABLE history ADD COLUMN server_at INTEGER; -- NULL: the server's time was not known

-- The log that `history.id` counts in, once it has a name.
CREATE TABLE report_log (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    id   TEXT NOT NULL
) STRICT;
