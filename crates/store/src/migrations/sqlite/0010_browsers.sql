-- Failures that count for one browser of an account and not for the account: a browser that signed in before (by the key of
-- what it is known by), or an open session (by its key).
CREATE TABLE browser_guard (
  account      TEXT NOT NULL,
  browser      TEXT NOT NULL,
  failures     INTEGER NOT NULL,
  counted_from TEXT,
  locked_at    TEXT,
  locked_until TEXT,
  PRIMARY KEY (account, browser)
) WITHOUT ROWID;
