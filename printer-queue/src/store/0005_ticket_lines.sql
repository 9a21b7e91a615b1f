-- Which lines of its order a ticket has (JSON, their ids), where its name alone does not say it.

CREATE TABLE ticket_lines (
    job   INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
    lines TEXT NOT NULL
) STRICT;
