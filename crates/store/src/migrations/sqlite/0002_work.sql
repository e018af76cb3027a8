-- Duties, files, packs, sign-in, desks and background work.

CREATE TABLE duty (
  number    INTEGER PRIMARY KEY,
  ledger    TEXT NOT NULL,
  record    TEXT NOT NULL,
  name      TEXT NOT NULL,
  person    TEXT,
  role      TEXT,
  office    TEXT,
  due       TEXT,
  opened_at TEXT NOT NULL,
  closed_at TEXT,
  title     TEXT NOT NULL
);
CREATE INDEX duty_record ON duty (ledger, record);
CREATE INDEX duty_person ON duty (person, due) WHERE closed_at IS NULL;
CREATE INDEX duty_role ON duty (role, due) WHERE closed_at IS NULL;
CREATE INDEX duty_due ON duty (due) WHERE closed_at IS NULL;

CREATE TABLE attachment (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  media_type TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  stored_by  TEXT NOT NULL,
  stored_at  TEXT NOT NULL,
  content    BLOB NOT NULL
);

CREATE TABLE pack (
  installation INTEGER PRIMARY KEY,
  name         TEXT NOT NULL,
  files        TEXT NOT NULL,
  digest       TEXT NOT NULL,
  installed_at TEXT NOT NULL,
  installed_by TEXT NOT NULL
);
CREATE INDEX pack_name ON pack (name, installation);

CREATE TABLE credential (
  account       TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  must_change   INTEGER NOT NULL,
  set_at        TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
  key         TEXT PRIMARY KEY,
  account     TEXT NOT NULL,
  form_secret TEXT NOT NULL,
  opened_at   TEXT NOT NULL,
  seen_at     TEXT NOT NULL,
  address     TEXT,
  device      TEXT
) WITHOUT ROWID;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_seen ON session (seen_at);

CREATE TABLE token (
  id         TEXT PRIMARY KEY,
  key        TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  office     TEXT,
  read_only  INTEGER NOT NULL,
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT
);

CREATE TABLE desk (
  account  TEXT NOT NULL,
  key      TEXT NOT NULL,
  value    TEXT NOT NULL,
  saved_at TEXT NOT NULL,
  PRIMARY KEY (account, key)
) WITHOUT ROWID;

CREATE TABLE job (
  id         TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  input      TEXT NOT NULL,
  account    TEXT NOT NULL,
  run_at     TEXT NOT NULL,
  only_one   TEXT,
  state      TEXT NOT NULL,
  done       INTEGER NOT NULL,
  total      INTEGER NOT NULL,
  message    TEXT NOT NULL,
  output     TEXT NOT NULL,
  tries      INTEGER NOT NULL,
  held_until TEXT,
  queued_at  TEXT NOT NULL,
  changed_at TEXT NOT NULL
);
CREATE UNIQUE INDEX job_only_one ON job (kind, only_one)
  WHERE only_one IS NOT NULL AND state IN ('waiting', 'running');
CREATE INDEX job_open ON job (run_at) WHERE state IN ('waiting', 'running');
CREATE INDEX job_account ON job (account, queued_at);

CREATE TABLE mail (
  id        TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject   TEXT NOT NULL,
  body      TEXT NOT NULL,
  key       TEXT NOT NULL UNIQUE,
  queued_at TEXT NOT NULL,
  tries     INTEGER NOT NULL,
  next_at   TEXT NOT NULL,
  sent_at   TEXT,
  error     TEXT
);
CREATE INDEX mail_waiting ON mail (next_at) WHERE sent_at IS NULL;
CREATE INDEX mail_queued ON mail (queued_at);
