-- What other counters make of the orders that were handled here: whoever takes over their printers makes it from this.
-- A ticket of a kitchen stands here under its kind `kitchen`, whatever became of it in later revisions.

CREATE TABLE elsewhere (
    order_id    TEXT    NOT NULL,
    revision    INTEGER NOT NULL,                   -- the newest one that concerns its place
    ticket      TEXT    NOT NULL,
    destination TEXT,                               -- NULL: held by the counter that leads
    copies      INTEGER NOT NULL,
    owner       TEXT    NOT NULL,                   -- the counter that was to make it
    at          INTEGER NOT NULL                    -- on the server's time, where that was known
) STRICT;

CREATE UNIQUE INDEX elsewhere_place ON elsewhere (order_id, ticket, ifnull(destination, ''));
CREATE INDEX elsewhere_by_age ON elsewhere (at);

-- Cancelled because its printer went to another counter before a byte of it left.
ALTER TABLE jobs ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
