-- Records, their versions, and everything that hangs on a record. Text compares by code point: COLLATE "C".

CREATE TABLE record (
  ledger      text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  revision    bigint NOT NULL,
  state       text COLLATE "C" NOT NULL,
  created_at  timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  acts        jsonb NOT NULL,
  body        jsonb NOT NULL
);
CREATE UNIQUE INDEX record_identity ON record (ledger, id);
CREATE INDEX record_newest ON record (ledger, recorded_at NULLS FIRST, id);
CREATE INDEX record_state ON record (ledger, state, recorded_at NULLS FIRST, id);

-- Every revision, the current one included. It held from recorded_at until superseded_at.
CREATE TABLE version (
  ledger        text COLLATE "C" NOT NULL,
  id            text COLLATE "C" NOT NULL,
  revision      bigint NOT NULL,
  state         text COLLATE "C" NOT NULL,
  created_at    timestamptz NOT NULL,
  recorded_at   timestamptz NOT NULL,
  superseded_at timestamptz NOT NULL,
  acts          jsonb NOT NULL,
  body          jsonb NOT NULL
);
CREATE UNIQUE INDEX version_identity ON version (ledger, id, revision);
CREATE INDEX version_span ON version (ledger, superseded_at, recorded_at);

CREATE TABLE entry (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL,
  account  text COLLATE "C" NOT NULL,
  ledger   text COLLATE "C" NOT NULL,
  record   text COLLATE "C" NOT NULL,
  act      text COLLATE "C" NOT NULL,
  batch    text COLLATE "C",
  body     text COLLATE "C" NOT NULL
);
CREATE INDEX entry_record ON entry (record, sequence);
CREATE INDEX entry_ledger ON entry (ledger, sequence);
CREATE INDEX entry_account ON entry (account, sequence);
CREATE INDEX entry_at ON entry (at);

-- What a current record points to. "held" rows mirror the codes and identifiers that a field of the body holds itself.
CREATE TABLE reference (
  ledger        text COLLATE "C" NOT NULL,
  field         text COLLATE "C" NOT NULL,
  target        text COLLATE "C" NOT NULL,
  record        text COLLATE "C" NOT NULL,
  target_ledger text COLLATE "C",
  held          boolean NOT NULL,
  PRIMARY KEY (ledger, field, target, record)
);
CREATE INDEX reference_record ON reference (ledger, record);
CREATE INDEX reference_target ON reference (target, target_ledger);

CREATE TABLE unique_key (
  ledger text COLLATE "C" NOT NULL,
  name   text COLLATE "C" NOT NULL,
  value  text COLLATE "C" NOT NULL,
  record text COLLATE "C" NOT NULL,
  PRIMARY KEY (ledger, name, value)
);
CREATE INDEX unique_key_record ON unique_key (ledger, record);

-- Search text of one class of a record, valid for the revisions from revision_from up to, not including, revision_to.
CREATE TABLE search (
  number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ledger        text COLLATE "C" NOT NULL,
  record        text COLLATE "C" NOT NULL,
  class         text COLLATE "C" NOT NULL,
  revision_from bigint NOT NULL,
  revision_to   bigint NOT NULL,
  digest        text COLLATE "C" NOT NULL,
  grams         text[] NOT NULL
);
CREATE INDEX search_record ON search (ledger, record, class, revision_to);
CREATE INDEX search_gram ON search USING gin (grams);

CREATE TABLE number (
  sequence text COLLATE "C" PRIMARY KEY,
  last     bigint NOT NULL
);
