//! Opening the keyring and making its tables.

use std::fmt::Write;
use std::path::Path;

use crate::connection::{Connection, Fault};
use crate::postgresql::connect_alone;
use crate::sql::Dialect;
use crate::sqlite::open_alone;

const SQLITE: &str = "
CREATE TABLE IF NOT EXISTS master (
  version    INTEGER PRIMARY KEY,
  provider   TEXT NOT NULL,
  ring       BLOB,
  made_at    TEXT NOT NULL,
  retired_at TEXT
);
CREATE TABLE IF NOT EXISTS keyring (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  master     INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  settled    INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS holder_key (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  holder      TEXT NOT NULL UNIQUE,
  version     INTEGER NOT NULL,
  wrapped     BLOB,
  made_at     TEXT NOT NULL,
  erased_at   TEXT,
  fingerprint TEXT
);";

const POSTGRES: &str = "
CREATE TABLE IF NOT EXISTS master (
  version    bigint PRIMARY KEY,
  provider   text NOT NULL,
  ring       bytea,
  made_at    timestamptz NOT NULL,
  retired_at timestamptz
);
CREATE TABLE IF NOT EXISTS keyring (
  one        bigint PRIMARY KEY CHECK (one = 1),
  master     bigint NOT NULL,
  generation bigint NOT NULL,
  settled    bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS holder_key (
  number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  holder      text COLLATE \"C\" NOT NULL UNIQUE,
  version     bigint NOT NULL,
  wrapped     bytea,
  made_at     timestamptz NOT NULL,
  erased_at   timestamptz,
  fingerprint text
);";

/// Programs that start at the same time make the tables one after another.
const SCHEMA_LOCK: &str = "SELECT pg_advisory_xact_lock(7166082)";

pub(super) fn sqlite(path: &Path, key: &[u8; 32]) -> Result<Box<dyn Connection + Send>, Fault> {
    let mut raw = String::with_capacity(64);
    for byte in key {
        let _ = write!(raw, "{byte:02x}");
    }
    // A raw key is not stretched. The first statement that reads the file finds out whether the key is right.
    let mut connection = open_alone(path, &format!("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{raw}'\";"))?;
    connection.batch("PRAGMA secure_delete = ON; BEGIN IMMEDIATE")?;
    connection.batch(SQLITE)?;
    connection.batch("COMMIT")?;
    Ok(connection)
}

pub(super) fn postgres(url: &str) -> Result<Box<dyn Connection + Send>, Fault> {
    let mut connection = connect_alone(url)?;
    let found = connection.query("SELECT quote_ident(current_schema() || '_keyring')", &[])?;
    let schema = match found.into_iter().flatten().next() {
        Some(crate::value::Cell::Text(schema)) => schema,
        _ => return Err(Fault::failed("PostgreSQLの作業スキーマがありません")),
    };
    connection.batch("BEGIN")?;
    connection.query(SCHEMA_LOCK, &[])?;
    connection.batch(&format!("CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema};"))?;
    connection.batch(POSTGRES)?;
    connection.batch("COMMIT")?;
    Ok(connection)
}

/// Overwrite what was deleted. Old wrapped keys that PostgreSQL keeps in its log or in its backups open nothing, because the
/// ring key that wrapped them is gone.
pub(super) fn scrub(connection: &mut dyn Connection) -> Result<(), Fault> {
    match connection.dialect() {
        Dialect::Sqlite => {
            connection.query("PRAGMA wal_checkpoint(TRUNCATE)", &[])?;
            connection.batch("VACUUM")?;
            connection.query("PRAGMA wal_checkpoint(TRUNCATE)", &[]).map(drop)
        }
        Dialect::Postgres => {
            connection.batch("VACUUM FULL holder_key").and_then(|()| connection.batch("VACUUM FULL master"))
        }
    }
}
