-- Tokens of encrypted values: exact search without the value. Valid for the revisions from revision_from up to, not
-- including, revision_to.

CREATE TABLE exact (
  ledger        text NOT NULL COLLATE "C",
  field         text NOT NULL COLLATE "C",
  token         text NOT NULL COLLATE "C",
  record        text NOT NULL COLLATE "C",
  revision_from bigint NOT NULL,
  revision_to   bigint NOT NULL,
  salt          text COLLATE "C" NOT NULL,
  PRIMARY KEY (ledger, field, token, record, revision_from)
);
CREATE INDEX exact_record ON exact (ledger, record, revision_to);

-- Whose key locks the content of a file; empty for a file from before.
ALTER TABLE attachment ADD COLUMN holder text COLLATE "C";

DELETE FROM search;
