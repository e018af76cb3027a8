//! What the database itself can check, and the indexes of the journal.
//!
//! SQLite looks every row up in every index, which for the indexes of a long journal takes most of a verification: pages
//! are deciphered again and again. So the indexes of `entry` are read once each, in their own order, and compared with the
//! entries by sums of hashes; everything else is left to SQLite.

use std::collections::BTreeSet;

use ledger::port::StoreError;

use super::{Inspection, number, text};
use crate::connection::{Connection as _, Fault, Seen};
use crate::sql::Dialect;
use crate::store::Store;
use crate::transaction::run;
use crate::value::Cell;

/// What the indexes of `entry` are made of: columns, and the address that the body tells.
pub const ENTRY_COLUMNS: [&str; 7] =
    ["at", "account", "ledger", "record", "act", "batch", "json_extract(body, '$.actor.address')"];

/// An index of `entry` in the embedded database, as the migrations make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryIndex {
    /// Its name.
    pub name: &'static str,
    /// What it begins with, as places in [`ENTRY_COLUMNS`]; the sequence follows.
    pub columns: &'static [usize],
    /// Whether entries without a value in the first column are left out.
    pub partial: bool,
}

const fn index(name: &'static str, columns: &'static [usize]) -> EntryIndex {
    EntryIndex { name, columns, partial: false }
}

/// All indexes of `entry`. Where the database has others, SQLite checks them itself.
pub const ENTRY_INDEXES: &[EntryIndex] = &[
    index("entry_time", &[0]),
    index("entry_account_time", &[1, 0]),
    index("entry_ledger_time", &[2, 0]),
    index("entry_record", &[3]),
    index("entry_act_time", &[4, 0]),
    EntryIndex { name: "entry_batch", columns: &[5], partial: true },
    index("entry_address_time", &[6, 0]),
];

impl Store {
    /// What SQLite itself finds wrong with the file, on a connection of its own, so that it can be asked beside everything
    /// else; empty on PostgreSQL, which checks its pages when it reads them (where its checksums are on). What the indexes
    /// of the journal hold is left to [`Inspection::entry_index`].
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let Self::Sqlite(store) = self else { return Ok(Vec::new()) };
        store.with_own_connection(|connection| {
            // Rows are looked up in their indexes in any order.
            connection.batch("PRAGMA cache_size = -65536; BEGIN DEFERRED").map_err(Fault::store_error)?;
            run(connection, store.locks(), |transaction| Inspection { transaction }.integrity()).result
        })
    }
}

impl Inspection<'_, '_> {
    fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        let mut checks = vec!["PRAGMA cipher_integrity_check".to_owned(), "PRAGMA quick_check(100)".to_owned()];
        let ours = self.entry_indexes_are_ours()?;
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        self.rows("sqlite_schema", tables, &[], &mut |mut cells| {
            let name = cells.next().map(text).unwrap_or_default();
            if !(ours && name == "entry") {
                checks.push(format!("PRAGMA integrity_check(\"{}\")", name.replace('"', "\"\"")));
            }
            Ok(())
        })?;
        for pragma in checks {
            self.rows("sqlite_schema", &pragma, &[], &mut |mut cells| {
                let line = cells.next().map(text).unwrap_or_default();
                if line != "ok" && !found.contains(&line) {
                    found.push(line);
                }
                Ok(())
            })?;
        }
        // Numbers in the file's head that Daicho never sets.
        for (pragma, expected) in [("user_version", 0), ("application_id", 0), ("freelist_count", -1)] {
            self.rows("sqlite_schema", &format!("PRAGMA {pragma}"), &[], &mut |mut cells| {
                let value = number(cells.next().unwrap_or(Cell::Null));
                if expected >= 0 && value != expected {
                    found.push(format!("{pragma} = {value}"));
                }
                Ok(())
            })?;
        }
        // One row, for the journal, with the newest sequence.
        let sql = "SELECT (SELECT group_concat(name || ' ' || seq) FROM sqlite_sequence), \
                   (SELECT 'entry ' || max(sequence) FROM entry)";
        self.rows("sqlite_schema", sql, &[], &mut |mut cells| {
            let mut next = || cells.next().map(text).unwrap_or_default();
            let (counted, newest) = (next(), next());
            if counted != newest {
                found.push(format!("sqlite_sequence {counted}, entry.sequence {newest}"));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Whether `entry` has the indexes that the migrations make and no others, so that [`Self::entry_index`] sees all of them;
    /// false on PostgreSQL, which has no such question.
    pub fn entry_indexes_are_ours(&mut self) -> Result<bool, StoreError> {
        if self.transaction.dialect == Dialect::Postgres {
            return Ok(false);
        }
        let mut names = BTreeSet::new();
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'entry'";
        self.rows("sqlite_schema", sql, &[], &mut |mut cells| {
            names.insert(cells.next().map(text).unwrap_or_default());
            Ok(())
        })?;
        Ok(names.len() == ENTRY_INDEXES.len() && ENTRY_INDEXES.iter().all(|index| names.contains(index.name)))
    }

    /// Everything that an index of `entry` holds, in its own order: the values of its columns, and the sequence.
    pub fn entry_index(
        &mut self,
        index: &EntryIndex,
        each: &mut dyn FnMut(&[Option<&str>], i64),
    ) -> Result<(), StoreError> {
        let columns: Vec<&str> = index.columns.iter().filter_map(|place| ENTRY_COLUMNS.get(*place).copied()).collect();
        let held = if index.partial { format!(" WHERE {} IS NOT NULL", columns.concat()) } else { String::new() };
        let sql = format!("SELECT {}, sequence FROM entry INDEXED BY {}{held}", columns.join(", "), index.name);
        self.transaction.each_seen("entry", &sql, &mut |cells| {
            let Some((Seen::Int(sequence), cells)) = cells.split_last() else {
                return Err(Fault::failed("証跡の番号が数ではありません"));
            };
            let mut values = [None; 2];
            for (value, cell) in values.iter_mut().zip(cells) {
                *value = if let Seen::Text(text) = cell { Some(*text) } else { None };
            }
            each(values.get(..cells.len()).unwrap_or_default(), *sequence);
            Ok(())
        })
    }
}
