-- Records, their versions, and everything that hangs on a record. Instants are UTC text of fixed width; bodies of records
-- are SQLite's binary JSON, shown as text by json(body).

CREATE TABLE record (
  ledger      TEXT NOT NULL,
  id          TEXT NOT NULL,
  revision    INTEGER NOT NULL,
  state       TEXT NOT NULL,
  created_at  TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  acts        TEXT NOT NULL,
  body        BLOB NOT NULL
);
CREATE UNIQUE INDEX record_identity ON record (ledger, id);
CREATE INDEX record_newest ON record (ledger, recorded_at, id);
CREATE INDEX record_state ON record (ledger, state, recorded_at, id);

-- Every revision, the current one included. It held from recorded_at until superseded_at.
CREATE TABLE version (
  ledger        TEXT NOT NULL,
  id            TEXT NOT NULL,
  revision      INTEGER NOT NULL,
  state         TEXT NOT NULL,
  created_at    TEXT NOT NULL,
  recorded_at   TEXT NOT NULL,
  superseded_at TEXT NOT NULL,
  acts          TEXT NOT NULL,
  body          BLOB NOT NULL
);
CREATE UNIQUE INDEX version_identity ON version (ledger, id, revision);
CREATE INDEX version_span ON version (ledger, superseded_at, recorded_at);

CREATE TABLE entry (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at       TEXT NOT NULL,
  account  TEXT NOT NULL,
  ledger   TEXT NOT NULL,
  record   TEXT NOT NULL,
  act      TEXT NOT NULL,
  batch    TEXT,
  body     TEXT NOT NULL
);
CREATE INDEX entry_record ON entry (record, sequence);
CREATE INDEX entry_ledger ON entry (ledger, sequence);
CREATE INDEX entry_account ON entry (account, sequence);
CREATE INDEX entry_at ON entry (at);

-- What a current record points to. "held" rows mirror the codes and identifiers that a field of the body holds itself.
CREATE TABLE reference (
  ledger        TEXT NOT NULL,
  field         TEXT NOT NULL,
  target        TEXT NOT NULL,
  record        TEXT NOT NULL,
  target_ledger TEXT,
  held          INTEGER NOT NULL,
  PRIMARY KEY (ledger, field, target, record)
) WITHOUT ROWID;
CREATE INDEX reference_record ON reference (ledger, record);
CREATE INDEX reference_target ON reference (target, target_ledger);

CREATE TABLE unique_key (
  ledger TEXT NOT NULL,
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (ledger, name, value)
) WITHOUT ROWID;
CREATE INDEX unique_key_record ON unique_key (ledger, record);

-- Search text of one class of a record, valid for the revisions from revision_from up to, not including, revision_to.
CREATE TABLE search (
  number        INTEGER PRIMARY KEY,
  ledger        TEXT NOT NULL,
  record        TEXT NOT NULL,
  class         TEXT NOT NULL,
  revision_from INTEGER NOT NULL,
  revision_to   INTEGER NOT NULL,
  digest        TEXT NOT NULL
);
CREATE INDEX search_record ON search (ledger, record, class, revision_to);
CREATE VIRTUAL TABLE search_gram USING fts5 (grams, content = '', columnsize = 0, detail = 'none', tokenize = 'ascii');

CREATE TABLE number (
  sequence TEXT PRIMARY KEY,
  last     INTEGER NOT NULL
) WITHOUT ROWID;
