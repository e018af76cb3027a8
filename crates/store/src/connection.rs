//! What the rest of this crate needs of a database connection, and how a failure of it is kept.

use ledger::port::StoreError;

use crate::guard::GuardKey;
use crate::sql::Dialect;
use crate::value::{Cell, Param};

/// A cell that is looked at where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Seen<'r> {
    Text(&'r str),
    Int(i64),
    /// Anything else, nothing included.
    Other,
}

/// Takes the cells of a row.
pub(crate) type EachSeen<'e> = &'e mut dyn FnMut(&[Seen<'_>]) -> Result<(), Fault>;

/// One connection. The SQL of this crate writes placeholders as `$1`, `$2`, ….
pub(crate) trait Connection {
    /// Which database it is.
    fn dialect(&self) -> Dialect;
    /// Run a statement and return the number of rows it changed.
    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, Fault>;
    /// Run a query.
    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Vec<Cell>>, Fault>;
    /// Run a query and hand its rows over one by one, until the closure fails.
    fn each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(Vec<Cell>) -> Result<(), Fault>,
    ) -> Result<(), Fault>;
    /// Run a query of SQLite without parameters and hand over each row without copying it.
    fn each_seen(&mut self, sql: &str, each: EachSeen<'_>) -> Result<(), Fault> {
        let _ = (sql, each);
        Ok(())
    }
    /// Key of guards, where the store was given one.
    fn guard_key(&self) -> Option<GuardKey>;
    /// Run statements without parameters and results.
    fn batch(&mut self, sql: &str) -> Result<(), Fault>;
    /// Put the tokens of a search text into the full-text index of SQLite, at the latest before anybody asks it. PostgreSQL
    /// keeps them in the row.
    fn index_text(&mut self, number: i64, tokens: String) -> Result<(), Fault> {
        let _ = (number, tokens);
        Ok(())
    }
}

/// A failure of the database. It can be told to several callers, unlike a [`StoreError`].
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The database cannot be reached, or cannot take a write now.
    pub(crate) unavailable: bool,
    /// The database asks to run the whole transaction again.
    pub(crate) retry: bool,
    /// What failed; never holds values.
    pub(crate) reason: String,
}

impl Fault {
    /// A statement that cannot succeed.
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self { unavailable: false, retry: false, reason: reason.into() }
    }

    /// A database that cannot be used.
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self { unavailable: true, retry: false, reason: reason.into() }
    }

    /// The same failure, with the table and the operation before its reason.
    pub(crate) fn at(mut self, table: &str, sql: &str) -> Self {
        let operation = sql.split_whitespace().next().unwrap_or_default();
        self.reason = format!("{table} {operation}: {}", self.reason);
        self
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        if fault.unavailable { StoreError::Unavailable(fault.reason) } else { StoreError::Failed(fault.reason) }
    }
}
