//! One connection to SQLite.

use std::path::Path;

use ledger::query::instant_text;
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::{SqliteOptions, cipher, fault};
use crate::connection::Fault;
use crate::guard::GuardKey;
use crate::sql::Dialect;
use crate::value::{Cell, Param};

/// A connection with its statement cache.
pub(crate) struct SqliteConnection {
    pub(crate) inner: Connection,
    guard: Option<GuardKey>,
}

pub(super) fn open_writer(path: &Path, options: &SqliteOptions) -> Result<SqliteConnection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let inner = open(path, flags, options)?;
    let mode: String =
        inner.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(|error| fault(&error))?;
    if mode != "wal" {
        return Err(Fault::unavailable("このファイルシステムではWALを使えません"));
    }
    // FULL: the log is flushed to the disk at every commit, so an acknowledged write survives a power loss.
    inner
        .execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(|error| fault(&error))?;
    Ok(SqliteConnection { inner, guard: options.guard.clone() })
}

pub(super) fn open_reader(path: &Path, options: &SqliteOptions) -> Result<SqliteConnection, Fault> {
    // Not opened read-only, because a reader of a WAL database must be able to make its shared memory.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let inner = open(path, flags, options)?;
    inner.execute_batch("PRAGMA query_only = ON;").map_err(|error| fault(&error))?;
    Ok(SqliteConnection { inner, guard: options.guard.clone() })
}

/// For a database that is being filled and is thrown away when that fails: nothing is flushed before the end.
pub(crate) fn open_bulk(path: &Path, options: &SqliteOptions) -> Result<SqliteConnection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let inner = open(path, flags, options)?;
    inner
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;")
        .map_err(|error| fault(&error))?;
    Ok(SqliteConnection { inner, guard: options.guard.clone() })
}

fn open(path: &Path, flags: OpenFlags, options: &SqliteOptions) -> Result<Connection, Fault> {
    let inner = Connection::open_with_flags(path, flags).map_err(|error| fault(&error))?;
    // The key comes first of all: anything else would read the file without it.
    cipher::unlock(&inner, options.key.as_ref())?;
    inner.busy_timeout(options.busy_timeout).map_err(|error| fault(&error))?;
    inner
        .execute_batch(&format!(
            "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; \
             PRAGMA cache_size = -{};",
            options.cache_kib
        ))
        .map_err(|error| fault(&error))?;
    inner.set_prepared_statement_cache_capacity(256);
    Ok(inner)
}

/// Placeholders as SQLite numbers them. A `$` before anything but a digit belongs to a JSON path.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        let placeholder = c == '$' && rest.peek().is_some_and(char::is_ascii_digit);
        out.push(if placeholder { '?' } else { c });
    }
    out
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Json(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Bool(truth) => ToSqlOutput::Owned(Value::Integer(i64::from(*truth))),
            Self::Instant(at) => ToSqlOutput::Owned(Value::Text(instant_text(*at))),
            Self::Day(day) => ToSqlOutput::Owned(Value::Text(day.format("%Y-%m-%d").to_string())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::List(list) => ToSqlOutput::Owned(Value::Text(
                serde_json::to_string(list).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?,
            )),
        })
    }
}

fn cell(value: ValueRef<'_>) -> Result<Cell, Fault> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) => {
            Cell::Text(std::str::from_utf8(bytes).map_err(|_| Fault::failed("文字列がUTF-8ではありません"))?.to_owned())
        }
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    })
}

/// What is wrong with a statement before values are bound to it; the text can be told, as it holds names only.
fn unprepared(error: &rusqlite::Error) -> Fault {
    let mut fault = fault(error);
    if !fault.unavailable {
        fault.reason = error.to_string();
    }
    fault
}

impl SqliteConnection {
    /// A connection whose rows need no guards.
    pub(super) fn plain(inner: Connection) -> Self {
        Self { inner, guard: None }
    }

    fn rows(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut each: impl FnMut(Vec<Cell>) -> Result<(), Fault>,
    ) -> Result<u64, Fault> {
        let sql = numbered(sql);
        let mut statement = self.inner.prepare_cached(&sql).map_err(|error| unprepared(&error))?;
        for (place, param) in params.iter().enumerate() {
            statement.raw_bind_parameter(place + 1, param).map_err(|error| fault(&error))?;
        }
        let width = statement.column_count();
        if width == 0 {
            return statement.raw_execute().map(|changed| changed as u64).map_err(|error| fault(&error));
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| fault(&error))? {
            let mut cells = Vec::with_capacity(width);
            for place in 0..width {
                cells.push(cell(row.get_ref(place).map_err(|error| fault(&error))?)?);
            }
            each(cells)?;
        }
        Ok(0)
    }
}

impl crate::connection::Connection for SqliteConnection {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, Fault> {
        self.rows(sql, params, |_| Ok(()))
    }

    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Vec<Cell>>, Fault> {
        let mut all = Vec::new();
        self.rows(sql, params, |cells| {
            all.push(cells);
            Ok(())
        })?;
        Ok(all)
    }

    fn each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(Vec<Cell>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.rows(sql, params, each).map(drop)
    }

    fn guard_key(&self) -> Option<GuardKey> {
        self.guard.clone()
    }

    fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.inner.execute_batch(sql).map_err(|error| fault(&error))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn json_paths_are_not_taken_for_placeholders() {
        let sql = "SELECT r.body -> '$.\"a\"' WHERE x = $1 AND y = $12";
        assert_eq!(super::numbered(sql), "SELECT r.body -> '$.\"a\"' WHERE x = ?1 AND y = ?12");
    }
}
