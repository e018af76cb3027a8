-- What makes a change behind Daicho's back show. A guard is a keyed digest (HMAC-SHA-256); a salt keeps the stamp of a row
-- that holds a token from being guessed out of the journal.

ALTER TABLE unique_key ADD COLUMN salt text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE search ADD COLUMN salt text COLLATE "C" NOT NULL DEFAULT '';

CREATE TABLE guard (
  name text COLLATE "C" NOT NULL,
  row  text COLLATE "C" NOT NULL,
  mac  text COLLATE "C" NOT NULL,
  PRIMARY KEY (name, row)
);
