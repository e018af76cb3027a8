-- Failures that count for one browser of an account and not for the account: a browser that signed in before (by the key of
-- what it is known by), or an open session (by its key).
CREATE TABLE browser_guard (
  account      text COLLATE "C" NOT NULL,
  browser      text COLLATE "C" NOT NULL,
  failures     bigint NOT NULL,
  counted_from timestamptz,
  locked_at    timestamptz,
  locked_until timestamptz,
  PRIMARY KEY (account, browser)
);
