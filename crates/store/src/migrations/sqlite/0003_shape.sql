-- Which index or view was made from which definition, so that one that fits is left alone.

CREATE TABLE shape (
  name       TEXT PRIMARY KEY,
  ledger     TEXT NOT NULL,
  kind       TEXT NOT NULL,
  definition TEXT NOT NULL
) WITHOUT ROWID;

-- The planner is told once what a grown database looks like, and ANALYZE is never run. So plans are the same on the first
-- day and after years, and a list in a query is looked up in the index made for it, not by reading the whole ledger.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('record', 'record_identity', '200000 20000 1'),
  ('record', 'record_newest', '200000 20000 10 1'),
  ('record', 'record_state', '200000 20000 1000 10 1'),
  ('version', 'version_identity', '600000 60000 3 1'),
  ('version', 'version_span', '600000 60000 10 2'),
  ('entry', 'entry_record', '1000000 5 1'),
  ('entry', 'entry_ledger', '1000000 100000 1'),
  ('entry', 'entry_account', '1000000 1000 1'),
  ('entry', 'entry_at', '1000000 2'),
  ('reference', 'reference', '400000 40000 10000 20 1'),
  ('reference', 'reference_record', '400000 40000 4'),
  ('reference', 'reference_target', '400000 20 20'),
  ('search', 'search_record', '400000 40000 3 2 1');
ANALYZE sqlite_schema;
