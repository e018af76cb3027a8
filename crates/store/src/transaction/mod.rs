//! The port, implemented once for both databases on top of one connection inside a transaction.

mod desk;
mod disposal;
mod duties;
mod exact;
mod factors;
mod files;
mod forget;
mod held;
mod journal;
mod packs;
mod protect;
mod put;
mod records;
mod references;
mod seal;
mod search;
mod sign_in;
mod trail;
mod unique;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ledger::port::StoreError;

pub(crate) use exact::purpose;
pub(crate) use references::{is_identifier, is_short};
pub(crate) use search::{TextDigest, search_tokens};
pub(crate) use trail::targets;

use crate::connection::{Connection, Fault};
use crate::guard::{self, GuardKey, Pending};
use crate::locks::Locks;
use crate::sql::Dialect;
use crate::value::{Cell, Param, Row};

/// A transaction that is being run.
pub(crate) struct Transaction<'c> {
    connection: &'c mut dyn Connection,
    pub(crate) dialect: Dialect,
    /// Key of guards, where the store was given one.
    pub(crate) guard: Option<GuardKey>,
    /// What was changed and no entry tells of yet.
    pub(crate) pending: Pending,
    /// What is locked, and the way to the vault.
    pub(crate) locks: &'c Locks,
    /// What is stored of the records that are being changed.
    memory: protect::Memory,
    /// Something was locked, perhaps with a key that is new.
    locked: bool,
    /// A statement that may have written was run.
    wrote: bool,
    /// The first statement that failed. PostgreSQL takes nothing more after one, so neither does SQLite here.
    fault: Option<Fault>,
}

/// How a closure ended.
pub(crate) struct Ran<T, E> {
    /// Its result; an error when a statement failed or it panicked, even if it did not say so itself.
    pub(crate) result: Result<T, E>,
    /// The database asks to run it again.
    pub(crate) retry: bool,
    /// It may have written something.
    pub(crate) wrote: bool,
}

/// Run a closure on a connection inside a transaction that somebody else begins and ends.
pub(crate) fn run<T, E: From<StoreError>>(
    connection: &mut dyn Connection,
    locks: &Locks,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
) -> Ran<T, E> {
    let dialect = connection.dialect();
    let guard = connection.guard_key();
    let mut transaction = Transaction {
        connection,
        dialect,
        guard,
        pending: Pending::default(),
        locks,
        memory: protect::Memory::default(),
        locked: false,
        wrote: false,
        fault: None,
    };
    // Unwinding stops here, so that the transaction can be rolled back on this thread. What the closure borrowed may be
    // half changed then; the caller gets an error and has no reason to look at it.
    let whole = AssertUnwindSafe(|| {
        let value = work(&mut transaction)?;
        transaction.flush_rows()?;
        Ok(value)
    });
    let ended = catch_unwind(whole);
    let (wrote, locked, fault) = (transaction.wrote, transaction.locked, transaction.fault);
    let retry = fault.as_ref().is_some_and(|fault| fault.retry);
    let result = match (ended, fault) {
        (Err(_), _) => {
            let result = Err(Fault::failed("処理が異常終了しました").store_error().into());
            return Ran { result, retry: false, wrote };
        }
        (Ok(Err(error)), _) => Err(error),
        (Ok(Ok(_)), Some(fault)) => Err(fault.store_error().into()),
        // No value is committed before the key that opens it.
        (Ok(Ok(value)), None) if locked => locks.settle().map(|()| value).map_err(E::from),
        (Ok(Ok(value)), None) => Ok(value),
    };
    Ran { result, retry, wrote }
}

/// Whether a statement surely writes nothing.
fn only_reads(sql: &str) -> bool {
    ["SELECT ", "EXPLAIN "].iter().any(|verb| sql.trim_start().starts_with(verb))
}

impl Fault {
    pub(crate) fn store_error(self) -> StoreError {
        self.into()
    }
}

impl Transaction<'_> {
    /// Say of the rows of these tables, as far as the journal knows them, that they are gone: they were left out of the
    /// backup that was restored.
    pub(crate) fn note_left_out(&mut self, tables: &[&'static str]) -> Result<(), StoreError> {
        let mut live: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        self.each("entry", "SELECT body FROM entry ORDER BY sequence", &[], &mut |cells| {
            let told = |error: StoreError| Fault::failed(error.to_string());
            let body = Row::new("entry", cells).text().map_err(told)?;
            // Most entries tell of no such row, and parsing them all would take long.
            if !body.contains("\"rows\"") {
                return Ok(());
            }
            let body: serde_json::Value =
                serde_json::from_str(&body).map_err(|_| Fault::failed("証跡として読めません"))?;
            for table in tables {
                for (row, digest) in body
                    .get("rows")
                    .and_then(|rows| rows.get(table))
                    .and_then(serde_json::Value::as_object)
                    .into_iter()
                    .flatten()
                {
                    let rows = live.entry(table).or_default();
                    if digest.is_null() {
                        rows.remove(row);
                    } else {
                        rows.insert(row.clone());
                    }
                }
            }
            Ok(())
        })?;
        for (table, rows) in live {
            for row in rows {
                self.pending.row(table, row, None);
            }
        }
        Ok(())
    }

    /// Run a statement on that table and return the number of rows it changed.
    pub(crate) fn execute(&mut self, table: &'static str, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        if let Some(change) = guard::change(table, sql) {
            let sql = format!("{sql} RETURNING {}", change.rule.selected());
            let rows = self.cells(table, &sql, params)?;
            self.note_rows(change.rule, change.gone, &rows)?;
            return Ok(rows.len() as u64);
        }
        self.wrote = true;
        let done = match self.check(params) {
            Ok(()) => self.connection.execute(sql, params),
            Err(fault) => Err(fault),
        };
        done.map_err(|fault| self.note(fault.at(table, sql)))
    }

    fn cells(&mut self, table: &'static str, sql: &str, params: &[Param<'_>]) -> Result<Vec<Vec<Cell>>, StoreError> {
        self.wrote |= !only_reads(sql);
        let rows = match self.check(params) {
            Ok(()) => self.connection.query(sql, params),
            Err(fault) => Err(fault),
        };
        rows.map_err(|fault| self.note(fault.at(table, sql)))
    }

    /// Hand every row of a query to the closure, one after another, without keeping them.
    pub(crate) fn each(
        &mut self,
        table: &'static str,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(Vec<Cell>) -> Result<(), Fault>,
    ) -> Result<(), StoreError> {
        self.wrote |= !only_reads(sql);
        let done = match self.check(params) {
            Ok(()) => self.connection.each(sql, params, each),
            Err(fault) => Err(fault),
        };
        done.map_err(|fault| self.note(fault.at(table, sql)))
    }

    /// Look at every row of a query of SQLite where it lies.
    pub(crate) fn each_seen(
        &mut self,
        table: &'static str,
        sql: &str,
        each: crate::connection::EachSeen<'_>,
    ) -> Result<(), StoreError> {
        let done = match &self.fault {
            Some(fault) => Err(fault.clone()),
            None => self.connection.each_seen(sql, each),
        };
        done.map_err(|fault| self.note(fault.at(table, sql)))
    }

    /// Run a query whose rows are named after that table.
    pub(crate) fn query(
        &mut self,
        table: &'static str,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let rows = match guard::change(table, sql) {
            None => self.cells(table, sql, params)?,
            Some(change) => {
                // What the caller asks for comes first, what is noted behind it.
                let width = change.rule.columns.len();
                let mut rows = self.cells(table, &format!("{sql}, {}", change.rule.selected()), params)?;
                let noted: Vec<Vec<Cell>> =
                    rows.iter_mut().map(|cells| cells.split_off(cells.len().saturating_sub(width))).collect();
                self.note_rows(change.rule, change.gone, &noted)?;
                rows
            }
        };
        Ok(rows.into_iter().map(|cells| Row::new(table, cells)).collect())
    }

    /// The first row of a query, if there is one.
    pub(crate) fn first(
        &mut self,
        table: &'static str,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(table, sql, params)?.into_iter().next())
    }

    /// Run statements that have neither parameters nor results.
    pub(crate) fn batch(&mut self, table: &'static str, sql: &str) -> Result<(), StoreError> {
        self.wrote = true;
        let done = match &self.fault {
            Some(fault) => Err(fault.clone()),
            None => self.connection.batch(sql),
        };
        done.map_err(|fault| self.note(fault.at(table, sql)))
    }

    /// Insert many rows in as few statements as the databases take well.
    pub(crate) fn insert(
        &mut self,
        table: &'static str,
        columns: &str,
        width: usize,
        rows: Vec<Param<'_>>,
    ) -> Result<(), StoreError> {
        let width = width.max(1);
        for chunk in rows.chunks(width * 32) {
            let mut sql = format!("INSERT INTO {table} ({columns}) VALUES ");
            for place in 0..chunk.len() {
                if place > 0 {
                    sql.push_str(", ");
                }
                if place % width == 0 {
                    sql.push('(');
                }
                sql.push_str(&format!("${}", place + 1));
                if place % width == width - 1 {
                    sql.push(')');
                }
            }
            self.execute(table, &sql, chunk)?;
        }
        Ok(())
    }

    /// Go on after a statement that failed, where the database allows it and nothing was written.
    pub(crate) fn forget_fault(&mut self) {
        self.fault = None;
    }

    fn check(&self, params: &[Param<'_>]) -> Result<(), Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        params.iter().try_for_each(Param::check)
    }

    fn note(&mut self, fault: Fault) -> StoreError {
        self.fault.get_or_insert_with(|| fault.clone());
        fault.into()
    }
}
