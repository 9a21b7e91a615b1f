-- What tells the printer's job from another one that got its number after the printer was restarted (IPP), as JSON.

ALTER TABLE attempts ADD COLUMN remote_seen TEXT;
