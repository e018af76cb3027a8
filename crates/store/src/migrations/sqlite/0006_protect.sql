-- Tokens of encrypted values: exact search without the value. Valid for the revisions from revision_from up to, not
-- including, revision_to.

CREATE TABLE exact (
  ledger        TEXT NOT NULL,
  field         TEXT NOT NULL,
  token         TEXT NOT NULL,
  record        TEXT NOT NULL,
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER NOT NULL,
  salt          TEXT NOT NULL,
  PRIMARY KEY (ledger, field, token, record, revision_from)
) WITHOUT ROWID;
CREATE INDEX exact_record ON exact (ledger, record, revision_to);

-- Whose key locks the content of a file; empty for a file from before.
ALTER TABLE attachment ADD COLUMN holder TEXT;

-- The grams can be deleted now, for an erasure takes them away.
DELETE FROM search;
DROP TABLE search_gram;
CREATE VIRTUAL TABLE search_gram USING fts5 (
  grams, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii'
);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('exact', 'exact', '100000 50000 20000 2 1 1'),
  ('exact', 'exact_record', '100000 50000 4 3');
ANALYZE sqlite_schema;
