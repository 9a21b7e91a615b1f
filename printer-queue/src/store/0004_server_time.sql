-- History ages on the server's time: a PC's clock that jumps must not delete it.

ALTER TABLE jobs ADD COLUMN server_at INTEGER; -- of the last change; NULL: the server's time was not known

DROP INDEX over;
CREATE INDEX over ON jobs (server_at) WHERE place = 'over';
