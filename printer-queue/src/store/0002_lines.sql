-- Lines in which the urgent go first, tickets that stand in for another printer, and ages that count on the server's time.

ALTER TABLE jobs ADD COLUMN urgent      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN ages_from   INTEGER;  -- on the server's time; NULL: when it was submitted
ALTER TABLE jobs ADD COLUMN backup_for  TEXT;     -- the printer that it would have come out of
ALTER TABLE jobs ADD COLUMN backup_name TEXT;     -- what that one was called then

DROP INDEX open_jobs;
CREATE INDEX open_jobs ON jobs (printer, place, urgent DESC, seq) WHERE place <> 'over';
-- However long a line is, those that do not know yet what it waits for are found at once.
CREATE INDEX waits ON jobs (printer, json_quote(json_extract(state, '$.cause'))) WHERE place = 'line';
-- What is over is forgotten by its age, without a look at all the rest.
CREATE INDEX over ON jobs (at) WHERE place = 'over';
