-- The number by which the printer itself knows the job (IPP): with it, what became of it can be asked after a crash.

ALTER TABLE attempts ADD COLUMN remote INTEGER;
