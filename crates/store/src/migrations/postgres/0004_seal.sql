-- The seal of the journal: positions of entries in the Merkle tree, its tiles, signed checkpoints, witnesses.

-- Entries that no checkpoint covers yet. The row is written with the entry, in the same transaction, so that an entry that
-- commits late is never skipped; its mark is a keyed digest of the entry, so that nobody without the key adds one.
CREATE TABLE unsealed (
  sequence bigint PRIMARY KEY,
  mark     text COLLATE "C" NOT NULL
);

-- The one journal of this database: its public key and the number of entries under the newest checkpoint. Entries up to
-- "adopted" were there before sealing began and have no mark.
CREATE TABLE seal (
  id      bigint PRIMARY KEY,
  vkey    text COLLATE "C" NOT NULL,
  size    bigint NOT NULL,
  adopted bigint NOT NULL
);

-- Entries "sequence" and following, "length" of them, have the positions "position" and following in the tree.
CREATE TABLE seal_run (
  position bigint PRIMARY KEY,
  sequence bigint NOT NULL,
  length   bigint NOT NULL
);
CREATE UNIQUE INDEX seal_run_sequence ON seal_run (sequence);

CREATE TABLE seal_tile (
  level  bigint NOT NULL,
  number bigint NOT NULL,
  hashes bytea NOT NULL
);
CREATE UNIQUE INDEX seal_tile_place ON seal_tile (level, number);

CREATE TABLE checkpoint (
  size      bigint PRIMARY KEY,
  note      text COLLATE "C" NOT NULL,
  sealed_at timestamptz NOT NULL
);

CREATE TABLE cosignature (
  size    bigint NOT NULL,
  witness text COLLATE "C" NOT NULL,
  line    text COLLATE "C" NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (size, witness)
);

-- What this installation, as a witness, last saw of other journals.
CREATE TABLE witnessed (
  origin text COLLATE "C" PRIMARY KEY,
  size   bigint NOT NULL,
  root   text COLLATE "C" NOT NULL,
  note   text COLLATE "C" NOT NULL,
  at     timestamptz NOT NULL,
  fork   text COLLATE "C"
);

INSERT INTO unsealed (sequence, mark) SELECT sequence, '' FROM entry;
