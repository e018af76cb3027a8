-- Duties, files, packs, sign-in, desks and background work.

CREATE TABLE duty (
  number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ledger    text COLLATE "C" NOT NULL,
  record    text COLLATE "C" NOT NULL,
  name      text COLLATE "C" NOT NULL,
  person    text COLLATE "C",
  role      text COLLATE "C",
  office    text COLLATE "C",
  due       date,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  title     text COLLATE "C" NOT NULL
);
CREATE INDEX duty_record ON duty (ledger, record);
CREATE INDEX duty_person ON duty (person, due) WHERE closed_at IS NULL;
CREATE INDEX duty_role ON duty (role, due) WHERE closed_at IS NULL;
CREATE INDEX duty_due ON duty (due) WHERE closed_at IS NULL;

CREATE TABLE attachment (
  id         text COLLATE "C" PRIMARY KEY,
  name       text COLLATE "C" NOT NULL,
  media_type text COLLATE "C" NOT NULL,
  sha256     text COLLATE "C" NOT NULL,
  stored_by  text COLLATE "C" NOT NULL,
  stored_at  timestamptz NOT NULL,
  content    bytea NOT NULL
);

CREATE TABLE pack (
  installation bigint PRIMARY KEY,
  name         text COLLATE "C" NOT NULL,
  files        jsonb NOT NULL,
  digest       text COLLATE "C" NOT NULL,
  installed_at timestamptz NOT NULL,
  installed_by text COLLATE "C" NOT NULL
);
CREATE INDEX pack_name ON pack (name, installation);

CREATE TABLE credential (
  account       text COLLATE "C" PRIMARY KEY,
  password_hash text COLLATE "C" NOT NULL,
  must_change   boolean NOT NULL,
  set_at        timestamptz NOT NULL
);

CREATE TABLE session (
  key         text COLLATE "C" PRIMARY KEY,
  account     text COLLATE "C" NOT NULL,
  form_secret text COLLATE "C" NOT NULL,
  opened_at   timestamptz NOT NULL,
  seen_at     timestamptz NOT NULL,
  address     text COLLATE "C",
  device      text COLLATE "C"
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_seen ON session (seen_at);

CREATE TABLE token (
  id         text COLLATE "C" PRIMARY KEY,
  key        text COLLATE "C" NOT NULL UNIQUE,
  name       text COLLATE "C" NOT NULL,
  role       text COLLATE "C" NOT NULL,
  office     text COLLATE "C",
  read_only  boolean NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz
);

CREATE TABLE desk (
  account  text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  value    jsonb NOT NULL,
  saved_at timestamptz NOT NULL,
  PRIMARY KEY (account, key)
);

CREATE TABLE job (
  id         text COLLATE "C" PRIMARY KEY,
  kind       text COLLATE "C" NOT NULL,
  input      jsonb NOT NULL,
  account    text COLLATE "C" NOT NULL,
  run_at     timestamptz NOT NULL,
  only_one   text COLLATE "C",
  state      text COLLATE "C" NOT NULL,
  done       bigint NOT NULL,
  total      bigint NOT NULL,
  message    text COLLATE "C" NOT NULL,
  output     jsonb NOT NULL,
  tries      bigint NOT NULL,
  held_until timestamptz,
  queued_at  timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX job_only_one ON job (kind, only_one)
  WHERE only_one IS NOT NULL AND state IN ('waiting', 'running');
CREATE INDEX job_open ON job (run_at) WHERE state IN ('waiting', 'running');
CREATE INDEX job_account ON job (account, queued_at);

CREATE TABLE mail (
  id        text COLLATE "C" PRIMARY KEY,
  recipient text COLLATE "C" NOT NULL,
  subject   text COLLATE "C" NOT NULL,
  body      text COLLATE "C" NOT NULL,
  key       text COLLATE "C" NOT NULL UNIQUE,
  queued_at timestamptz NOT NULL,
  tries     bigint NOT NULL,
  next_at   timestamptz NOT NULL,
  sent_at   timestamptz,
  error     text COLLATE "C"
);
CREATE INDEX mail_waiting ON mail (next_at) WHERE sent_at IS NULL;
CREATE INDEX mail_queued ON mail (queued_at);
