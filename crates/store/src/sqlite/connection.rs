//! One connection to SQLite.

use std::path::Path;

use ledger::query::instant_text;
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::{SqliteOptions, cipher, fault};
use crate::connection::{EachSeen, Fault, Seen};
use crate::guard::GuardKey;
use crate::sql::Dialect;
use crate::value::{Cell, Param};

/// Search texts that wait for the full-text index at most.
const LATE: usize = 256;

/// A connection with its statement cache.
pub(crate) struct SqliteConnection {
    pub(crate) inner: Connection,
    guard: Option<GuardKey>,
    /// Search texts of the open transaction that are not in the full-text index yet. It makes a part of its own, to be merged
    /// later, for whatever came between two statements that can be undone: so they are put in together before the commit.
    late: Vec<(i64, String)>,
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
    Ok(SqliteConnection { inner, guard: options.guard.clone(), late: Vec::new() })
}

pub(super) fn open_reader(path: &Path, options: &SqliteOptions) -> Result<SqliteConnection, Fault> {
    // Not opened read-only, because a reader of a WAL database must be able to make its shared memory.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let inner = open(path, flags, options)?;
    inner.execute_batch("PRAGMA query_only = ON;").map_err(|error| fault(&error))?;
    Ok(SqliteConnection { inner, guard: options.guard.clone(), late: Vec::new() })
}

/// For a database that is being filled and is thrown away when that fails: nothing is flushed before the end.
pub(crate) fn open_bulk(path: &Path, options: &SqliteOptions) -> Result<SqliteConnection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let inner = open(path, flags, options)?;
    inner
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;")
        .map_err(|error| fault(&error))?;
    Ok(SqliteConnection { inner, guard: options.guard.clone(), late: Vec::new() })
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
    let mut parts = sql.split('$');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push(if part.starts_with(|c: char| c.is_ascii_digit()) { '?' } else { '$' });
        out.push_str(part);
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
        Self { inner, guard: None, late: Vec::new() }
    }

    /// Put into the full-text index what waits for it. When that fails the whole transaction is undone, as after a full disk:
    /// the texts may be those of several callers.
    fn index_late(&mut self) -> Result<(), Fault> {
        if self.late.is_empty() {
            return Ok(());
        }
        let texts = std::mem::take(&mut self.late);
        let indexed = self
            .inner
            .prepare_cached("INSERT INTO search_gram (rowid, grams) VALUES (?1, ?2)")
            .and_then(|mut statement| texts.into_iter().try_for_each(|text| statement.execute(text).map(drop)));
        indexed.map_err(|error| {
            if !self.inner.is_autocommit() {
                let _ = self.inner.execute_batch("ROLLBACK");
            }
            fault(&error)
        })
    }

    fn rows(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut each: impl FnMut(Vec<Cell>) -> Result<(), Fault>,
    ) -> Result<u64, Fault> {
        if !self.late.is_empty() && sql.contains("search_gram") {
            self.index_late()?;
        }
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

    fn each_seen(&mut self, sql: &str, each: EachSeen<'_>) -> Result<(), Fault> {
        let mut statement = self.inner.prepare_cached(sql).map_err(|error| unprepared(&error))?;
        let width = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| fault(&error))? {
            let mut cells = [Seen::Other; 8];
            for (place, cell) in cells.iter_mut().take(width).enumerate() {
                *cell = match row.get_ref(place).map_err(|error| fault(&error))? {
                    ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_or(Seen::Other, Seen::Text),
                    ValueRef::Integer(number) => Seen::Int(number),
                    _ => Seen::Other,
                };
            }
            each(cells.get(..width).unwrap_or(&cells))?;
        }
        Ok(())
    }

    fn guard_key(&self) -> Option<GuardKey> {
        self.guard.clone()
    }

    fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        // What waits belongs to whoever is undone, as it is put in before a savepoint begins.
        if sql.starts_with("ROLLBACK") || sql.starts_with("BEGIN") {
            self.late.clear();
        } else {
            self.index_late()?;
        }
        self.inner.execute_batch(sql).map_err(|error| fault(&error))
    }

    fn index_text(&mut self, number: i64, tokens: String) -> Result<(), Fault> {
        self.late.push((number, tokens));
        if self.late.len() >= LATE { self.index_late() } else { Ok(()) }
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
