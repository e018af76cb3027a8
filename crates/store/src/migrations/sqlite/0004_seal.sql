-- The seal of the journal: positions of entries in the Merkle tree, its tiles, signed checkpoints, witnesses.

-- Entries that no checkpoint covers yet. The row is written with the entry, in the same transaction, so that an entry that
-- commits late is never skipped; its mark is a keyed digest of the entry, so that nobody without the key adds one.
CREATE TABLE unsealed (
  sequence INTEGER PRIMARY KEY,
  mark     TEXT NOT NULL
);

-- The one journal of this database: its public key and the number of entries under the newest checkpoint. Entries up to
-- "adopted" were there before sealing began and have no mark.
CREATE TABLE seal (
  id      INTEGER PRIMARY KEY,
  vkey    TEXT NOT NULL,
  size    INTEGER NOT NULL,
  adopted INTEGER NOT NULL
);

-- Entries "sequence" and following, "length" of them, have the positions "position" and following in the tree.
CREATE TABLE seal_run (
  position INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL,
  length   INTEGER NOT NULL
);
CREATE UNIQUE INDEX seal_run_sequence ON seal_run (sequence);

CREATE TABLE seal_tile (
  level  INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL
);
CREATE UNIQUE INDEX seal_tile_place ON seal_tile (level, number);

CREATE TABLE checkpoint (
  size      INTEGER PRIMARY KEY,
  note      TEXT NOT NULL,
  sealed_at TEXT NOT NULL
);

CREATE TABLE cosignature (
  size    INTEGER NOT NULL,
  witness TEXT NOT NULL,
  line    TEXT NOT NULL,
  at      TEXT NOT NULL,
  PRIMARY KEY (size, witness)
) WITHOUT ROWID;

-- What this installation, as a witness, last saw of other journals.
CREATE TABLE witnessed (
  origin TEXT PRIMARY KEY,
  size   INTEGER NOT NULL,
  root   TEXT NOT NULL,
  note   TEXT NOT NULL,
  at     TEXT NOT NULL,
  fork   TEXT
) WITHOUT ROWID;

INSERT INTO unsealed (sequence, mark) SELECT sequence, '' FROM entry;
