//! An index that does not hold what its table holds is found, whoever checks it: SQLite, or for the journal the verification.

use std::path::Path;

use rusqlite::config::DbConfig;
use store::inspect::ENTRY_INDEXES;
use store::{SqliteOptions, Store};
use verify::{Options, file};

use crate::agency::{fill, guard};

fn options() -> SqliteOptions {
    SqliteOptions { guard: guard(), ..SqliteOptions::default() }
}

/// Change the definition of an index in the schema itself, where nothing is made anew.
fn define(path: &Path, index: &str, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false).unwrap();
    connection.execute_batch("PRAGMA writable_schema = ON").unwrap();
    connection.execute("UPDATE sqlite_schema SET sql = ?2 WHERE name = ?1", [index, sql]).unwrap();
}

#[test]
fn an_index_that_lacks_an_entry_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("original.db");
    drop(fill(Store::open_sqlite(&original, options()).unwrap()));
    let connection = rusqlite::Connection::open(&original).unwrap();
    let mut statement = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'entry' AND sql IS NOT NULL")
        .unwrap();
    let indexes = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
    let indexes: Vec<(String, String)> = indexes.unwrap().map(Result::unwrap).collect();
    let count: i64 = connection.query_row("SELECT count(batch) FROM entry", [], |row| row.get(0)).unwrap();
    assert_eq!(indexes.len(), ENTRY_INDEXES.len(), "each index of the journal is known: {indexes:?}");
    for (name, sql) in indexes {
        if name == "entry_batch" && count == 0 {
            continue;
        }
        let path = folder.path().join("altered.db");
        std::fs::copy(&original, &path).unwrap();
        // The index is made without some entries, and its definition set back.
        let lacks = if name == "entry_batch" { " AND sequence < 0" } else { " WHERE sequence > 3" };
        define(&path, &name, &format!("{sql}{lacks}"));
        rusqlite::Connection::open(&path).unwrap().execute_batch(&format!("REINDEX {name}")).unwrap();
        define(&path, &name, &sql);
        let report = file(&path, options(), &Options::default()).unwrap();
        let named = |finding: &verify::Finding| finding.table == "file" && finding.row.contains(&name);
        assert!(report.findings.iter().any(named), "{name}: {:#?}", report.findings);
    }
}

#[test]
fn an_index_of_another_table_that_lacks_a_row_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho.db");
    drop(fill(Store::open_sqlite(&path, options()).unwrap()));
    let sql = "CREATE INDEX record_newest ON record (ledger, recorded_at, id)";
    define(&path, "record_newest", &format!("{sql} WHERE ledger <> 'person'"));
    rusqlite::Connection::open(&path).unwrap().execute_batch("REINDEX record_newest").unwrap();
    define(&path, "record_newest", sql);
    let report = file(&path, options(), &Options::default()).unwrap();
    let named = |finding: &verify::Finding| finding.table == "file" && finding.row.contains("record_newest");
    assert!(report.findings.iter().any(named), "{:#?}", report.findings);
}
