//! Copies of the embedded database: table by table, in one reading transaction, into a file under the copy's own key.
//!
//! Not page by page: a copy of pages would carry the indexes, which are the larger half, and the pages of rows that are
//! left out.

use std::path::Path;

use ledger::port::StoreError;
use rusqlite::Connection;

use super::{CopyFacts, CopyKey, LEFT_OUT, Progress, facts, file, stopped};
use crate::connection::Fault;
use crate::sqlite::{self, SqliteOptions, SqliteStore, fault};

/// In the copy: statements that are run when a database is made from it, in this order.
const LATER: &str = "copy_later";
/// In the copy: the planner's figures, which SQLite keeps in a table of its own.
const FIGURES: &str = "copy_stat1";

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn copy(
    store: &SqliteStore,
    to: &Path,
    key: &CopyKey,
    progress: Progress<'_>,
) -> Result<CopyFacts, StoreError> {
    match std::fs::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file(error)),
        _ => {}
    }
    // Attaching needs the file to be there for its owner only before anything stands in it.
    sqlite::create(to)?;
    store.with_own_connection(|connection| {
        let inner = &connection.inner;
        let told = |error: rusqlite::Error| StoreError::from(fault(&error));
        inner.execute_batch("PRAGMA query_only = OFF").map_err(told)?;
        attach(inner, to, "copy", key)?;
        // The file is thrown away when anything goes wrong, so it needs no journal of its own.
        inner
            .execute_batch("PRAGMA copy.journal_mode = OFF; PRAGMA copy.synchronous = OFF; BEGIN DEFERRED")
            .map_err(told)?;
        // The first reading fixes the instant of everything that follows.
        let ran = crate::transaction::run(connection, &crate::locks::Locks::default(), |transaction| {
            facts(transaction, "sqlite")
        });
        let read = ran.result?;
        tables(&connection.inner, progress)?;
        connection.inner.execute_batch("COMMIT; DETACH copy").map_err(told)?;
        Ok(read)
    })
}

fn attach(connection: &Connection, path: &Path, name: &str, key: &CopyKey) -> Result<(), StoreError> {
    let path = path.to_str().ok_or_else(|| StoreError::Failed("ファイルの場所を文字列にできません".into()))?;
    connection
        .execute(&format!("ATTACH ?1 AS {name} KEY ?2"), (path, key.raw()))
        .map(drop)
        .map_err(|error| StoreError::from(fault(&error)))
}

/// What stands in the schema: kind, name, statement.
type Made = (String, String, String);

fn made(connection: &Connection, sql: &str) -> Result<Vec<Made>, StoreError> {
    let read = |connection: &Connection| -> rusqlite::Result<Vec<Made>> {
        let mut statement = connection.prepare(sql)?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
    };
    read(connection).map_err(|error| StoreError::from(fault(&error)))
}

fn tables(connection: &Connection, progress: Progress<'_>) -> Result<(), StoreError> {
    let told = |error: rusqlite::Error| StoreError::from(fault(&error));
    connection
        .execute_batch(&format!(
            "CREATE TABLE copy.{LATER} (place INTEGER PRIMARY KEY, sql TEXT NOT NULL); \
             CREATE TABLE copy.{FIGURES} AS SELECT tbl, idx, stat FROM main.sqlite_stat1;"
        ))
        .map_err(told)?;
    // A virtual table keeps its content in tables of its own, which it makes itself.
    let virtual_ones = made(connection, "SELECT type, name, '' FROM pragma_table_list WHERE schema = 'main'")?;
    let of_kind = |kind: &str, name: &str| virtual_ones.iter().any(|one| one.0 == kind && one.1 == name);
    let schema = made(
        connection,
        "SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~' \
         ORDER BY rowid",
    )?;
    for (kind, name, sql) in schema {
        if kind == "table" && of_kind("shadow", &name) {
            continue;
        }
        let Some(rest) = sql.strip_prefix("CREATE TABLE ").filter(|_| kind == "table") else {
            connection.execute(&format!("INSERT INTO copy.{LATER} (sql) VALUES (?1)"), [&sql]).map_err(told)?;
            continue;
        };
        if !progress(&name) {
            return Err(stopped());
        }
        connection.execute_batch(&format!("CREATE TABLE copy.{rest}")).map_err(told)?;
        if !LEFT_OUT.contains(&name.as_str()) {
            let name = quoted(&name);
            connection.execute_batch(&format!("INSERT INTO copy.{name} SELECT * FROM main.{name}")).map_err(told)?;
        }
    }
    counters(connection, "copy", "main")
}

/// The last number of each table that never gives one out twice.
fn counters(connection: &Connection, to: &str, from: &str) -> Result<(), StoreError> {
    connection
        .execute_batch(&format!(
            "DELETE FROM {to}.sqlite_sequence; \
             INSERT INTO {to}.sqlite_sequence SELECT name, seq FROM {from}.sqlite_sequence"
        ))
        .map_err(|error| fault(&error).into())
}

pub(super) fn load(
    copy: &Path,
    key: &CopyKey,
    target: &Path,
    options: &SqliteOptions,
    progress: Progress<'_>,
) -> Result<(), StoreError> {
    if target.exists() {
        return Err(StoreError::Failed(format!("{} がすでにあります", target.display())));
    }
    sqlite::create(target)?;
    let opened = sqlite::open_bulk(target, options)?;
    let connection = &opened.inner;
    attach(connection, copy, "copy", key)?;
    let told = |error: rusqlite::Error| StoreError::from(fault(&error));
    let broken = |_: StoreError| {
        StoreError::Unavailable("バックアップのデータベースを開けません(壊れているか、鍵が違います)".into())
    };
    let tables = made(
        connection,
        "SELECT type, name, sql FROM copy.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' \
         ORDER BY rowid",
    )
    .map_err(broken)?;
    connection.execute_batch("BEGIN").map_err(told)?;
    for (_, name, sql) in tables.iter().filter(|(_, name, _)| name != LATER && name != FIGURES) {
        if !progress(name) {
            return Err(stopped());
        }
        connection.execute_batch(sql).map_err(told)?;
        let name = quoted(name);
        connection.execute_batch(&format!("INSERT INTO main.{name} SELECT * FROM copy.{name}")).map_err(told)?;
    }
    let later = made(connection, &format!("SELECT '', '', sql FROM copy.{LATER} ORDER BY place"))?;
    if !progress("index") {
        return Err(stopped());
    }
    for (_, _, sql) in later {
        connection.execute_batch(&sql).map_err(told)?;
    }
    counters(connection, "main", "copy")?;
    connection
        .execute_batch(&format!(
            "ANALYZE sqlite_schema; COMMIT; ANALYZE main.migration; BEGIN; DELETE FROM main.sqlite_stat1; \
             INSERT INTO main.sqlite_stat1 (tbl, idx, stat) SELECT tbl, idx, stat FROM copy.{FIGURES}; COMMIT; \
             DETACH copy"
        ))
        .map_err(told)?;
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(told)?;
    if sound != "ok" {
        return Err(Fault::failed("復元したデータベースの構造に誤りがあります").into());
    }
    drop(opened);
    std::fs::File::open(target).and_then(|file| file.sync_all()).map_err(file)
}
