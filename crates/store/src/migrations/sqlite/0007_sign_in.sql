-- Sign-in: second factors, lock-out, passwords of before, devices, what is under way.

ALTER TABLE session ADD COLUMN proven_at TEXT;
ALTER TABLE session ADD COLUMN second_at TEXT;
ALTER TABLE session ADD COLUMN locked_at TEXT;
UPDATE session SET proven_at = opened_at;

-- Failures in a row and the lock they lead to. The row of the empty account is written for names nobody has, so that a
-- failure is the same work whether or not there is an account.
CREATE TABLE sign_in_guard (
  account      TEXT PRIMARY KEY,
  failures     INTEGER NOT NULL,
  counted_from TEXT,
  locked_at    TEXT,
  locked_until TEXT,
  last_at      TEXT,
  last_address TEXT
) WITHOUT ROWID;

CREATE TABLE password_before (
  account       TEXT NOT NULL,
  replaced_at   TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  PRIMARY KEY (account, replaced_at)
) WITHOUT ROWID;

-- One-time codes (secret locked), passkeys (public key), recovery codes (hash). step is the newest time step of which
-- a code was accepted.
CREATE TABLE second_factor (
  id        TEXT PRIMARY KEY,
  account   TEXT NOT NULL,
  kind      TEXT NOT NULL,
  name      TEXT NOT NULL,
  secret    TEXT NOT NULL,
  handle    TEXT NOT NULL UNIQUE,
  step      INTEGER NOT NULL,
  added_at  TEXT NOT NULL,
  used_at   TEXT
) WITHOUT ROWID;
CREATE INDEX second_factor_account ON second_factor (account);

-- What was asked of a browser and is answered once: a challenge for a passkey, a secret not yet confirmed.
CREATE TABLE sign_in_challenge (
  key        TEXT PRIMARY KEY,
  account    TEXT NOT NULL,
  purpose    TEXT NOT NULL,
  state      TEXT NOT NULL,
  expires_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE known_device (
  account  TEXT NOT NULL,
  device   TEXT NOT NULL,
  first_at TEXT NOT NULL,
  last_at  TEXT NOT NULL,
  PRIMARY KEY (account, device)
) WITHOUT ROWID;
