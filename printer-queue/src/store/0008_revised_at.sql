-- A server that was restored gives a number of a revision a second time: when it was taken, as it says itself, tells the two
-- apart. NULL: nobody said it, as for test pages and whatever is older than this column.

ALTER TABLE jobs ADD COLUMN revised_at INTEGER;
ALTER TABLE elsewhere ADD COLUMN revised_at INTEGER;
