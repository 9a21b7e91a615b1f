-- What of its newest paper is not as its template says: the JSON of api::PaperNote. NULL: nothing, or nobody looked.

ALTER TABLE jobs ADD COLUMN note TEXT;
