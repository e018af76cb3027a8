-- What makes a change behind Daicho's back show. A guard is a keyed digest (HMAC-SHA-256); a salt keeps the stamp of a row
-- that holds a token from being guessed out of the journal.

ALTER TABLE unique_key ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE search ADD COLUMN salt TEXT NOT NULL DEFAULT '';

CREATE TABLE guard (
  name TEXT NOT NULL,
  row  TEXT NOT NULL,
  mac  TEXT NOT NULL,
  PRIMARY KEY (name, row)
) WITHOUT ROWID;
