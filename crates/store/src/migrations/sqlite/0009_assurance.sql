-- What the search over the journal asks: each question has an index that is already in the order of the answer.

DROP INDEX entry_at;
CREATE INDEX entry_time ON entry (at, sequence);
CREATE INDEX entry_account_time ON entry (account, at, sequence);
CREATE INDEX entry_ledger_time ON entry (ledger, at, sequence);
CREATE INDEX entry_act_time ON entry (act, at, sequence);
CREATE INDEX entry_address_time ON entry (json_extract(body, '$.actor.address'), at, sequence);
CREATE INDEX entry_batch ON entry (batch, sequence) WHERE batch IS NOT NULL;

-- Records told by an entry about several records: a page of a list, an export, a print.
CREATE TABLE touch (
  target   TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (target, sequence)
) WITHOUT ROWID;
