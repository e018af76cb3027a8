-- Sign-in: second factors, lock-out, passwords of before, devices, what is under way.

ALTER TABLE session ADD COLUMN proven_at timestamptz;
ALTER TABLE session ADD COLUMN second_at timestamptz;
ALTER TABLE session ADD COLUMN locked_at timestamptz;
UPDATE session SET proven_at = opened_at;

-- Failures in a row and the lock they lead to. The row of the empty account is written for names nobody has, so that a
-- failure is the same work whether or not there is an account.
CREATE TABLE sign_in_guard (
  account      text COLLATE "C" PRIMARY KEY,
  failures     bigint NOT NULL,
  counted_from timestamptz,
  locked_at    timestamptz,
  locked_until timestamptz,
  last_at      timestamptz,
  last_address text COLLATE "C"
);

CREATE TABLE password_before (
  account       text COLLATE "C" NOT NULL,
  replaced_at   timestamptz NOT NULL,
  password_hash text COLLATE "C" NOT NULL,
  PRIMARY KEY (account, replaced_at)
);

-- One-time codes (secret locked), passkeys (public key), recovery codes (hash). step is the newest time step of which
-- a code was accepted.
CREATE TABLE second_factor (
  id        text COLLATE "C" PRIMARY KEY,
  account   text COLLATE "C" NOT NULL,
  kind      text COLLATE "C" NOT NULL,
  name      text COLLATE "C" NOT NULL,
  secret    text COLLATE "C" NOT NULL,
  handle    text COLLATE "C" NOT NULL UNIQUE,
  step      bigint NOT NULL,
  added_at  timestamptz NOT NULL,
  used_at   timestamptz
);
CREATE INDEX second_factor_account ON second_factor (account);

-- What was asked of a browser and is answered once: a challenge for a passkey, a secret not yet confirmed.
CREATE TABLE sign_in_challenge (
  key        text COLLATE "C" PRIMARY KEY,
  account    text COLLATE "C" NOT NULL,
  purpose    text COLLATE "C" NOT NULL,
  state      text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE TABLE known_device (
  account  text COLLATE "C" NOT NULL,
  device   text COLLATE "C" NOT NULL,
  first_at timestamptz NOT NULL,
  last_at  timestamptz NOT NULL,
  PRIMARY KEY (account, device)
);
