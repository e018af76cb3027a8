//! One connection to a file that is not the database of the records: the keyring.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::connection::SqliteConnection;
use super::{SqliteOptions, fault, file};
use crate::connection::Fault;

/// Open the file, made when it is not there, with this statement that names its key before anything else.
pub(crate) fn open_alone(path: &Path, key: &str) -> Result<Box<dyn crate::connection::Connection + Send>, Fault> {
    file::create(path).map_err(|error| Fault::unavailable(error.to_string()))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let inner = Connection::open_with_flags(path, flags).map_err(|error| fault(&error))?;
    inner.execute_batch(key).map_err(|_| Fault::failed("鍵束の鍵を渡せません"))?;
    let options = SqliteOptions::default();
    inner.busy_timeout(options.busy_timeout).map_err(|error| fault(&error))?;
    let mode: String = inner
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(|_| Fault::unavailable("鍵束をこのマスター鍵で開けません"))?;
    if mode != "wal" {
        return Err(Fault::unavailable("このファイルシステムではWALを使えません"));
    }
    inner
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -512;")
        .map_err(|error| fault(&error))?;
    Ok(Box::new(SqliteConnection::plain(inner)))
}
